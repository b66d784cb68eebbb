"""Linked external calendars: linked, mirrored by a job each, and let go again."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from requests.auth import HTTPBasicAuth

from backend.actions.execution import MayAct, anybody
from backend.calendar.client import CalDav
from backend.calendar.event import Calendar
from backend.calendar.mirror import reach
from backend.calendar.mirror.google import Google, bearer, check_configured
from backend.calendar.mirror.records import Link, Links
from backend.calendar.mirror.sync import Outcome, Place, Round, Side
from backend.calendar.mirror.tables import LinkKind, LinkState
from backend.calendar.service import Calendars, check_writable
from backend.calendar.times import now_utc
from backend.database import Database
from backend.errors import BadInput, NotAllowed, NotFound, VoiceAssistError
from backend.jobs.ledger import Job, Ledger, NewJob
from backend.jobs.shift import Shift, regularly
from backend.jobs.worker import Workers
from backend.nextcloud.dav import DavAccount
from backend.places import OwnHosts
from backend.reach import checked_url
from backend.vault import Vault

KIND = "calendar.mirror"
# Two calendars at a time: other servers are slow, and ours has more to do.
_AT_ONCE = 2
# How often each link is mirrored (seconds).
_INTERVAL = 300.0
_POLL = 5.0
# A moved series is many changes: this long (seconds) they are gathered into one round.
_DEBOUNCE = 3.0
_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class NewLink:
    """What a user enters: an address of the account or of the calendar, and how one is let in there.

    `remote` says which of the account's calendars; `local` into which own calendar, by default a new one.
    """

    url: str
    login: str
    password: str
    name: str = ""
    remote: str | None = None
    local: str | None = None


class Mirror:
    """Links and mirrors. Without `google` there is no sign-in at Google. `may_act` is asked before each round."""

    def __init__(
        self,
        calendars: Calendars,
        database: Database,
        vault: Vault,
        ledger: Ledger,
        own: OwnHosts,
        *,
        google: Google | None = None,
        interval: float = _INTERVAL,
        may_act: MayAct = anybody,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._calendars = calendars
        self._vault = vault
        self._ledger = ledger
        self._own = own
        self._google = google
        self._may_act = may_act
        self._clock = clock
        self.links = Links(database, vault, clock)
        workers = Workers(ledger, {KIND: (self, _AT_ONCE)}, poll=_POLL)
        self._shift = Shift("mirror", workers, lambda: regularly(self._put_all, interval, "mirror"))
        # Two rounds of one link at a time would not see each other's writes.
        self._locks: dict[str, asyncio.Lock] = {}

    async def start(self) -> None:
        """Mirror from now on."""
        await self._put_all()
        self._shift.start()

    async def stop(self) -> None:
        """Stop; what is not finished goes on after the next start."""
        await self._shift.stop(_GRACE)

    async def link(self, user_id: str, new: NewLink) -> Link:
        """Link an external calendar. Raises `BadInput` (with `details["calendars"]` when the account has several),
        `NotAllowed` for a wrong password, `Unavailable` when the other side does not answer."""
        url = checked_url(new.url)
        account = DavAccount(user_id, url, url, HTTPBasicAuth(new.login.encode(), new.password.encode()))
        secret = self._vault.seal(new.password)
        return await self._link(user_id, account, LinkKind.PASSWORD, new, secret)

    def sign_in(self, user_id: str, calendar: str) -> str:
        """The address at which a user lets us into a calendar at Google; `calendar` is its id there."""
        return check_configured(self._google).start(user_id, calendar.strip())

    async def link_google(self, user_id: str, state: str, code: str) -> Link:
        """Link the calendar that the user signed in for."""
        google = check_configured(self._google)
        calendar, tokens = await google.finish(user_id, state, code)
        url = google.address_of(calendar)
        new = NewLink(url, calendar, "", name=calendar)
        account = DavAccount(user_id, url, url, bearer(tokens))
        return await self._link(user_id, account, LinkKind.GOOGLE, new, self._vault.seal(tokens))

    async def unlink(self, user_id: str, link_id: str) -> None:
        """End a link. Both calendars stay as they are."""
        link = await self.links.get(link_id, user_id)
        async with self._lock(link.id):
            await self.links.remove(link.id)
        self._locks.pop(link.id, None)

    async def sync_now(self, user_id: str, link_id: str) -> Link:
        """Mirror now, also a link that failed; returns when it is done. Raises what went wrong."""
        link = await self.links.get(link_id, user_id)
        await self._sync(link)
        return await self.links.get(link_id, user_id)

    async def put(self, user_id: str) -> None:
        """Something changed in a calendar of this user's: mirror what is linked soon. Our own writes come back so too;
        the round that they cause finds both sides alike."""
        links = [link for link in await self.links.of(user_id) if link.state is LinkState.ACTIVE]
        await self._ledger.put([NewJob(KIND, link.id, user_id, delay=_DEBOUNCE) for link in links])

    async def forget_user(self, user_id: str) -> None:
        """Forget the links of a user who is no more."""
        await self.links.forget_user(user_id)

    async def run(self, job: Job) -> None:
        """See `Handler.run`."""
        try:
            link = await self.links.get(job.key)
        except NotFound:
            return
        if link.state is LinkState.ACTIVE:
            try:
                await self._may_act(link.user_id)
            except NotAllowed:  # disabled; the link goes on when its user does
                return
            await self._sync(link)

    async def failed(self, job: Job) -> None:
        """See `Handler.failed`. The link itself says why."""

    async def _put_all(self) -> None:
        await self._ledger.put([NewJob(KIND, link.id, link.user_id) for link in await self.links.active()])

    async def _sync(self, link: Link) -> Outcome:
        async with self._lock(link.id):
            try:
                outcome = await self._round(await self.links.get(link.id))
            except VoiceAssistError as error:
                await self.links.failed(link.id, error.message, final=not error.retryable)
                raise
        return outcome

    async def _round(self, link: Link) -> Outcome:
        client = CalDav(await self._account(link), session=reach.session(self._own))
        try:
            local = Place(self._calendars.client(link.user_id), link.local, link.local_token)
            remote = Place(client, link.remote, link.remote_token)
            places: Mapping[Side, Place] = {"local": local, "remote": remote}
            outcome = await Round(places, self.links.items(link.id)).run()
        finally:
            await client.close()
        note = next(iter(dict.fromkeys(outcome.refused)), None)
        await self.links.mirrored(link.id, local.token, remote.token, note)
        return outcome

    async def _account(self, link: Link) -> DavAccount:
        secret = self._vault.open(link.secret)
        if link.kind is LinkKind.GOOGLE:
            fresh = await check_configured(self._google).fresh(secret)
            if fresh != secret:
                await self.links.reseal(link.id, self._vault.seal(fresh))
            return DavAccount(link.user_id, link.url, link.url, bearer(fresh))
        auth = HTTPBasicAuth(link.login.encode(), secret.encode())
        return DavAccount(link.user_id, checked_url(link.url), link.url, auth)

    async def _link(self, user_id: str, account: DavAccount, kind: LinkKind, new: NewLink, secret: str) -> Link:
        client = CalDav(account, session=reach.session(self._own))
        try:
            remote = await _chosen(client, account, new.remote)
        finally:
            await client.close()
        name = new.name.strip() or remote.name
        link_id = str(uuid4())
        for other in await self.links.of(user_id):
            if (other.url, other.remote) == (account.url, remote.href):
                raise BadInput(f"This calendar is linked already, as “{other.name}”.", field="url")
        if new.local is None:
            local = await self._calendars.client(user_id).make_calendar(name, f"linked-{link_id}")
        else:
            local = check_writable(await self._calendars.calendar(user_id, new.local)).href
        now = self._clock()
        link = Link(
            link_id,
            user_id,
            name,
            kind,
            account.url,
            new.login,
            secret,
            remote.href,
            local,
            LinkState.ACTIVE,
            None,
            now,
            None,
        )
        await self.links.add(link)
        await self._ledger.put([NewJob(KIND, link_id, user_id)])
        return link

    def _lock(self, link_id: str) -> asyncio.Lock:
        return self._locks.setdefault(link_id, asyncio.Lock())


async def _chosen(client: CalDav, account: DavAccount, wanted: str | None) -> Calendar:
    """The external calendar that is meant. Raises `BadInput` with the choices when the account has several."""
    direct = await client.calendar_at(wanted or account.url)
    if direct is not None:
        return direct
    principal = await client.principal_at(account.url)
    if principal is None:
        raise BadInput("There is no calendar account at this address.", field="url")
    found = [one for one in await client.calendars(principal) if one.takes_events]
    if len(found) == 1:
        return found[0]
    listed = [{"href": one.href, "name": one.name} for one in found]
    raise BadInput("This account has several calendars: say which one.", field="remote", details={"calendars": listed})

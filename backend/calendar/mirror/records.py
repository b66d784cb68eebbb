"""The records of links: what is linked, what both sides agreed on, and what lost a conflict."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from backend.calendar.mirror.sync import Half, Item, Side
from backend.calendar.mirror.tables import LinkItemRow, LinkKind, LinkLogRow, LinkRow, LinkState
from backend.database import Database
from backend.errors import NotFound
from backend.vault import Vault

# So many lost versions are kept for each link; the oldest goes first.
_KEEP_LOST = 200


@dataclass(frozen=True, slots=True)
class Link:
    """A linked calendar. `secret` is sealed. `remote` and `local` are the addresses of the two calendars."""

    id: str
    user_id: str
    name: str
    kind: LinkKind
    url: str
    login: str
    secret: str
    remote: str
    local: str
    state: LinkState
    reason: str | None
    created: datetime
    synced: datetime | None
    remote_token: str | None = None
    local_token: str | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """A version that lost a conflict: which event, on which side it stood, and its text."""

    at: datetime
    uid: str
    side: str
    data: str


class Links:
    """The links of all users."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def add(self, link: Link) -> None:
        """Record a new link."""
        async with self._database.transaction() as session:
            session.add(
                LinkRow(
                    id=link.id,
                    user_id=link.user_id,
                    name=link.name,
                    kind=link.kind,
                    url=link.url,
                    login=link.login,
                    secret=link.secret,
                    remote=link.remote,
                    local=link.local,
                    state=link.state,
                    reason=link.reason,
                    created=link.created,
                )
            )

    async def of(self, user_id: str) -> list[Link]:
        """A user's links, the oldest first."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(LinkRow).where(LinkRow.user_id == user_id).order_by(LinkRow.created))
            return [_link(row) for row in rows]

    async def active(self) -> list[Link]:
        """All links that are mirrored by themselves."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(LinkRow).where(LinkRow.state == LinkState.ACTIVE))
            return [_link(row) for row in rows]

    async def get(self, link_id: str, user_id: str | None = None) -> Link:
        """One link; of this user, when one is given. Raises `NotFound`."""
        async with self._database.reading() as session:
            row = await session.get(LinkRow, link_id)
        if row is None or user_id not in (None, row.user_id):
            raise NotFound("There is no such linked calendar.")
        return _link(row)

    async def remove(self, link_id: str) -> None:
        """Forget a link and all about it."""
        async with self._database.transaction() as session:
            await session.execute(delete(LinkRow).where(LinkRow.id == link_id))

    async def forget_user(self, user_id: str) -> None:
        """Forget all links of a user."""
        async with self._database.transaction() as session:
            await session.execute(delete(LinkRow).where(LinkRow.user_id == user_id))

    async def mirrored(self, link_id: str, local_token: str | None, remote_token: str | None, note: str | None) -> None:
        """A round is done. `note` says what could not be mirrored."""
        await self._set(
            link_id,
            state=LinkState.ACTIVE,
            reason=note,
            synced=self._clock(),
            local_token=local_token,
            remote_token=remote_token,
        )

    async def failed(self, link_id: str, reason: str, *, final: bool) -> None:
        """A round failed; when `final`, the link waits for its user."""
        await self._set(link_id, state=LinkState.FAILED if final else LinkState.ACTIVE, reason=reason)

    async def reseal(self, link_id: str, secret: str) -> None:
        """Keep a new sealed secret (tokens that were refreshed)."""
        await self._set(link_id, secret=secret)

    async def lost(self, link_id: str) -> list[Lost]:
        """What lost a conflict, the last first."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(LinkLogRow).where(LinkLogRow.link_id == link_id).order_by(LinkLogRow.id.desc())
            )
            return [Lost(row.at, row.uid, row.side, self._vault.open(row.data)) for row in rows]

    def items(self, link_id: str) -> "ItemRecords":
        """The records of one link's events."""
        return ItemRecords(self._database, self._vault, self._clock, link_id)

    async def _set(self, link_id: str, **values: object) -> None:
        async with self._database.transaction() as session:
            await session.execute(update(LinkRow).where(LinkRow.id == link_id).values(**values))


class ItemRecords:
    """See `sync.Records`. Nothing is recorded for a link that was removed meanwhile."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime], link_id: str) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._link_id = link_id

    async def items(self) -> dict[str, Item]:
        """See `Records.items`."""
        async with self._database.reading() as session:
            rows = await session.scalars(select(LinkItemRow).where(LinkItemRow.link_id == self._link_id))
            return {row.uid: _item(row) for row in rows}

    async def keep(self, item: Item) -> None:
        """See `Records.keep`."""
        local, remote = item.halves["local"], item.halves["remote"]
        row = LinkItemRow(
            link_id=self._link_id,
            uid=item.uid,
            born=item.born,
            local_href=local.href,
            local_etag=local.etag,
            local_hash=local.hash,
            remote_href=remote.href,
            remote_etag=remote.etag,
            remote_hash=remote.hash,
        )
        async with self._database.transaction() as session:
            await session.merge(row)

    async def drop(self, uid: str) -> None:
        """See `Records.drop`."""
        same = (LinkItemRow.link_id == self._link_id, LinkItemRow.uid == uid)
        async with self._database.transaction() as session:
            await session.execute(delete(LinkItemRow).where(*same))

    async def lost(self, uid: str, side: Side, data: str) -> None:
        """See `Records.lost`."""
        mine = LinkLogRow.link_id == self._link_id
        async with self._database.transaction() as session:
            sealed = self._vault.seal(data)
            session.add(LinkLogRow(link_id=self._link_id, at=self._clock(), uid=uid, side=side, data=sealed))
            await session.flush()
            old = select(LinkLogRow.id).where(mine).order_by(LinkLogRow.id.desc()).offset(_KEEP_LOST)
            ids = list(await session.scalars(old))
            if ids:
                await session.execute(delete(LinkLogRow).where(LinkLogRow.id.in_(ids)))


def _link(row: LinkRow) -> Link:
    return Link(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        kind=LinkKind(row.kind),
        url=row.url,
        login=row.login,
        secret=row.secret,
        remote=row.remote,
        local=row.local,
        state=LinkState(row.state),
        reason=row.reason,
        created=row.created,
        synced=row.synced,
        remote_token=row.remote_token,
        local_token=row.local_token,
    )


def _item(row: LinkItemRow) -> Item:
    born: Side = "remote" if row.born == "remote" else "local"
    halves: dict[Side, Half] = {
        "local": Half(row.local_href, row.local_etag, row.local_hash),
        "remote": Half(row.remote_href, row.remote_etag, row.remote_hash),
    }
    return Item(row.uid, born, halves)

"""One user's CalDAV server (RFC 4791): calendars, queries by time, reading and writing of single objects.

`niquests` is what the caldav library speaks; its elements build the reports. Its own client is not used for requests:
it follows redirects with the password, and writes answers that it cannot parse, content and all, into the log.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

import niquests
from caldav.elements import cdav, dav
from caldav.elements.base import BaseElement
from lxml import etree

from backend.calendar.answer import Answer, Endless, read
from backend.calendar.event import Calendar, Resource
from backend.calendar.faults import LineLost, answer_error, connection_error
from backend.calendar.times import now_utc
from backend.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable, VoiceAssistError
from backend.nextcloud.dav import DavAccount

_DAV = "{DAV:}"
_CAL = "{urn:ietf:params:xml:ns:caldav}"
_APPLE = "{http://apple.com/ns/ical/}"

# Connecting and waiting for the first byte (seconds). A year of a full calendar takes a slow Nextcloud several.
_TIMEOUT = (5.0, 30.0)
# Nextcloud shows subscribed calendars like others to who says that it wants them.
_HEADERS = {
    "User-Agent": "VoiceAssist",
    "X-NC-CalDAV-Webcal-Caching": "On",
    "Accept-Encoding": "identity",
}
# Days, and times without a zone, are where the server thinks that they are: a day more catches them all.
_WIDER = timedelta(days=1)
_WRITES = frozenset({"PUT", "DELETE", "MOVE", "POST", "MKCALENDAR"})
# Privileges (RFC 3744) that let somebody put events into a calendar.
_WRITE_PRIVILEGES = frozenset({f"{_DAV}all", f"{_DAV}write", f"{_DAV}write-content", f"{_DAV}bind"})


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a calendar since a sync token (RFC 6578). `complete`: it is all there is, not only changes."""

    token: str | None
    changed: Mapping[str, str]
    removed: frozenset[str]
    complete: bool


@dataclass(frozen=True, slots=True)
class Scheduling:
    """What the server does about invitations (RFC 6638): `addresses` are the user's own, lower case, without mailto.

    `sends` tells whether it sends invitations by itself; `outbox` is where free-busy times are asked for.
    """

    addresses: tuple[str, ...]
    sends: bool
    outbox: str | None


class CalDav:
    """The calendars of one account. Every method raises `Unavailable`, `NotAllowed`, `RateLimited` or `BadInput`; those
    that write raise `LineLost` when nobody knows whether it was done."""

    def __init__(
        self,
        account: DavAccount,
        *,
        session: niquests.Session | None = None,
        timeout: tuple[float, float] = _TIMEOUT,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._account = account
        self._session = session or niquests.Session(disable_http3=True)
        self._timeout = timeout
        self._clock = clock
        parts = urlsplit(account.url)
        self._host = parts.hostname or account.url
        # Whatever a server writes into its answers, requests go to this one only: they carry the credentials.
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._home: str | None = None

    async def close(self) -> None:
        """Close its connections."""
        await asyncio.to_thread(self._session.close)

    async def calendars(self, principal: str | None = None) -> list[Calendar]:
        """All calendars, as the server orders them; of another `principal` than the account says, when one is given."""
        wanted = [
            dav.ResourceType(),
            dav.DisplayName(),
            cdav.SupportedCalendarComponentSet(),
            dav.CurrentUserPrivilegeSet(),
        ]
        answers = await self._propfind(
            await self._home_set(principal), [*wanted, _Color(), cdav.CalendarTimeZone()], depth=1
        )
        return [_calendar(href, props) for href, props in answers if _is_calendar(props)]

    async def query(
        self, calendar: str, component: str = "VEVENT", start: datetime | None = None, end: datetime | None = None
    ) -> list[Resource]:
        """The objects with a `component` that touch the time from `start` to `end`, and some that only come near."""
        times = (
            [cdav.TimeRange((start - _WIDER).astimezone(UTC), (end + _WIDER).astimezone(UTC))] if start and end else []
        )
        return await self._report(calendar, _with(cdav.CompFilter(component), *times))

    async def by_uid(self, calendar: str, uid: str) -> Resource | None:
        """The object with this UID; None when the calendar has none."""
        for component in ("VEVENT", "VTODO"):
            match = _with(cdav.PropFilter("UID"), cdav.TextMatch(uid, collation="i;octet"))
            for found in await self._report(calendar, _with(cdav.CompFilter(component), match)):
                if uid in found.data.replace("\r\n ", "").replace("\n ", ""):  # servers match parts of it
                    return found
        return None

    async def get(self, calendar: str, href: str) -> Resource:
        """One object as it is now. Raises `NotFound`."""
        found = await self.get_many(calendar, [href])
        if not found:
            raise NotFound("It is not in the calendar any more.")
        return found[0]

    async def get_many(self, calendar: str, hrefs: Sequence[str]) -> list[Resource]:
        """The objects at these addresses that are there (calendar-multiget, RFC 4791 7.9)."""
        if not hrefs:
            return []
        body = _with(cdav.CalendarMultiGet(), _whole(), *(dav.Href(value=href) for href in hrefs))
        answer = await self._send("REPORT", calendar, _xml(body))
        return _resources(calendar, _multistatus(answer, self._host))

    async def put(self, calendar: str, href: str, data: str, etag: str | None) -> Resource:
        """Write an object and read it back. `etag` is what it must have now; None: it must not be there.

        Raises `Conflict` when that is not so.
        """
        condition = {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
        headers = {**condition, "Content-Type": "text/calendar; charset=utf-8"}
        await self._send("PUT", href, data.encode(), headers)
        return await self.read_back(calendar, href)

    async def read_back(self, calendar: str, href: str) -> Resource:
        """What the server has after a write. Not to be able to read it means not to know."""
        try:
            return await self.get(calendar, href)
        except VoiceAssistError as error:
            raise LineLost("what was written could not be read back") from error

    async def delete(self, href: str, etag: str) -> None:
        """Remove an object that has this ETag. Raises `Conflict` when it has another, `NotFound` without one."""
        await self._send("DELETE", href, b"", {"If-Match": etag})

    async def changes(self, calendar: str, token: str | None) -> Changes:
        """Addresses and ETags of what changed since `token`, or of everything without one (RFC 6578).

        A token that the server no longer knows, and a server that knows none, are answered with everything.
        """
        if token is not None:
            levels = (dav.SyncToken(token), dav.SyncLevel("1"))
            body = _with(dav.SyncCollection(), *levels, _with(dav.Prop(), dav.GetEtag()))
            try:
                answer = await self._send("REPORT", calendar, _xml(body), {"Depth": "0"})
            except (BadInput, Conflict, NotAllowed):  # how servers say that they do not know a token
                pass
            else:
                return _changes(calendar, _multistatus(answer, self._host))
        answers = await self._propfind(calendar, [dav.GetEtag(), dav.ResourceType(), dav.SyncToken()], depth=1)
        own = [props for href, props in answers if _same(href, calendar)]
        new = _text(own[0].get(f"{_DAV}sync-token")) if own else ""
        etags = {
            href: _text(props.get(f"{_DAV}getetag"))
            for href, props in answers
            if not _same(href, calendar) and props.get(f"{_DAV}getetag") is not None and not _is_collection(props)
        }
        return Changes(new or None, etags, frozenset(), complete=True)

    async def scheduling(self) -> Scheduling:
        """What the server does about invitations."""
        names = [cdav.CalendarUserAddressSet(), cdav.ScheduleOutboxURL()]
        answers, home = await asyncio.gather(self._propfind(self._account.principal, names, depth=0), self._home_set())
        options = await self._send("OPTIONS", home)
        offered = {part.strip() for part in (options.headers.get("DAV") or "").split(",")}
        props = answers[0][1] if answers else {}
        written = [_text(one) for one in _hrefs(props.get(f"{_CAL}calendar-user-address-set"))]
        mails = [one[7:].lower() for one in written if one.lower().startswith("mailto:")]
        outbox = next(iter(_hrefs(props.get(f"{_CAL}schedule-outbox-URL"))), None)
        sends = "calendar-auto-schedule" in offered
        return Scheduling(tuple(dict.fromkeys(mails)), sends, _path(_text(outbox)) if outbox is not None else None)

    async def calendar_at(self, href: str) -> Calendar | None:
        """The calendar at an address; None when there is something else."""
        wanted = [dav.ResourceType(), dav.DisplayName(), cdav.SupportedCalendarComponentSet()]
        answers = await self._propfind(href, [*wanted, dav.CurrentUserPrivilegeSet()], depth=0)
        return next((_calendar(at, props) for at, props in answers if _is_calendar(props)), None)

    async def principal_at(self, href: str) -> str | None:
        """Who we are to the server, by any address of it (RFC 5397)."""
        answers = await self._propfind(href, [dav.CurrentUserPrincipal()], depth=0)
        found = [one for _, props in answers for one in _hrefs(props.get(f"{_DAV}current-user-principal"))]
        return _path(_text(found[0])) if found else None

    async def make_calendar(self, name: str, segment: str) -> str:
        """A new calendar for events; its address."""
        href = f"{(await self._home_set()).rstrip('/')}/{quote(segment, safe='')}/"
        components = _with(cdav.SupportedCalendarComponentSet(), cdav.Comp("VEVENT"))
        prop = _with(dav.Prop(), dav.DisplayName(name), components)
        await self._send("MKCALENDAR", href, _xml(_with(cdav.Mkcalendar(), _with(dav.Set(), prop))))
        return href

    async def post_scheduling(self, outbox: str, data: str) -> etree._Element:
        """Ask the outbox (RFC 6638 5): the answer's document."""
        answer = await self._send("POST", outbox, data.encode(), {"Content-Type": "text/calendar; charset=utf-8"})
        return _document(answer, self._host)

    def new_href(self, calendar: str, name: str) -> str:
        """The address for a new object of this name in a calendar."""
        return f"{calendar.rstrip('/')}/{quote(name, safe='')}.ics"

    async def _home_set(self, principal: str | None = None) -> str:
        """Where the calendars are: what the principal says. Asked once."""
        if self._home is None:
            answers = await self._propfind(principal or self._account.principal, [cdav.CalendarHomeSet()], depth=0)
            hrefs = [one for _, props in answers for one in _hrefs(props.get(f"{_CAL}calendar-home-set"))]
            if not hrefs:
                raise NotFound(f"There are no calendars for you at {self._host}.")
            self._home = _path(_text(hrefs[0]))
        return self._home

    async def restore(self, calendar: str, href: str, uid: str) -> Resource | None:
        """Take a deleted object with this UID back out of the trash; None when it is in none.

        Nextcloud keeps deleted objects beside the calendars for a month, and fails (34: status 500) when a new one has
        the UID of one of them.
        """
        home, _, name = calendar.rstrip("/").rpartition("/")
        trash = f"{home}/trashbin"
        try:
            deleted = await self._matching(f"{trash}/objects/", cdav.CompFilter("VEVENT"), _CalendarUri())
        except (BadInput, Conflict, NotAllowed, NotFound):  # how servers say that they have no such place
            return None
        for at, props, _ in deleted:
            text = _text(props.get(f"{_CAL}calendar-data")).replace("\r\n ", "").replace("\n ", "")
            if f"UID:{uid}" in text.splitlines() and _text(props.get(_CalendarUri.tag)) == unquote(name):
                await self._send("MOVE", at, headers={"Destination": f"{self._origin}{trash}/restore/{uuid4()}.ics"})
                return await self.read_back(calendar, href)
        return None

    async def _report(self, calendar: str, inner: BaseElement) -> list[Resource]:
        return _resources(calendar, await self._matching(calendar, inner))

    async def _matching(
        self, collection: str, inner: BaseElement, *more: BaseElement
    ) -> list[tuple[str, dict[str, etree._Element], int]]:
        """The objects of a collection that a calendar-query (RFC 4791 7.8) finds, with `more` of their properties."""
        matching = _with(cdav.Filter(), _with(cdav.CompFilter("VCALENDAR"), inner))
        body = _with(cdav.CalendarQuery(), _with(_whole(), *more), matching)
        answer = await self._send("REPORT", collection, _xml(body), {"Depth": "1"})
        return _multistatus(answer, self._host)

    async def _propfind(
        self, href: str, wanted: Iterable[BaseElement], depth: int
    ) -> list[tuple[str, dict[str, etree._Element]]]:
        body = _with(dav.Propfind(), _with(dav.Prop(), *wanted))
        answer = await self._send("PROPFIND", href, _xml(body), {"Depth": str(depth)})
        return [(href, props) for href, props, _ in _multistatus(answer, self._host)]

    async def _send(
        self, method: str, href: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        return await asyncio.to_thread(self._ask, method, href, body, headers or {})

    def _ask(self, method: str, href: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        writing = method in _WRITES
        sent = {"Content-Type": "application/xml; charset=utf-8", **_HEADERS, **headers} if body else headers
        try:
            response = self._session.request(
                method,
                f"{self._origin}/{_path(href).lstrip('/')}",
                data=body or None,
                headers={**_HEADERS, **sent},
                auth=self._account.auth,
                timeout=self._timeout,
                allow_redirects=False,  # it would carry the password to another address
                stream=True,
            )
            answer = read(response)
        except Endless as endless:
            message = f"What the calendar server {self._host} answers {endless}."
            raise LineLost(message) if writing else Unavailable(message) from endless
        except (niquests.exceptions.RequestException, OSError) as broken:
            raise connection_error(self._host, broken, writing=writing) from broken
        error = answer_error(answer.status, answer.headers, self._host, self._clock(), writing=writing)
        if error is not None:
            raise error
        return answer


class _Color(BaseElement):
    tag = f"{_APPLE}calendar-color"


class _CalendarUri(BaseElement):
    tag = "{http://nextcloud.com/ns}calendar-uri"


def _whole() -> BaseElement:
    """What is asked of an object: its ETag and its text."""
    return _with(dav.Prop(), dav.GetEtag(), cdav.CalendarData())


def _with(parent: BaseElement, *children: BaseElement) -> BaseElement:
    parent.append(list(children))
    return parent


def _xml(body: BaseElement) -> bytes:
    return bytes(etree.tostring(body.xmlelement(), encoding="utf-8", xml_declaration=True))


def _document(answer: Answer, host: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, huge_tree=False)
    try:
        return etree.fromstring(answer.body, parser)
    except etree.XMLSyntaxError as error:
        raise Unavailable(f"{host} answers with something that is no CalDAV. Is this the address of one?") from error


def _multistatus(answer: Answer, host: str) -> list[tuple[str, dict[str, etree._Element], int]]:
    """Path, properties that are there, and status of each response (RFC 4918 14.24). A sync token comes as path ""."""
    document = _document(answer, host)
    found: list[tuple[str, dict[str, etree._Element], int]] = []
    for response in document.iterfind(f"{_DAV}response"):
        props = {
            str(child.tag): child
            for stat in response.iterfind(f"{_DAV}propstat")
            if _status(stat) < 300
            for child in stat.iterfind(f"{_DAV}prop/*")
        }
        found.append((_path(_text(response.find(f"{_DAV}href"))), props, _status(response)))
    token = document.find(f"{_DAV}sync-token")
    if token is not None:
        found.append(("", {str(token.tag): token}, 200))
    return found


def _status(element: etree._Element) -> int:
    parts = _text(element.find(f"{_DAV}status")).split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 200


def _text(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _path(href: str) -> str:
    """An href as a path: the server may name itself differently from how we reach it."""
    parts = urlsplit(href)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _hrefs(element: etree._Element | None) -> list[Any]:
    return [] if element is None else list(element.iterfind(f"{_DAV}href"))


def _is_calendar(props: Mapping[str, etree._Element]) -> bool:
    kinds = props.get(f"{_DAV}resourcetype")
    return kinds is not None and kinds.find(f"{_CAL}calendar") is not None


def _is_collection(props: Mapping[str, etree._Element]) -> bool:
    kinds = props.get(f"{_DAV}resourcetype")
    return kinds is not None and kinds.find(f"{_DAV}collection") is not None


def _calendar(href: str, props: Mapping[str, etree._Element]) -> Calendar:
    kinds = props.get(f"{_CAL}supported-calendar-component-set")
    names = frozenset(str(one.get("name", "")).upper() for one in kinds) if kinds is not None else frozenset()
    privileges = props.get(f"{_DAV}current-user-privilege-set")
    # A server that does not say what is allowed answers a write with 403 at the latest.
    writable = privileges is None or any(str(one.tag) in _WRITE_PRIVILEGES for one in privileges.iter())
    last = href.rstrip("/").rpartition("/")[2]
    return Calendar(
        href,
        _text(props.get(f"{_DAV}displayname")) or last,
        _text(props.get(f"{_APPLE}calendar-color"))[:7],
        names or frozenset({"VEVENT", "VTODO"}),
        writable,
        _zone_in(_text(props.get(f"{_CAL}calendar-timezone"))),
    )


def _zone_in(text: str) -> str | None:
    """The TZID of a calendar's own VTIMEZONE."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.upper() == "TZID" and value.strip():
            return value.strip()
    return None


def _resources(calendar: str, answers: Iterable[tuple[str, dict[str, etree._Element], int]]) -> list[Resource]:
    return [
        Resource(calendar, href, _text(props.get(f"{_DAV}getetag")), props[f"{_CAL}calendar-data"].text or "")
        for href, props, status in answers
        if status < 300 and f"{_CAL}calendar-data" in props
    ]


def _changes(calendar: str, answers: Iterable[tuple[str, dict[str, etree._Element], int]]) -> Changes:
    token: str | None = None
    changed: dict[str, str] = {}
    removed: set[str] = set()
    for href, props, status in answers:
        if status == 507:  # there is more (RFC 6578 3.6): everything is read next time
            return Changes(None, changed, frozenset(removed), complete=False)
        if f"{_DAV}sync-token" in props and not href:
            token = _text(props[f"{_DAV}sync-token"])
        elif status in (404, 410):
            removed.add(href)
        elif f"{_DAV}getetag" in props and not _same(href, calendar):
            changed[href] = _text(props[f"{_DAV}getetag"])
    return Changes(token, changed, frozenset(removed), complete=False)

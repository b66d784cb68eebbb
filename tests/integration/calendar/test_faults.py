"""A server that drops the line, is slow, refuses or answers nonsense: a plain answer, and nothing half-done."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from requests.auth import HTTPBasicAuth

from backend.actions.action import Action
from backend.calendar.client import CalDav
from backend.calendar.event import Change, NewEvent, Occurrence, Scope
from backend.calendar.faults import LineLost
from backend.database import Database
from backend.errors import BadInput, NotAllowed, RateLimited, Unavailable, VoiceAssistError
from backend.nextcloud.dav import DavAccount
from tests.integration.calendar.office import Office, berlin
from tests.servers.caldav_servers import CalDavServer, OtherCalendar
from tests.servers.faulty import FaultyServer, Request, Script, answer

Fault = Callable[[Request], Script | None]


class Between:
    """Stands between us and Radicale and passes everything on, except what `fault` answers itself."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.fault: Fault = lambda _: None
        self.before = True

    def respond(self, request: Request) -> Script:
        if self.before and (told := self.fault(request)) is not None:
            return told
        passed = httpx.request(
            request.method,
            f"{self.target}{request.target}",
            headers={k: v for k, v in request.headers.items() if k not in ("host", "connection", "accept-encoding")},
            content=request.body,
        )
        if not self.before and (told := self.fault(request)) is not None:
            return told
        headers = {name.replace("-", "_"): value for name, value in passed.headers.items()}
        for name in ("content_length", "content_encoding", "connection", "transfer_encoding"):
            headers.pop(name, None)
        return answer(f"{passed.status_code} {passed.reason_phrase or 'OK'}", passed.content, **headers)


@contextmanager
def _between(server: CalDavServer) -> Iterator[tuple[Between, CalDavServer]]:
    between = Between(server.url.rstrip("/"))
    with FaultyServer(between.respond) as front:
        yield between, CalDavServer(f"{front.url}/", f"{front.url}{urlsplit(server.account.principal).path}")


@pytest.fixture
async def broken(radicale_server: CalDavServer, database: Database) -> AsyncIterator[tuple[Between, Office]]:
    """An office whose line we can cut. The other program goes straight to the server."""
    made: OtherCalendar = radicale_server.make_calendar(f"Broken {id(database)}")
    with _between(radicale_server) as (between, front):
        async with Office.open(front, database, made) as office:
            yield between, office
    made.delete()


def _on(method: str, script: Script) -> Fault:
    return lambda request: script if request.method == method else None


async def _proposed(office: Office) -> Action:
    event = NewEvent("Fragile", berlin(3, 3, 14), berlin(3, 3, 15), calendar=office.href)
    return office.action(await office.drafts.draft_create(office.who, event))


async def test_a_line_that_drops_after_the_write_is_not_taken_for_a_failure_and_found_done(
    broken: tuple[Between, Office],
) -> None:
    between, office = broken
    action = await _proposed(office)
    between.before, between.fault = False, _on("PUT", [])
    with pytest.raises(LineLost):
        await office.performer.perform(action)
    between.fault = lambda _: None
    found = await office.performer.find(action)
    assert found is not None
    assert "Fragile" in found.said
    assert len(await office.happening(berlin(3, 3))) == 1


async def test_a_line_that_drops_before_the_write_is_found_not_done(broken: tuple[Between, Office]) -> None:
    between, office = broken
    action = await _proposed(office)
    between.fault = _on("PUT", [])
    with pytest.raises(LineLost):
        await office.performer.perform(action)
    between.fault = lambda _: None
    assert await office.performer.find(action) is None
    assert await office.happening(berlin(3, 3)) == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("403 Forbidden", NotAllowed),
        ("401 Unauthorized", NotAllowed),
        ("415 Unsupported Media Type", BadInput),
        ("429 Too Many Requests", RateLimited),
        ("503 Service Unavailable", Unavailable),
        ("507 Insufficient Storage", Unavailable),
        ("302 Found", Unavailable),
    ],
)
async def test_a_refused_write_is_a_plain_answer_and_nothing_is_changed(
    broken: tuple[Between, Office], status: str, error: type[VoiceAssistError]
) -> None:
    between, office = broken
    action = await _proposed(office)
    between.fault = _on("PUT", answer(status))
    with pytest.raises(error):
        await office.performer.perform(action)
    between.fault = lambda _: None
    assert await office.happening(berlin(3, 3)) == []


async def test_after_another_server_error_nobody_knows(broken: tuple[Between, Office]) -> None:
    between, office = broken
    action = await _proposed(office)
    between.fault = _on("PUT", answer("500 Internal Server Error"))
    with pytest.raises(LineLost):
        await office.performer.perform(action)


async def _third_of_a_series(office: Office) -> Occurrence:
    event = NewEvent("Series", berlin(3, 3, 10), berlin(3, 3, 11), rule="FREQ=WEEKLY;COUNT=6", calendar=office.href)
    await office.do(await office.drafts.draft_create(office.who, event))
    return (await office.happening(berlin(3, 1), 40))[2]


async def test_a_series_whose_second_write_is_refused_is_not_split(broken: tuple[Between, Office]) -> None:
    between, office = broken
    third = await _third_of_a_series(office)
    draft = await office.drafts.draft_move(office.who, third, berlin(3, 18, 8), berlin(3, 18, 9), Scope.FOLLOWING)
    action = office.action(draft)
    old = third.resource.href
    between.fault = lambda request: (
        answer("403 Forbidden") if request.method == "PUT" and request.target == old else None
    )
    with pytest.raises(NotAllowed):
        await office.performer.perform(action)
    between.fault = lambda _: None
    assert len(await office.happening(berlin(3, 1), 40)) == 6


async def test_a_series_whose_second_write_is_lost_is_put_right_when_it_is_looked_for(
    broken: tuple[Between, Office],
) -> None:
    between, office = broken
    third = await _third_of_a_series(office)
    draft = await office.drafts.draft_move(office.who, third, berlin(3, 18, 8), berlin(3, 18, 9), Scope.FOLLOWING)
    action = office.action(draft)
    old = third.resource.href
    between.fault = lambda request: [] if request.method == "PUT" and request.target == old else None
    with pytest.raises(LineLost):
        await office.performer.perform(action)
    between.fault = lambda _: None
    assert len(await office.happening(berlin(3, 1), 40)) == 10
    assert await office.performer.find(action) is None
    assert len(await office.happening(berlin(3, 1), 40)) == 6


async def test_a_calendar_that_is_read_only_is_told_before_anything_is_written(
    broken: tuple[Between, Office],
) -> None:
    between, office = broken
    event = NewEvent("Mine", berlin(3, 3, 14), berlin(3, 3, 15), calendar=office.href)
    await office.do(await office.drafts.draft_create(office.who, event))
    found = await office.one(berlin(3, 3))
    listing = _READ_ONLY.format(href=office.href).encode()
    between.fault = lambda request: (
        answer("207 Multi-Status", listing, Content_Type="text/xml")
        if request.method == "PROPFIND" and b"calendar-color" in request.body
        else None
    )
    for proposal in (
        office.drafts.draft_create(office.who, event),
        office.drafts.draft_move(office.who, found, berlin(3, 4, 14), berlin(3, 4, 15)),
        office.drafts.draft_change(office.who, found, Change(title="Other")),
        office.drafts.draft_cancel(office.who, found),
    ):
        with pytest.raises(NotAllowed, match="read-only"):
            await proposal


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([], "broke"),
        (answer("207 Multi-Status", b"<not xml", Content_Type="text/xml"), "no CalDAV"),
        (answer("200 OK", b"<html><body>Sign in</body></html>"), "no calendars"),
        (answer("503 Service Unavailable"), "problem of its own"),
        ([3.0], "in time"),
    ],
)
async def test_reading_from_a_broken_server_says_what_is_wrong(script: Script, said: str) -> None:
    with FaultyServer(lambda _: script) as server:
        # A busy machine stops for seconds: only a server that is too slow is not waited for.
        client = CalDav(_account(server.url), timeout=(60, 0.5) if said == "in time" else (60, 60))
        with pytest.raises(VoiceAssistError, match=said):
            await client.calendars()
        await client.close()


async def test_a_server_that_is_not_there_says_so_and_a_write_to_it_surely_did_nothing(tmp_path: Path) -> None:
    with FaultyServer(lambda _: []) as server:
        url = server.url
    client = CalDav(_account(url), timeout=(60, 60))
    with pytest.raises(Unavailable, match="does not answer"):
        await client.calendars()
    with pytest.raises(Unavailable, match="does not answer"):
        await client.put("/c/", "/c/1.ics", "BEGIN:VCALENDAR", None)
    await client.close()


async def test_entities_in_an_answer_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    body = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><d:multistatus xmlns:d="DAV:" '
        'xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/p/</d:href><d:propstat><d:prop>'
        "<c:calendar-home-set><d:href>/home/</d:href></c:calendar-home-set><d:resourcetype><c:calendar/>"
        "</d:resourcetype><d:displayname>&e;</d:displayname></d:prop><d:status>HTTP/1.1 200 OK</d:status>"
        "</d:propstat></d:response></d:multistatus>"
    ).encode()
    with FaultyServer(lambda _: answer("207 Multi-Status", body, Content_Type="text/xml")) as server:
        client = CalDav(_account(server.url))
        assert [one.name for one in await client.calendars()] == ["p"]
        await client.close()


def _account(url: str) -> DavAccount:
    return DavAccount("ida", f"{url}/", f"{url}/ida/", HTTPBasicAuth("ida", "secret"))


_READ_ONLY = """<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>
<d:href>{href}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>
<d:displayname>Holidays</d:displayname><d:current-user-privilege-set><d:privilege><d:read/></d:privilege>
</d:current-user-privilege-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
</d:multistatus>"""

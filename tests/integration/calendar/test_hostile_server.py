"""A calendar server that a user named and that means harm: endless answers, and words that would steer a request."""

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from requests.auth import HTTPBasicAuth

from backend.calendar import answer as answer_module
from backend.calendar.client import CalDav
from backend.calendar.faults import LineLost
from backend.errors import Unavailable, VoiceAssistError
from backend.nextcloud.dav import DavAccount
from tests.servers.faulty import FaultyServer, Request, Script, answer

CALENDAR = "/dav/ida/"
_HREF = "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{props}</d:prop></d:propstat></d:response>"


def multistatus(*responses: str) -> bytes:
    return (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f"{''.join(responses)}</d:multistatus>"
    ).encode()


def entry(href: str, etag: str) -> str:
    props = f"<d:getetag>{etag}</d:getetag><c:calendar-data>BEGIN:VCALENDAR\nEND:VCALENDAR</c:calendar-data>"
    return _HREF.format(href=href, props=props)


HONEST = answer("207 Multi-Status", multistatus(entry("/dav/ida/1.ics", '"e"')))


@contextmanager
def client(respond: Callable[[Request], Script]) -> Iterator[tuple[CalDav, FaultyServer]]:
    with FaultyServer(respond) as server:
        account = DavAccount("ida", server.url, f"{server.url}{CALENDAR}", HTTPBasicAuth("ida", "secret"))
        yield CalDav(account, timeout=(60, 60)), server


def endless() -> Script:
    """An answer whose end never comes."""
    yield b"HTTP/1.1 207 Multi-Status\r\nConnection: close\r\n\r\n"
    while True:
        yield b" " * 65_536


def dripping() -> Script:
    """An answer that comes byte by byte."""
    yield b"HTTP/1.1 207 Multi-Status\r\nConnection: close\r\n\r\n"
    while True:
        yield b" "
        yield 0.02


def bomb() -> Script:
    """A gigabyte in a megabyte."""
    return answer("207 Multi-Status", gzip.compress(bytes(64 * 2**20)), Content_Encoding="gzip")


def laughs() -> Script:
    """XML whose entities unfold."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!DOCTYPE d:multistatus [<!ENTITY l0 "haha">{entities}]>'
    body = multistatus(entry("/dav/ida/1.ics", "&l11;")).replace(b"?>", b"?>" + declared.encode(), 1)
    return answer("207 Multi-Status", body)


@pytest.mark.parametrize(
    ("hostile", "told"),
    [(endless, "has more than 2 MB"), (dripping, "takes more than 0.5 s"), (bomb, "is compressed")],
)
async def test_an_answer_without_end_is_ended(
    hostile: Callable[[], Script], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_module, "_MOST_BYTES", 2 * 2**20)
    monkeypatch.setattr(answer_module, "_MOST_SECONDS", 0.5 if hostile is dripping else 60.0)
    with client(lambda _: hostile()) as (calendars, server):
        with pytest.raises(Unavailable, match=re.escape(told)):
            await calendars.query(CALENDAR)
        with pytest.raises(LineLost, match=re.escape(told)):  # nobody knows what became of it
            await calendars.put(CALENDAR, "/dav/ida/1.ics", "BEGIN:VCALENDAR", None)
        assert {request.headers["accept-encoding"] for request in server.requests} == {"identity"}
        await calendars.close()
    monkeypatch.undo()
    with client(lambda _: HONEST) as (calendars, _):
        assert len(await calendars.query(CALENDAR)) == 1
        await calendars.close()


async def test_entities_of_an_answer_are_not_unfolded() -> None:
    with client(lambda _: laughs()) as (calendars, _):
        with pytest.raises(Unavailable, match="no CalDAV"):
            await calendars.query(CALENDAR)
        await calendars.close()


@pytest.mark.parametrize("break_", ["&#10;", "&#13;&#10;", "&#13;", "&#10; "])
async def test_an_etag_that_holds_a_header_is_not_sent(break_: str) -> None:
    hostile = answer("207 Multi-Status", multistatus(entry("/dav/ida/1.ics", f'"e"{break_}X-Evil: 1')))
    with client(lambda _: hostile) as (calendars, server):
        (resource,) = await calendars.query(CALENDAR)
        with pytest.raises((VoiceAssistError, LineLost)):
            await calendars.put(CALENDAR, resource.href, "BEGIN:VCALENDAR", resource.etag)
        assert [request.method for request in server.requests] == ["REPORT"]
        await calendars.close()


@pytest.mark.parametrize(
    "href",
    [
        *(
            "http://127.0.0.2:9/dav/x.ics",
            "//127.0.0.2:9/x.ics",
            "/dav/ida/x y&#13;&#10;X-Evil: 1",
            "http://u:p@evil/x",
        ),
        *("/dav/ida/x%0d%0aX-Evil: 1", "file:///etc/passwd", "/dav/ida/x&#10; HTTP/1.1", "@127.0.0.2/x"),
    ],
)
async def test_wherever_an_address_leads_only_the_named_server_is_asked(href: str) -> None:
    hostile = answer("207 Multi-Status", multistatus(entry(href, '"e"')))
    with client(lambda _: hostile) as (calendars, server):
        (resource,) = await calendars.query(CALENDAR)
        await calendars.delete(resource.href, resource.etag)
        report, removal = server.requests
        assert (report.method, removal.method) == ("REPORT", "DELETE")
        assert "x-evil" not in removal.headers
        assert removal.target.startswith("/")
        assert removal.headers["host"] == server.url.removeprefix("http://")
        await calendars.close()

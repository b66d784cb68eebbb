"""A calendar of Xandikos mirrored into one of Radicale: real servers, real ETags, real sync tokens."""

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from caldav.lib.error import NotFoundError
from cryptography.fernet import Fernet

from backend.calendar.mirror.service import Mirror, NewLink
from backend.calendar.mirror.tables import LinkState
from backend.calendar.service import Calendars
from backend.database import Database
from backend.errors import BadInput, NotAllowed, NotFound, Unavailable
from backend.jobs.sql import SqlLedger
from backend.places import OwnHosts
from backend.preferences import Preferences
from backend.vault import Vault
from tests.servers.caldav_servers import CalDavServer, OtherCalendar
from tests.servers.faulty import FaultyServer, answer
from tests.unit.jobs.waiting import until

_numbers = itertools.count(1)
LOOPBACK = OwnHosts.of("127.0.0.0/8")


@dataclass
class Bridge:
    """Both sides as other programs see them, and the mirror between."""

    mirror: Mirror
    database: Database
    user: str
    link_id: str
    local: OtherCalendar
    remote: OtherCalendar

    async def sync(self) -> None:
        await self.mirror.sync_now(self.user, self.link_id)

    async def titles(self) -> list[dict[str, str]]:
        return await asyncio.to_thread(lambda: [_titles(self.local), _titles(self.remote)])


def _titles(calendar: OtherCalendar) -> dict[str, str]:
    found = [
        (str(one.icalendar_component["UID"]), str(one.icalendar_component["SUMMARY"])) for one in calendar.events()
    ]
    assert len(found) == len(dict(found)), found
    return dict(found)


def ics(uid: str, title: str, sequence: int = 0) -> str:
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260305T100000Z\r\nDTEND:20260305T110000Z\r\n"
        f"SUMMARY:{title}\r\nSEQUENCE:{sequence}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


@pytest.fixture
async def mirror(
    radicale_server: CalDavServer, database: Database, request: pytest.FixtureRequest
) -> AsyncIterator[Mirror]:
    """It mirrors all the time; a test may give it another interval (seconds)."""
    calendars = Calendars(radicale_server, Preferences(database))
    vault = Vault([Fernet.generate_key().decode()])
    interval: float = getattr(request, "param", 0.2)
    yield Mirror(calendars, database, vault, SqlLedger(database), LOOPBACK, interval=interval)
    await calendars.close()


@pytest.fixture
async def bridge(
    mirror: Mirror, radicale_server: CalDavServer, xandikos_server: CalDavServer, database: Database
) -> AsyncIterator[Bridge]:
    remote = xandikos_server.make_calendar(f"Private {next(_numbers)}")
    new = NewLink(str(remote.url), xandikos_server.user, xandikos_server.password)
    link = await mirror.link(radicale_server.user, new)
    local = radicale_server.client().calendar(url=link.local)
    yield Bridge(mirror, database, radicale_server.user, link.id, local, remote)
    local.delete()
    remote.delete()


async def test_what_is_made_changed_and_deleted_on_one_side_is_so_on_the_other(bridge: Bridge) -> None:
    await asyncio.to_thread(bridge.remote.save_event, ics("theirs", "Theirs"))
    await asyncio.to_thread(bridge.local.save_event, ics("ours", "Ours"))
    await bridge.sync()
    assert await bridge.titles() == [{"theirs": "Theirs", "ours": "Ours"}] * 2
    await asyncio.to_thread(_retitle, bridge.local, "theirs", "Renamed here")
    await asyncio.to_thread(_retitle, bridge.remote, "ours", "Renamed there")
    await bridge.sync()
    assert await bridge.titles() == [{"theirs": "Renamed here", "ours": "Renamed there"}] * 2
    await asyncio.to_thread(lambda: _event(bridge.local, "theirs").delete())
    await bridge.sync()
    assert await bridge.titles() == [{"ours": "Renamed there"}] * 2


async def test_nothing_is_written_when_nothing_happened(bridge: Bridge) -> None:
    await asyncio.to_thread(bridge.remote.save_event, ics("theirs", "Theirs"))
    await bridge.sync()
    before = await asyncio.to_thread(_etags, bridge)
    for _ in range(3):
        await bridge.sync()
    assert await asyncio.to_thread(_etags, bridge) == before


async def test_any_order_of_changes_on_both_sides_ends_the_same_without_duplicates(bridge: Bridge) -> None:
    chance = random.Random(20260302)
    for number in range(30):
        calendar = chance.choice([bridge.local, bridge.remote])
        uid = chance.choice("abcd")
        if chance.random() < 0.3:
            await asyncio.to_thread(_drop, calendar, uid)
        else:
            await asyncio.to_thread(_put, calendar, uid, f"title {number}", number)
        if chance.random() < 0.3:
            await bridge.sync()
    await bridge.sync()
    await bridge.sync()
    local, remote = await bridge.titles()
    assert local == remote
    before = await asyncio.to_thread(_etags, bridge)
    await bridge.sync()
    assert await asyncio.to_thread(_etags, bridge) == before


async def test_the_loser_of_a_conflict_is_kept(bridge: Bridge) -> None:
    await asyncio.to_thread(bridge.remote.save_event, ics("both", "First"))
    await bridge.sync()
    await asyncio.to_thread(_put, bridge.remote, "both", "Wins", 7)
    await asyncio.to_thread(_put, bridge.local, "both", "Loses", 3)
    await bridge.sync()
    assert await bridge.titles() == [{"both": "Wins"}] * 2
    lost = await bridge.mirror.links.lost(bridge.link_id)
    assert [("SUMMARY:Loses" in one.data, one.side) for one in lost] == [(True, "local")]


async def test_the_job_mirrors_by_itself_until_it_is_stopped(bridge: Bridge) -> None:
    await asyncio.to_thread(bridge.remote.save_event, ics("theirs", "Theirs"))
    await bridge.mirror.start()
    async with asyncio.timeout(20):
        while (await bridge.titles())[0] != {"theirs": "Theirs"}:  # noqa: ASYNC110 - a server cannot tell us
            await asyncio.sleep(0.05)
    await bridge.mirror.stop()


async def test_an_account_with_several_calendars_asks_which_and_a_link_is_made_once(
    mirror: Mirror, radicale_server: CalDavServer, xandikos_server: CalDavServer
) -> None:
    made = [xandikos_server.make_calendar(f"Account {next(_numbers)}") for _ in range(2)]
    account = NewLink(xandikos_server.account.principal, "ida", "secret")
    with pytest.raises(BadInput, match="several calendars") as raised:
        await mirror.link(radicale_server.user, account)
    assert raised.value.details is not None
    listed = raised.value.details["calendars"]
    assert isinstance(listed, list)
    href = next(one["href"] for one in listed if one["name"] == made[0].get_display_name())
    await mirror.link(radicale_server.user, NewLink(xandikos_server.url, "ida", "secret", remote=href))
    with pytest.raises(BadInput, match="linked already"):
        await mirror.link(radicale_server.user, NewLink(xandikos_server.url, "ida", "secret", remote=href))
    assert len(await mirror.links.of(radicale_server.user)) == 1
    assert await mirror.links.of("somebody else") == []
    await mirror.forget_user(radicale_server.user)
    assert await mirror.links.of(radicale_server.user) == []
    for one in made:
        one.delete()


async def test_a_link_of_another_user_is_not_there_and_an_unlinked_one_leaves_both_calendars(bridge: Bridge) -> None:
    await asyncio.to_thread(bridge.remote.save_event, ics("theirs", "Theirs"))
    await bridge.sync()
    for attempt in (bridge.mirror.unlink, bridge.mirror.sync_now):
        with pytest.raises(NotFound):
            await attempt("somebody else", bridge.link_id)
    await bridge.mirror.unlink(bridge.user, bridge.link_id)
    with pytest.raises(NotFound):
        await bridge.sync()
    assert await bridge.titles() == [{"theirs": "Theirs"}] * 2


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://calendars.example/", "not an address"),
        ("https://ida:secret@calendars.example/", "own fields"),
        ("nonsense", "not an address"),
    ],
)
async def test_what_is_no_plain_address_is_refused(mirror: Mirror, url: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        await mirror.link("ida", NewLink(url, "ida", "secret"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "169.254.169.254"]
)
async def test_nobody_links_into_our_own_networks(radicale_server: CalDavServer, database: Database, host: str) -> None:
    """The loopback server would answer: the same address is linked when it is listed (every other test here)."""
    calendars = Calendars(radicale_server, Preferences(database))
    vault = Vault([Fernet.generate_key().decode()])
    closed = Mirror(calendars, database, vault, SqlLedger(database), OwnHosts.of(""))
    with FaultyServer(lambda _: answer("200 OK")) as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(BadInput, match="private network"):
            await closed.link("ida", NewLink(f"http://{host}:{port}/", "ida", "secret"))
        assert server.requests == []
    await calendars.close()


async def test_a_redirect_is_not_followed_and_no_password_goes_there(mirror: Mirror) -> None:
    with (
        FaultyServer(lambda _: answer("200 OK")) as other,
        FaultyServer(lambda _: answer("302 Found", Location=f"{other.url}/")) as server,
    ):
        with pytest.raises(Unavailable, match="leads on"):
            await mirror.link("ida", NewLink(f"{server.url}/", "ida", "secret"))
        assert server.requests
        assert other.requests == []


async def test_an_href_that_names_another_server_is_asked_at_the_linked_one(mirror: Mirror) -> None:
    with FaultyServer(lambda _: answer("404 Not Found")) as other:
        evil = f"{other.url.removeprefix('http:')}/calendar/"
        body = (
            '<d:multistatus xmlns:d="DAV:"><d:response><d:href>/</d:href><d:propstat><d:prop>'
            f"<d:current-user-principal><d:href>{evil}</d:href></d:current-user-principal>"
            "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
        ).encode()
        with FaultyServer(lambda _: answer("207 Multi-Status", body, Content_Type="application/xml")) as server:
            with pytest.raises(NotFound):
                await mirror.link("ida", NewLink(f"{server.url}/", "ida", "secret"))
            assert len(server.requests) >= 3
        assert other.requests == []


async def test_a_link_whose_password_is_refused_waits_for_its_user(bridge: Bridge) -> None:
    with FaultyServer(lambda _: answer("401 Unauthorized")) as server:
        link = await bridge.mirror.links.get(bridge.link_id)
        await bridge.mirror.links.remove(link.id)

        await bridge.mirror.links.add(replace(link, url=f"{server.url}/"))
        with pytest.raises(NotAllowed):
            await bridge.sync()
        assert (await bridge.mirror.links.get(link.id)).state is LinkState.FAILED
        asked = len(server.requests)
        await bridge.mirror.start()
        await asyncio.sleep(1)  # several intervals, in which nothing must happen
        await bridge.mirror.stop()
        assert len(server.requests) == asked


def _event(calendar: OtherCalendar, uid: str) -> Any:
    return calendar.event_by_uid(uid)


def _retitle(calendar: OtherCalendar, uid: str, title: str) -> None:
    event = _event(calendar, uid)
    event.icalendar_component["SUMMARY"] = title
    event.save()


def _put(calendar: OtherCalendar, uid: str, title: str, sequence: int) -> None:
    try:
        event = _event(calendar, uid)
    except NotFoundError:
        calendar.save_event(ics(uid, title, sequence))
        return
    event.data = ics(uid, title, sequence)
    event.save(increase_seqno=False)


def _drop(calendar: OtherCalendar, uid: str) -> None:
    with contextlib.suppress(NotFoundError):
        _event(calendar, uid).delete()


def _etags(bridge: Bridge) -> list[tuple[str, str]]:
    found = []
    for calendar in (bridge.local, bridge.remote):
        for event in calendar.events():
            event.load()
            found.append((str(event.url), str(event.props.get("{DAV:}getetag"))))
    return sorted(found)


@pytest.mark.parametrize("mirror", [3600.0], indirect=True)
async def test_a_change_that_somebody_tells_of_is_mirrored_without_waiting_for_the_next_round(
    bridge: Bridge, mirror: Mirror
) -> None:
    await mirror.start()
    try:
        await until(lambda: _is_mirrored(bridge), 20)
        await asyncio.to_thread(bridge.local.save_event, ics("ours", "Ours"))
        await mirror.put("somebody else")
        await mirror.put(bridge.user)

        async def there() -> bool:
            return await bridge.titles() == [{"ours": "Ours"}] * 2

        await until(there, 30)
    finally:
        await mirror.stop()


async def test_the_calendars_of_a_disabled_user_rest(bridge: Bridge, mirror: Mirror) -> None:
    async def refuse(_user_id: str) -> None:
        raise NotAllowed("Nextcloud does not let this user in.")

    await asyncio.to_thread(bridge.local.save_event, ics("ours", "Ours"))
    (job,) = await mirror._ledger.lease("test", ["calendar.mirror"], 1, 60)
    may_act, mirror._may_act = mirror._may_act, refuse
    await mirror.run(job)
    assert await bridge.titles() == [{"ours": "Ours"}, {}]
    mirror._may_act = may_act
    await mirror.run(job)
    assert await bridge.titles() == [{"ours": "Ours"}] * 2


async def _is_mirrored(bridge: Bridge) -> bool:
    return (await bridge.mirror.links.get(bridge.link_id)).synced is not None

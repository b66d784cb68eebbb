"""Three CalDAV servers, and a user's calendars on each of them."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from requests.auth import HTTPBasicAuth

from backend.database import Database
from backend.nextcloud.dav import account_at
from backend.nextcloud.demo.server import DemoServer
from tests.integration.calendar.office import Office
from tests.servers.caldav_servers import CalDavServer, OtherCalendar, radicale, xandikos

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos", "sample server"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CalDavServer]:
    """Each of the three servers in turn."""
    if request.param == "sample server":
        async with DemoServer(tmp_path / "demo", samples=None) as demo:
            account = account_at(demo.url, demo.user_id, HTTPBasicAuth(demo.user_id, demo.password))
            server = CalDavServer(account.url, account.principal, demo.user_id, demo.password)
            yield server
            server.close()
    else:
        yield request.getfixturevalue(f"{request.param}_server")


@pytest.fixture
async def office(server: CalDavServer, database: Database) -> AsyncIterator[Office]:
    """A user with one calendar of her own for this test."""
    made: OtherCalendar = server.make_calendar(f"Work {next(_numbers)}")
    async with Office.open(server, database, made) as office:
        yield office
    made.delete()

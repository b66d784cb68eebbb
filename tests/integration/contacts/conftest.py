"""One user's contacts at each server that the product is tested against."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.contacts.book import AddressBooks
from backend.contacts.carddav import CardDav
from backend.contacts.performers import ContactsPerformer
from backend.contacts.service import Contacts
from backend.database import Database
from backend.nextcloud.dav import DavAccounts, OneUserDav
from backend.nextcloud.dav_requests import DavRequests
from backend.nextcloud.demo.server import DemoServer
from backend.preferences import Preferences
from tests.servers.caldav_servers import radicale, xandikos


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: datetime = field(default_factory=lambda: datetime(2026, 5, 4, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Server:
    """A server and its one user."""

    accounts: DavAccounts
    user: str

    async def put(self, name: str, card: str) -> str:
        """Add a card to the first address book, as another client would; its path."""
        account = self.accounts.of(self.user)
        async with DavRequests(account) as requests:
            dav = CardDav(account, requests)
            return await dav.create((await dav.books())[0].href, name, card.encode())

    async def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> int:
        """Any request; its status."""
        async with DavRequests(self.accounts.of(self.user)) as requests:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return (await requests.send(method, path, body, named, limit=2**20)).status


@pytest.fixture(params=["radicale", "xandikos", "sample server"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    if request.param == "sample server":
        async with DemoServer(tmp_path / "demo", samples=None) as demo:
            yield Server(OneUserDav(demo.url, demo.user_id, demo.user_id, demo.password), demo.user_id)
    else:
        make = radicale if request.param == "radicale" else xandikos
        with make(tmp_path) as server:
            yield Server(server, server.user)


@pytest.fixture
def one_server(tmp_path: Path) -> Iterator[Server]:
    """Radicale, where a test is not about the server."""
    with radicale(tmp_path) as server:
        yield Server(server, server.user)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def contacts_of(server: Server, database: Database, clock: Clock) -> Contacts:
    """The slice's service over a server."""
    return Contacts(AddressBooks(database, server.accounts, clock), Preferences(database), clock)


def performer_of(server: Server, contacts: Contacts) -> ContactsPerformer:
    """The slice's performer over a server."""
    return ContactsPerformer(contacts, server.accounts)


def card(uid: str, name: str, *more: str) -> str:
    """A small vCard."""
    return "\r\n".join(
        ("BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *more, "END:VCARD", "")
    )

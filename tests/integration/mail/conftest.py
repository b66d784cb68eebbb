"""Real mail servers and a user with an account there."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backend.database import Database
from tests.integration.mail.world import USER, World, account, mail_service, no_files
from tests.servers.mail import Dovecot, SmtpServer, dovecot, smtp_server


@pytest.fixture
def sink() -> Iterator[SmtpServer]:
    """Where mail goes that Dovecot passes on."""
    with smtp_server(auth=False) as server:
        yield server


@pytest.fixture
def imap_server(sink: SmtpServer) -> Iterator[Dovecot]:
    """A Dovecot with empty mailboxes."""
    with dovecot(sink.port) as server:
        yield server


@pytest.fixture
async def world(database: Database, imap_server: Dovecot, sink: SmtpServer) -> AsyncIterator[World]:
    """The user reads at Dovecot and sends by its submission service."""
    service = mail_service(database, no_files())
    await service.add_account(USER, account(imap_server, imap_server.submission))
    yield World(service, imap_server, sink)
    await service.close()


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    """A provider's SMTP server that a test can make fail."""
    with smtp_server() as server:
        yield server


@pytest.fixture
async def direct(database: Database, imap_server: Dovecot, smtp: SmtpServer) -> AsyncIterator[World]:
    """The user reads at Dovecot and sends by `smtp`."""
    service = mail_service(database, no_files())
    await service.add_account(USER, account(imap_server, smtp.port))
    yield World(service, imap_server, smtp)
    await service.close()

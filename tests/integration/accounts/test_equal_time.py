"""Nobody learns by waiting whether an address has an account: the same is done for both."""

import statistics
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event

from backend.database import Database
from backend.identity.accounts.passwords import OWASP_2024
from backend.vault import Vault
from tests.integration.accounts.desk import ANN, Desk
from tests.servers.mail import SmtpServer

NOBODY = "nobody@clinic.example"
_TRIES = 15
# What a busy machine makes of equal work. A hash is some nine tenths of a try: without it they differ tenfold.
_MOST = 1.5


@pytest.fixture
async def slow_desk(database: Database, smtp: SmtpServer, keys: list[str]) -> AsyncIterator[Desk]:
    """With hashes that cost what they do in the product."""
    desk = Desk(database, Vault(keys), smtp, OWASP_2024)
    yield desk
    await desk.close()


async def test_a_wrong_password_takes_as_long_as_an_address_without_an_account(slow_desk: Desk) -> None:
    await slow_desk.register()
    took: dict[str, list[float]] = {ANN: [], NOBODY: []}
    for _ in range(_TRIES):
        for email, times in took.items():
            began = time.perf_counter()
            assert (await slow_desk.login("wrong", email)).status_code == 401
            times.append(time.perf_counter() - began)
        slow_desk.wait(days=2)  # failures are forgotten, so that nobody waits
    known, unknown = (statistics.median(times) for times in took.values())
    assert 1 / _MOST < known / unknown < _MOST


async def test_the_same_is_asked_of_the_records_for_both(desk: Desk) -> None:
    await desk.register()
    asked: list[str] = []

    @event.listens_for(desk.database.engine.sync_engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    asked_for = {}
    for email in (ANN, NOBODY):
        asked.clear()
        assert (await desk.login("wrong", email)).status_code == 401
        asked_for[email] = list(asked)
    assert asked_for[ANN]
    assert asked_for[ANN] == asked_for[NOBODY]

"""Nobody learns by waiting whether an address has an account: the same is done for both."""

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event

from tests.integration.accounts.desk import ANN, Desk

NOBODY = "nobody@clinic.example"


async def test_one_hash_of_the_same_cost_is_computed_for_both(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is some nine tenths of the time that a try takes."""
    await desk.register()
    costs: list[str] = []
    verify = Argon2Hasher.verify

    def noting(self: Argon2Hasher, password: str | bytes, known: str | bytes) -> bool:
        costs.append(str(known).rsplit("$", 2)[0])  # without salt and digest
        return verify(self, password, known)

    monkeypatch.setattr(Argon2Hasher, "verify", noting)
    for email in (ANN, NOBODY):
        assert (await desk.login("wrong", email)).status_code == 401
    assert len(costs) == 2
    assert costs[0] == costs[1]
    assert costs[0].startswith("$argon2id$")


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

"""Mail as the actions slice does it: confirmed, waiting in the outbox, sent once, stopped, undone."""

from email import message_from_bytes, policy

import pytest

from backend.actions.action import Action, Json, State
from backend.actions.execution import FIND, PERFORM
from backend.actions.service import Actions
from backend.database import Database
from backend.jobs.sql import SqlLedger
from backend.mail.message import Person
from backend.mail.performers import OUTBOX_SECONDS
from tests.integration.mail.world import ADDRESS, USER, World, mail
from tests.unit.actions.board import Clock

BOB = Person("Bob Beispiel", "bob@labor.example")


class Desk:
    """The real `Actions` over the user's mail, at a time of the test's own."""

    def __init__(self, world: World, database: Database) -> None:
        self.clock = Clock()
        self._world = world
        self._ledger = SqlLedger(database, clock=self.clock)
        self.actions = Actions(database, self._ledger, world.mail.performers, alone=True, now=self.clock)

    async def propose(self) -> Action:
        """A mail to Bob, not confirmed yet."""
        draft = await self._world.mail.drafts.send(USER, "en", [BOB], "Größe", "Hallo")
        (proposed,) = await self.actions.propose(USER, [draft])
        return proposed

    async def pass_(self, seconds: float) -> int:
        """Let time pass and do the jobs that are due then; how many."""
        self.clock.advance(seconds)
        due = await self._ledger.lease("worker", [PERFORM, FIND], 100, 30.0)
        for job in due:
            await self.actions.execution.run(job)
            await self._ledger.done(job)
        return len(due)


@pytest.fixture
def desk(world: World, database: Database) -> Desk:
    return Desk(world, database)


async def test_a_confirmed_mail_waits_is_sent_as_it_was_changed_and_only_once(world: World, desk: Desk) -> None:
    proposed = await desk.propose()
    changed: dict[str, Json] = {"subject": "Höhe", "cc": [{"name": "Eve", "address": "eve@praxis.example"}]}
    for values in (changed, None):
        assert (await desk.actions.confirm(USER, proposed.id, "key", values)).state is State.WAITING
    assert await desk.pass_(OUTBOX_SECONDS - 1) == 0
    assert world.sink.postbox.mails == []
    assert await desk.pass_(1) == 1
    assert (await desk.actions.confirm(USER, proposed.id, "key")).state is State.DONE
    assert await desk.pass_(OUTBOX_SECONDS) == 0
    (sent,) = world.sink.postbox.mails
    assert message_from_bytes(sent, policy=policy.default)["Subject"] == "Höhe"
    assert world.sink.postbox.recipients == [["bob@labor.example", "eve@praxis.example"]]


async def test_a_mail_that_is_stopped_within_the_delay_is_never_sent(world: World, desk: Desk) -> None:
    stopped, other = await desk.propose(), await desk.propose()
    for one in (stopped, other):
        await desk.actions.confirm(USER, one.id, f"key of {one.id}")
    await desk.pass_(OUTBOX_SECONDS - 1)
    assert (await desk.actions.undo(USER, stopped.id)).state is State.UNDONE
    await desk.pass_(1)
    assert (await desk.actions.get(USER, stopped.id)).state is State.UNDONE
    assert (await desk.actions.get(USER, other.id)).state is State.DONE
    assert len(world.sink.postbox.mails) == 1


async def test_a_deleted_mail_comes_back(world: World, desk: Desk) -> None:
    world.deliver(mail())
    draft = await world.mail.drafts.delete(USER, "en", str((await world.only()).id))
    (proposed,) = await desk.actions.propose(USER, [draft])
    assert (await desk.actions.confirm(USER, proposed.id, "key")).state is State.DONE
    assert world.dovecot.count(ADDRESS, "INBOX") == 0
    assert (await desk.actions.undo(USER, proposed.id)).state is State.UNDONE
    assert world.dovecot.count(ADDRESS, "INBOX") == 1

"""A process that is killed while it sends: what its successor knows, and that a mail goes out once at most."""

import asyncio
import json
import signal
import subprocess
import sys
from dataclasses import asdict

import pytest

from backend.actions.action import Action
from backend.database import Database
from backend.errors import Conflict
from backend.mail.message import Person
from tests.integration.mail.world import ADDRESS, USER, World, action


async def _killed(world: World, database: Database, place: str) -> Action:
    draft = await world.mail.drafts.send(USER, "en", [Person("Bob", "bob@labor.example")], "Größe", "Hallo")
    written = json.dumps(
        {"kind": draft.kind, "fields": [asdict(one) for one in draft.fields], "payload": dict(draft.payload)}
    )
    command = [sys.executable, "-m", "tests.integration.mail.sender", database.url, written, place]
    ended = await asyncio.to_thread(subprocess.run, command, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    return action(draft)


async def test_killed_after_the_server_took_it_the_copy_at_the_server_tells_and_one_mail_arrived(
    world: World, database: Database
) -> None:
    world.sink.postbox.on_taken = lambda content: world.deliver(content, folder="Gesendet")
    sent = await _killed(world, database, "after_250")
    found = await world.find(sent)
    assert found is not None
    assert found.said == "The mail to Bob was sent."
    assert len(world.sink.postbox.mails) == 1
    assert world.dovecot.count(ADDRESS, "Gesendet") == 1


async def test_killed_after_it_was_recorded_the_journal_tells_and_the_copy_is_filed(
    world: World, database: Database
) -> None:
    sent = await _killed(world, database, "after_record")
    assert world.dovecot.count(ADDRESS, "Gesendet") == 0
    assert await world.find(sent) is not None
    assert len(world.sink.postbox.mails) == 1
    assert world.dovecot.count(ADDRESS, "Gesendet") == 1


@pytest.mark.parametrize(("place", "arrived"), [("after_250", 1), ("before_data", 0)])
async def test_killed_where_nobody_can_tell_it_is_unsure_and_never_sent_by_itself(
    world: World, database: Database, place: str, arrived: int
) -> None:
    sent = await _killed(world, database, place)
    with pytest.raises(Conflict, match="does not show whether"):
        await world.find(sent)
    with pytest.raises(Conflict, match="not sent a second time"):
        await world.perform(sent)
    assert len(world.sink.postbox.mails) == arrived


async def test_killed_before_it_was_handed_over_it_is_known_not_to_be_sent(world: World, database: Database) -> None:
    sent = await _killed(world, database, "before_journal")
    assert await world.find(sent) is None
    assert world.sink.postbox.mails == []

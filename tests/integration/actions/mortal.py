"""A process that confirms an action and stands still at a point, to be killed there (see `test_kill`).

It says `ready` once it stands there. With the point "nowhere" it starts, and works until it is killed.
"""

import asyncio
import sys

from backend.actions.action import Action, Performed, State
from backend.actions.execution import Patience
from backend.actions.service import Actions
from backend.database import Database
from backend.jobs.sql import SqlLedger
from tests.integration.actions.notes import Notes

PATIENCE = Patience(perform=2.0, find=2.0, settle=0.3)
POINTS = ("waiting", "doing", "sending", "sent", "done")


async def stand() -> None:
    """Stand still for ever."""
    print("ready", flush=True)
    await asyncio.Event().wait()


class Standing(Notes):
    """Stands still when the note was put, before anybody hears of it."""

    async def perform(self, action: Action) -> Performed:
        performed = await super().perform(action)
        await stand()
        return performed


async def main(records: str, notes: str, alone: str, point: str, action_id: str) -> None:
    async def hear(action: Action) -> None:
        if action.state == point and action.id == action_id:
            await stand()

    database = Database(records)
    performer = Standing(notes) if point == "sent" else Notes(notes)
    patience = Patience(perform=60.0) if point in POINTS else PATIENCE
    actions = Actions(
        database, SqlLedger(database), [performer], heard=[hear], alone=alone == "alone", patience=patience
    )
    await actions.start()
    if point in POINTS:
        action = await actions.confirm("ann", action_id, "the user's yes")
        assert action.state is State.WAITING, "the point was not reached, and is not ahead"
        await asyncio.Event().wait()
    await stand()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

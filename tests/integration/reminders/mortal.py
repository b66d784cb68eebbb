"""A process that tells reminders over HTTP and stands still at a point, to be killed there (see `test_kill`).

It says `ready` once it stands there. With the point "nowhere" it works until it is killed.
"""

import asyncio
import sys

import httpx

from backend.database import Database
from backend.jobs.sql import SqlLedger
from backend.reminders.service import Reminders


async def stand() -> None:
    """Stand still for ever."""
    print("ready", flush=True)
    await asyncio.Event().wait()


async def main(records: str, server: str, point: str) -> None:
    async def notify(user_id: str, subject: str, message: str, link: str) -> None:
        if point == "before":
            await stand()
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.put(f"{server}/{subject}")
        if point == "after":
            await stand()

    database = Database(records)
    await Reminders(database, SqlLedger(database), notify=notify, lease=1.0).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

"""From "yes" to read-back: events made, moved, changed and cancelled on the sample server: `python -m bench.calendar`.

`--events` are in the calendar beforehand, a tenth of them series. Prints median and p95 of each kind.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.actions.action import Action, Draft, State
from backend.calendar import ics
from backend.calendar.desk import Desk, open_desk
from backend.calendar.event import Change, NewEvent, Scope
from backend.calendar.proposals import Who
from backend.database import Database
from backend.jobs.sql import SqlLedger
from backend.nextcloud.dav import OneUserDav
from backend.nextcloud.demo.server import DemoServer
from backend.preferences import Preferences
from backend.settings import Settings
from backend.vault import open_vault

_ZONE = ZoneInfo("Europe/Berlin")
_HOUR = timedelta(hours=1)


class _Run:
    """One desk, and how long everything took (seconds, by kind)."""

    def __init__(self, desk: Desk, who: Who) -> None:
        self.desk, self.who = desk, who
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.number = 0

    async def do(self, draft: Draft) -> None:
        """What happens between the user's yes and the sentence that it is done: checked, written, read back."""
        self.number += 1
        key = f"bench-{self.number}"
        began = time.perf_counter()
        checked = await self.desk.performer.check(self.who.user_id, draft)
        action = Action(key, self.who.user_id, "g", checked, key, State.DOING, datetime.now(_ZONE))
        await self.desk.performer.perform(action)
        self.taken[draft.kind].append(time.perf_counter() - began)


async def _measure(events: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = Path(folder)
        async with DemoServer(storage / "demo", samples=None) as demo:
            database = Database(f"sqlite+aiosqlite:///{storage / 'bench.db'}")
            await database.migrate()
            dav = OneUserDav(demo.url, demo.user_id, demo.user_id, demo.password)
            settings = Settings(app_persistent_storage=storage)
            vault = open_vault("", storage)
            desk = open_desk(settings, dav, Preferences(database), database, vault, SqlLedger(database))
            run = _Run(desk, Who(demo.user_id, "en", "Europe/Berlin"))
            await _fill(run, events)
            run.taken.clear()
            for number in range(rounds):
                await _round(run, number)
            for kind, taken in run.taken.items():
                p95 = statistics.quantiles(taken, n=20)[-1]
                print(f"{kind}: n={len(taken)} median {statistics.median(taken):.3f} s, p95 {p95:.3f} s")
            began = time.perf_counter()
            start = datetime.now(_ZONE)
            found = await desk.calendars.events(demo.user_id, start, start + timedelta(days=365), _ZONE, limit=5000)
            print(f"a year of {len(found)} occurrences: {time.perf_counter() - began:.3f} s")
            await desk.close()
            await database.close()


async def _fill(run: _Run, events: int) -> None:
    client = run.desk.calendars.client(run.who.user_id)
    calendar = (await run.desk.calendars.calendars(run.who.user_id))[0].href

    today = datetime.now(_ZONE).replace(hour=9, minute=0, second=0, microsecond=0)
    for number in range(events):
        start = today + timedelta(days=number % 300, hours=number % 8)
        rule = "FREQ=WEEKLY;COUNT=40" if number % 10 == 0 else None
        event = NewEvent(f"Event {number}", start, start + _HOUR, rule=rule, calendar=calendar)
        uid = f"filled-{number}"
        data = ics.new_event(event, uid, ics.Stamp(uid, today))
        await client.put(calendar, client.new_href(calendar, uid), data, None)


async def _round(run: _Run, number: int) -> None:
    drafts, calendars = run.desk.drafts, run.desk.calendars
    start = (datetime.now(_ZONE) + timedelta(days=10 + number)).replace(hour=20, minute=0, second=0, microsecond=0)
    rule = "FREQ=WEEKLY;COUNT=8" if number % 2 else None
    title = f"Measured {number}"
    await run.do(await drafts.draft_create(run.who, NewEvent(title, start, start + _HOUR, rule=rule)))
    (found, *_) = await calendars.events(run.who.user_id, start, start + _HOUR, _ZONE, text=title)
    later = start + timedelta(hours=2)
    await run.do(await drafts.draft_move(run.who, found, later, later + _HOUR, Scope.THIS))
    (found, *_) = await calendars.events(run.who.user_id, later, later + _HOUR, _ZONE, text=title)
    await run.do(await drafts.draft_change(run.who, found, Change(location="Room 2"), Scope.THIS))
    (found, *_) = await calendars.events(run.who.user_id, later, later + _HOUR, _ZONE, text=title)
    await run.do(await drafts.draft_cancel(run.who, found, Scope.ALL))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.calendar", description=__doc__)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    asyncio.run(_measure(arguments.events, arguments.rounds))


if __name__ == "__main__":
    main()

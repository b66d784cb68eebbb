"""Reminders at a time of the test's own, and what was told."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from backend.database import Database
from backend.errors import VoiceAssistError
from backend.jobs.sql import SqlLedger
from backend.reminders.schedule import Schedule
from backend.reminders.service import TELL, Reminder, Reminders

# A Friday, 10:00 in Berlin.
START = datetime(2026, 3, 6, 9, tzinfo=UTC)


@dataclass
class Desk:
    """Reminders whose notifications are kept in a list, and raise `trouble` when there is one.

    A fake of what notifies: that it ends in Nextcloud is proved by `tests/integration/reminders`. Without `notifies`
    there is none, as for one person without AppAPI.
    """

    database: Database
    notifies: bool = True
    language: str = "en"
    now: datetime = START
    told: list[tuple[str, str, str, str]] = field(default_factory=list)
    trouble: Exception | None = None

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self.restart()

    def restart(self) -> None:
        """A process that remembers nothing but what is recorded."""
        self.ledger = SqlLedger(self.database, clock=lambda: self.now, random=lambda: 0.5)
        self.reminders = Reminders(
            self.database,
            self.ledger,
            notify=self._notify if self.notifies else None,
            language=self._language,
            now=lambda: self.now,
            new_id=lambda: f"r{next(self._ids)}",
        )

    async def set(
        self, moment: str, rule: str | None = None, user: str = "ann", text: str = "call the lab"
    ) -> Reminder:
        schedule = Schedule.of(moment, "Europe/Berlin", rule)
        return await self.reminders.set(user, text, schedule, f"key-{next(self._ids)}")

    async def pass_to(self, moment: str) -> list[str]:
        """It becomes this time (UTC), and the jobs that are due by then run once; the names of what they raised."""
        self.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        troubles = []
        for job in await self.ledger.lease("worker", [TELL], 100, 30.0):
            try:
                await self.reminders.run(job)
            except VoiceAssistError as error:
                troubles.append(type(error).__name__)
                after = await self.ledger.fail(job, error)
                if after is not None:
                    await self.reminders.failed(after)
            else:
                await self.ledger.done(job)
        return troubles

    async def later(self, seconds: float) -> list[str]:
        return await self.pass_to((self.now + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat())

    async def state(self, reminder: Reminder) -> str:
        return (await self.reminders.get(reminder.user_id, reminder.id)).state

    async def _notify(self, user_id: str, subject: str, message: str, link: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.told.append((user_id, subject, message, link))

    async def _language(self, _user_id: str) -> str:
        return self.language

"""What the routes of reminders give."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from backend.reminders.service import Reminder, ReminderState

_EXAMPLE: JsonDict = {
    "id": "5e7c1f90-6f0d-4f5e-8a2b-0d1c6b9e4f21",
    "text": "call the lab",
    "moment": "2026-03-06T17:00:00",
    "zone": "Europe/Berlin",
    "rule": None,
    "state": "open",
    "next_at": "2026-03-06T16:00:00Z",
    "due_at": None,
    "told_at": None,
    "late": False,
}


class ReminderView(BaseModel):
    """A reminder. `moment` is wall-clock time in `zone`, the others are instants.

    `next_at`: when it is told next. `due_at`: its time that came last. `told_at`: when a notification of it was sent.
    `late`: well after its time.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    text: str
    moment: datetime
    zone: str
    rule: str | None
    state: ReminderState
    next_at: datetime | None
    due_at: datetime | None
    told_at: datetime | None
    late: bool

    @classmethod
    def of(cls, reminder: Reminder) -> "ReminderView":
        """This reminder as the page shows it."""
        return cls(
            id=reminder.id,
            text=reminder.text,
            moment=reminder.schedule.moment,
            zone=reminder.schedule.zone.key,
            rule=reminder.schedule.rule,
            state=reminder.state,
            next_at=reminder.next_at,
            due_at=reminder.due_at,
            told_at=reminder.told_at,
            late=reminder.late,
        )

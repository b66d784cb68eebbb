"""Keys, a clock and entries for tests of the audit."""

import base64
from datetime import UTC, datetime, timedelta

from backend.audit.keys import Keys
from backend.audit.service import Audit
from backend.identity.events import Event, Outcome

START = datetime(2026, 3, 6, 9, tzinfo=UTC)


def secret(number: int) -> str:
    """A secret of the audit, another one for each number."""
    return base64.urlsafe_b64encode(bytes([number]) * 32).decode()


KEYS = Keys([secret(1)])


class Clock:
    """A clock that goes on by a minute each time it is read."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


async def fill(audit: Audit, entries: int) -> None:
    """Record so many events, of two users and several kinds."""
    kinds = ("auth.login", "auth.logout", "session.revoked", "authority.asked")
    for number in range(entries):
        await audit.record(
            Event(
                kinds[number % len(kinds)],
                ("ann", "bob", None)[number % 3],
                Outcome.REFUSED if number % 5 == 0 else Outcome.SUCCESS,
                f"session:{number}",
                "too late" if number % 5 == 0 else None,
                {"number": str(number), "way": "oidc"},
            )
        )

"""How often a user may have a mail login checked: nobody finds out a password by having us try many."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from backend.errors import RateLimited

# Who mistypes a password or a server a few times stays below this; who guesses does not get far.
MOST_CHECKS = 10
WINDOW = timedelta(minutes=10)


class CheckLimit:
    """Counts the checks of each user, in this process only. `now` is the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._times: dict[str, deque[datetime]] = {}

    def count(self, user_id: str) -> None:
        """One more check of this user. Raises `RateLimited` when that is too many; a refused one does not count."""
        now = self._now()
        self._forget(now - WINDOW)
        times = self._times.setdefault(user_id, deque())
        if len(times) == MOST_CHECKS:
            raise RateLimited(
                f"You had {MOST_CHECKS} logins checked in the last {WINDOW.total_seconds() / 60:.0f} minutes; that is "
                "the most. Try again later.",
                retry_after=max(1.0, (times[0] + WINDOW - now).total_seconds()),
            )
        times.append(now)

    def _forget(self, until: datetime) -> None:
        for user_id, times in list(self._times.items()):
            while times and times[0] <= until:
                times.popleft()
            if not times:
                del self._times[user_id]

"""How many logins a user may have checked."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.errors import RateLimited
from backend.mail.limits import MOST_CHECKS, WINDOW, CheckLimit


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_too_many_checks_are_refused_until_the_first_one_is_long_ago() -> None:
    clock = Clock()
    limit = CheckLimit(clock)
    for _ in range(MOST_CHECKS):
        limit.count("ada")
        clock.now += timedelta(seconds=1)
    for _ in range(3):
        with pytest.raises(RateLimited) as refused:
            limit.count("ada")
        assert refused.value.retry_after == WINDOW.total_seconds() - MOST_CHECKS
    limit.count("eve")
    clock.now += timedelta(seconds=WINDOW.total_seconds() - MOST_CHECKS)
    limit.count("ada")
    with pytest.raises(RateLimited):
        limit.count("ada")

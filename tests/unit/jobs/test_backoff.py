from hypothesis import given
from hypothesis import strategies as st

from backend.jobs.backoff import Backoff


def test_the_wait_doubles_until_the_cap() -> None:
    backoff = Backoff(base=1, cap=10)
    assert [backoff.delay(n, lambda: 1.0) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_jitter_covers_the_whole_range() -> None:
    assert Backoff(base=4).delay(2, lambda: 0.0) == 0
    assert Backoff(base=4).delay(2, lambda: 0.25) == 2


def test_a_server_is_never_asked_earlier_than_it_said() -> None:
    assert Backoff(base=1).delay(1, lambda: 0.0, retry_after=30) == 30
    assert Backoff(base=1).delay(1, lambda: 0.5, retry_after=30) == 30.5


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_the_wait_stays_between_zero_and_the_cap(attempts: int, number: float) -> None:
    assert 0 <= Backoff(base=0.5, cap=60).delay(attempts, lambda: number) <= 60

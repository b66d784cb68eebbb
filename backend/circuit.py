"""A circuit breaker (Nygard, Release It!, 2007): what fails again and again is left alone, then tried carefully."""

from enum import StrEnum

# A server that asks for more patience than this (seconds) is tried again all the same.
_LONGEST_PAUSE = 600.0


class State(StrEnum):
    """Closed: calls pass. Open: none does. Half-open: one call tries whether the rest may pass again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Circuit:
    """Opens for `pause` seconds after `failures` calls in a row failed; then one call is let through to try.

    Each call that `admits` let pass must end in `worked`, `failed` or `released`. Times are seconds of a steady clock.
    """

    def __init__(self, failures: int = 3, pause: float = 60.0) -> None:
        self._failures = failures
        self._pause = pause
        self._failed_in_a_row = 0
        self._open_until: float | None = None
        self._trying = False

    def state(self, now: float) -> State:
        """What the next call meets."""
        if self._open_until is None:
            return State.CLOSED
        return State.OPEN if now < self._open_until else State.HALF_OPEN

    def admits(self, now: float) -> bool:
        """Whether a call may be made now. While one tries a half-open circuit, others may not."""
        match self.state(now):
            case State.CLOSED:
                return True
            case State.HALF_OPEN if not self._trying:
                self._trying = True
                return True
            case _:
                return False

    def worked(self) -> None:
        """The call ended well: all is forgiven."""
        self._failed_in_a_row = 0
        self._open_until = None
        self._trying = False

    def failed(self, now: float, retry_after: float | None = None) -> None:
        """The call failed. `retry_after`: the server asked to be left alone for so many seconds, and is."""
        self._failed_in_a_row += 1
        if retry_after is not None:
            self._open(now + min(retry_after, _LONGEST_PAUSE))
        elif self._open_until is not None or self._failed_in_a_row >= self._failures:
            self._open(now + self._pause)

    def released(self) -> None:
        """The call ended without showing whether the other side works, for instance because its user gave up."""
        self._trying = False

    def _open(self, until: float) -> None:
        # A call that began before the circuit opened must not shorten what another one learnt.
        self._open_until = max(until, self._open_until or until)
        self._trying = False

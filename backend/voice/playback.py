"""How far a speech has been played: what the client reports, and between its reports what the clock says."""

from collections.abc import Callable

from backend.speech.protocol import SPOKEN_RATE

# A client that reports does so five times a second; one that has been silent for longer (seconds) plays nothing we
# may count on.
_REPORTED_EVERY = 1.0


class Playback:
    """Counts samples at `SPOKEN_RATE`; `sent` is what went to the client. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.sent = 0
        self.ended = False  # the client says that it has played all it will
        self._base = 0
        self._since = clock()
        self._reporting = False
        self._held = False

    @property
    def position(self) -> int:
        """How many samples were played."""
        if self._held or self.ended:
            return self._base
        elapsed = self._clock() - self._since
        if self._reporting:
            elapsed = min(elapsed, _REPORTED_EVERY)
        return min(self._base + round(elapsed * SPOKEN_RATE), self.sent)

    @property
    def ahead(self) -> float:
        """Seconds that were sent and not played yet."""
        return (self.sent - self.position) / SPOKEN_RATE

    def send(self, samples: int) -> None:
        """More went to the client."""
        self._settle(self.position)
        self.sent += samples

    def report(self, samples: int, ended: bool) -> None:
        """The client says how much it has played."""
        self._reporting = True
        self._settle(min(samples, self.sent))
        self.ended = ended

    def hold(self) -> None:
        """The sound is held from now on."""
        self._settle(self.position)
        self._held = True

    def go_on(self) -> None:
        """The sound goes on."""
        self._settle(self._base)
        self._held = False

    def _settle(self, position: int) -> None:
        self._base, self._since = position, self._clock()

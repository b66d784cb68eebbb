"""How long to wait before trying again."""

from collections.abc import Callable
from dataclasses import dataclass

# Twice this many doublings exceed any sensible cap; it keeps the power from growing without end.
_MAX_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    `base` and `cap` are seconds. After `max_attempts` failures in a row there is no next time.
    """

    base: float = 1.0
    cap: float = 900.0
    max_attempts: int = 12

    def delay(self, attempts: int, random: Callable[[], float], retry_after: float | None = None) -> float:
        """Seconds to wait after `attempts` (at least 1) failures; `random` gives numbers in [0, 1).

        A server that said how long to wait is never asked earlier; the jitter comes on top, so that everybody who was
        sent away does not come back in the same moment.
        """
        ceiling = min(self.cap, self.base * 2.0 ** min(attempts - 1, _MAX_DOUBLINGS))
        return (retry_after or 0.0) + random() * ceiling

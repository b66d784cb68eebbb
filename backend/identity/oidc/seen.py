"""What may be used once: names that were seen, until they would not be taken any more anyway."""

from collections.abc import Callable
from datetime import datetime

# A name takes some 150 bytes. With more than this within minutes, somebody is trying something.
_MOST = 50_000


class Seen:
    """Names and until when they are remembered (seconds since 1970), in this process."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def __contains__(self, name: str) -> bool:
        return self._until.get(name, 0.0) > self._clock().timestamp()

    def add(self, name: str, until: float) -> bool:
        """Remember a name. False when it is known, or nothing more can be remembered: then it must not be used."""
        if name in self:
            return False
        if len(self._until) >= _MOST:
            now = self._clock().timestamp()
            self._until = {known: end for known, end in self._until.items() if end > now}
        if len(self._until) >= _MOST:
            return False
        self._until[name] = until
        return True

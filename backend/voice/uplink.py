"""What comes from the client's microphone: each frame once, in order, and not faster than anybody can speak."""

from collections.abc import Callable

from backend.voice.line import Close, Closing
from backend.voice.wire import FRAME_SECONDS, AudioIn

# After a lost line the client sends what it kept (10 s) at once; clocks of sound cards differ by far less than this.
_BURST_SECONDS = 12.0
_PACE = 1.1
# Messages: a page sends five a second while sound plays.
_MESSAGES_PER_SECOND = 50.0
_MESSAGES_BURST = 200.0


class Uplink:
    """Counts the microphone's frames of one session; `received` is the number of the last one."""

    def __init__(self) -> None:
        self.received = 0

    def accept(self, frame: AudioIn) -> tuple[bool, int]:
        """Whether the frame is new, and how many frames before it are missing."""
        if frame.seq <= self.received:
            return False, 0
        missing = frame.seq - self.received - 1
        self.received = frame.seq
        return True, missing


class Flood:
    """How much one line may bring. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since = clock()
        self._audio = 0.0
        self._messages = 0

    def heard(self) -> None:
        """A frame of the microphone came. Raises `Closing` when it is too much."""
        self._audio += FRAME_SECONDS
        if self._audio > _BURST_SECONDS + _PACE * (self._clock() - self._since):
            raise Closing(Close.FLOODED, "Sound comes faster than anybody speaks.")

    def told(self) -> None:
        """A message came. Raises `Closing` when they are too many."""
        self._messages += 1
        if self._messages > _MESSAGES_BURST + _MESSAGES_PER_SECOND * (self._clock() - self._since):
            raise Closing(Close.FLOODED, "Messages come faster than any client needs to send them.")

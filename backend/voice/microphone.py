"""A session's microphone: when an utterance begins, when it is over, and when nothing that comes is heard."""

from collections import deque
from typing import Literal, Protocol

from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE
from backend.voice.activity import Activity
from backend.voice.ending import EndOfTurn
from backend.voice.utterance import Utterance
from backend.voice.wire import Mode

Reason = Literal["silence", "released", "limit"]

# Activity notices speech some 100 ms late, and a soft first sound later: 0.6 s from before is heard too.
_BEFORE_BYTES = round(0.6 * HEARD_RATE) * BYTES_PER_SAMPLE
# Nobody commands or asks for longer than this in one breath (seconds): a radio is on.
LONGEST_SECONDS = 60.0


class Listener(Protocol):
    """Who is told. Nothing here may wait."""

    def began(self, at: float) -> Utterance:
        """Somebody begins to speak, `at` seconds into the audio: gives what is to hear it."""
        ...

    def goes_on(self, utterance: Utterance, spoken_for: float) -> None:
        """More of it was heard; `spoken_for` seconds of it are voice."""
        ...

    def pauses(self, utterance: Utterance) -> None:
        """Nobody speaks for the moment: it may be complete."""
        ...

    def over(self, utterance: Utterance, at: float, reason: Reason) -> None:
        """It is complete, `at` seconds into the audio."""
        ...

    def dropped(self, utterance: Utterance) -> None:
        """It is not to be heard after all."""
        ...


class Microphone:
    """16-bit mono at `HEARD_RATE` goes in. Times are of the audio, not of a clock: a line that hangs ends nothing."""

    def __init__(self, mode: Mode, listener: Listener, activity: Activity, ending: EndOfTurn, language: str) -> None:
        self.mode = mode
        self.muted = False
        self.pressed = False
        self.utterance: Utterance | None = None
        self._listener = listener
        self._activity = activity
        self._ending = ending
        self._language = language
        self._before: deque[bytes] = deque()
        self._bytes = 0
        self._restarted = 0.0  # where the audio begins that the activity knows
        self._voice = 0.0  # seconds of voice in the stretches of this utterance that are over

    @property
    def seconds(self) -> float:
        """How much came so far."""
        return self._bytes / BYTES_PER_SAMPLE / HEARD_RATE

    @property
    def waiting(self) -> bool:
        """Whether it hears only what is said while a button is pressed, and none is."""
        return self.mode == "push_to_talk" and not self.pressed

    @property
    def spoken_for(self) -> float:
        """Seconds of voice in the utterance that goes on."""
        return self._voice + (self._activity.spoken_for if self._activity.speaking else 0.0)

    def hear(self, samples: bytes) -> None:
        """Hear more."""
        self._bytes += len(samples)
        if self.muted or self.waiting:
            return
        changes = self._activity.feed(samples)
        if self.utterance is None:
            self._before.append(samples)
            while len(self._before) * len(samples) > _BEFORE_BYTES:
                self._before.popleft()
        else:
            self.utterance.feed(samples)
        for change in changes:
            if change.kind == "stopped":
                self._voice += self._activity.spoken_for
            elif self.utterance is None:
                self._begin(self._restarted + change.at)
        if self.utterance is not None:
            self._listener.goes_on(self.utterance, self.spoken_for)
            if self.spoken_for and not self._activity.speaking:
                self._listener.pauses(self.utterance)
            self._end_if_over(self.utterance)

    def press(self) -> None:
        """Push-to-talk: what comes from now on is an utterance."""
        if self.mode == "push_to_talk" and not self.pressed and not self.muted:
            self._restart()
            self.pressed = True
            self._begin(self.seconds)

    def release(self) -> None:
        """Push-to-talk: it is complete."""
        if not self.pressed:
            return
        self.pressed = False
        if self.utterance is not None and self.spoken_for > 0:
            self._over(self.utterance, "released")
        self._restart()

    def mute(self, muted: bool) -> None:
        """The microphone is off, or on: half a sentence is no sentence."""
        self.muted = muted
        self._restart()

    def change(self, mode: Mode) -> None:
        """Hands-free or push-to-talk from now on."""
        if mode != self.mode:
            self.mode = mode
            self._restart()

    def forget(self) -> None:
        """Drop the utterance that goes on; the rest of it may be another one."""
        self._restart()

    def _restart(self) -> None:
        self.pressed = False
        self._activity.reset()
        self._restarted = self.seconds
        self._before.clear()
        dropped, self.utterance = self.utterance, None
        if dropped is not None:
            self._listener.dropped(dropped)

    def _begin(self, at: float) -> None:
        self._voice = 0.0
        self.utterance = self._listener.began(at)
        for samples in self._before:
            self.utterance.feed(samples)
        self._before.clear()

    def _end_if_over(self, utterance: Utterance) -> None:
        if utterance.seconds >= LONGEST_SECONDS:
            self._over(utterance, "limit")
        elif self.mode == "hands_free" and not self._activity.speaking:
            patience = self._ending.patience(utterance.text, self._language)
            if self._activity.silent_for >= patience:
                self._over(utterance, "silence")

    def _over(self, utterance: Utterance, reason: Reason) -> None:
        self.utterance = None
        at = self.seconds - self._activity.silent_for if reason == "silence" else self.seconds
        self._listener.over(utterance, at, reason)

"""What a session says: the answers of turns and words of its own, one at a time, until it is interrupted."""

import asyncio
from collections.abc import Callable

from backend.assistant.events import TurnEvent, TurnStarted
from backend.assistant.preparation import Preparation
from backend.assistant.schemas import Scope
from backend.speech.protocol import Voice
from backend.voice.confirming import Confirming
from backend.voice.downlink import Downlink
from backend.voice.echo import EchoGuard
from backend.voice.parts import Parts
from backend.voice.phrases import phrases
from backend.voice.preparing import Preparing
from backend.voice.script import Saying, Script
from backend.voice.speaking import Speech
from backend.voice.turn import SpokenTurn
from backend.voice.wire import AnswerCut, Playback
from backend.voice.work import Work


class Answering:
    """Asks the assistant and says what it answers. `changed` is called when what it does has changed, `began` when it
    begins to be heard."""

    def __init__(
        self,
        parts: Parts,
        user_id: str,
        voice: Voice,
        zone: str | None,
        scope: Scope | None,
        conversation_id: str | None,
        downlink: Downlink,
        changed: Callable[[], None],
        began: Callable[[], None],
    ) -> None:
        self.conversation_id = conversation_id
        self.confirming = Confirming()
        self.preparing = Preparing(self._prepare)
        self._parts = parts
        self._user_id = user_id
        self._voice = voice
        self._zone = zone
        self._scope = scope
        self._downlink = downlink
        self._changed = changed
        self._began = began
        self._turn: SpokenTurn | None = None
        self._speech: Speech | None = None
        self._last: Speech | None = None  # the one before it, whose echo may still be heard
        self._speeches = 0
        self._lock = asyncio.Lock()  # one thing is begun or ended at a time
        self._watching = Work()

    @property
    def thinking(self) -> bool:
        """Whether an answer is being made, or its first sound."""
        making = self._turn is not None and self._turn.running
        return making or (self._speech is not None and not self._speech.finished.is_set() and not self.sounding)

    @property
    def sounding(self) -> bool:
        """Whether something is being said."""
        return self._speech is not None and self._speech.sounding

    @property
    def held(self) -> bool:
        """Whether it was interrupted and may go on."""
        return self._speech is not None and self._speech.held

    async def ask(self, text: str, option: str | None, taken: Callable[[str], None]) -> None:
        """Begin a turn; what was said before it ends here. `taken` is told its id. Raises as `Assistant.ask` does."""
        async with self._lock:
            await self._stop("interrupt")
            prepared = self.preparing.take(text)
            turn = await self._parts.assistant.ask(
                self._user_id, text, self.conversation_id, self._scope, option, self._zone, prepared
            )
            self._scope = None  # the conversation keeps it
            self.conversation_id = turn.conversation_id
            taken(turn.turn_id)
            self._speech = speech = self._new_speech(turn.turn_id)
            script = Script(self._voice.language)
            note = phrases(self._voice.language).interrupted
            self._turn = SpokenTurn(self._parts.assistant, self._user_id, turn.turn_id, speech, script, note, self._saw)

    async def say(self, text: str) -> None:
        """Say something of our own."""
        async with self._lock:
            await self._stop("interrupt")
            self._speech = self._new_speech(None)
            self._speech.add(Saying(text, text))
            self._speech.end()

    async def interrupt(self, reason: str) -> None:
        """Be quiet, stop answering, and keep of the answer what was heard. `reason` as in `audio.stopped`."""
        async with self._lock:
            await self._stop(reason)
        self._changed()

    def hold(self) -> None:
        """Be quiet for the moment."""
        if self._speech is not None:
            self._speech.hold()

    def go_on(self) -> None:
        """Go on with what was held."""
        if self._speech is not None:
            self._speech.go_on()

    def played(self, message: Playback) -> None:
        """The client says how much it has played."""
        speech = self._speech
        if speech is not None and speech.number == message.speech:
            speech.played(message.samples, message.ended)

    def line_lost(self) -> None:
        """Nobody listens for the moment."""
        self.preparing.drop()
        if self._speech is not None:
            self._speech.line_lost()

    def line_found(self) -> None:
        """Somebody listens again."""
        if self._speech is not None:
            self._speech.line_found()

    async def close(self) -> None:
        """Say no more. A turn that runs goes on, and its answer stands in the conversation."""
        self.preparing.drop()
        await self._watching.close()
        if self._turn is not None:
            await self._turn.close()
        if self._speech is not None:
            await self._speech.close()

    def _prepare(self, text: str) -> Preparation | None:
        return self._parts.assistant.prepare(self._user_id, text, self.conversation_id, self._scope, self._zone)

    async def _stop(self, reason: str) -> None:
        if self._turn is not None:
            if await self._turn.interrupt(reason):
                self._downlink.tell(AnswerCut(turn_id=self._turn.turn_id))
        elif self._speech is not None:
            await self._speech.stop(reason)
        if self._speech is not None:
            self._last = self._speech
        self._turn = self._speech = None

    def _new_speech(self, turn_id: str | None) -> Speech:
        self._speeches += 1
        speech = Speech(
            self._speeches,
            turn_id,
            self._parts.speaks,
            self._voice,
            self._user_id,
            self._downlink,
            self._parts.clock,
            self._began,
        )
        self._watching.do(self._watch(speech), f"end of speech {speech.number}")
        return speech

    async def _watch(self, speech: Speech) -> None:
        await speech.finished.wait()
        self._changed()

    def is_own(self, text: str, at: float) -> bool:
        """Whether words that began to sound at `at`, by the clock, are what was being said then."""
        guard = EchoGuard()
        for speech in (self._last, self._speech):
            for spoken, when, seconds in speech.audible() if speech is not None else ():
                guard.said(spoken, when, seconds)
        return guard.is_own(text, at)

    def _saw(self, event: TurnEvent) -> None:
        self.confirming.saw(event)
        self._downlink.tell(event)
        if not isinstance(event, TurnStarted):
            self._changed()

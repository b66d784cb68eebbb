"""The service of this slice: spoken sessions, and single utterances where no session stands."""

import importlib.util
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog

from backend.assistant.commands.confirmation import Meant
from backend.assistant.commands.heard import Answered
from backend.assistant.schemas import TurnTaken
from backend.errors import NotAllowed, NotFound, Unavailable
from backend.speech.protocol import Listening, Transcript, Voice
from backend.voice.confirming import SURE, confidence
from backend.voice.limits import Limits
from backend.voice.microphone import LONGEST_SECONDS
from backend.voice.parts import Parts
from backend.voice.recordings import samples_of
from backend.voice.schemas import VoiceChoice, VoiceInfo, VoiceNames, VoicePreferences
from backend.voice.script import Saying, Script
from backend.voice.sessions import Sessions
from backend.voice.vocabulary import EVERYBODYS
from backend.voice.wire import Engine
from backend.voice.wishes import Wish, wished
from backend.voice.work import Work

if TYPE_CHECKING:
    from backend.voice.webrtc.calls import Calls

log = structlog.get_logger(__name__)

# How long one look for the next events of a turn waits (seconds).
_WAIT_SECONDS = 10.0


class VoiceService:
    """Opens sessions, hears recordings, speaks answers. `enabled`: whether people may speak with it at all; `webrtc`:
    whether over WebRTC as well. `close` at the end."""

    def __init__(
        self, parts: Parts, enabled: Callable[[], bool], limits: Limits | None = None, *, webrtc: bool = False
    ) -> None:
        self._parts = parts
        self._enabled = enabled
        self.sessions = Sessions(parts, limits)
        self._webrtc = webrtc
        self._calls = _open_calls(self.sessions, limits or Limits()) if webrtc else None
        self._work = Work()

    def start(self) -> None:
        """Let the engine that hears get ready for whoever comes first."""
        if self._enabled():
            self._work.do(self._parts.hears.prepare(Listening("", "en", EVERYBODYS)), "start")

    async def close(self) -> None:
        """End all sessions; their clients are told."""
        await self._work.close()
        await self.sessions.close()
        if self._calls is not None:
            await self._calls.close()

    @property
    def calls(self) -> "Calls":
        """Connections over WebRTC. Raises `NotFound` where they are switched off, `Unavailable` without the extra."""
        if not self._webrtc:
            raise NotFound("WebRTC is switched off here. The setting VOICE_WEBRTC of VoiceAssist switches it on.")
        if self._calls is None:
            raise Unavailable("WebRTC needs the extra `webrtc` of VoiceAssist, which is not installed.")
        return self._calls

    def info(self, language: str) -> VoiceInfo:
        """Who hears and speaks a language. Raises `Unavailable` when nobody does."""
        enabled, most = self._enabled(), round(LONGEST_SECONDS)
        if not enabled:
            return VoiceInfo(hears=None, speaks=None, enabled=False, max_seconds=most, webrtc=False)
        hears, speaks = self._parts.hears.info(language), self._parts.speaks.info(language)
        return VoiceInfo(
            hears=Engine.of(hears),
            speaks=Engine.of(speaks),
            enabled=True,
            max_seconds=most,
            webrtc=self._calls is not None,
        )

    async def voices(self, language: str) -> VoiceNames:
        """The voices of who speaks a language; none where nobody knows. Raises `NotAllowed`, `Unavailable`."""
        self.require()
        return VoiceNames(voices=list(await self._parts.speaks.voices(language)))

    async def chosen(self, user_id: str) -> VoicePreferences:
        """How a user wants to be spoken to."""
        return VoicePreferences.of(await self._parts.wishes.voice_of(user_id))

    async def choose(self, user_id: str, choice: VoiceChoice) -> VoicePreferences:
        """Remember how a user wants to be spoken to, from the next session on."""
        await self._parts.wishes.keep_voice(user_id, Wish(choice.language, choice.voice, choice.speed))
        return await self.chosen(user_id)

    async def voice_for(self, user_id: str, language: str | None, name: str | None, speed: float | None) -> Voice:
        """What a client names, and for what it leaves open what the user chose."""
        return await wished(self._parts.wishes, self._parts.hears, user_id, language, name, speed)

    def require(self) -> None:
        """Raises `NotAllowed` when voice is switched off."""
        if not self._enabled():
            raise NotAllowed("Voice is switched off here. The setting VOICE of VoiceAssist switches it on.")

    async def transcript(self, user_id: str, content: bytes, content_type: str, language: str) -> Transcript:
        """The words of a recording, of which nothing is kept. Raises `BadInput` for what is none, `Unavailable`."""
        self.require()
        vocabulary = await self._parts.vocabulary(user_id)
        samples = await samples_of(content, content_type, self._parts.decoder)
        return await self._parts.hears.transcribe(iter([samples]), Listening(user_id, language, vocabulary))

    async def ask(
        self, user_id: str, transcript: Transcript, conversation_id: str | None, zone: str | None
    ) -> TurnTaken | None:
        """The turn that comes of what was heard; None for nothing, or a doubtful yes. Raises as `Assistant.ask`."""
        if not transcript.text.strip():
            return None
        heard = await self._parts.assistant.understood(user_id, transcript.text, conversation_id, zone)
        acts = isinstance(heard, Answered) and heard.meant in (Meant.YES, Meant.UNDO)
        if acts and confidence(transcript) < SURE:
            return None
        return await self._parts.assistant.ask(user_id, transcript.text, conversation_id, None, None, zone)

    async def clause(self, user_id: str, turn_id: str, number: int, language: str) -> Saying | None:
        """A part of what a turn says, from 0 on, as soon as it is there; None behind the last. Raises `NotFound`."""
        script = Script(language)
        said: list[Saying] = []
        after = 0
        while True:
            news = await self._parts.assistant.events(user_id, turn_id, after, _WAIT_SECONDS)
            for event in news.events:
                after = event.seq
                said += script.after(event)
            if len(said) > number:
                return said[number]
            if news.done:
                return None

    async def sound(self, user_id: str, clause: Saying, voice: Voice) -> AsyncIterator[bytes]:
        """The sound of a clause: 16-bit mono at `SPOKEN_RATE`. Raises `Unavailable`."""
        async with aclosing(self._parts.speaks.speak(clause.spoken, voice, user_id)) as pieces:
            async for piece in pieces:
                yield piece


def _open_calls(sessions: Sessions, limits: Limits) -> "Calls | None":
    """None without the extra."""
    if importlib.util.find_spec("aiortc") is None:
        log.warning("voice.webrtc_missing", needs="the extra webrtc")
        return None
    from backend.voice.webrtc.calls import Calls

    return Calls(sessions, limits)

"""One spoken conversation: what is heard becomes turns, what they answer is said, and speaking over it stops it.

It knows no transport: frames come in by `take`, and what goes out waits in `downlink`.
"""

import asyncio

import structlog

from backend.errors import ErrorCode, VoiceAssistError
from backend.speech.protocol import Listening, Transcript, Voice
from backend.trouble import told, where
from backend.voice.activity import Activity
from backend.voice.answering import Answering
from backend.voice.confirming import Decision
from backend.voice.downlink import Downlink
from backend.voice.interruption import Verdict
from backend.voice.microphone import Microphone, Reason
from backend.voice.parts import Parts
from backend.voice.phrases import phrases
from backend.voice.schemas import heard_words
from backend.voice.uplink import Uplink
from backend.voice.utterance import Utterance
from backend.voice.vocabulary import EVERYBODYS
from backend.voice.wire import (
    AudioAck,
    AudioIn,
    Engine,
    EngineChanged,
    Failed,
    Interrupt,
    Mute,
    Notice,
    Ping,
    Playback,
    Pong,
    Received,
    Say,
    SessionMode,
    SessionReady,
    SessionResume,
    SessionStart,
    SessionState,
    SpeechEnded,
    SpeechStarted,
    State,
    TalkEnd,
    TalkStart,
    TranscriptDelta,
    TranscriptDone,
)
from backend.voice.work import Work

log = structlog.get_logger(__name__)

# The client learns that its frames have arrived five times a second.
_ACK_EVERY = 10
# Whoever speaks as soon as a session begins is heard without the names of their people after so long (seconds).
_NAMES_SECONDS = 1.5


class Session:
    """See above. It begins with the `session.start` and ends with `close`."""

    def __init__(self, session_id: str, user_id: str, start: SessionStart, parts: Parts, downlink: Downlink) -> None:
        self.id = session_id
        self.user_id = user_id
        self.downlink = downlink
        self._uplink = Uplink()
        self._parts = parts
        self._zone = start.zone
        self._language = start.language or "en"
        self._listening = Listening(user_id, self._language, EVERYBODYS)
        voice = Voice(self._language, start.voice or "", start.speed or 1.0)
        self._answering = Answering(
            parts,
            user_id,
            voice,
            start.zone,
            start.scope,
            start.conversation_id,
            self.downlink,
            self._tell_state,
            self._sound_begins,
        )
        self._microphone = Microphone(start.mode, self, Activity(), parts.ending, self._language)
        self._said: asyncio.Queue[Utterance | Say] = asyncio.Queue()
        self._taking = False  # something that was said is being understood
        self._state: State | None = None
        self._engines = self._engines_now()
        self._work = Work()
        self._prepared = self._work.do(self._prepare_first(), "prepare")
        self._work.do(self._converse(), "converse")

    def ready(self, *, resumed: bool) -> SessionReady:
        """What a client is told first."""
        hears, speaks = self._engines
        return SessionReady(
            session_id=self.id, resumed=resumed, received=self._uplink.received, hears=hears, speaks=speaks
        )

    def line_found(self) -> None:
        """A client listens."""
        self._answering.line_found()
        self._tell_state()

    def line_lost(self) -> None:
        """Nobody listens for the moment."""
        self._answering.line_lost()

    def take(self, message: Received) -> None:
        """What the client sends. Never waits."""
        match message:
            case AudioIn():
                self._hear(message)
            case Playback():
                self._answering.played(message)
            case TalkStart():
                self._microphone.press()
            case TalkEnd():
                self._microphone.release()
            case Mute():
                self._microphone.mute(message.muted)
            case SessionMode():
                self._microphone.change(message.mode)
            case Say():
                self._said.put_nowait(message)
            case Interrupt():
                self._work.do(self._answering.interrupt("interrupt"), "interrupt")
            case Ping():
                self.downlink.tell(Pong(id=message.id))
            case SessionStart() | SessionResume():
                text = "The session has begun already."
                self.downlink.tell(Failed(code=ErrorCode.CONFLICT, message=text, fatal=False))
        self._tell_state()

    async def close(self) -> None:
        """End: stop listening and speaking."""
        self._microphone.forget()
        await self._work.close()
        while not self._said.empty():
            said = self._said.get_nowait()
            if isinstance(said, Utterance):
                said.abandon()
        await self._answering.close()

    def _hear(self, frame: AudioIn) -> None:
        new, missing = self._uplink.accept(frame)
        if not new:
            return
        if missing:
            message = f"{missing:,} audio frames before number {frame.seq} did not arrive."
            self.downlink.tell(Failed(code=ErrorCode.VALIDATION_ERROR, message=message, fatal=False))
        if missing or frame.seq % _ACK_EVERY == 0:
            self.downlink.tell(AudioAck(seq=frame.seq))
        self._microphone.hear(frame.samples)

    def _sound_begins(self) -> None:
        """An answer begins to be said; not while somebody speaks."""
        utterance = self._microphone.utterance
        if utterance is not None:
            utterance.contested = utterance.interrupting = True
            self._answering.hold()
        self._tell_state()

    # What the microphone hears (see `microphone.Listener`).

    def began(self, at: float) -> Utterance:
        """See `Listener.began`."""
        over_speech = self._answering.sounding
        contested = over_speech or self._answering.thinking
        if contested and self._microphone.pressed:  # who presses a button is no passer-by
            contested = False
            self._work.do(self._answering.interrupt("barge_in"), "barge in")
        if contested:
            self._answering.hold()
        self.downlink.tell(SpeechStarted(at=at))
        return Utterance(
            self._parts.hears,
            self._listen_for,
            self._parts.clock() - (self._microphone.seconds - at),
            at,
            lambda text: self.downlink.tell(TranscriptDelta(text=text)),
            over_speech=over_speech,
            contested=contested,
        )

    def goes_on(self, utterance: Utterance, spoken_for: float) -> None:
        """See `Listener.goes_on`."""
        utterance.spoken_for = spoken_for
        self._answering.preparing.understood(utterance.text)
        if utterance.contested:
            self._judge(utterance, utterance.text, ended=False)

    def pauses(self, utterance: Utterance) -> None:
        """See `Listener.pauses`."""
        if not utterance.contested:
            self._answering.preparing.silent_after(utterance.text)

    def over(self, utterance: Utterance, at: float, reason: Reason) -> None:
        """See `Listener.over`."""
        utterance.is_over(at, self._microphone.seconds)
        self.downlink.tell(SpeechEnded(at=at, reason=reason))
        self._said.put_nowait(utterance)

    def dropped(self, utterance: Utterance) -> None:
        """See `Listener.dropped`."""
        self._answering.go_on()
        self._answering.preparing.drop()
        utterance.abandon()

    def _judge(self, utterance: Utterance, text: str, *, ended: bool, spotted: str | None = None) -> Verdict:
        """Whether what is heard over an answer ends it; if so, it does at once."""
        own = self._answering.is_own(text, utterance.began)
        verdict = self._parts.interruption.judge(utterance.spoken_for, text, own, self._language, ended, spotted)
        if verdict is Verdict.STOP:
            utterance.contested = False
            self._work.do(self._answering.interrupt("barge_in"), "barge in")
        elif verdict is Verdict.IGNORE:
            self._answering.go_on()
        return verdict

    # What becomes of it.

    async def _converse(self) -> None:
        """Take what is said, one after the other."""
        while True:
            said = await self._said.get()
            self._taking = True
            try:
                if isinstance(said, Say):
                    await self._answering.ask(said.text, said.option, lambda _: None)
                else:
                    await self._understand(said)
            except VoiceAssistError as error:
                self.downlink.tell(Failed(code=error.code, message=error.message, fatal=False))
            except Exception as error:  # its text may hold what was said
                log.error("voice.turn_crashed", error=told(error), where=where(error))
                text = "Something went wrong inside VoiceAssist. Say it again."
                self.downlink.tell(Failed(code=ErrorCode.INTERNAL_ERROR, message=text, fatal=False))
            self._taking = False
            self._answering.preparing.drop()  # for what was said and is not asked
            self._tell_state()
            self._work.do(self._prepare(), "prepare")  # what was said may have made new names

    async def _understand(self, utterance: Utterance) -> None:
        try:
            transcript = await utterance.finish()
            decision = await self._decide(utterance, transcript)
        except BaseException:
            self._go_on_after(utterance)
            raise
        self._tell_engines()
        if decision is Decision.TAKE:
            await self._ask(transcript)
            return
        self._go_on_after(utterance)
        self._tell_transcript(transcript, None)
        words = phrases(self._language)
        if decision is Decision.ASK_AGAIN:
            await self._answering.say(words.say_again)
        elif decision is Decision.LEAVE:
            await self._answering.say(words.left)
        elif decision is Decision.DOUBT:
            self.downlink.tell(Notice(code="NOT_UNDERSTOOD", message=words.not_heard))

    def _go_on_after(self, utterance: Utterance) -> None:
        """What it held goes on, unless it has ended that."""
        if utterance.contested:
            self._answering.go_on()

    async def _decide(self, utterance: Utterance, transcript: Transcript) -> Decision:
        """Whether what was heard is taken for something that was said to us."""
        text = transcript.text.strip()
        if utterance.contested:
            spotted = await self._spotted(utterance)
            if self._judge(utterance, text, ended=True, spotted=spotted) is not Verdict.STOP:
                return Decision.DROP
        if not text or self._answering.is_own(text, utterance.began):
            return Decision.DROP
        heard = await self._parts.assistant.understood(self.user_id, text, self._answering.conversation_id, self._zone)
        return self._answering.confirming.decide(
            transcript, heard, over_speech=utterance.over_speech, interrupting=utterance.interrupting
        )

    async def _spotted(self, utterance: Utterance) -> str | None:
        """Which backchannel or stop word a short utterance sounds like."""
        if utterance.spoken_for >= self._parts.interruption.long_seconds:
            return None
        return await self._parts.spotting.spot(utterance.speech, self._language)

    async def _ask(self, transcript: Transcript) -> None:
        turn_ids: list[str] = []

        def taken(turn_id: str) -> None:
            turn_ids.append(turn_id)
            self._tell_transcript(transcript, turn_id)

        try:
            await self._answering.ask(transcript.text, None, taken)
        finally:
            if not turn_ids:
                self._tell_transcript(transcript, None)

    async def _prepare_first(self) -> None:
        """Let engines start, which may have gone to rest, while the names of the user are looked up."""
        hears, spotting = self._parts.hears, self._parts.spotting
        await asyncio.gather(hears.prepare(self._listening), spotting.prepare(self._language), self._prepare())

    async def _prepare(self) -> None:
        """Get ready to hear this user: the vocabulary as it is now, and what the engine makes of it."""
        vocabulary = await self._parts.vocabulary(self.user_id)
        listening = Listening(self.user_id, self._language, vocabulary)
        if listening != self._listening:
            await self._parts.hears.prepare(listening)
            self._listening = listening

    async def _listen_for(self) -> Listening:
        """What is said first waits a little for the user's own names; it is heard faster than it is said."""
        await asyncio.wait([self._prepared], timeout=_NAMES_SECONDS)
        return self._listening

    # What the client is told.

    def _tell_state(self) -> None:
        state = self._state_now()
        if state != self._state:
            self._state = state
            self.downlink.tell(SessionState(state=state))

    def _state_now(self) -> State:
        microphone, answering = self._microphone, self._answering
        utterance = microphone.utterance
        if utterance is not None and (answering.held or not utterance.contested):
            return "hearing"
        if answering.sounding:
            return "speaking"
        if answering.thinking or self._taking or not self._said.empty():
            return "thinking"
        if microphone.muted:
            return "muted"
        return "waiting" if microphone.waiting else "listening"

    def _tell_transcript(self, transcript: Transcript, turn_id: str | None) -> None:
        self.downlink.tell(
            TranscriptDone(
                text=transcript.text, words=heard_words(transcript), engine=transcript.engine, turn_id=turn_id
            )
        )

    def _engines_now(self) -> tuple[Engine, Engine]:
        hears, speaks = self._parts.hears.info(self._language), self._parts.speaks.info(self._language)
        return Engine.of(hears), Engine.of(speaks)

    def _tell_engines(self) -> None:
        engines = self._engines_now()
        if engines != self._engines:
            self._engines = engines
            self.downlink.tell(EngineChanged(hears=engines[0], speaks=engines[1]))

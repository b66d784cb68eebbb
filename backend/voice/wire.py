"""The messages and audio frames of a session as they stand on the wire (docs/voice-protocol.md)."""

import struct
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from backend.assistant.events import TurnEvent
from backend.assistant.schemas import Scope
from backend.errors import BadInput
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, SPOKEN_RATE, EngineInfo

FRAME_SECONDS = 0.02
FRAME_BYTES = round(HEARD_RATE * FRAME_SECONDS) * BYTES_PER_SAMPLE

_UPLINK = struct.Struct("<I")
_DOWNLINK = struct.Struct("<III")

Mode = Literal["hands_free", "push_to_talk"]
State = Literal["listening", "hearing", "thinking", "speaking", "muted", "waiting"]


class WrongKind(BadInput):
    """A frame that has no place in the protocol: whoever sends it speaks something else."""


@dataclass(frozen=True, slots=True)
class AudioIn:
    """20 ms of the microphone: 16-bit mono at `HEARD_RATE`, numbered from 1."""

    seq: int
    samples: bytes


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SessionStart(_Message):
    """The first frame of a new session."""

    type: Literal["session.start"] = "session.start"
    mode: Mode = "hands_free"
    conversation_id: str | None = Field(None, max_length=64)
    scope: Scope | None = None
    zone: str | None = Field(None, max_length=64)
    language: str | None = Field(None, max_length=16)
    voice: str | None = Field(None, max_length=100)
    speed: float | None = Field(None, ge=0.5, le=2.0)


class SessionResume(_Message):
    """The first frame after a lost line. `after`: n of the last frame that was received."""

    type: Literal["session.resume"] = "session.resume"
    session_id: str = Field(max_length=64)
    after: int = Field(ge=0)


class SessionMode(_Message):
    """Hands-free from now on, or push-to-talk."""

    type: Literal["session.mode"] = "session.mode"
    mode: Mode


class TalkStart(_Message):
    """Push-to-talk is pressed."""

    type: Literal["talk.start"] = "talk.start"


class TalkEnd(_Message):
    """Push-to-talk is released."""

    type: Literal["talk.end"] = "talk.end"


class Mute(_Message):
    """The microphone is off, or on again."""

    type: Literal["mute"] = "mute"
    muted: bool


class Say(_Message):
    """Typed, or an option chosen, instead of spoken."""

    type: Literal["say"] = "say"
    text: str = Field(max_length=10_000)
    option: str | None = Field(None, max_length=20)


class Interrupt(_Message):
    """Stop speaking and answering."""

    type: Literal["interrupt"] = "interrupt"


class Playback(_Message):
    """How much of a speech was played (samples at `SPOKEN_RATE`)."""

    type: Literal["playback"] = "playback"
    speech: int = Field(ge=1)
    samples: int = Field(ge=0)
    ended: bool = False


class Ping(_Message):
    """Answered by `pong`."""

    type: Literal["ping"] = "ping"
    id: str | int


ClientMessage = Annotated[
    SessionStart | SessionResume | SessionMode | TalkStart | TalkEnd | Mute | Say | Interrupt | Playback | Ping,
    Field(discriminator="type"),
]
Received = ClientMessage | AudioIn

_client_message: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


class Engine(BaseModel):
    """An engine as its user is told of it. `grade` is `command` or `dictation`."""

    name: str
    data_goes_to: str
    grade: str
    languages: list[str]
    streaming: bool

    @classmethod
    def of(cls, info: EngineInfo) -> "Engine":
        """What is told of an engine."""
        return cls(
            name=info.name,
            data_goes_to=str(info.destination),
            grade=info.grade,
            languages=list(info.languages),
            streaming=info.streaming,
        )


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class SessionReady(_Event):
    """The session stands. `received` is the number of the last audio frame that arrived."""

    type: Literal["session.ready"] = "session.ready"
    session_id: str
    resumed: bool
    received: int
    hears: Engine
    speaks: Engine
    input_rate: int = HEARD_RATE
    output_rate: int = SPOKEN_RATE


class SessionState(_Event):
    """What the session is doing."""

    type: Literal["session.state"] = "session.state"
    state: State


class SpeechStarted(_Event):
    """Somebody began to speak, `at` seconds into the session's audio."""

    type: Literal["speech.started"] = "speech.started"
    at: float


class SpeechEnded(_Event):
    """What was said is complete."""

    type: Literal["speech.ended"] = "speech.ended"
    at: float
    reason: Literal["silence", "released", "limit"]


class TranscriptDelta(_Event):
    """All that is understood so far of this utterance."""

    type: Literal["transcript.delta"] = "transcript.delta"
    text: str


class HeardWord(BaseModel):
    """A word with its time (seconds from the beginning of the utterance)."""

    text: str
    start: float
    end: float
    confidence: float | None


class TranscriptDone(_Event):
    """What was heard. Without a `turn_id` nothing comes of it."""

    type: Literal["transcript.done"] = "transcript.done"
    text: str
    words: list[HeardWord]
    engine: str
    turn_id: str | None


class AudioStarted(_Event):
    """A speech begins. `turn_id` is None for what the session itself has to say."""

    type: Literal["audio.started"] = "audio.started"
    speech: int
    turn_id: str | None
    text: str


class AudioMark(_Event):
    """At this sample these words begin."""

    type: Literal["audio.mark"] = "audio.mark"
    speech: int
    offset: int
    text: str


class AudioEnded(_Event):
    """All of the speech has been sent."""

    type: Literal["audio.ended"] = "audio.ended"
    speech: int
    samples: int


class AudioPaused(_Event):
    """Hold the sound and keep it."""

    type: Literal["audio.paused"] = "audio.paused"
    speech: int


class AudioResumed(_Event):
    """Go on with the sound that was held."""

    type: Literal["audio.resumed"] = "audio.resumed"
    speech: int


class AudioStopped(_Event):
    """Drop what was not played."""

    type: Literal["audio.stopped"] = "audio.stopped"
    speech: int
    reason: Literal["barge_in", "interrupt", "failed"]


class AnswerCut(_Event):
    """Of an answer that was interrupted the conversation keeps what was heard, from now on."""

    type: Literal["answer.cut"] = "answer.cut"
    turn_id: str


class AudioAck(_Event):
    """Audio up to here has arrived."""

    type: Literal["audio.ack"] = "audio.ack"
    seq: int


class EngineChanged(_Event):
    """Another engine took over."""

    type: Literal["engine"] = "engine"
    hears: Engine
    speaks: Engine


class Notice(_Event):
    """Something the user should know."""

    type: Literal["notice"] = "notice"
    code: str
    message: str


class Pong(_Event):
    """The answer to a `ping`."""

    type: Literal["pong"] = "pong"
    id: str | int


class Failed(_Event):
    """Something went wrong; a `fatal` one ends the session."""

    type: Literal["error"] = "error"
    code: str
    message: str
    fatal: bool


ServerEvent = (
    TurnEvent
    | SessionReady
    | SessionState
    | SpeechStarted
    | SpeechEnded
    | TranscriptDelta
    | TranscriptDone
    | AudioStarted
    | AudioMark
    | AudioEnded
    | AudioPaused
    | AudioResumed
    | AudioStopped
    | AnswerCut
    | AudioAck
    | EngineChanged
    | Notice
    | Pong
    | Failed
)


def parse_text(text: str) -> ClientMessage:
    """A text frame. Raises `WrongKind` for what is no message at all, `BadInput` for one with a wrong field."""
    try:
        return _client_message.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:  # not even the type could be read
            raise WrongKind("A text frame must be a JSON object with a `type` that the protocol knows.") from None
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        raise BadInput(f"{first['loc'][0]}: {field}: {first['msg']}", field=field) from None


def parse_audio(data: bytes) -> AudioIn:
    """A binary frame. Raises `WrongKind` unless it is a number and 20 ms of 16-bit mono at `HEARD_RATE`."""
    if len(data) != _UPLINK.size + FRAME_BYTES:
        raise WrongKind(
            f"An audio frame of {len(data):,} bytes came; it must have {_UPLINK.size + FRAME_BYTES}: its number, then "
            f"20 ms of 16-bit mono at {HEARD_RATE:,} Hz."
        )
    [seq] = _UPLINK.unpack_from(data)
    return AudioIn(seq, data[_UPLINK.size :])


def pack_audio(n: int, speech: int, offset: int, samples: bytes) -> bytes:
    """A binary frame for the client."""
    return _DOWNLINK.pack(n, speech, offset) + samples


def pack_event(n: int, body: str) -> str:
    """A text frame for the client: an event's JSON, numbered."""
    return f'{{"n":{n},"event":{body}}}'


def unpack_audio(data: bytes) -> tuple[int, int, int, bytes]:
    """The counter, the speech, the offset and the samples of a binary frame from the server."""
    n, speech, offset = _DOWNLINK.unpack_from(data)
    return n, speech, offset, data[_DOWNLINK.size :]

"""What the routes of voice give."""

from typing import Literal

from pydantic import BaseModel, Field

from backend.speech.protocol import Transcript, Voice
from backend.voice.wire import Engine, HeardWord


class VoiceInfo(BaseModel):
    """Who hears and who speaks, None where voice is switched off. `max_seconds`: how long one may speak in one go.
    `webrtc`: whether `/voice/webrtc` takes offers."""

    hears: Engine | None
    speaks: Engine | None
    enabled: bool
    max_seconds: int
    webrtc: bool


class Offer(BaseModel):
    """A session description of WebRTC that wants a connection."""

    type: Literal["offer"] = "offer"
    sdp: str = Field(max_length=64_000, description="SDP (RFC 8866).")


class Answer(BaseModel):
    """The session description that answers an offer."""

    type: Literal["answer"] = "answer"
    sdp: str


class VoiceNames(BaseModel):
    """The voices that a language can be spoken in."""

    voices: list[str]


class VoicePreferences(BaseModel):
    """How a user wants to be spoken to. `language` (ISO 639-1) is empty where none was chosen and nobody knows the
    user's; `voice` is empty for the usual one."""

    language: str
    voice: str
    speed: float

    @classmethod
    def of(cls, voice: Voice) -> "VoicePreferences":
        """What is told of it."""
        return cls(language=voice.language, voice=voice.name, speed=voice.speed)


class VoiceChoice(BaseModel):
    """What is to change of it; null leaves it as it is."""

    language: str | None = Field(None, pattern=r"^[a-z]{2}$", examples=["en"])
    voice: str | None = Field(None, max_length=100)
    speed: float | None = Field(None, ge=0.5, le=2.0)


class Transcription(BaseModel):
    """The words of a recording; `words` are empty where the engine gives no times."""

    text: str
    words: list[HeardWord]
    engine: str
    language: str

    @classmethod
    def of(cls, transcript: Transcript) -> "Transcription":
        """What is told of a transcript."""
        return cls(
            text=transcript.text,
            words=heard_words(transcript),
            engine=transcript.engine,
            language=transcript.language,
        )


class UtteranceTaken(Transcription):
    """What was heard, and the turn that comes of it, as `/chat/turns` starts one; none when nothing was said."""

    turn_id: str | None = None
    conversation_id: str | None = Field(None, description="A new one where the request named none.")


def heard_words(transcript: Transcript) -> list[HeardWord]:
    """The words of a transcript as clients are told them."""
    return [
        HeardWord(text=word.text, start=word.start, end=word.end, confidence=word.confidence)
        for word in transcript.words
    ]

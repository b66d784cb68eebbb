"""What the routes of voice give."""

from typing import Literal

from pydantic import BaseModel, Field

from backend.speech.protocol import Transcript
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

"""Hearing and speaking."""

from enum import StrEnum
from functools import cached_property

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from backend.settings.kinds import HttpAddress, are_among, names


class SpeechBy(StrEnum):
    """Who hears, and who speaks."""

    BUILTIN = "builtin"
    ENDPOINT = "endpoint"
    REALTIME = "realtime"
    NEXTCLOUD = "nextcloud"
    LOCAL = "local"


class Voice(BaseSettings):
    """Voice"""

    voice: bool = Field(True, description="Switched off, nothing is heard and nothing is spoken.")
    voice_webrtc: bool = Field(
        False,
        description="Spoken sessions over WebRTC as well, for other clients than the page (extra `webrtc`). Clients "
        "must reach UDP ports of this machine.",
    )
    hears_by: SpeechBy = Field(
        SpeechBy.BUILTIN,
        description="Who hears: `builtin` (English commands, on this machine), `endpoint` (TRANSCRIPTION_MODEL of "
        "SPEECH_BASE_URL), `realtime` (REALTIME_MODEL of SPEECH_BASE_URL, word by word over a WebSocket), `nextcloud` "
        "(Nextcloud's own speech recognition, by AppAPI only) or `local` (a model of SPEECH_LOCAL_MODELS, on this "
        "machine, extra `speech`).",
    )
    hears_fallback: str = Field(
        "",
        description="Who hears when that one does not answer or may not be asked, in order, separated by commas: "
        "`local, endpoint`. `builtin` comes last where it is not named.",
    )
    speaks_by: SpeechBy = Field(
        SpeechBy.BUILTIN,
        description="Who speaks: `builtin` (espeak-ng), `endpoint` (SPEECH_MODEL of SPEECH_BASE_URL), `nextcloud` "
        "(Nextcloud's own speech, by AppAPI only) or `local` (a voice of SPEECH_LOCAL_MODELS).",
    )
    speaks_fallback: str = Field("", description="Who speaks when that one does not, as with HEARS_FALLBACK.")
    speech_base_url: HttpAddress = Field(
        "", description="An OpenAI-compatible endpoint with `/audio/transcriptions`, `/audio/speech` or `/realtime`."
    )
    speech_api_key: SecretStr = Field(SecretStr(""), description="Key of that endpoint.")
    speech_is_relay: bool = Field(
        False,
        description="That endpoint passes sound and text on to a service elsewhere, so for MODELS_WHERE it counts as "
        "outside whatever its address is.",
    )
    transcription_model: str = Field("", description="Model of that endpoint that hears, such as `whisper-1`.")
    realtime_model: str = Field("", description="Model that hears there over a WebSocket. Empty: TRANSCRIPTION_MODEL.")
    speech_model: str = Field("", description="Model of that endpoint that speaks, such as `tts-1`.")
    speech_voice: str = Field(
        "alloy", description="Voice to speak with there, where a user has chosen none: the endpoint's own word for it."
    )
    speech_local_models: str = Field(
        "",
        description="Models for `local`, separated by commas: `zipformer-en, kokoro-en, piper-de`. `voiceassist models "
        "fetch` brings them and names all there are; the first that knows a language is used for it.",
    )
    speech_connect_timeout: float = Field(
        3.0, description="Seconds that connecting to an engine that hears or speaks may take.", gt=0
    )
    speech_timeout: float = Field(
        8.0,
        description="Seconds that an engine may take for a transcript once all is said, or for the first sound, before "
        "the next one is asked. For a recording its length comes on top.",
        gt=0,
    )
    speech_stall_timeout: float = Field(
        4.0, description="Seconds that an engine which has begun to speak may pause before it is given up.", gt=0
    )
    speech_nextcloud_timeout: float = Field(
        60.0,
        description="Seconds that Nextcloud may take for a transcript or for speech: its tasks wait for a worker.",
        gt=0,
    )

    @field_validator("hears_fallback")
    @classmethod
    def _can_hear(cls, value: str) -> str:
        return are_among(value, SpeechBy)

    @field_validator("speaks_by", "speaks_fallback")
    @classmethod
    def _can_speak(cls, value: str) -> str:
        return are_among(value, [name for name in SpeechBy if name is not SpeechBy.REALTIME])

    @cached_property
    def hearers(self) -> tuple[SpeechBy, ...]:
        """Who is asked what was said, in order, each once. The built-in engine is always there."""
        return _order(self.hears_by, self.hears_fallback)

    @cached_property
    def speakers(self) -> tuple[SpeechBy, ...]:
        """Who is asked to speak, in order, each once. The built-in engine is always there."""
        return _order(self.speaks_by, self.speaks_fallback)

    @cached_property
    def local_speech_models(self) -> tuple[str, ...]:
        """The names of the models for the engine `local`."""
        return tuple(dict.fromkeys(names(self.speech_local_models)))


def _order(first: SpeechBy, then: str) -> tuple[SpeechBy, ...]:
    return tuple(dict.fromkeys((first, *(SpeechBy(name) for name in names(then)), SpeechBy.BUILTIN)))

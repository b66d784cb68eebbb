"""What the settings lack for an engine to hear or speak, with what to do about it."""

from backend.settings import Settings, SpeechBy
from backend.speech.local.models import HEARS, SPEAKS, problem


def hearing_problem(settings: Settings, name: SpeechBy, *, as_app: bool) -> str | None:
    """What is missing for this one to hear; None when nothing is. `as_app`: there is a Nextcloud that does tasks."""
    match name:
        case SpeechBy.ENDPOINT if not (settings.speech_base_url and settings.transcription_model):
            return "Set SPEECH_BASE_URL and TRANSCRIPTION_MODEL."
        case SpeechBy.REALTIME if not (settings.speech_base_url and realtime_model(settings)):
            return "Set SPEECH_BASE_URL and REALTIME_MODEL."
        case SpeechBy.NEXTCLOUD if not as_app:
            return "Only as an app of Nextcloud."
        case SpeechBy.LOCAL:
            return problem(settings.model_home, settings.local_speech_models, HEARS)
        case _:
            return None


def speaking_problem(settings: Settings, name: SpeechBy, *, as_app: bool) -> str | None:
    """What is missing for this one to speak; None when nothing is."""
    match name:
        case SpeechBy.ENDPOINT if not (settings.speech_base_url and settings.speech_model):
            return "Set SPEECH_BASE_URL and SPEECH_MODEL."
        case SpeechBy.NEXTCLOUD if not as_app:
            return "Only as an app of Nextcloud."
        case SpeechBy.LOCAL:
            return problem(settings.model_home, settings.local_speech_models, SPEAKS)
        case SpeechBy.REALTIME:
            return "It only hears."
        case _:
            return None


def realtime_model(settings: Settings) -> str:
    """The model that hears over a WebSocket."""
    return settings.realtime_model or settings.transcription_model

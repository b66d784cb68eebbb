"""Checks what VoiceAssist depends on, hop by hop, and says what to do about what fails."""

from backend.preflight.check import Check
from backend.preflight.keeping import programs, storage
from backend.preflight.models import language_models, reranking, speech
from backend.preflight.nextcloud import nextcloud
from backend.preflight.sign_in import sign_in
from backend.settings import Settings

__all__ = ["Check", "checks"]

# In the order in which one thing needs another.
_PARTS = (storage, nextcloud, sign_in, language_models, reranking, speech, programs)


async def checks(settings: Settings) -> list[Check]:
    """Everything. Nothing is changed, and nobody's data is sent anywhere."""
    return [check for part in _PARTS async for check in part(settings)]

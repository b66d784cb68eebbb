"""The languages that text is made for speaking in: vocabulary and grammar. A new one is a new module here."""

from backend.speech.spoken.language import Language
from backend.speech.spoken.languages import de, en

_LANGUAGES = {language.code: language for language in (en.ENGLISH, de.GERMAN)}


def get(code: str) -> Language | None:
    """The language of an ISO 639-1 code; None for one that we do not have."""
    return _LANGUAGES.get(code)

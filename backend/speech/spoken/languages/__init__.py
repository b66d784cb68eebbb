"""The languages that text is made for speaking in: vocabulary and grammar. A new one is a new module here."""

from backend.speech.spoken.language import Language
from backend.speech.spoken.languages import de, en

ALL = (en.ENGLISH, de.GERMAN)
_BY_CODE = {language.code: language for language in ALL}


def get(tag: str) -> Language | None:
    """The language of a tag such as "de" or "de-AT"; None for one that we do not have."""
    return _BY_CODE.get(tag.partition("-")[0].partition("_")[0].lower())

"""The languages of commands: tables of words and rules. A new one is a new module here, and no other code."""

from functools import cache
from importlib import import_module

from backend.assistant.understanding.language import CommandWords
from backend.errors import BadInput

CODES = ("en", "de")


@cache
def get(code: str) -> CommandWords:
    """The tables of a language by its code (ISO 639-1). Raises BadInput for one that we do not have."""
    if code not in CODES:
        raise BadInput(f"Commands are not understood in {code!r}. Languages: {', '.join(CODES)}.", field="language")
    words = import_module(f"{__name__}.{code}_commands").COMMANDS
    assert isinstance(words, CommandWords)
    return words

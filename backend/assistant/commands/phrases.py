"""What VoiceAssist says to commands, and the small words by which it hears answers: data per language, no code."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from backend.assistant.commands.confirmation import ConfirmationWords
from backend.wording import Wording, wording

CODES = ("en", "de")


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. `sentences` are format strings by name; a test holds all languages to the same names.

    everybody: words for all who are in a mail. latest: words for the newest of all. small: words that tell no mail from
    another. weak_seams, strong_seams: what may stand between two commands. earlier: words by which an event is moved to
    before. shorter: words by which it is made shorter. pointing: words for what was just spoken of. everything: words
    by which all that fit are meant. unread: words for mail that was not read. own: words by which people speak of
    themselves. asking: words that open a question. timing: those that ask when. coming: words for what comes next.
    happening: words for that something takes place, which say nothing of what. linking: words that lead from a name to
    what follows it. fields, flags: parts of a contact and marks on a mail, by what they are called. generic: names of
    events, tasks and mails that tell none apart.
    """

    code: str
    confirmation: ConfirmationWords
    weak_seams: tuple[str, ...]
    strong_seams: tuple[str, ...]
    earlier: frozenset[str]
    shorter: frozenset[str]
    pointing: frozenset[str]
    everything: frozenset[str]
    everybody: frozenset[str]
    latest: frozenset[str]
    small: frozenset[str]
    unread: frozenset[str]
    own: frozenset[str]
    asking: frozenset[str]
    timing: frozenset[str]
    coming: frozenset[str]
    happening: frozenset[str]
    linking: frozenset[str]
    fields: Mapping[str, str]
    flags: Mapping[str, str]
    generic: frozenset[str]
    sentences: Mapping[str, str]

    @property
    def wording(self) -> Wording:
        """How days and times are said."""
        return wording(self.code)

    def say(self, name: str, /, **values: object) -> str:
        """A sentence with its values."""
        return self.sentences[name].format(**values)


def listed(text: str) -> frozenset[str]:
    """The words and phrases of a table that is written as a text, separated by commas."""
    return frozenset(" ".join(item.split()) for item in text.split(","))


def phrases(code: str) -> Phrases:
    """The phrases of a language by its code (ISO 639-1); English for one that we do not have."""
    found = import_module(f"{__package__}.languages.{code if code in CODES else 'en'}").PHRASES
    assert isinstance(found, Phrases)
    return found

"""What a user's words are, before anything is looked up: commands, or an answer to what was proposed."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.actions.action import Action
from backend.assistant.commands.confirmation import Meant
from backend.assistant.commands.request import Request


@dataclass(frozen=True, slots=True)
class Told:
    """One or several commands in one sentence, to be handled together."""

    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to what was proposed (`actions` are all of one group), or to what was done last."""

    meant: Meant
    actions: Sequence[Action]
    language: str


@dataclass(frozen=True, slots=True)
class Revised:
    """A change of the one action that is proposed: "make it three"."""

    action: Action
    request: Request


@dataclass(frozen=True, slots=True)
class Unsure:
    """Words that the parser does not read, or only guesses at: a language model is asked what they mean."""

    request: Request


Heard = Told | Answered | Revised | Unsure

"""What a user's words are, before anything is looked up: commands, or an answer to what was proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from backend.actions.action import Action
from backend.assistant.commands.confirmation import Meant
from backend.assistant.commands.request import Request


class Pending(BaseModel):
    """A command that waits for the answer to a question: kept with the message that asked.

    `asks` names the question. `values` are what its options stand for, by option id, and `labels` the same by what is
    shown; without options any words are the answer. `choices` are the answers before this one. The command is handled
    again as it was said at `said_at`.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    said_at: datetime
    asks: str
    values: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}
    choices: Mapping[str, str] = {}


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


Heard = Told | Answered | Revised

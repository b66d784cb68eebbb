"""A command that waits for the answer to a question."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict


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

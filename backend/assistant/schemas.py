"""What the routes of the assistant take and give."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.assistant.events import Asked, Cited, ModelUsed, TurnEvent

# More picked files and folders than this are a folder.
_MOST_IDS = 500


class Scope(BaseModel):
    """Narrows a question to files and folders, by file id. Two empty lists mean all of the user's files."""

    model_config = ConfigDict(extra="forbid")

    file_ids: list[int] = Field(default_factory=list, max_length=_MOST_IDS)
    folder_ids: list[int] = Field(default_factory=list, max_length=_MOST_IDS)


class TurnRequest(BaseModel):
    """A question. Without `conversation_id` it starts a conversation; without `scope` the conversation's is kept.

    After a clarification, `option` is the id of what was chosen; without it, `text` may say the choice in words.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "When is the flu vaccine offered?", "scope": {"folder_ids": [42]}}]},
    )

    text: str
    conversation_id: str | None = None
    scope: Scope | None = None
    option: str | None = Field(None, max_length=20)


class TurnTaken(BaseModel):
    """The turn that answers the question; its events are at `/chat/turns/{turn_id}/events`."""

    turn_id: str
    conversation_id: str


class TurnEvents(BaseModel):
    """The next events of a turn. `done`: no further ones will come."""

    events: list[TurnEvent]
    done: bool


class ConversationSummary(BaseModel):
    """A conversation in the list."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime


class CitingSentence(BaseModel):
    """A sentence of an answer, `text[start:end]` with its marks, and the numbers that it cites."""

    start: int
    end: int
    numbers: list[int]


class ChatMessage(BaseModel):
    """A question or an answer.

    `status`: `running` while the answer is being made, `done`, `cancelled` (stopped by the user), `failed`, or
    `interrupted` (VoiceAssist stopped in the middle). `model`, `confidence` and `note` are those of the answer.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    citations: list[Cited]
    turn_id: str
    created_at: datetime
    status: Literal["running", "done", "cancelled", "failed", "interrupted"]
    model: ModelUsed | None = None
    confidence: float | None = None
    answered: bool | None = None
    note: str | None = None
    searched_for: str | None = None
    clarification: Asked | None = None
    rests_on: list[int] = Field(default_factory=list, exclude=True)
    sentences: list[CitingSentence] = Field(default_factory=list, exclude=True)


class Conversation(ConversationSummary):
    """A conversation with its messages, oldest first."""

    scope: Scope
    messages: list[ChatMessage]


class Rename(BaseModel):
    """A conversation's new title."""

    model_config = ConfigDict(extra="forbid")

    title: str

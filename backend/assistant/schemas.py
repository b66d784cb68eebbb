"""What the routes of the assistant take and give."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.actions.schemas import ActionView
from backend.assistant.events import Asked, Cited, Considered, ModelUsed, Step, Timings, TokensUsed, TurnEvent
from backend.assistant.pending import Pending

# More picked files and folders than this are a folder.
_MOST_IDS = 500


class Scope(BaseModel):
    """Narrows a question to files and folders, by file id. Two empty lists mean all of the user's files."""

    model_config = ConfigDict(extra="forbid")

    file_ids: list[int] = Field(default_factory=list, max_length=_MOST_IDS)
    folder_ids: list[int] = Field(default_factory=list, max_length=_MOST_IDS)


class TurnRequest(BaseModel):
    """A question. Without `conversation_id` it starts a conversation; without `scope` the conversation's is kept.

    After a clarification, `option` is the id of what was chosen; without it, `text` may say the choice in words. `zone`
    is the user's time zone, in which "yesterday" is meant; without it that is UTC.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "When is the flu vaccine offered?", "scope": {"folder_ids": [42]}}]},
    )

    text: str
    conversation_id: str | None = None
    scope: Scope | None = None
    option: str | None = Field(None, max_length=20)
    zone: str | None = Field(None, max_length=64, description="An IANA name.", examples=["Europe/Berlin"])


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


class Feedback(BaseModel):
    """What the user thought of an answer, and why, in the user's own words."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"rating": "down", "words": "The dose is from the old plan."}]}
    )

    rating: Literal["up", "down"]
    words: str | None = Field(None, max_length=2_000)


class CitingSentence(BaseModel):
    """A sentence of an answer, `text[start:end]` with its marks, and the numbers that it cites.

    `documents` are ids of files that it rests on without citing them, as a number of files does.
    """

    start: int
    end: int
    numbers: list[int]
    documents: list[int] = []


class ChatMessage(BaseModel):
    """A question or an answer.

    `status`: `running` while the answer is being made, `done`, `cancelled` (stopped by the user), `failed`, or
    `interrupted` (VoiceAssist stopped in the middle). An answer names its question; several answers with the same
    `question_id` are versions, of which the last one counts. What `turn.done` tells of an answer is told here as well,
    but of the passages that were not cited only how many there were: their titles are not kept. `actions` are shown as
    they stand now.
    """

    id: str
    role: Literal["user", "assistant"]
    text: str
    citations: list[Cited]
    turn_id: str
    question_id: str | None = None
    created_at: datetime
    status: Literal["running", "done", "cancelled", "failed", "interrupted"]
    model: ModelUsed | None = None
    confidence: float | None = None
    answered: bool | None = None
    note: str | None = None
    steps: list[Step] = []
    timings: Timings | None = None
    considered: Considered | None = None
    tokens: TokensUsed | None = None
    feedback: Feedback | None = None
    sentences: list[CitingSentence] = Field(default_factory=list, exclude=True)
    searched_for: str | None = None
    clarification: Asked | None = None
    rests_on: list[int] = Field(default_factory=list, exclude=True)
    actions: list[ActionView] = []
    action_ids: list[str] = Field(default_factory=list, exclude=True)
    pending: Pending | None = Field(None, exclude=True)

    @property
    def cited_files(self) -> set[int]:
        """Ids of the files that are cited."""
        return {cited.file_id for cited in self.citations if cited.file_id is not None}


class Conversation(ConversationSummary):
    """A conversation with its messages, oldest first."""

    scope: Scope
    messages: list[ChatMessage]


class Rename(BaseModel):
    """A conversation's new title."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"title": "Flu vaccines 2026"}]})

    title: str


class Branch(BaseModel):
    """From which answer on a new conversation goes its own way."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"turn_id": "6a1c0f3e-58a5-4a3e-9d43-0a8a1d5f6f10"}]}
    )

    turn_id: str


class Share(BaseModel):
    """Writes a conversation, or one answer of it, as a Markdown file into a folder of the user, which may be new."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"folder": "/Letters/Answers"}]})

    folder: str | None = Field(
        None, max_length=1_000, description="From the home folder on; `/VoiceAssist` by default."
    )
    turn_id: str | None = None


class SharedFile(BaseModel):
    """The file that was written; `link` opens it in Nextcloud."""

    file_id: int
    path: str
    link: str

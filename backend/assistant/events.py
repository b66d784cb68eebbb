"""The events of a turn: one vocabulary on SSE, polling and later WebSocket, mirrored in `js/src/events.ts`.

Every event carries the id of its turn and a sequence number that counts from 1, so that a client which lost the line
resumes where it was. A turn ends with exactly one of `turn.done`, `turn.cancelled` and `error`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from backend.actions.schemas import ActionView


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    turn_id: str
    seq: int = Field(ge=1)


SourceKind = Literal["file", "event", "task", "mail", "contact", "reminder"]


class Cited(BaseModel):
    """The passage, and the exact stretch of it, that stands behind `[number]` in the text.

    `start` and `end` are offsets in characters into the passage's text, of which `quote` is that stretch. `document_id`
    is the file id, `link` opens the file in Nextcloud, `page` counts from 1, `headings` lead to the passage, the
    outermost first.

    Of another `kind` than a file, `document_id` is what finds the record again, and there is no passage: `quote` is
    what the server says of it.
    """

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1)
    kind: SourceKind = "file"
    passage_id: str
    document_id: str
    title: str
    path: str
    page: int | None
    section: str | None
    time: int | None = None
    headings: list[str] = []
    quote: str
    link: str
    start: int
    end: int

    @property
    def file_id(self) -> int | None:
        """The file, when it is one."""
        return int(self.document_id) if self.kind == "file" else None


class ClarificationOption(BaseModel):
    """A reading of the question that the user can choose. `label` is what the user's own documents call it."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str


class Asked(BaseModel):
    """A short question back, with its options."""

    model_config = ConfigDict(frozen=True)

    question: str
    options: list[ClarificationOption]


class ModelUsed(BaseModel):
    """Who answered, why that one, and where the question and the passages went, whoever answered in the end."""

    model_config = ConfigDict(frozen=True)

    name: str
    provider: str
    data_goes_to: str
    reason: str = ""


class TokensUsed(BaseModel):
    """What language models read and wrote for the turn, and its cost by the prices of the settings, if there are any.

    `estimated`: a model did not count, or not to the end.
    """

    model_config = ConfigDict(frozen=True)

    read: int
    written: int
    estimated: bool
    cost: float | None


class Step(BaseModel):
    """A step of the turn and how long it took (seconds)."""

    model_config = ConfigDict(frozen=True)

    name: str
    seconds: float


class NotCited(BaseModel):
    """A passage that was read for the answer and stands behind none of its sentences."""

    model_config = ConfigDict(frozen=True)

    title: str
    page: int | None
    section: str | None
    time: int | None = None


class Considered(BaseModel):
    """What the answer could rest on: `passages` in all, of which `cited` are cited.

    `gone` counts passages of the user's own files that were found and left out, because the live check did not confirm
    that the user can open them at this moment. Of files that others share nothing is counted: how many there are would
    tell something of them.
    """

    model_config = ConfigDict(frozen=True)

    passages: int
    cited: int
    not_cited: list[NotCited] = []
    gone: int = 0


class Timings(BaseModel):
    """Seconds from the question to the first words shown (None when there were none), and to the end."""

    model_config = ConfigDict(frozen=True)

    first_text: float | None
    total: float


class TurnStarted(_Event):
    """The question was taken."""

    type: Literal["turn.started"] = "turn.started"
    conversation_id: str


class RetrievalDone(_Event):
    """The passages that the answer may rest on were found.

    `searched_for` is the question that was searched for, where it is another than the user wrote: a follow-up made to
    stand alone, or a misspelt word corrected.
    """

    type: Literal["retrieval.done"] = "retrieval.done"
    searched_for: str | None = None
    passages: int
    seconds: float


class Progress(_Event):
    """How far a long turn is: `done` of `total` steps of what `label` says, in the language of the question.

    Only what the user can read is counted.
    """

    type: Literal["progress"] = "progress"
    done: int = Field(ge=0)
    total: int = Field(ge=1)
    label: str


class Clarification(_Event, Asked):
    """The question has several readings: the turn ends without an answer, and goes on when the user has chosen."""

    type: Literal["clarification"] = "clarification"


class AnswerDelta(_Event):
    """The next stretch of the answer: whole sentences, each with its citations."""

    type: Literal["answer.delta"] = "answer.delta"
    text: str


class Citation(_Event, Cited):
    """A citation that the text uses from now on; it comes before the text that uses it."""

    type: Literal["citation"] = "citation"


class ActionProposed(_Event):
    """What could be done, for the user to look at, edit, and confirm or dismiss: one card, or a list of them."""

    type: Literal["action.proposed"] = "action.proposed"
    actions: list[ActionView]


class ActionDone(_Event):
    """An action was confirmed, edited, dismissed or taken back by what the user said; this is how it stands now."""

    type: Literal["action.done"] = "action.done"
    action: ActionView


class TurnDone(_Event):
    """The answer is complete. `text` is all of it, `confidence` 0 to 1, `note` what the reader should know."""

    type: Literal["turn.done"] = "turn.done"
    text: str
    citations: list[Cited]
    model: ModelUsed
    confidence: float | None
    answered: bool = Field(
        description="False when the files do not seem to answer the question, or it is open whether they do."
    )
    steps: list[Step]
    timings: Timings
    note: str | None
    considered: Considered | None = None
    tokens: TokensUsed | None = Field(None, description="None when no language model was asked.")
    searched_for: str | None = Field(
        None, description="What was searched for, where it is not the question as written."
    )
    clarification: Asked | None = Field(None, description="What was asked back instead of an answer.")
    actions: list[ActionView] = Field([], description="Actions that were proposed, or changed, by this turn.")


class TurnCancelled(_Event):
    """The user stopped the answer; `text` is what had been shown."""

    type: Literal["turn.cancelled"] = "turn.cancelled"
    text: str


class TurnError(_Event):
    """The turn failed; `code` is one of the envelope's."""

    type: Literal["error"] = "error"
    code: str
    message: str


TurnEvent = Annotated[
    TurnStarted
    | RetrievalDone
    | Progress
    | Clarification
    | AnswerDelta
    | Citation
    | ActionProposed
    | ActionDone
    | TurnDone
    | TurnCancelled
    | TurnError,
    Field(discriminator="type"),
]
LAST = (TurnDone, TurnCancelled, TurnError)

turn_event: TypeAdapter[TurnEvent] = TypeAdapter(TurnEvent)

"""What the routes of actions take and give."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.config import JsonDict

from backend.actions.action import Action, FieldKind, State

_CARD: JsonDict = {
    "id": "0b6c2d3e-7f0a-4a39-9a53-1c5a3a1f4a10",
    "group": "c1f1a8de-5a6b-4d0e-8d0d-02b8f1c7a9e2",
    "kind": "reminders.set",
    "sentence": "Remind you on Friday, 6 March 2026 at 17:00 (Europe/Berlin): call the lab.",
    "warnings": [],
    "fields": [
        {"name": "text", "label": "Text", "kind": "text", "value": "call the lab", "editable": True, "options": []},
        {
            "name": "zone",
            "label": "Time zone",
            "kind": "zone",
            "value": "Europe/Berlin",
            "editable": True,
            "options": [],
        },
    ],
    "state": "proposed",
    "created_at": "2026-03-06T09:12:00Z",
    "due": None,
    "said": None,
    "link": None,
    "can_undo": False,
    "undo_until": None,
    "reason": None,
}
_KEY = "9f0c7a52-0c49-4d8f-9d5c-3c1f5e0a7b11"


class OptionView(BaseModel):
    """A value that can be chosen."""

    value: str
    label: str


class FieldView(BaseModel):
    """One line of the card. `value` by `kind`: see `FieldKind`."""

    name: str
    label: str
    kind: FieldKind
    value: JsonValue
    editable: bool
    options: list[OptionView]


class ActionView(BaseModel):
    """An action as its card shows it.

    `due`: when a waiting one is done. `said`: what was done, or taken back, as the server has it. `reason`: why it
    failed. `can_undo`: a waiting one can be stopped, a done one taken back until `undo_until`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_CARD]})

    id: str
    group: str
    kind: str
    sentence: str
    warnings: list[str]
    fields: list[FieldView]
    state: State
    created_at: datetime
    due: datetime | None
    said: str | None
    link: str | None
    can_undo: bool
    undo_until: datetime | None
    reason: str | None

    @classmethod
    def of(cls, action: Action, can_undo: bool) -> "ActionView":
        """The card of this action. What only its performer needs to know stays inside."""
        performed = action.performed
        return cls(
            id=action.id,
            group=action.group,
            kind=action.draft.kind,
            sentence=action.draft.sentence,
            warnings=list(action.draft.warnings),
            fields=[
                FieldView(
                    name=one.name,
                    label=one.label,
                    kind=one.kind,
                    value=one.value,
                    editable=one.editable,
                    options=[OptionView(value=option.value, label=option.label) for option in one.options],
                )
                for one in action.draft.fields
            ],
            state=action.state,
            created_at=action.created_at,
            due=action.due,
            said=None if performed is None else performed.said,
            link=None if performed is None else performed.link,
            can_undo=can_undo,
            undo_until=action.undo_until,
            reason=action.reason,
        )


class Edit(BaseModel):
    """New values of fields, by name; the others stay."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"values": {"text": "call the lab"}}]})

    values: dict[str, JsonValue]


class Confirmation(BaseModel):
    """The user says yes. `key` is made by the client for this one confirmation and sent again when it is repeated."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"key": _KEY, "values": {"text": "call the lab today"}}]}
    )

    key: str = Field(max_length=128)
    values: dict[str, JsonValue] | None = None


class GroupConfirmation(BaseModel):
    """The user says yes to all that was asked for in one sentence."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"key": _KEY}]})

    key: str = Field(max_length=128)

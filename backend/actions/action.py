"""An action: what is proposed to a user, in plain words and with every field, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

FieldKind = Literal["text", "long_text", "moment", "date", "minutes", "zone", "people", "choice", "yes_no", "rule"]
"""How a field is shown and edited. A `moment` is wall-clock time in ISO 8601 without offset, read in the zone of the
field `zone`; a `date` is ISO 8601; `minutes` is a whole number; `people` is a list of {"name", "address"}; a `rule` is
an RFC 5545 recurrence rule, shown in words and not edited."""


class State(StrEnum):
    """Where an action stands.

    `proposed` waits for the user. `waiting` is confirmed and can still be stopped until `due` (outgoing mail).
    `doing` is being done. `done`, `failed` (nothing was changed) and `undone` are ends. `unsure`: VoiceAssist stopped
    in the middle and the server does not tell whether it was done; it is never tried again by itself. `dismissed` was
    refused by the user, `expired` was not answered in time.
    """

    PROPOSED = "proposed"
    WAITING = "waiting"
    DOING = "doing"
    DONE = "done"
    FAILED = "failed"
    UNSURE = "unsure"
    UNDONE = "undone"
    DISMISSED = "dismissed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a `choice` may have, and how it is shown."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One line of an action's card. What is not `editable` is shown only."""

    name: str
    label: str
    kind: FieldKind
    value: Json
    editable: bool = True
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be done: a sentence in plain words, every field, and what its performer must know beside them.

    `payload` is for the performer alone (the address and ETag of the event that is meant, for example) and is not
    shown. `warnings` are said with the sentence: "You are busy at that time."
    """

    kind: str
    sentence: str
    fields: tuple[Field, ...]
    payload: Mapping[str, Json] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def value(self, name: str) -> Json:
        """The value of a field; None when there is no such field."""
        return next((one.value for one in self.fields if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Performed:
    """What was done, as read back from the server: `said` in one sentence, with the fields that are now true.

    `undo` is what undoing needs; None when it cannot be undone. `link` opens the result in Nextcloud.
    """

    said: str
    undo: Mapping[str, Json] | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A proposed action as it is recorded.

    `key` is unguessable and made when the action is proposed: performers put it into what they write (a UID, a
    Message-ID), so that it can be found at the server. Actions of one `group` were asked for in one sentence. `due` is
    when a waiting action is done; until `undo_until` a done one can be undone. `reason` says why it failed.
    """

    id: str
    user_id: str
    group: str
    draft: Draft
    key: str
    state: State
    created_at: datetime
    due: datetime | None = None
    performed: Performed | None = None
    undo_until: datetime | None = None
    reason: str | None = None


def as_people(value: Json) -> Sequence[tuple[str, str]]:
    """Names and addresses of a field of the kind `people`."""
    if not isinstance(value, list):
        return ()
    return [(str(one.get("name") or ""), str(one.get("address") or "")) for one in value if isinstance(one, dict)]

"""What the routes of the audit give."""

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from backend.audit.checkpoints import Checkpoint
from backend.audit.export import COLUMNS, details_of
from backend.audit.tables import EntryRow

_ENTRY: JsonDict = {
    "sequence": 1042,
    "at": "2026-03-06T09:12:00.250000Z",
    "user_id": "ann",
    "kind": "action.done",
    "resource": "action:0b6c2d3e-7f0a-4a39-9a53-1c5a3a1f4a10",
    "outcome": "success",
    "reason": None,
    "address": "192.0.2.7",
    "agent": "Mozilla/5.0",
    "request_id": "9f0c7a52-0c49-4d8f-9d5c-3c1f5e0a7b11",
    "details": {"action": "reminders.set", "group": "c1f1a8de-5a6b-4d0e-8d0d-02b8f1c7a9e2"},
    "key_id": "5d41402abc4b2a76",
    "previous": "9b74c9897bac770ffc029102a200c5de7e9d1c1e3b3d8c5f8a2f6b1d0e4c7a55",
    "hash": "1f3870be274f6c49b3e31a0c6728957f4a1e5d2c9b8a7f6e5d4c3b2a19080706",
}


class EntryView(BaseModel):
    """An entry. `at` is in UTC; `outcome` is success, refused or failed; `hash` covers all other fields."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    sequence: int
    at: str
    user_id: str | None
    kind: str
    resource: str | None
    outcome: str
    reason: str | None
    address: str
    agent: str
    request_id: str
    details: dict[str, str]
    key_id: str
    previous: str
    hash: str

    @classmethod
    def of(cls, row: EntryRow) -> "EntryView":
        """The view of an entry."""
        return cls.model_validate({name: getattr(row, name) for name in COLUMNS} | {"details": details_of(row)})


class CheckpointView(BaseModel):
    """A checkpoint (see `Checkpoint`), to be kept elsewhere as a line of a file."""

    at: str
    hash: str
    key_id: str
    public_key: str
    sequence: int
    signature: str

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "CheckpointView":
        """The view of a checkpoint."""
        return cls.model_validate(checkpoint, from_attributes=True)

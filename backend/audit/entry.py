"""An entry of the audit, and the bytes of it that its keyed hash covers.

The canonical content is JSON as RFC 8785 (JSON Canonicalization Scheme) writes it: an object of every field but `hash`,
its names sorted, without white space. An exported line is the same object with `hash` in it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from backend.identity.events import Event
from backend.identity.origin import Origin

# What comes before the first entry of all.
NOTHING = "0" * 64

# The longest text (characters) of each field; the columns are as wide. What is longer is cut: an agent or a resource
# comes from a client, and an entry must be writable whatever it says.
LIMITS = {"user_id": 255, "kind": 100, "resource": 512, "reason": 1000, "address": 64, "agent": 300, "request_id": 128}
_DETAIL_LIMIT = 1000
_DETAILS_LIMIT = 32

# PostgreSQL keeps no NUL, UTF-8 no half of a surrogate pair.
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")

_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="deterministic").encode


class Content(msgspec.Struct, frozen=True):
    """Everything of an entry that its hash covers; the fields stand in the order of RFC 8785.

    `at` is UTC in ISO 8601 with microseconds and `Z`; `details` an object of texts, in canonical JSON; `key_id` names
    the key of the hash; `previous` is the hash of the entry before. Texts that are not known are empty or null.
    """

    address: str
    agent: str
    at: str
    details: msgspec.Raw
    key_id: str
    kind: str
    outcome: str
    previous: str
    reason: str | None
    request_id: str
    resource: str | None
    sequence: int
    user_id: str | None

    def canonical(self) -> bytes:
        """The canonical content."""
        return _encode(self)


class Happening(msgspec.Struct, frozen=True):
    """What is to be recorded, before it has its place in the chain; every text is fit to be stored."""

    address: str
    agent: str
    at: str
    details: str
    kind: str
    outcome: str
    reason: str | None
    request_id: str
    resource: str | None
    user_id: str | None

    @classmethod
    def of(cls, event: Event, origin: Origin, request_id: str, now: datetime) -> "Happening":
        """What an event is in the audit."""
        return cls(
            address=_fit(origin.address, "address"),
            agent=_fit(origin.agent, "agent"),
            at=moment(now),
            details=_details(event.details),
            kind=_fit(event.kind, "kind"),
            outcome=str(event.outcome),
            reason=None if event.reason is None else _fit(event.reason, "reason"),
            request_id=_fit(request_id, "request_id"),
            resource=None if event.resource is None else _fit(event.resource, "resource"),
            user_id=None if event.user_id is None else _fit(event.user_id, "user_id"),
        )

    def following(self, sequence: int, previous: str, key_id: str) -> Content:
        """It, as the entry of this number."""
        return Content(
            address=self.address,
            agent=self.agent,
            at=self.at,
            details=msgspec.Raw(self.details.encode()),
            key_id=key_id,
            kind=self.kind,
            outcome=self.outcome,
            previous=previous,
            reason=self.reason,
            request_id=self.request_id,
            resource=self.resource,
            sequence=sequence,
            user_id=self.user_id,
        )


def moment(at: datetime) -> str:
    """A time as entries have it: UTC, always 27 characters, so that texts sort as times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _fit(text: str, field: str) -> str:
    return _writable(text, LIMITS[field])


def _writable(text: str, limit: int) -> str:
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text[:limit])


def _details(details: Mapping[str, str]) -> str:
    kept = list(details.items())[:_DETAILS_LIMIT]
    texts = {_writable(str(name), _DETAIL_LIMIT): _writable(str(value), _DETAIL_LIMIT) for name, value in kept}
    return _encode_sorted(texts).decode()

"""What was done to an entry that does not verify."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from backend.audit.chain import KEY_MISSING, Head
from backend.audit.entry import Content
from backend.audit.keys import Keys


class Trouble(StrEnum):
    """What was done."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    KEY_MISSING = "key missing"


@dataclass(frozen=True, slots=True)
class Problem:
    """The first bad entry, and what is wrong with it; `sequence` is None where it is about the audit as a whole."""

    trouble: Trouble
    sequence: int | None
    what: str

    def told(self) -> str:
        """It, in words."""
        place = "" if self.sequence is None else f"entry {self.sequence}: "
        return f"{self.trouble}: {place}{self.what}."


class Entry(msgspec.Struct):
    """An entry as it stands in the database, unchecked; a changed one may hold anything anywhere.

    The fields are those of `Content`, in their order, and then its hash.
    """

    address: str
    agent: str
    at: str
    details: str
    key_id: str
    kind: str
    outcome: str
    previous: str
    reason: str | None
    request_id: str
    resource: str | None
    sequence: int
    user_id: str | None
    hash: str


def hash_of(entry: Entry, sequence: int, keys: Keys) -> str | None:
    """The hash that it would have as the entry of this number; None when it could have none."""
    key = keys.get(entry.key_id)
    if key is None:
        return None
    try:
        content = Content(
            entry.address,
            entry.agent,
            entry.at,
            msgspec.Raw(entry.details),
            entry.key_id,
            entry.kind,
            entry.outcome,
            entry.previous,
            entry.reason,
            entry.request_id,
            entry.resource,
            sequence,
            entry.user_id,
        )
        return key.entry_hash(content.canonical())
    except (TypeError, ValueError, msgspec.MsgspecError):
        return None


async def diagnose(entry: Entry, expected: int, head: Head, keys: Keys, rest: AsyncIterator[list[Entry]]) -> Problem:
    """What was done, when `entry` stands where number `expected` should and is not it. `rest` comes behind it."""
    if expected > head.sequence:
        return Problem(Trouble.INSERTED, entry.sequence, f"the newest entry is {head.sequence}")
    if entry.sequence < expected:
        return Problem(Trouble.INSERTED, entry.sequence, f"the oldest entry is {head.first}")
    here = entry.sequence == expected
    if here and hash_of(entry, expected, keys) == entry.hash:
        return Problem(Trouble.CHANGED, expected, "it was written behind another entry than the one before it")
    if not here and hash_of(entry, expected, keys) == entry.hash:
        return Problem(Trouble.REORDERED, expected, f"it stands as number {entry.sequence}")
    elsewhere = await _place_of(expected, keys, rest)
    if not here:
        if elsewhere is not None:
            return Problem(Trouble.REORDERED, expected, f"it stands as number {elsewhere}")
        upto = "" if entry.sequence == expected + 1 else f", and all up to {entry.sequence - 1}"
        return Problem(Trouble.DELETED, expected, f"it is missing{upto}")
    if keys.get(entry.key_id) is None:
        return Problem(Trouble.KEY_MISSING, expected, KEY_MISSING.format(key_id=entry.key_id).rstrip("."))
    origin = _number_of(entry, head, keys)
    if origin is not None and elsewhere is not None:
        return Problem(Trouble.REORDERED, expected, f"entry {origin} stands in its place, and it as {elsewhere}")
    if origin is not None:
        return Problem(Trouble.DELETED, expected, f"entry {origin} stands in its place")
    if elsewhere is not None:
        return Problem(Trouble.INSERTED, expected, f"the entry of this number stands as {elsewhere}")
    return Problem(Trouble.CHANGED, expected, "it is not as it was written")


async def _place_of(sequence: int, keys: Keys, rest: AsyncIterator[list[Entry]]) -> int | None:
    """The number as which the entry that was written as number `sequence` stands further behind."""
    async for batch in rest:
        for entry in batch:
            if hash_of(entry, sequence, keys) == entry.hash:
                return entry.sequence
    return None


def _number_of(entry: Entry, head: Head, keys: Keys) -> int | None:
    """The number as which this entry was written."""
    for sequence in range(head.first, head.sequence + 1):
        if hash_of(entry, sequence, keys) == entry.hash:
            return sequence
    return None

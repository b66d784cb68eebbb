"""Entries as text for other programs: JSON Lines and CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from backend.audit.tables import EntryRow


class Format(StrEnum):
    """How entries are written down. `jsonl`: without white space and `hash`, a line is what its hash covers."""

    JSONL = "jsonl"
    CSV = "csv"


MEDIA_TYPES = {Format.JSONL: "application/jsonl", Format.CSV: "text/csv; charset=utf-8"}

COLUMNS = (
    "sequence",
    "at",
    "user_id",
    "kind",
    "resource",
    "outcome",
    "reason",
    "address",
    "agent",
    "request_id",
    "details",
    "key_id",
    "previous",
    "hash",
)

# What a spreadsheet takes for the begin of a formula; an apostrophe before it says text (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

_encode = msgspec.json.Encoder(order="deterministic").encode


def details_of(row: EntryRow) -> dict[str, str]:
    """The details of an entry; what cannot be read as such (somebody changed it) comes back as it is."""
    try:
        return msgspec.json.decode(row.details, type=dict[str, str])
    except msgspec.MsgspecError:
        return {"unreadable": row.details}


def header(form: Format) -> str:
    """What comes before the first entry."""
    return _csv([COLUMNS]) if form is Format.CSV else ""


def lines(rows: Sequence[EntryRow], form: Format) -> str:
    """Entries, one a line."""
    if form is Format.CSV:
        return _csv([[_cell(getattr(row, name)) for name in COLUMNS] for row in rows])
    return "".join(_line(row) for row in rows)


def _line(row: EntryRow) -> str:
    fields = {name: getattr(row, name) for name in COLUMNS} | {"details": details_of(row)}
    return _encode(fields).decode() + "\n"


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Values that a user put into the fields of a card: checked by the field's kind, before its performer sees them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from unicodedata import category
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.actions.action import Draft, Field, FieldKind, Json
from backend.errors import BadInput

# A line, a mail, and a list of recipients of this size are mistakes, not wishes.
_LINE = 1_000
_TEXT = 100_000
_PEOPLE = 100

# Unicode's categories of control characters and of separators of lines and paragraphs.
_BREAKING = frozenset({"Cc", "Zl", "Zp"})

# A year, in minutes.
_MOST_MINUTES = 366 * 24 * 60


def with_values(draft: Draft, values: Mapping[str, Json]) -> Draft:
    """The draft with these values in its fields. Raises `BadInput` with the `field` at fault.

    A moment comes back without seconds that are zero, as `datetime.isoformat(timespec="minutes")` writes it.
    """
    known = {one.name: one for one in draft.fields}
    for name in values:
        if name not in known:
            raise BadInput(f"This action has no field {name!r}. It has: {', '.join(known)}.", field=name)
        if not known[name].editable or known[name].kind == "rule":
            raise BadInput(f"{known[name].label} cannot be changed here.", field=name)
    fields = tuple(
        replace(one, value=_checked(one, values[one.name])) if one.name in values else one for one in draft.fields
    )
    return replace(draft, fields=fields)


def _checked(field: Field, value: Json) -> Json:
    if field.kind == "choice":
        return _choice(field, value)
    try:
        return _CHECKS[field.kind](value)
    except ValueError as error:
        raise BadInput(f"{field.label}: {error}", field=field.name) from None


def _choice(field: Field, value: Json) -> str:
    for option in field.options:
        if option.value == value:
            return option.value
    allowed = ", ".join(repr(option.value) for option in field.options)
    raise BadInput(f"{field.label}: {value!r} is not one of {allowed}.", field=field.name)


def _line(value: Json) -> str:
    text = _string(value, "a text", _LINE)
    # A line break in a subject, a name or an address could become a header of a mail or a property of an event.
    if any(category(character) in _BREAKING for character in text):
        raise ValueError("it must be one line without control characters.")
    return text


def _long_text(value: Json) -> str:
    return _string(value, "a text", _TEXT)


def _moment(value: Json) -> str:
    text = _string(value, "a time", _LINE)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date with a time, such as 2026-03-14T15:00.") from None
    if moment.tzinfo is not None:
        raise ValueError(f"{text!r} has an offset; the time zone is a field of its own. Leave the offset out.")
    return moment.isoformat(timespec="auto" if moment.second or moment.microsecond else "minutes")


def _date(value: Json) -> str | None:
    if value is None or value == "":
        return None
    text = _string(value, "a date", _LINE)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is not a date, such as 2026-03-14.") from None


def _minutes(value: Json) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_MINUTES:
        raise ValueError(f"{value!r} is not a whole number of minutes from 0 to {_MOST_MINUTES}.")
    return value


def _zone(value: Json) -> str:
    name = _string(value, "a time zone", _LINE)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of the data is an OSError
        raise ValueError(f"{name!r} is not a time zone, such as Europe/Berlin.") from None
    return name


def _people(value: Json) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _PEOPLE:
        raise ValueError(f"it must be a list of at most {_PEOPLE} people.")
    people: list[Json] = []
    for one in value:
        if not isinstance(one, dict) or not one.keys() <= {"name", "address"}:
            raise ValueError('each person is written as {"name": …, "address": …}.')
        people.append({"name": _line(one.get("name") or ""), "address": _line(one.get("address") or "")})
    return people


def _yes_no(value: Json) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it must be true or false.")
    return value


def _string(value: Json, what: str, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError(f"it must be {what}.")
    if len(value) > most:
        raise ValueError(f"it has {len(value)} characters; {most} are the most.")
    if "\0" in value or any(category(character) == "Cs" for character in value):
        raise ValueError("it holds characters that cannot be written: a zero byte or half of a surrogate pair.")
    return value


_CHECKS: Mapping[FieldKind, Callable[[Json], Json]] = {
    "text": _line,
    "long_text": _long_text,
    "moment": _moment,
    "date": _date,
    "minutes": _minutes,
    "zone": _zone,
    "people": _people,
    "yes_no": _yes_no,
}

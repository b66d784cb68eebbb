"""The fields of an action's card, from typed values and back. What a user typed into one is checked here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from backend.actions.action import Draft, Field, Json, Option, as_people
from backend.calendar import times
from backend.calendar.event import Calendar, Event, Person, Scope
from backend.calendar.times import When, is_day
from backend.calendar.words import Words
from backend.errors import BadInput

_DAY = timedelta(days=1)
# Longer ones are no title or place; a note may be a letter.
_LONGEST_LINE = 500
_LONGEST_NOTES = 20_000
# Four weeks before; calendars take more, people do not mean it.
_LONGEST_REMINDER = 28 * 24 * 60


@dataclass(frozen=True, slots=True)
class Fields:
    """Makes fields in the words of one language."""

    words: Words

    def label(self, name: str) -> str:
        """What a field, or a value of one, is called."""
        return self.words.labels[name]

    def line(self, name: str, value: str, *, editable: bool = True) -> Field:
        """One line of text."""
        return Field(name, self.label(name), "text", value, editable)

    def notes(self, value: str) -> Field:
        """Notes of several lines."""
        return Field("notes", self.label("notes"), "long_text", value)

    def span(self, start: When, end: When) -> tuple[Field, ...]:
        """Start, end and zone; of days the first and the last one."""
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            last = (end - _DAY).isoformat()
            return (
                Field("start", self.label("start"), "date", start.isoformat()),
                Field("end", self.label("last"), "date", last),
            )
        return (
            Field("start", self.label("start"), "moment", written(start)),
            Field("end", self.label("end"), "moment", written(end.astimezone(start.tzinfo))),
            Field("zone", self.label("zone"), "zone", times.zone_name(start.tzinfo)),
        )

    def calendar(self, chosen: Calendar, among: Sequence[Calendar]) -> Field:
        """Which calendar."""
        options = tuple(Option(one.href, one.name) for one in among)
        return Field("calendar", self.label("calendar"), "choice", chosen.href, len(options) > 1, options)

    def people(self, value: Sequence[Person]) -> Field:
        """Who is invited."""
        listed: list[Json] = [{"name": one.name, "address": one.address} for one in value]
        return Field("people", self.label("people"), "people", listed)

    def reminder(self, value: Sequence[int]) -> Field:
        """How long before the start one is reminded; the earliest of several reminders."""
        return Field("reminder", self.label("reminder"), "minutes", max(value, default=None))

    def choice(self, name: str, value: str, values: Sequence[str]) -> Field:
        """One of a few values that have labels."""
        return Field(
            name, self.label(name), "choice", value, True, tuple(Option(one, self.label(one)) for one in values)
        )


@dataclass(frozen=True, slots=True)
class Values:
    """Reads what stands in the fields of a draft. Raises `BadInput` with the field at fault."""

    draft: Draft

    def line(self, name: str, *, needed: bool = False, longest: int = _LONGEST_LINE) -> str:
        """Text without line breaks."""
        value = self.text(name, longest)
        if "\n" in value or "\r" in value:
            value = " ".join(value.split())
        if needed and not value:
            raise BadInput("A title is needed.", field=name)
        return value

    def text(self, name: str, longest: int = _LONGEST_NOTES) -> str:
        """Text of several lines."""
        value = self.draft.value(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadInput(f"{value!r} is not a text.", field=name)
        if len(value) > longest:
            raise BadInput(f"That is longer than {longest} characters.", field=name)
        if any(sign < " " and sign not in "\n\r\t" for sign in value):
            raise BadInput("There are control characters in it.", field=name)
        return value.strip()

    def span(self, zones: Mapping[str, tzinfo]) -> tuple[When, When]:
        """Start and exclusive end. `zones` are those that are known by another than an IANA name.

        When only the start was edited, what takes place keeps its length.
        """
        begins, ends = (self.text(name) for name in ("start", "end"))
        seen = self.draft.payload.get("seen")
        former = (str(seen[0]), str(seen[1])) if isinstance(seen, list) and len(seen) == 2 else (begins, ends)
        moved = begins != former[0] and ends == former[1]
        if self.draft.payload.get("all_day"):
            first, last = times.day(begins, field="start"), times.day(ends, field="end")
            if moved:
                last = first + (last - times.day(former[0], field="start"))
            if last < first:
                raise BadInput(f"The last day ({ends}) is before the first one ({begins}).", field="end")
            return first, last + _DAY
        name = self.text("zone")
        zone = zones.get(name) or times.zone_of(name)
        start = times.moment(begins, zone, field="start")
        if moved:
            lasts = times.elapsed(times.moment(former[0], zone, field="start"), times.moment(ends, zone, field="end"))
            return start, times.after(start, lasts)
        end = times.moment(ends, zone, field="end")
        if times.elapsed(start, end) < timedelta(0):
            raise BadInput(f"The end ({ends}) is before the start ({begins}).", field="end")
        return start, end

    def people(self) -> tuple[Person, ...]:
        """Who is invited, each once."""
        found: dict[str, Person] = {}
        for name, address in as_people(self.draft.value("people")):
            local, at, domain = address.strip().rpartition("@")
            if not at or not local or not domain or any(sign.isspace() or sign in '<>,;"' for sign in address.strip()):
                raise BadInput(f"{address!r} is not a mail address of {name or 'somebody'}.", field="people")
            found.setdefault(address.strip().lower(), Person(name.strip(), address.strip()))
        return tuple(found.values())

    def reminder(self) -> tuple[int, ...]:
        """Minutes before the start; none."""
        value = self.draft.value("reminder")
        if value is None or value == "":
            return ()
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST_REMINDER:
            raise BadInput(f"{value!r} is not a number of minutes up to {_LONGEST_REMINDER}.", field="reminder")
        return (value,)

    def choice(self, name: str, default: str) -> str:
        """One of the values that a field may have."""
        field = next((one for one in self.draft.fields if one.name == name), None)
        if field is None:
            return default
        if field.value not in {one.value for one in field.options}:
            raise BadInput(f"{field.value!r} is none of the choices.", field=name)
        return str(field.value)

    def scope(self) -> Scope:
        """How much of a series is meant."""
        return Scope(self.choice("scope", Scope.THIS.value))

    def known(self, name: str) -> str:
        """What the performer knows beside the fields."""
        value = self.draft.payload.get(name)
        if not isinstance(value, str):
            raise BadInput("This proposal is not complete. Ask again.")
        return value


def written(moment: datetime) -> str:
    """A moment on the wall clock; with its offset where the clock shows this time twice."""
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    return moment.isoformat(timespec="minutes") if twice else moment.replace(tzinfo=None).isoformat(timespec="minutes")


def original_text(original: When | None) -> str | None:
    """Which occurrence of a series is meant, for a payload: a day, or an instant in UTC."""
    return None if original is None else original.isoformat()


def original_of(written_as: Json, zone: tzinfo) -> When | None:
    """Back from a payload."""
    if not isinstance(written_as, str):
        return None
    if "T" not in written_as:
        return times.day(written_as, field="scope")
    at = datetime.fromisoformat(written_as)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def people_of(event: Event) -> tuple[Person, ...]:
    """Who is invited to an event, without its organiser."""
    host = event.organizer.address if event.organizer else ""
    return tuple(one.person for one in event.attendees if one.person.address != host)


def same_kind(start: When, other: When) -> bool:
    """Whether both are days, or both are moments."""
    return is_day(start) == is_day(other)

"""What all proposals share: who asks, in which words, and the draft as it is after it was said anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeVar

from backend.actions.action import Draft, Field, Json
from backend.calendar.cards import Values
from backend.calendar.event import Person
from backend.calendar.times import zone_of
from backend.calendar.words import Words, words_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: the user, the language of the sentences, and the zone whose clock the user looks at."""

    user_id: str
    language: str = "en"
    zone: str = "UTC"

    @property
    def words(self) -> Words:
        """The words of the language."""
        return words_of(self.language)

    @property
    def clock(self) -> tzinfo:
        """The zone."""
        return zone_of(self.zone)


def who_of(user_id: str, draft: Draft) -> Who:
    """Who asked for a proposal."""
    values = Values(draft)
    return Who(user_id, values.known("language"), values.known("zone"))


def unsaid(kind: str, who: Who, fields: Sequence[Field], **known: Json) -> Draft:
    """A draft that is still to be said. `known` is what the performer must know beside the fields."""
    payload: dict[str, Json] = {"language": who.language, "zone": who.zone, **known}
    return Draft(kind, "", tuple(fields), payload)


def said(draft: Draft, sentence: str, fields: Sequence[Field], warnings: Sequence[str] = (), **known: Json) -> Draft:
    """The draft with its sentence, and with the times that were seen: a later edit is compared with them."""
    by_name = {field.name: field.value for field in fields}
    payload: dict[str, Json] = {**draft.payload, **known}
    if "start" in by_name:
        payload["seen"] = [by_name["start"], by_name["end"]]
    return Draft(draft.kind, sentence, tuple(fields), payload, tuple(warnings))


def names(people: Sequence[Person]) -> str:
    """Who these are, in one line."""
    return ", ".join(one.name or one.address for one in people)


def either(value: T | None, default: T) -> T:
    """The value, when there is one."""
    return default if value is None else value

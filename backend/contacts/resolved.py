"""Who was found for some words: one person, several to ask about, or nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.contacts.person import Contact, Person, Place

# More choices than this are not read out.
MOST_CHOICES = 6


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may be meant. `label` tells them from the others; `place` is None for a bare address."""

    person: Person
    place: Place | None
    score: float
    label: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The people who may be meant by `said`, best first. `clear`: the first is meant, nobody needs to ask.

    Without `clear` there is a question to ask ("Do you mean Anna Weber (Radiology) or Anna Wolf (Surgery)?"), also
    when there is one match only: it was not said quite as it is written. Without matches nobody fits.
    """

    said: str
    matches: tuple[Match, ...]
    clear: bool

    @property
    def meant(self) -> Match | None:
        """The one who is clearly meant."""
        return self.matches[0] if self.clear and self.matches else None

    @property
    def several(self) -> tuple[Match, ...]:
        """Those to ask about; empty when one is clearly meant."""
        return () if self.clear else self.matches


def labelled(scored: Sequence[tuple[Contact, float]]) -> tuple[Match, ...]:
    """The people with labels that tell them apart: a name, and beside it what others of the name have not."""
    details = [_details(contact.person) for contact, _ in scored]
    return tuple(
        Match(
            contact.person, contact.place, score, _label(contact.person.name, own, _of_namesakes(scored, details, at))
        )
        for at, ((contact, score), own) in enumerate(zip(scored, details, strict=True))
    )


def _of_namesakes(scored: Sequence[tuple[Contact, float]], details: Sequence[list[str]], at: int) -> set[str]:
    name = scored[at][0].person.name.casefold()
    return {
        detail
        for other, (contact, _) in enumerate(scored)
        if other != at and contact.person.name.casefold() == name
        for detail in details[other]
    }


def _label(name: str, own: list[str], of_others: set[str]) -> str:
    detail = next((one for one in own if one not in of_others), own[0] if own else "")
    return f"{name} ({detail})" if detail else name


def _details(person: Person) -> list[str]:
    """What tells a person from others, what people know best first."""
    said = [*person.units[:1], person.organisation, person.title or person.role, person.address]
    said += [phone.value for phone in person.phones[:1]]
    return [detail for detail in said if detail and detail != person.name]

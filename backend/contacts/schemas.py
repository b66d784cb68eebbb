"""Contacts over HTTP: answers."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.contacts.person import Person, Reach
from backend.contacts.resolved import Match, Resolved

_ANNA: dict[str, Any] = {
    "uid": "2f3a",
    "name": "Dr. Anna Weber",
    "nicknames": [],
    "organisation": "Riverside Clinic",
    "units": ["Radiology"],
    "role": "Senior physician",
    "emails": [{"value": "anna.weber@riverside.example", "kinds": ["work"]}],
    "phones": [{"value": "+1 555 0103", "kinds": ["cell"]}],
}


class ReachView(BaseModel):
    """An e-mail address or a phone number, and what it is for."""

    value: str
    kinds: list[str]

    @classmethod
    def of(cls, reach: Reach) -> "ReachView":
        """As the service has it."""
        return cls(value=reach.value, kinds=list(reach.kinds))


class PersonView(BaseModel):
    """A contact. `uid` is empty for an address that is in no address book."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANNA]})

    uid: str
    name: str
    nicknames: list[str]
    organisation: str
    units: list[str]
    role: str
    emails: list[ReachView]
    phones: list[ReachView]

    @classmethod
    def of(cls, person: Person) -> "PersonView":
        """As the service has it."""
        return cls(
            uid=person.uid,
            name=person.name,
            nicknames=list(person.nicknames),
            organisation=person.organisation,
            units=list(person.units),
            role=person.role or person.title,
            emails=_reaches(person.emails),
            phones=_reaches(person.phones),
        )


class MatchView(BaseModel):
    """Somebody who may be meant; `label` tells them from the others."""

    label: str
    score: float
    person: PersonView

    @classmethod
    def of(cls, match: Match) -> "MatchView":
        """As the service has it."""
        return cls(label=match.label, score=round(match.score, 3), person=PersonView.of(match.person))


class ResolvedView(BaseModel):
    """Who is meant: one person (`meant`), or several to ask about, best first, or nobody."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "said": "Anna from radiology",
                    "meant": {"label": "Dr. Anna Weber (Radiology)", "score": 1.0, "person": _ANNA},
                    "several": [],
                }
            ]
        }
    )

    said: str
    meant: MatchView | None
    several: list[MatchView]

    @classmethod
    def of(cls, resolved: Resolved) -> "ResolvedView":
        """As the service has it."""
        return cls(
            said=resolved.said,
            meant=MatchView.of(resolved.meant) if resolved.meant is not None else None,
            several=[MatchView.of(match) for match in resolved.several],
        )


def _reaches(reaches: Sequence[Reach]) -> list[ReachView]:
    return [ReachView.of(reach) for reach in reaches]

"""Drafts and results as the table keeps them: JSON."""

from collections.abc import Mapping
from typing import Any

from backend.actions.action import Draft, Field, Option, Performed


def draft_to_json(draft: Draft) -> dict[str, Any]:
    """The draft without its kind, which has a column of its own."""
    return {
        "sentence": draft.sentence,
        "fields": [
            {
                "name": one.name,
                "label": one.label,
                "kind": one.kind,
                "value": one.value,
                "editable": one.editable,
                "options": [{"value": option.value, "label": option.label} for option in one.options],
            }
            for one in draft.fields
        ],
        "payload": dict(draft.payload),
        "warnings": list(draft.warnings),
    }


def draft_from_json(kind: str, stored: Mapping[str, Any]) -> Draft:
    """The draft that `draft_to_json` wrote."""
    return Draft(
        kind=kind,
        sentence=stored["sentence"],
        fields=tuple(
            Field(
                name=one["name"],
                label=one["label"],
                kind=one["kind"],
                value=one["value"],
                editable=one["editable"],
                options=tuple(Option(**option) for option in one["options"]),
            )
            for one in stored["fields"]
        ),
        payload=stored["payload"],
        warnings=tuple(stored["warnings"]),
    )


def performed_to_json(performed: Performed) -> dict[str, Any]:
    """What was done."""
    undo = None if performed.undo is None else dict(performed.undo)
    return {"said": performed.said, "undo": undo, "link": performed.link}


def performed_from_json(stored: Mapping[str, Any]) -> Performed:
    """What `performed_to_json` wrote."""
    return Performed(said=stored["said"], undo=stored["undo"], link=stored["link"])


def emptied(draft: Draft) -> Draft:
    """What remains of an old draft: its kind and sentence."""
    return Draft(draft.kind, draft.sentence, ())

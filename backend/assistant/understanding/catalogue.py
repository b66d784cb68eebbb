"""The list of intents and slots for people: `docs/commands.md` holds what `markdown` gives."""

from backend.assistant.understanding.intents import CATALOGUE, SlotType

SLOTS: dict[SlotType, str] = {
    SlotType.TIME: "a time of day, or a stretch of time finer than days",
    SlotType.DATE: "a day, or a stretch of days",
    SlotType.NEW_TIME: "the time of day to move to",
    SlotType.NEW_DATE: "the day to move to",
    SlotType.RECURRENCE: "a repeating time, with `rrule`",
    SlotType.DURATION: "how long, with `seconds` where that does not depend on the calendar",
    SlotType.TITLE: "what an event, a task or a reminder is called",
    SlotType.PERSON: "someone: a name, or what they are to the user (my sister)",
    SlotType.PLACE: "where",
    SlotType.NEW_TITLE: "what an event is to be called instead",
    SlotType.NEW_PLACE: "where an event is to be instead",
    SlotType.LIST: "a list of tasks",
    SlotType.ANSWER: "the answer to an invitation",
    SlotType.SUBJECT: "what a mail is about",
    SlotType.BODY: "what a mail says",
    SlotType.ADDRESS: "a mail address",
    SlotType.FOLDER: "a mail folder, or a folder of files",
    SlotType.FLAG: "read, unread, important or spam",
    SlotType.FIELD: "a part of a contact",
}


def markdown() -> str:
    """The tables of intents and slots."""
    lines = ["| intent | what it does | slots | examples |", "|---|---|---|---|"]
    for intent, info in CATALOGUE.items():
        slots = ", ".join(f"`{slot.value}`" for slot in info.slots)
        examples = "<br>".join(info.examples)
        lines.append(f"| `{intent.value}` | {info.does} | {slots} | {examples} |")
    lines += ["", "| slot | what it is |", "|---|---|"]
    lines += [f"| `{slot.value}` | {text} |" for slot, text in SLOTS.items()]
    return "\n".join(lines) + "\n"

"""Spoken commands that we wrote ourselves, with the kind of thing that is asked for."""

from datetime import datetime
from pathlib import Path

from backend.assistant.understanding import Intent, Understanding, zone_of

KINDS: dict[str, set[Intent]] = {
    "create": {Intent.CALENDAR_CREATE, Intent.CALENDAR_MOVE, Intent.CALENDAR_CHANGE, Intent.REMINDERS_SET},
    "query": {
        Intent.CALENDAR_QUERY,
        Intent.CALENDAR_FREE_BUSY,
        Intent.CALENDAR_FIND_SLOT,
        Intent.REMINDERS_LIST,
        Intent.BRIEFING,
    },
    "remove": {Intent.CALENDAR_CANCEL, Intent.REMINDERS_CANCEL},
    "mail": {Intent.MAIL_QUERY, Intent.MAIL_SEARCH, Intent.MAIL_READ, Intent.MAIL_SUMMARISE},
    "send": {Intent.MAIL_SEND, Intent.MAIL_DRAFT, Intent.MAIL_REPLY, Intent.MAIL_REPLY_ALL, Intent.MAIL_FORWARD},
    "contact": {Intent.CONTACTS_QUERY},
    "new-contact": {Intent.CONTACTS_ADD},
    "none": {intent for intent in Intent if not intent.writes},
}
# Some of these could mean two things; none of the others may get worse.
WANTED = 0.96


def test_spoken_commands_get_the_kind_of_intent_that_is_meant(english: Understanding) -> None:
    lines = (Path(__file__).parent / "spoken_commands.txt").read_text().splitlines()
    wrong = []
    for line in lines:
        kind, text = line.split("|")
        command = english.understand(text, datetime(2026, 3, 4, 10, 0), zone_of("Europe/Berlin"))
        if command.intent not in KINDS[kind]:
            wrong.append(f"{text}: {command.intent}")
    assert len(wrong) <= (1 - WANTED) * len(lines), "\n".join(wrong)

"""What is said of reminders in English and German: sentences of cards and notifications."""

from collections.abc import Mapping
from datetime import datetime

from backend.reminders.schedule import Schedule
from backend.wording import wording

_ENGLISH: Mapping[str, str] = {
    "set": "Remind you {when}: {text}",
    "cancel": "Cancel the reminder “{text}”: {when}",
    "once": "on {day} at {clock} ({zone})",
    "first": "{rule} at {clock} ({zone}), first on {day}",
    "next": "{rule} at {clock} ({zone}), next on {day}",
    "done.set": "You will be reminded {when}: {text}",
    "done.set.told": "You will be reminded of this: {text}",
    "done.cancel": "Cancelled: {text}",
    "undone.set": "The reminder was cancelled.",
    "undone.cancel": "You will be reminded again {when}: {text}",
    "undone.cancel.told": "You will be reminded again of this: {text}",
    "warn.skipped": "The clocks skip this time in {zone}: it will be {clock}.",
    "text": "Remind me to",
    "reminder": "Reminder",
    "moment": "When",
    "zone": "Time zone",
    "rule": "Repeats",
    "due": "You wanted to be reminded of this: {day}, {clock} ({zone}).",
    "late": "You wanted to be reminded of this on {day}, {clock} ({zone}). It could not be told at that time.",
}

_GERMAN: Mapping[str, str] = {
    "set": "Sie erinnern, {when}: {text}",
    "cancel": "Die Erinnerung „{text}“ streichen: {when}",
    "once": "am {day} um {clock} ({zone})",
    "first": "{rule} um {clock} ({zone}), das erste Mal am {day}",
    "next": "{rule} um {clock} ({zone}), das nächste Mal am {day}",
    "done.set": "Sie werden erinnert, {when}: {text}",
    "done.set.told": "Sie werden daran erinnert: {text}",
    "done.cancel": "Gestrichen: {text}",
    "undone.set": "Die Erinnerung ist gestrichen.",
    "undone.cancel": "Sie werden wieder erinnert, {when}: {text}",
    "undone.cancel.told": "Sie werden wieder daran erinnert: {text}",
    "warn.skipped": "Die Uhr überspringt diese Zeit in {zone}: Es wird {clock}.",
    "text": "Erinnern an",
    "reminder": "Erinnerung",
    "moment": "Wann",
    "zone": "Zeitzone",
    "rule": "Wiederholung",
    "due": "Daran wollten Sie erinnert werden: {day}, {clock} ({zone}).",
    "late": "Daran wollten Sie am {day}, {clock} ({zone}), erinnert werden. Das ging zu dieser Zeit nicht.",
}


def say(language: str, what: str, **values: str) -> str:
    """A sentence or label in a user's language, English where there is no other."""
    return (_GERMAN if wording(language).code == "de" else _ENGLISH)[what].format(**values)


def message(language: str, local: datetime, zone: str, *, late: bool) -> str:
    """What a notification says beside the reminder's text. `language` is Nextcloud's code; English where unknown."""
    return say(language, "late" if late else "due", zone=zone, **_at(language, local))


def say_when(language: str, schedule: Schedule, at: datetime, which: str) -> str:
    """At a time, or by a rule with the time that comes "first" or "next"."""
    local, zone = at.astimezone(schedule.zone), schedule.zone.key
    if schedule.rule is None:
        return say(language, "once", zone=zone, **_at(language, local))
    return say(
        language,
        which,
        rule=wording(language).rule(schedule.rule, schedule.zone),
        zone=zone,
        **_at(language, local),
    )


def _at(language: str, local: datetime) -> dict[str, str]:
    spoken = wording(language)
    return {"day": spoken.written_day(local), "clock": spoken.written_times(local, local)}

"""What is said about events, in English and German: data per language, and how times are written out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.calendar.times import When, zone_name
from backend.wording import Wording, wording

Sentences = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `sentences` are format strings by name, `labels` what fields and choices are called."""

    code: str
    sentences: Sentences
    labels: Sentences

    @property
    def wording(self) -> Wording:
        """How days, times and repetitions are said."""
        return wording(self.code)

    def say(self, name: str, **values: object) -> str:
        """A sentence with its values."""
        return self.sentences[name].format(**values)

    def time_of(self, start: When, end: When) -> str:
        """When something takes place: weekday, date, time and zone; `end` is exclusive for days."""
        spoken = self.wording
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            last = end - timedelta(days=1)
            if last <= start:
                return f"{spoken.written_day(start)}, {spoken.all_day}"
            return spoken.span.format(start=spoken.written_day(start), end=spoken.written_day(last))
        shown = end.astimezone(start.tzinfo)
        if shown.date() == start.date():
            told = f"{spoken.written_day(start)}, {spoken.written_times(start, shown)}"
        else:
            ends = [f"{spoken.written_day(one)}, {spoken.written_times(one, one)}" for one in (start, shown)]
            told = spoken.span.format(start=ends[0], end=ends[1])
        return f"{told} ({zone_name(start.tzinfo)})"


_ENGLISH = Words(
    code="en",
    sentences={
        "create": "Put “{title}” into the calendar “{calendar}”: {when}{more}.",
        "repeating": ", {rule}",
        "place": ", at {place}",
        "with": ", with {people}",
        "move": "Move “{title}” from {old} to {new}{scope}.",
        "change": "Change “{title}” ({when}){scope}: {changes}.",
        "changed": "{label} “{value}”",
        "emptied": "no {label}",
        "cancel": "Cancel “{title}” ({when}){scope}.",
        "respond_accepted": "Accept the invitation “{title}” ({when}){scope}.",
        "respond_declined": "Decline the invitation “{title}” ({when}){scope}.",
        "respond_tentative": "Answer “maybe” to the invitation “{title}” ({when}){scope}.",
        "task_add": "Add the task “{title}” to the list “{calendar}”{due}.",
        "due": ", due {day}",
        "task_complete": "Mark the task “{title}” as done.",
        "scope_this": ", this one only",
        "scope_following": ", this one and all that follow",
        "scope_all": ", the whole series",
        "warn_past": "That is in the past.",
        "warn_busy": "At that time there is “{title}” ({when}).",
        "warn_hours": "That is outside of working hours ({first}:00–{last}:00).",
        "warn_weekend": "That is at the weekend.",
        "warn_changed": "It was changed in the calendar meanwhile; this is how it is now.",
        "warn_uninvited": "The server sends no invitations: tell {people} yourself.",
        "warn_guests": "Invited people are told: {people}.",
        "warn_not_host": "You are not the organiser: others keep the event, and see that you do not come.",
        "done_create": "“{title}” is in the calendar “{calendar}”: {when}.",
        "done_move": "“{title}” is now {when}.",
        "done_change": "“{title}” ({when}) is changed.",
        "done_cancel": "“{title}” ({when}) is cancelled.",
        "done_respond": "Your answer to “{title}” ({when}) is sent.",
        "done_task_add": "The task “{title}” is on the list “{calendar}”.",
        "done_task_complete": "The task “{title}” is done.",
        "undone": "“{title}” is as it was before.",
        "undone_create": "“{title}” is taken out of the calendar again.",
        "mail_failed": "The invitations by mail could not be sent.",
    },
    labels={
        "title": "Title",
        "start": "Start",
        "end": "End",
        "last": "Last day",
        "zone": "Time zone",
        "calendar": "Calendar",
        "location": "Place",
        "notes": "Notes",
        "people": "People",
        "reminder": "Reminder (minutes before)",
        "rule": "Repeats",
        "scope": "Which ones",
        "answer": "Answer",
        "due": "Due",
        "this": "This one only",
        "following": "This one and all that follow",
        "all": "The whole series",
        "accepted": "Accept",
        "declined": "Decline",
        "tentative": "Maybe",
    },
)

_GERMAN = Words(
    code="de",
    sentences={
        "create": "„{title}“ in den Kalender „{calendar}“ eintragen: {when}{more}.",
        "repeating": ", {rule}",
        "place": ", Ort: {place}",
        "with": ", mit {people}",
        "move": "„{title}“ verschieben von {old} auf {new}{scope}.",
        "change": "„{title}“ ändern ({when}){scope}: {changes}.",
        "changed": "{label} „{value}“",
        "emptied": "{label} leer",
        "cancel": "„{title}“ absagen ({when}){scope}.",
        "respond_accepted": "Die Einladung „{title}“ annehmen ({when}){scope}.",
        "respond_declined": "Die Einladung „{title}“ ablehnen ({when}){scope}.",
        "respond_tentative": "Auf die Einladung „{title}“ mit „vielleicht“ antworten ({when}){scope}.",
        "task_add": "Die Aufgabe „{title}“ in die Liste „{calendar}“ aufnehmen{due}.",
        "due": ", fällig {day}",
        "task_complete": "Die Aufgabe „{title}“ als erledigt markieren.",
        "scope_this": ", nur diesen Termin",
        "scope_following": ", diesen und alle folgenden Termine",
        "scope_all": ", die ganze Serie",
        "warn_past": "Das liegt in der Vergangenheit.",
        "warn_busy": "Zu dieser Zeit gibt es schon „{title}“ ({when}).",
        "warn_hours": "Das liegt außerhalb der Arbeitszeit ({first}:00–{last}:00 Uhr).",
        "warn_weekend": "Das ist am Wochenende.",
        "warn_changed": "Der Eintrag wurde inzwischen im Kalender geändert; so steht er jetzt da.",
        "warn_uninvited": "Der Server verschickt keine Einladungen: Sagen Sie {people} selbst Bescheid.",
        "warn_guests": "Eingeladene werden benachrichtigt: {people}.",
        "warn_not_host": "Sie haben nicht eingeladen: Die anderen sehen, dass Sie nicht kommen.",
        "done_create": "„{title}“ steht im Kalender „{calendar}“: {when}.",
        "done_move": "„{title}“ ist jetzt {when}.",
        "done_change": "„{title}“ ({when}) ist geändert.",
        "done_cancel": "„{title}“ ({when}) ist abgesagt.",
        "done_respond": "Ihre Antwort auf „{title}“ ({when}) ist verschickt.",
        "done_task_add": "Die Aufgabe „{title}“ steht auf der Liste „{calendar}“.",
        "done_task_complete": "Die Aufgabe „{title}“ ist erledigt.",
        "undone": "„{title}“ ist wieder wie zuvor.",
        "undone_create": "„{title}“ ist wieder aus dem Kalender entfernt.",
        "mail_failed": "Die Einladungen per E-Mail konnten nicht verschickt werden.",
    },
    labels={
        "title": "Titel",
        "start": "Beginn",
        "end": "Ende",
        "last": "Letzter Tag",
        "zone": "Zeitzone",
        "calendar": "Kalender",
        "location": "Ort",
        "notes": "Notizen",
        "people": "Personen",
        "reminder": "Erinnerung (Minuten vorher)",
        "rule": "Wiederholung",
        "scope": "Welche",
        "answer": "Antwort",
        "due": "Fällig",
        "this": "Nur dieser Termin",
        "following": "Dieser und alle folgenden",
        "all": "Die ganze Serie",
        "accepted": "Zusagen",
        "declined": "Absagen",
        "tentative": "Vielleicht",
    },
)

_LANGUAGES = {words.code: words for words in (_ENGLISH, _GERMAN)}


def words_of(language: str) -> Words:
    """The words of a language such as "de" or "de-AT"; English for one that we do not speak."""
    return _LANGUAGES[wording(language).code]

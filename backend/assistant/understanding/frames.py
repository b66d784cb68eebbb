"""Which intent a command has: what it is about, and what is to be done with it.

Cues are found in the command; the decisions below combine them, from the special to the general. They name classes of
words only, so they hold for every language.
"""

from backend.assistant.understanding.acts import LOOKING, act_of, is_onto
from backend.assistant.understanding.calendar_frames import calendar
from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.intents import Intent
from backend.assistant.understanding.judged import GUESS, LIKELY, NOTHING, SURE, Judged, Shape
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.mail_frames import mail

__all__ = ["GUESS", "LIKELY", "NOTHING", "SURE", "Judged", "Shape", "judge"]


def judge(cues: Cues, shape: Shape) -> Judged:
    """The intent of a command."""
    if cues.opens(Cue.HOW_TO) and Cue.REACH not in cues:
        return NOTHING
    act = act_of(cues)
    for decide in (_reminders, _tasks, _briefing, _attachments, _contacts, mail, calendar):
        judged = decide(cues, shape, act)
        if judged is not None:
            return judged
    return NOTHING


def _reminders(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    if cues.has(Cue.NOTIFY) and Cue.BEFORE in cues and Cue.MAIL not in cues:
        return Judged(Intent.REMINDERS_SET, LIKELY)
    if Cue.NOTIFY in cues and Cue.MAIL in cues:
        return None
    if not cues.has(Cue.REMINDER, Cue.REMIND) or cues.opens(Cue.RECALL):
        return None
    if act is Cue.SEND and Cue.MAIL in cues:
        return None  # a mail that reminds someone
    if Cue.BEFORE in cues and not cues.opens(Cue.ASK) and act is not Cue.REMOVE:
        return Judged(Intent.REMINDERS_SET, LIKELY)
    removed, named = cues.first(Cue.REMOVE), cues.first(Cue.REMINDER, Cue.REMIND)
    if act is Cue.REMOVE and removed is not None and named is not None and removed.first < named.first:
        return Judged(Intent.REMINDERS_CANCEL, SURE)
    if Cue.REMIND in cues:
        if is_onto(cues, Cue.LIST) and not cues.opens(Cue.REMIND) and not shape.timed:
            return NOTHING
        return Judged(Intent.REMINDERS_SET, SURE)
    if act is Cue.SHOW and named is not None and cues.covering(named.first, Cue.ONE_NEW):
        return Judged(Intent.REMINDERS_SET, LIKELY)  # "give me a notice before the call"
    if act is Cue.SHOW and named is not None and cues.covering(named.first - 1, Cue.ONE_NEW):
        return Judged(Intent.REMINDERS_SET, LIKELY)  # "give me a reminder"
    if act in LOOKING:
        return Judged(Intent.REMINDERS_LIST, SURE)
    if act is None and Cue.EVENTS in cues:
        return Judged(Intent.REMINDERS_LIST, LIKELY)  # "my reminders for tomorrow"
    if act in {Cue.MOVE, Cue.CHANGE}:
        return None
    return Judged(Intent.REMINDERS_SET, SURE if act is Cue.CREATE else LIKELY)


def _tasks(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    if act is Cue.COMPLETE or (Cue.COMPLETE in cues and (Cue.TASK in cues or act is Cue.FLAG)):
        return Judged(Intent.TASKS_COMPLETE, LIKELY)
    if Cue.TASK not in cues or cues.has(Cue.CALENDAR, Cue.MAIL):
        return None
    if act in {Cue.REMOVE, Cue.CHANGE}:
        return NOTHING
    if act in LOOKING:
        return Judged(Intent.TASKS_LIST, SURE)
    if act is Cue.CREATE and Cue.LIST in cues and not is_onto(cues, Cue.TASK):
        return NOTHING  # a new list, not a task for it
    if cues.has(Cue.CREATE, Cue.NEW, Cue.HAVE):
        return Judged(Intent.TASKS_ADD, SURE if act is Cue.CREATE else LIKELY)
    return Judged(Intent.TASKS_LIST, LIKELY)


def _briefing(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    if Cue.BRIEFING in cues and not cues.has(Cue.MAIL, Cue.FOREIGN):
        return Judged(Intent.BRIEFING, SURE)
    return None


def _attachments(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    if Cue.ATTACHMENT in cues and cues.has(Cue.SAVE, Cue.CREATE, Cue.MOVE):
        return Judged(Intent.MAIL_SAVE_ATTACHMENT, SURE)
    return None


def _contacts(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    kept = cues.opens(Cue.STORE) and Cue.MAIL in cues and cues.has(Cue.FIELD, Cue.OF, Cue.NEW, Cue.OWNER)
    if kept and not cues.has(Cue.CALENDAR, Cue.ATTACHMENT, Cue.FOLDER, Cue.REMINDER, Cue.EVENT):
        return Judged(Intent.CONTACTS_ADD, LIKELY)  # "save Anna's email"
    placed = cues.opens(Cue.WHEREABOUTS) or (cues.opens(Cue.ASK) and Cue.RELATION in cues and not shape.timed)
    if placed and Cue.RESIDE in cues and not cues.has(Cue.FOREIGN, Cue.SELF):
        return Judged(Intent.CONTACTS_QUERY, GUESS)
    if Cue.REACH in cues:
        return Judged(Intent.CONTACTS_QUERY, LIKELY)
    if Cue.OCCASION in cues and Cue.CONTACTS not in cues and act is not None and act not in LOOKING:
        return None  # "add my wife's birthday"
    kept = Cue.FIELD in cues and Cue.SAVE in cues and not cues.has(Cue.FOREIGN)
    if Cue.CONTACTS not in cues and not kept and not _field_of_someone(cues):
        return None
    if cues.has(Cue.CALENDAR, Cue.EVENT) and Cue.CONTACTS not in cues:
        return None
    if act in {Cue.SEND, Cue.FORWARD, Cue.REPLY, Cue.DRAFT} or cues.opens(Cue.MAIL_VERB):
        return None
    if cues.has(Cue.CREATE, Cue.SAVE) and act not in LOOKING:
        return Judged(Intent.CONTACTS_ADD, SURE)
    if act in {Cue.REMOVE, Cue.CHANGE, Cue.MOVE}:
        return NOTHING if Cue.CONTACTS in cues or Cue.OCCASION not in cues else None
    if Cue.MAIL in cues and Cue.FIELD not in cues and act is Cue.FIND:
        return None
    return Judged(Intent.CONTACTS_QUERY, SURE if act in LOOKING else LIKELY)


def _field_of_someone(cues: Cues) -> bool:
    """Whether something that stands in an address book is asked for: "mom's birthday", "the address of Bill"."""
    if cues.has(Cue.FOREIGN):
        return False
    if Cue.FIELD in cues and cues.has(Cue.OF, Cue.RELATION, Cue.OWNER):
        return True
    mail, owner = cues.all(Cue.MAIL), cues.all(Cue.OWNER)
    if (
        mail
        and owner
        and owner[-1].last == mail[-1].first
        and not cues.has(Cue.READ, Cue.REPLY, Cue.RESPOND, Cue.SEND, Cue.NEW, Cue.MAIL_PART)
    ):
        # "What is Ben's email": his address, unless something is done with a mail.
        return cues.opens(Cue.ASK, Cue.SHOW) and not any(hit.first > mail[-1].first for hit in cues.hits)
    return False

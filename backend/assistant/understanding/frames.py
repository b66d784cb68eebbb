"""Which intent a command has: what it is about, and what is to be done with it.

Cues are found in the command; the decisions below combine them, from the special to the general. They name classes of
words only, so they hold for every language.
"""

from dataclasses import dataclass

from backend.assistant.understanding.cues import Cues, Hit
from backend.assistant.understanding.intents import Intent
from backend.assistant.understanding.language import ACTS, Cue


@dataclass(frozen=True, slots=True)
class Judged:
    """An intent and how sure we are (0 to 1)."""

    intent: Intent
    confidence: float


NOTHING = Judged(Intent.NONE, 0.8)

# How sure: a cue of the domain with a fitting act; a domain with an act that has to be guessed; a guess.
SURE, LIKELY, GUESS = 0.95, 0.85, 0.65
# A command without a verb has at most so many words: "team meeting tomorrow at two in room five".
SHORT = 10


@dataclass(frozen=True, slots=True)
class Shape:
    """What else is known of a command: whether it names a time or a duration; how many words it has, and how many of
    them belong to no time."""

    timed: bool
    lasting: bool
    words: int
    untimed: int


def judge(cues: Cues, shape: Shape) -> Judged:
    """The intent of a command."""
    if cues.opens(Cue.HOW_TO) and Cue.REACH not in cues:
        return NOTHING
    act = _act(cues)
    for decide in (_reminders, _tasks, _briefing, _attachments, _contacts, _mail, _calendar):
        judged = decide(cues, shape, act)
        if judged is not None:
            return judged
    return NOTHING


def _act(cues: Cues) -> Cue | None:
    """What is to be done: the class of the first word that says so, but "find and delete ..." deletes."""
    if Cue.REMOVE_IT in cues:
        return Cue.REMOVE  # "... please cancel it"
    hits = [hit for hit in cues.all(*ACTS) if _says_act(hit, cues)]
    if not hits:
        return None
    start = hits[0].first
    opening = next(
        (cue for cue in _PRIORITY if any(hit.cue is cue and hit.first == start for hit in hits)), hits[0].cue
    )
    if opening in {Cue.SHOW, Cue.FIND, Cue.READ} and any(hit.cue is Cue.REMOVE for hit in hits):
        return Cue.REMOVE
    if opening is Cue.READ and any(hit.cue is Cue.CREATE and cues.covering(hit.first - 1, Cue.LINK) for hit in hits):
        return Cue.CREATE
    return opening


def _says_act(hit: Hit, cues: Cues) -> bool:
    """Whether a word is meant as a verb: a question opens the command, and nouns such as "schedule" are verbs only
    where a verb can be expected."""
    if hit.first == 0:
        return True
    if hit.cue is Cue.ASK:
        return hit.first == 1 and cues.opens(Cue.AT)
    if hit.cue is Cue.CREATE and cues.covering(hit.first, Cue.NEW):
        return False  # "new" is what to do only at the beginning: "something new in my inbox"
    noun = cues.covering(hit.first, Cue.CALENDAR, Cue.EVENT, Cue.OCCASION, Cue.PLANS, Cue.FIELD, Cue.MAIL)
    return not noun or cues.covering(hit.first - 1, Cue.LINK)


_PRIORITY = (
    Cue.REPLY_ALL,
    Cue.REPLY,
    Cue.RESPOND,
    Cue.FORWARD,
    Cue.SUMMARISE,
    Cue.COMPLETE,
    Cue.ACCEPT,
    Cue.DECLINE,
    Cue.MAYBE,
    Cue.INVITE,
    Cue.DRAFT,
    Cue.SEND,
    Cue.MOVE,
    Cue.CHANGE,
    Cue.REMOVE,
    Cue.FLAG,
    Cue.ARCHIVE,
    Cue.CREATE,
    Cue.FIND,
    Cue.READ,
    Cue.SHOW,
    Cue.ASK,
)
_LOOKING = {Cue.ASK, Cue.SHOW, Cue.FIND, Cue.READ}


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
        if _onto(cues, Cue.LIST) and not cues.opens(Cue.REMIND) and not shape.timed:
            return NOTHING
        return Judged(Intent.REMINDERS_SET, SURE)
    if act is Cue.SHOW and named is not None and cues.covering(named.first, Cue.ONE_NEW):
        return Judged(Intent.REMINDERS_SET, LIKELY)  # "give me a notice before the call"
    if act is Cue.SHOW and named is not None and cues.covering(named.first - 1, Cue.ONE_NEW):
        return Judged(Intent.REMINDERS_SET, LIKELY)  # "give me a reminder"
    if act in _LOOKING:
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
    if act in _LOOKING:
        return Judged(Intent.TASKS_LIST, SURE)
    if act is Cue.CREATE and Cue.LIST in cues and not _onto(cues, Cue.TASK):
        return NOTHING  # a new list, not a task for it
    if cues.has(Cue.CREATE, Cue.NEW, Cue.HAVE):
        return Judged(Intent.TASKS_ADD, SURE if act is Cue.CREATE else LIKELY)
    return Judged(Intent.TASKS_LIST, LIKELY)


def _onto(cues: Cues, target: Cue) -> bool:
    """Whether something is put onto what `target` names: "... to my to-do list"."""
    goal = cues.first(target)
    links = cues.all(Cue.TO, Cue.AT, Cue.ONTO)
    return goal is not None and any(hit.last <= goal.first <= hit.last + 2 for hit in links)


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
    if Cue.OCCASION in cues and Cue.CONTACTS not in cues and act is not None and act not in _LOOKING:
        return None  # "add my wife's birthday"
    kept = Cue.FIELD in cues and Cue.SAVE in cues and not cues.has(Cue.FOREIGN)
    if Cue.CONTACTS not in cues and not kept and not _field_of_someone(cues):
        return None
    if cues.has(Cue.CALENDAR, Cue.EVENT) and Cue.CONTACTS not in cues:
        return None
    if act in {Cue.SEND, Cue.FORWARD, Cue.REPLY, Cue.DRAFT} or cues.opens(Cue.MAIL_VERB):
        return None
    if cues.has(Cue.CREATE, Cue.SAVE) and act not in _LOOKING:
        return Judged(Intent.CONTACTS_ADD, SURE)
    if act in {Cue.REMOVE, Cue.CHANGE, Cue.MOVE}:
        return NOTHING if Cue.CONTACTS in cues or Cue.OCCASION not in cues else None
    if Cue.MAIL in cues and Cue.FIELD not in cues and act is Cue.FIND:
        return None
    return Judged(Intent.CONTACTS_QUERY, SURE if act in _LOOKING else LIKELY)


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


def _mail(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    mailed = cues.has(Cue.MAIL)
    if Cue.BY_MAIL in cues and act in {Cue.SHOW, Cue.SEND, Cue.CREATE, None}:
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is Cue.REPLY_ALL:
        return Judged(Intent.MAIL_REPLY_ALL, SURE)
    if Cue.NOTIFY in cues and mailed and act is not Cue.SEND:
        return Judged(Intent.MAIL_QUERY, LIKELY)  # "let me know when I get an email from Anna"
    if act is Cue.SEND and cues.has(Cue.REPLY, Cue.RESPOND) and Cue.INVITATION not in cues:
        return Judged(Intent.MAIL_REPLY, LIKELY)
    answered = act is Cue.REPLY or (
        act is Cue.RESPOND and (mailed or Cue.MESSAGE in cues or (cues.opens(Cue.RESPOND) and _says_whom(cues)))
    )
    if answered and Cue.INVITATION not in cues and (mailed or Cue.FOREIGN not in cues):
        return Judged(Intent.MAIL_REPLY, SURE if mailed else LIKELY)
    if act is Cue.FORWARD and (mailed or (cues.has(Cue.MESSAGE, Cue.THIS, Cue.TO) and Cue.FOREIGN not in cues)):
        return Judged(Intent.MAIL_FORWARD, SURE if mailed else LIKELY)
    if not mailed:
        return _messages(cues, shape, act)
    known = (Cue.SAYING, Cue.ABOUT, Cue.FROM, Cue.NEW, Cue.SEND, Cue.RECEIVED, Cue.REPLIED)
    written = cues.opens(Cue.MAIL_VERB) and not cues.covering(1, Cue.SELF)
    if Cue.FOREIGN in cues and not cues.has(*known) and not written:
        return None
    if cues.opens(Cue.MAIL_VERB) and not cues.has(Cue.RECEIVED):
        looked = act in {Cue.SHOW, Cue.FIND, Cue.READ} and shape.words <= 3
        if looked or shape.words == 1 or cues.covering(1, Cue.FROM):
            return Judged(Intent.MAIL_QUERY, LIKELY)
        return Judged(Intent.MAIL_SEND, SURE)
    if cues.has(Cue.CALENDAR) and act is not Cue.SEND:
        return None
    return _act_on_mail(cues, shape, act)


def _says_whom(cues: Cues) -> bool:
    """Whether an answer has a receiver or a text: "respond to Anna", "answer yes"."""
    hit = cues.first(Cue.RESPOND)
    last = 1 if hit is None else max(found.last for found in cues.all(Cue.RESPOND) if found.first == 0)
    return not cues.covering(last, Cue.SELF) and (cues.has(Cue.TO, Cue.SAYING) or cues.covering(last, Cue.YES_NO))


def _messages(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    """Messages, threads and answers, which may be mail."""
    if cues.has(Cue.FOREIGN):
        return None
    if Cue.REPLIED in cues and act in {Cue.ASK, Cue.SHOW, Cue.FIND}:
        return Judged(Intent.MAIL_QUERY, LIKELY)
    if act is Cue.DRAFT:
        return Judged(Intent.MAIL_DRAFT, LIKELY)
    if cues.opens(Cue.WRITE_TO) and Cue.REMIND not in cues:
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is Cue.RESPOND and shape.words == 1:
        return Judged(Intent.MAIL_REPLY, LIKELY)
    if act is Cue.SEND and Cue.TO in cues and cues.covering(1, Cue.THIS):
        return Judged(Intent.MAIL_SEND, GUESS)
    if Cue.MESSAGE not in cues:
        return None
    if act is Cue.FIND:
        return Judged(Intent.MAIL_SEARCH, LIKELY)
    if act in {Cue.SEND, Cue.CREATE, Cue.READ} and Cue.TO in cues and not cues.has(Cue.RECEIVED, Cue.FROM):
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is Cue.SUMMARISE:
        return Judged(Intent.MAIL_SUMMARISE, LIKELY)
    if act is Cue.FLAG and cues.has(Cue.FLAG):
        return Judged(Intent.MAIL_FLAG, LIKELY)
    return Judged(Intent.MAIL_QUERY, GUESS) if cues.has(Cue.NEW, Cue.RECEIVED) and act in {*_LOOKING, None} else None


def _act_on_mail(cues: Cues, shape: Shape, act: Cue | None) -> Judged:
    simple = {
        Cue.DRAFT: Intent.MAIL_DRAFT,
        Cue.REPLY: Intent.MAIL_REPLY,
        Cue.FORWARD: Intent.MAIL_FORWARD,
        Cue.SUMMARISE: Intent.MAIL_SUMMARISE,
        Cue.REMOVE: Intent.MAIL_DELETE,
        Cue.FIND: Intent.MAIL_SEARCH,
        Cue.ARCHIVE: Intent.MAIL_MOVE,
        Cue.MOVE: Intent.MAIL_MOVE,
        Cue.FLAG: Intent.MAIL_FLAG,
    }
    if cues.has(Cue.REPLY, Cue.RESPOND) and not cues.opens(Cue.ASK):
        return Judged(Intent.MAIL_REPLY, LIKELY)
    if act in simple:
        return Judged(simple[act], SURE)
    if act is Cue.ASK:
        return Judged(Intent.MAIL_QUERY, SURE)
    addressed = cues.has(Cue.TO) and not cues.has(Cue.RECEIVED, Cue.FROM)
    if act is Cue.READ:
        first = cues.first(Cue.MAIL)
        fresh = first is not None and (cues.covering(first.first - 1, Cue.ONE_NEW) or cues.has(Cue.NEW))
        if fresh and addressed:
            return Judged(Intent.MAIL_SEND, LIKELY)
        return Judged(Intent.MAIL_QUERY if Cue.ALL in cues else Intent.MAIL_READ, LIKELY)
    if act is Cue.CREATE and cues.opens(Cue.NEW) and not addressed:
        return Judged(Intent.MAIL_QUERY, LIKELY)
    if act in {Cue.SEND, Cue.CREATE}:
        return Judged(Intent.MAIL_SEND, SURE if act is Cue.SEND else LIKELY)
    if act is Cue.HAVE and cues.has(Cue.MAIL_VERB) and not cues.has(Cue.RECEIVED, Cue.NEW):
        return Judged(Intent.MAIL_SEND, LIKELY)
    if act is None and cues.has(Cue.TO, Cue.SAYING) and not cues.has(Cue.RECEIVED, Cue.FROM, Cue.NEW):
        return Judged(Intent.MAIL_SEND, LIKELY)
    return Judged(Intent.MAIL_QUERY, LIKELY)


def _calendar(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    # "Schedule" at the beginning is what to do, not where.
    verbs = {hit.first for hit in cues.all(Cue.SCHEDULE) if hit.first == 0 and act is Cue.CREATE and shape.untimed > 2}
    calendar = any(hit.first not in verbs for hit in cues.all(Cue.CALENDAR))
    strong = calendar or cues.has(Cue.EVENT, Cue.INVITATION)
    if cues.has(Cue.FOREIGN) and not calendar and not cues.has(Cue.INVITATION):
        own = shape.timed or Cue.WITH in cues if act not in {*_LOOKING, Cue.REMOVE} else _mine(cues)
        if not (strong and own):
            return None
    listed = any(hit.first > 0 and not cues.covering(hit.first, Cue.LISTING) for hit in cues.all(Cue.LIST))
    if listed and Cue.CALENDAR not in cues:
        return None
    free = _free_time(cues, shape, act)
    if free is not None:
        return free
    if act in {Cue.ACCEPT, Cue.DECLINE, Cue.MAYBE} and strong:
        return Judged(Intent.CALENDAR_RESPOND, SURE if Cue.INVITATION in cues else LIKELY)
    about = strong or cues.has(Cue.OCCASION)
    if not about:
        return _without_event(cues, shape, act)
    if act in _LOOKING or (act is Cue.HAVE and cues.opens(Cue.ASK)):
        return _question(cues, shape, strong=strong)
    return _change(cues, shape, act, strong=strong)


def _mine(cues: Cues) -> bool:
    return cues.has(Cue.MINE, Cue.HAVE, Cue.SELF)


def _free_time(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    if shape.lasting and act is Cue.FIND and Cue.FOREIGN not in cues:
        return Judged(Intent.CALENDAR_FIND_SLOT, LIKELY)
    if Cue.SLOT in cues and act in {Cue.FIND, Cue.ASK, Cue.SHOW}:
        return Judged(Intent.CALENDAR_FIND_SLOT, LIKELY)
    if Cue.FREE in cues and act in {Cue.ASK, Cue.SHOW} and (shape.timed or _mine(cues) or cues.has(Cue.RELATION)):
        return Judged(Intent.CALENDAR_FREE_BUSY, LIKELY)
    return None


def _question(cues: Cues, shape: Shape, *, strong: bool) -> Judged | None:
    if strong:
        return Judged(Intent.CALENDAR_QUERY, SURE if _mine(cues) or shape.timed else LIKELY)
    return Judged(Intent.CALENDAR_QUERY, LIKELY if _mine(cues) else GUESS)


def _change(cues: Cues, shape: Shape, act: Cue | None, *, strong: bool) -> Judged | None:
    """Something is to be done with an event."""
    simple = {
        Cue.REMOVE: Intent.CALENDAR_CANCEL,
        Cue.MOVE: Intent.CALENDAR_MOVE,
        Cue.INVITE: Intent.CALENDAR_CHANGE,
    }
    if act in simple:
        return Judged(simple[act], SURE if strong else LIKELY)
    if act is Cue.CHANGE and (strong or shape.timed):
        moved = shape.timed and not cues.has(Cue.LENGTHEN)
        return Judged(Intent.CALENDAR_MOVE if moved else Intent.CALENDAR_CHANGE, LIKELY)
    if act is Cue.CREATE and (_onto(cues, Cue.OCCASION) or _onto(cues, Cue.EVENT)) and cues.opens(Cue.STORE):
        return Judged(Intent.CALENDAR_CHANGE, LIKELY)  # "add Anna to my party"
    if act in {Cue.CREATE, Cue.SEND, Cue.FLAG, Cue.SAVE, Cue.ARCHIVE}:
        if shape.untimed <= 2 and Cue.CALENDAR in cues and cues.opens(Cue.SCHEDULE):
            return Judged(Intent.CALENDAR_QUERY, GUESS)  # "schedule for next week"
        placed = shape.timed or cues.has(Cue.WITH, Cue.SCHEDULE)
        return Judged(Intent.CALENDAR_CREATE, SURE if strong else LIKELY) if strong or placed else None
    if act in {Cue.HAVE, Cue.MEET}:
        return Judged(Intent.CALENDAR_CREATE, LIKELY) if shape.timed or strong else None
    if act is None:
        if cues.opens(Cue.ONE_NEW) and cues.has(Cue.EVENT, Cue.OCCASION) and (shape.timed or strong):
            return Judged(Intent.CALENDAR_CREATE, GUESS)  # "(I would like) an appointment"
        named = cues.has(Cue.EVENT, Cue.OCCASION) and Cue.EVENTS not in cues and not cues.opens(Cue.NEW, Cue.MINE)
        if shape.timed and named and shape.words <= SHORT:
            return Judged(Intent.CALENDAR_CREATE, GUESS)
        return Judged(Intent.CALENDAR_QUERY, GUESS) if strong and shape.words <= SHORT else None
    return None


def _without_event(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    """No event is named: "what do I have on Friday", "book Anna for Friday"."""
    if cues.opens(Cue.ASK) and shape.timed and shape.untimed <= 1:
        return Judged(Intent.CALENDAR_QUERY, GUESS)
    named = cues.has(Cue.ALL, Cue.HAVE, Cue.MINE) or shape.untimed <= 1
    if act is Cue.REMOVE and shape.timed and named and Cue.FOREIGN not in cues:
        return Judged(Intent.CALENDAR_CANCEL, GUESS)
    planned = shape.timed or cues.has(Cue.HAVE, Cue.RELATION, Cue.WITH) or shape.words <= 3
    if act in {Cue.ASK, Cue.SHOW} and Cue.PLANS in cues and planned:
        return Judged(Intent.CALENDAR_QUERY, LIKELY if shape.timed else GUESS)
    if (
        act in {Cue.CREATE, Cue.FLAG}
        and shape.timed
        and cues.has(Cue.WITH, Cue.SCHEDULE)
        and Cue.FOREIGN not in cues
        and Cue.MESSAGE not in cues
    ):
        return Judged(Intent.CALENDAR_CREATE, GUESS)
    if act is Cue.MEET and shape.timed:
        return Judged(Intent.CALENDAR_CREATE, GUESS)
    return None

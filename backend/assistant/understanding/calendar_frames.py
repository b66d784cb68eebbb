"""Which intent a command about the calendar has."""

from backend.assistant.understanding.acts import LOOKING, is_onto, is_own
from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.intents import Intent
from backend.assistant.understanding.judged import GUESS, LIKELY, SHORT, SHORTEST, SURE, Judged, Shape
from backend.assistant.understanding.language import Cue


def calendar(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    # "Schedule" at the beginning is what to do, not where.
    verbs = {hit.first for hit in cues.all(Cue.SCHEDULE) if hit.first == 0 and act is Cue.CREATE and shape.untimed > 2}
    calendar = any(hit.first not in verbs for hit in cues.all(Cue.CALENDAR))
    strong = calendar or cues.has(Cue.EVENT, Cue.INVITATION)
    if cues.has(Cue.FOREIGN) and not calendar and not cues.has(Cue.INVITATION):
        own = shape.timed or Cue.WITH in cues if act not in {*LOOKING, Cue.REMOVE} else is_own(cues)
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
    changed = _changed(cues, shape, act)
    if changed is not None:
        return changed
    about = strong or cues.has(Cue.OCCASION)
    if not about:
        return _without_event(cues, shape, act)
    if act in LOOKING or (act is Cue.HAVE and cues.opens(Cue.ASK)):
        return _question(cues, shape, strong=strong)
    return _change(cues, shape, act, strong=strong)


def _free_time(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    if shape.lasting and act is Cue.FIND and Cue.FOREIGN not in cues:
        # "Find an hour next Monday": nothing in files is an hour long and on a day.
        return Judged(Intent.CALENDAR_FIND_SLOT, SURE if shape.timed else LIKELY)
    if Cue.SLOT in cues and act in {Cue.FIND, Cue.ASK, Cue.SHOW}:
        return Judged(Intent.CALENDAR_FIND_SLOT, LIKELY)
    if Cue.FREE in cues and act in {Cue.ASK, Cue.SHOW} and (shape.timed or is_own(cues) or cues.has(Cue.RELATION)):
        return Judged(Intent.CALENDAR_FREE_BUSY, LIKELY)
    return None


def _question(cues: Cues, shape: Shape, *, strong: bool) -> Judged | None:
    if strong:
        return Judged(Intent.CALENDAR_QUERY, SURE if is_own(cues) or shape.timed else LIKELY)
    return Judged(Intent.CALENDAR_QUERY, LIKELY if is_own(cues) else GUESS)


def _changed(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    """Another name, place or length for something that may be an event, whatever it is called."""
    if cues.has(Cue.NO_EVENT, Cue.MESSAGE, Cue.LIST, Cue.CONTACTS):
        return None
    if shape.lasting and Cue.LONGER in cues and act in {Cue.CREATE, Cue.CHANGE, None}:
        return Judged(Intent.CALENDAR_CHANGE, LIKELY)  # "make the audit half an hour longer"
    if act not in {Cue.MOVE, Cue.CHANGE} and not cues.opens(Cue.RENAME):
        return None
    goal = cues.first(Cue.GOAL)
    renamed = cues.opens(Cue.RENAME) or (Cue.NAME_OF in cues and Cue.OF in cues)
    if renamed and goal is not None:
        return Judged(Intent.CALENDAR_CHANGE, LIKELY)
    if Cue.VENUE in cues and goal is not None and cues.has(Cue.OF, Cue.EVENT, Cue.OCCASION):
        return Judged(Intent.CALENDAR_CHANGE, LIKELY)
    if any(cues.covering(hit.last, Cue.ROOM) for hit in cues.all(Cue.GOAL)) and not shape.timed:
        return Judged(Intent.CALENDAR_CHANGE, LIKELY)  # "move it to room 5"
    if shape.lasting and not shape.timed and act is Cue.CHANGE and Cue.LENGTHEN in cues:
        return Judged(Intent.CALENDAR_CHANGE, LIKELY)
    return None


def _unknown(cues: Cues, shape: Shape, act: Cue | None) -> Judged | None:
    """Something that may be an event by what is to be done with it: "move the parade to Friday", "cancel it"."""
    if cues.has(Cue.NO_EVENT, Cue.MESSAGE, Cue.LIST, Cue.TASK, Cue.CONTACTS, Cue.FOREIGN, Cue.FIELD):
        return None
    if act is Cue.MOVE and (shape.timed or shape.lasting):
        return Judged(Intent.CALENDAR_MOVE, LIKELY)
    named = any(cues.covering(hit.last, Cue.DEFINITE) for hit in cues.all(Cue.CHANGE) if hit.first == 0)
    if act is Cue.CHANGE and shape.timed and named and Cue.GOAL in cues and (Cue.TIME_OF not in cues or Cue.OF in cues):
        return Judged(Intent.CALENDAR_MOVE, LIKELY)  # "change the audit to Friday", but not "change the time to three"
    if act is Cue.REMOVE and shape.words > 1:  # "cancel" alone is an answer
        verb = cues.opens(Cue.CALL_OFF) or Cue.REMOVE_IT in cues  # not "quit that"
        whole = verb and Cue.THIS in cues and shape.words <= SHORTEST
        called_off = any(cues.covering(hit.last, Cue.DEFINITE) for hit in cues.all(Cue.CALL_OFF) if hit.first == 0)
        if whole or called_off or (shape.timed and cues.opens(Cue.REMOVE)):
            return Judged(Intent.CALENDAR_CANCEL, LIKELY)
    if act is Cue.CREATE and cues.opens(Cue.ENTER) and shape.timed and shape.untimed > 1:
        return Judged(Intent.CALENDAR_CREATE, LIKELY)
    return None


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
    if act is Cue.CREATE and (is_onto(cues, Cue.OCCASION) or is_onto(cues, Cue.EVENT)) and cues.opens(Cue.STORE):
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
    unknown = _unknown(cues, shape, act)
    if unknown is not None:
        return unknown
    if cues.opens(Cue.ASK) and shape.timed and shape.untimed <= 1:
        return Judged(Intent.CALENDAR_QUERY, GUESS)
    named = cues.has(Cue.ALL, Cue.HAVE, Cue.MINE) or shape.untimed <= 1
    if act is Cue.REMOVE and shape.timed and named and Cue.FOREIGN not in cues:
        return Judged(Intent.CALENDAR_CANCEL, LIKELY if Cue.ALL in cues else GUESS)
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

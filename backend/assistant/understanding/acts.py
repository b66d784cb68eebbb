"""What is to be done in a command: its act, and small questions about it that several judgements ask."""

from backend.assistant.understanding.cues import Cues, Hit
from backend.assistant.understanding.language import ACTS, Cue

# Acts that only look.
LOOKING = {Cue.ASK, Cue.SHOW, Cue.FIND, Cue.READ}
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


def act_of(cues: Cues) -> Cue | None:
    """What is to be done: the class of the first word that says so, but "find and delete ..." deletes."""
    if Cue.REMOVE_IT in cues:
        return Cue.REMOVE  # "... please cancel it"
    if cues.opens(Cue.SHIFTER) and Cue.SHIFTED in cues:
        return Cue.MOVE  # "bring the audit forward"
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


def is_onto(cues: Cues, target: Cue) -> bool:
    """Whether something is put onto what `target` names: "... to my to-do list"."""
    goal = cues.first(target)
    links = cues.all(Cue.TO, Cue.AT, Cue.ONTO)
    return goal is not None and any(hit.last <= goal.first <= hit.last + 2 for hit in links)


def is_own(cues: Cues) -> bool:
    """Whether it is about the user."""
    return cues.has(Cue.MINE, Cue.HAVE, Cue.SELF)

"""Two opinions made one: what the rules judged, and what the learnt weights think of it."""

from collections.abc import Mapping
from dataclasses import replace

from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.frames import GUESS, LIKELY, NOTHING, SURE, Judged
from backend.assistant.understanding.intents import Intent
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.opinion.kinds import INTENTS, KIND_OF, Kind

# How sure the second opinion must be to be followed. Where the rules found nothing, a question may be tried; what
# changes or sends something needs near certainty. Where they found another kind, it is nearly enough to be likelier
# than any other; making a change out of a question needs more.
TRIED, CERTAIN, LIKELIER, CHANGED = 0.6, 0.95, 0.4, 0.6
# From this on it may say that nothing of ours is meant where the rules would change something.
REFUSED = 0.6
# A change that the rules only guess is made when the second opinion gives its kind at least such a share.
SHARED = 0.5
# A question in which nothing is the user's own may be one about the files: it is ours only when the second opinion
# gives its kind such a share, by how sure the rules are. One with something of the user's is refused when more speaks
# against it than for it.
AGREED = {GUESS: 0.6, LIKELY: 0.5, SURE: 0.4}
DOUBTED = 0.5
# Where the rules found nothing either, it must be nearly certain.
TRIED_IMPERSONAL = 0.9
# What a question about the files may be taken for.
_ASKING = {
    Intent.CALENDAR_QUERY,
    Intent.CALENDAR_FREE_BUSY,
    Intent.CALENDAR_FIND_SLOT,
    Intent.CONTACTS_QUERY,
    Intent.MAIL_QUERY,
    Intent.MAIL_SEARCH,
    Intent.BRIEFING,
}
# Kinds whose intents only the rules tell apart.
_LEFT_TO_RULES = {Kind.TASK, Kind.FILING}
_REMINDERS = {
    Kind.CREATE: Intent.REMINDERS_SET,
    Kind.QUERY: Intent.REMINDERS_LIST,
    Kind.REMOVE: Intent.REMINDERS_CANCEL,
}


def settled(judged: Judged, shares: Mapping[Kind, float], cues: Cues, *, near: bool = False) -> Judged:
    """What is asked for in the end, and whether it may as well be asked of the files.

    `shares` are how likely each kind is; `near` says whether it names a time as seen from now ("tonight"), as no
    question about the files does.
    """
    combined = _combined(judged, shares, cues)
    return replace(combined, about_files=_may_be_about_files(judged, combined, shares, cues, near=near))


def _combined(judged: Judged, shares: Mapping[Kind, float], cues: Cues) -> Judged:
    ruled, best = KIND_OF[judged.intent], max(shares, key=shares.__getitem__)
    share = shares[best]
    if judged.intent.writes and judged.confidence <= GUESS and shares[ruled] < SHARED and best is Kind.NONE:
        return NOTHING
    if best is ruled or best in _LEFT_TO_RULES or ruled in _LEFT_TO_RULES:
        return judged
    if best is Kind.NONE:
        return NOTHING if share >= REFUSED and judged.intent.writes else judged
    intent = _intent(best, cues)
    if ruled is Kind.NONE:
        needed = CERTAIN if intent.writes else TRIED
        someone = cues.has(Cue.FIELD, Cue.CONTACTS, Cue.RELATION)
        if Cue.FOREIGN in cues or (best is Kind.CONTACT and not someone):
            return judged  # of "how old is Newton" only the name could tell that it is no contact
    else:
        needed = CHANGED if intent.writes and not judged.intent.writes else LIKELIER
    return Judged(intent, GUESS) if share >= needed else judged


def _may_be_about_files(
    judged: Judged, combined: Judged, shares: Mapping[Kind, float], cues: Cues, *, near: bool
) -> bool:
    """Whether what only looks something up may be a question about the user's files."""
    if combined.intent not in _ASKING:
        return False
    best = max(shares, key=shares.__getitem__)
    if best is Kind.NONE and shares[best] >= DOUBTED:
        return True
    if near or not _is_impersonal(cues):
        return False
    if judged.intent is Intent.NONE:
        return shares[best] < TRIED_IMPERSONAL
    return shares[KIND_OF[judged.intent]] < AGREED.get(judged.confidence, 0.0)


def _is_impersonal(cues: Cues) -> bool:
    """Whether neither the user nor a part of their calendar, mail or address book is named."""
    return not cues.has(Cue.MINE, Cue.SELF, Cue.CALENDAR, Cue.CONTACTS, Cue.MAIL, Cue.MESSAGE)


def _intent(kind: Kind, cues: Cues) -> Intent:
    """The intent of a kind that the words point to."""
    if kind in _REMINDERS and cues.has(Cue.REMIND, Cue.REMINDER):
        return _REMINDERS[kind]
    if kind is Kind.SEND and cues.has(Cue.REPLY, Cue.RESPOND):
        return Intent.MAIL_REPLY
    return INTENTS[kind][0]

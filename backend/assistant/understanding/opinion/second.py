"""Two opinions made one: what the rules judged, and what was learnt thinks of it."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from backend.assistant.understanding.acts import LOOKING
from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.frames import GUESS, LIKELY, NOTHING, SURE, Judged
from backend.assistant.understanding.intents import Intent
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.opinion.kinds import INTENTS, KIND_OF, Kind

# How many times as likely as "nothing of ours" a kind must be. What changes or sends something, by how sure the rules
# are of such a thing; where they saw only a question; and where they saw nothing.
WRITE = {SURE: 0.3, LIKELY: 0.5, GUESS: 2.0}
WRITE_INSTEAD, WRITE_UNFORESEEN = 2.0, 30.0
# A look-up harms nobody, and goes to the files where that is likelier; but what does not even open as one ("tomorrow")
# may be an answer, or change what was proposed.
LOOK_UP, LOOK_UP_UNASKED = 0.03, 0.5
# So many of the likeliest kinds are tried; one where the rules saw nothing.
TRIED = 2
# From this share on nothing is gained by more evidence for what the rules say as well.
AGREED_SHARE = 0.97
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


def is_plain(judged: Judged, shares: Mapping[Kind, float]) -> bool:
    """Whether the rules and the words say the same so surely that the meaning need not be asked."""
    return shares[KIND_OF[judged.intent]] >= AGREED_SHARE


def settled(judged: Judged, shares: Mapping[Kind, float], cues: Cues, *, near: bool = False) -> Judged:
    """What is asked for in the end, and whether it may as well be asked of the files.

    `shares` are how likely each kind is; `near` says whether it names a time as seen from now ("tonight"), as no
    question about the files does.
    """
    combined = _combined(judged, shares, cues)
    return replace(combined, about_files=_may_be_about_files(judged, combined, shares, cues, near=near))


def _combined(judged: Judged, shares: Mapping[Kind, float], cues: Cues) -> Judged:
    ruled, best = KIND_OF[judged.intent], max(shares, key=shares.__getitem__)
    if ruled in _LEFT_TO_RULES or best in _LEFT_TO_RULES:
        return judged
    ours = [kind for kind in shares if kind not in {Kind.NONE, *_LEFT_TO_RULES}]
    for kind in sorted(ours, key=shares.__getitem__, reverse=True)[: 1 if ruled is Kind.NONE else TRIED]:
        intent = judged.intent if kind is ruled else _intent(kind, cues)
        if shares[kind] >= _needed(judged, intent, cues) * shares[Kind.NONE]:
            return judged if kind is ruled else Judged(intent, GUESS)
    return NOTHING if judged.intent.writes else judged


def _needed(judged: Judged, intent: Intent, cues: Cues) -> float:
    """How many times as likely as nothing an intent must be to be followed."""
    if not intent.writes:
        unasked = judged.intent is Intent.NONE and not cues.opens(*LOOKING)
        return LOOK_UP_UNASKED if unasked else LOOK_UP
    if judged.intent.writes:
        return WRITE[judged.confidence]
    if judged.intent is Intent.NONE:
        return inf if Cue.FOREIGN in cues else WRITE_UNFORESEEN
    return WRITE_INSTEAD


def _is_fact(intent: Intent, cues: Cues) -> bool:
    """Of "how old is Newton" only the name could tell that it is no contact."""
    return intent is Intent.CONTACTS_QUERY and not cues.has(Cue.FIELD, Cue.CONTACTS, Cue.RELATION)


def _may_be_about_files(
    judged: Judged, combined: Judged, shares: Mapping[Kind, float], cues: Cues, *, near: bool
) -> bool:
    """Whether what only looks something up may be a question about the user's files."""
    if combined.intent not in _ASKING:
        return False
    best = max(shares, key=shares.__getitem__)
    if best is Kind.NONE and shares[best] >= DOUBTED:
        return True
    if judged.intent is Intent.NONE and (Cue.FOREIGN in cues or _is_fact(combined.intent, cues)):
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

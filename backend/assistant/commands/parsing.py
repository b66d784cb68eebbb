"""Words of a user read as a command, in the language in which they are the surest one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache

from backend.assistant.commands.phrases import CODES, phrases
from backend.assistant.commands.request import Request
from backend.assistant.events import Cited
from backend.assistant.pending import Pending
from backend.assistant.questions.language import language_of
from backend.assistant.understanding import Command, Intent, Understanding, languages
from backend.assistant.understanding.language import Cue
from backend.assistant.understanding.opinion.meaning import Embed

# A longer text is a question, or a text that was pasted; it is never a command.
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of a user, at a moment (aware) in the user's zone, in a conversation.

    `waiting` is the command that the words may answer, `option` the id of the option that was chosen of it. `recent`
    are the records that the answer before named.
    """

    user_id: str
    text: str
    now: datetime
    zone: tzinfo
    zone_name: str
    conversation_id: str | None = None
    waiting: Pending | None = None
    option: str | None = None
    recent: Sequence[Cited] = ()


@cache
def understanding(code: str) -> Understanding:
    """The understanding of a language; building it takes a while."""
    return Understanding(languages.get(code))


def request_of(
    utterance: Utterance,
    text: str,
    now: datetime,
    choices: Mapping[str, str] | None = None,
    *,
    embed: Embed | None = None,
) -> Request:
    """The words as a request, as if they were said at `now`. With `embed` it takes some milliseconds."""
    code, command = _understood(text, now, utterance.zone, embed)
    return Request(
        utterance.user_id,
        text,
        command,
        now,
        utterance.zone,
        utterance.zone_name,
        phrases(code),
        choices or {},
        utterance.recent,
    )


def _understood(text: str, now: datetime, zone: tzinfo, embed: Embed | None) -> tuple[str, Command]:
    """The command, and the language in which it is the surest; that which the words look like where none is."""
    own = language_of(text)
    codes = sorted(CODES, key=lambda code: code != own)
    commands = [(code, understanding(code).understand(text, now, zone, embed)) for code in codes]
    known = [(code, command) for code, command in commands if command.intent is not Intent.NONE]
    return max(known, key=lambda one: one[1].confidence, default=commands[0])


def own_words(request: Request, other: Collection[Cue] = ()) -> list[str]:
    """The words of a command that belong to no part of it and are no words of commands: "forward the *invoice*".

    Words that are in no classes but these `other` ones count as such too.
    """
    tokens, timed, cues = understanding(request.phrases.code).seen(request.text)
    found = []
    for position, token in enumerate(tokens):
        in_slot = any(slot.first <= token.start < slot.last for slot in request.command.slots)
        known = (
            timed[position]
            or in_slot
            or request.in_address(token.start)
            or any(hit.first <= position < hit.last and hit.cue not in other for hit in cues.hits)
        )
        if token.word[0].isalnum() and not known and token.word not in request.phrases.small:
            found.append(request.text[token.start : token.end])
    return found

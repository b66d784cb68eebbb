"""Questions that are several in one: two questions, two things compared, or one whose subject is itself asked about.

"When is it open, and who has the key?"; "Compare the notice periods of the lease and the cleaning contract"; "What is
the telephone number of the doctor who orders the vaccine?"
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.assistant.questions.followups import Past, stand_alone
from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS
from backend.models.terms import words as plain_words

# A longer question (characters) is a letter; and one is not cut into more parts than these, nor into shorter ones (in
# words): "which antibiotics and which doses are used" is one question.
_LONGEST = 400
MOST_PARTS = 4
_FEWEST_WORDS = 3
# Words from which on a question may have two parts that no form tells.
_MAY_BE_SEVERAL = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A question of its own within another one. `label`: what it is about, where several things are compared."""

    question: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Bridge:
    """A question about something that is found by another one first: `inner`; `outer` has "{}" in its place."""

    inner: str
    outer: str


@dataclass(frozen=True, slots=True)
class _Forms:
    """The forms of one language. joints: where a second question begins. compared: patterns with `a`, `b` and perhaps
    an `aspect`; of: what stands between aspect and thing. bridge: a pattern with `before`, `noun` and `clause`; who,
    which: how one asks for a person, and for a thing of a kind; instead: what stands for noun and clause then. two:
    what a question of two parts has in it.
    """

    joints: re.Pattern[str]
    compared: tuple[re.Pattern[str], ...]
    of: str
    bridge: re.Pattern[str]
    who: str
    which: str
    instead: str
    two: re.Pattern[str]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_FORMS = {
    "en": _Forms(
        joints=_pattern(
            r"(?:,? and |; ?|\? |, )(?:also |then )?(?=(?:what|which|who|whom|whose|when|where|why|how)\b)"
        ),
        compared=(
            _pattern(r"(?:please )?compare (?:the )?(?P<aspect>[\w -]+?) (?:of|for|in|between) (?P<a>.+?) "
                     r"(?:and|with|to|versus|vs\.?) (?P<b>.+)"),
            _pattern(r"(?:please )?compare (?P<a>.+?) (?:and|with|to|versus|vs\.?) (?P<b>.+)"),
            _pattern(r"(?:what (?:is|are) )?(?:the )?differences? in (?:the )?(?P<aspect>[\w -]+?) between (?P<a>.+?) "
                     r"and (?P<b>.+)"),
            _pattern(r"(?:what (?:is|are) )?(?:the )?differences? between (?P<a>.+?) and (?P<b>.+)"),
            _pattern(r"how (?:do|does) (?P<a>.+?) (?:and|differ from|compare (?:to|with)) (?P<b>.+?)"
                     r"(?: differ| compare)?"),
        ),
        of="of",
        bridge=_pattern(
            r"(?P<before>.+? (?:of|for|does|did|is|was|by|to|with) )the (?P<noun>\w+) (?:who|that|which) (?P<clause>.+)"
        ),
        who="Who {clause}?",
        which="Which {noun} {clause}?",
        instead="{}",
        two=_pattern(r"\b(?:and|or|than|both|while|who|which|whose|that)\b"),
    ),
    "de": _Forms(
        joints=_pattern(
            r"(?:,? und |; ?|\? |, )(?:auch |dann )?"
            r"(?=(?:was|welche[rsnm]?|wer|wem|wen|wessen|wann|wo|warum|wieso|wie)\b)"
        ),
        compared=(
            _pattern(r"(?:bitte )?vergleiche?(?:n sie)? (?:den |die |das )?(?P<aspect>[\w -]+?) (?:von|für|bei|in) "
                     r"(?P<a>.+?) (?:und|mit) (?P<b>.+)"),
            _pattern(r"(?:bitte )?vergleiche?(?:n sie)? (?P<a>.+?) (?:und|mit) (?P<b>.+)"),
            _pattern(r"(?:was ist |worin besteht )?(?:der |die )?unterschiede? zwischen (?P<a>.+?) und (?P<b>.+)"),
            _pattern(r"wie unterscheiden sich (?P<a>.+?) und (?P<b>.+)"),
        ),
        of="von",
        bridge=_pattern(
            r"(?P<before>.+? )(?:der|die|das|dem|den|des) (?P<noun>\w+), (?:der|die|das|dem|den) (?P<clause>.+)"
        ),
        who="Wer {clause}?",
        which="Welche {noun} {clause}?",
        instead="von {}",
        two=_pattern(r"\b(?:und|oder|als|beide|sowie)\b|, "),
    ),
}  # fmt: skip


def parts_of(question: str, words: QuestionWords) -> tuple[Part, ...]:
    """The questions that a question is made of; none when it is one."""
    text = " ".join(question.split()).rstrip(" ?.!")
    if len(text) > _LONGEST:
        return ()
    return _compared(text, words) or _several(text, words)


def _compared(text: str, words: QuestionWords) -> tuple[Part, ...]:
    forms = _FORMS[words.code]
    for pattern in forms.compared:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        aspect = (match.groupdict().get("aspect") or "").strip()
        things = [match["a"].strip(" ,"), match["b"].strip(" ,")]
        if not all(_content(thing) for thing in things):
            continue
        asked = [f"{aspect} {forms.of} {thing}" if aspect else thing for thing in things]
        return tuple(Part(question, _label(thing, words)) for question, thing in zip(asked, things, strict=True))
    return ()


def _several(text: str, words: QuestionWords) -> tuple[Part, ...]:
    """The questions that stand one behind the other; what a later one leans on is put into it."""
    cuts = [match.span() for match in _FORMS[words.code].joints.finditer(text)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(text)]
    pieces = [text[start:end].strip(" ,;?") for start, end in zip(starts, ends, strict=True)]
    first = pieces[0].split()
    # "I moved here; when is it open?": what stands before must be a question as well.
    if len(pieces) < 2 or len(pieces) > MOST_PARTS or not first or not _asks(first, words):
        return ()
    if any(len(piece.split()) < _FEWEST_WORDS for piece in pieces):
        return ()
    found: list[Part] = []
    for piece in pieces:
        asked = f"{piece[:1].upper()}{piece[1:]}?"
        past = [Past(part.question) for part in found]
        found.append(Part((stand_alone(asked, past, words) or asked) if past else asked))
    return tuple(found)


def bridge_of(question: str, words: QuestionWords) -> Bridge | None:
    """What has to be found first to answer a question, when it says what it is about by a clause of its own."""
    text = " ".join(question.split()).rstrip(" ?.!")
    forms = _FORMS[words.code]
    match = forms.bridge.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or not _asks(text.split(), words) or not _content(match["clause"]):
        return None
    if not _content(match["before"]):
        return None
    noun, clause = match["noun"], match["clause"]
    form = forms.who if noun.casefold() in words.people else forms.which
    return Bridge(form.format(noun=noun, clause=clause), f"{match['before']}{forms.instead}?")


def may_be_several(question: str, words: QuestionWords) -> bool:
    """Whether a question that no form fits may still be several: it is long, and has two parts."""
    inside = question.strip()[1:]
    return len(plain_words(question)) >= _MAY_BE_SEVERAL and _FORMS[words.code].two.search(inside) is not None


def _asks(spoken: Sequence[str], words: QuestionWords) -> bool:
    """Whether words are a question: a question word among the first, or a verb in front."""
    low = [word.casefold().strip(",") for word in spoken]
    return any(word in words.asking for word in low[:3]) or low[0] in words.verbs


def _content(text: str) -> list[str]:
    return [word for word in plain_words(text) if word not in STOP_WORDS]


def _label(thing: str, words: QuestionWords) -> str:
    """A thing without its article."""
    first, _, rest = thing.partition(" ")
    thing = rest if rest and first.casefold() in words.determiners else thing
    return f"{thing[:1].upper()}{thing[1:]}"

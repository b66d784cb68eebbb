"""The period from which a question wants documents: "letters from March 2024", "my notes of yesterday".

A date in a question is most often a date in the text ("what happens on 14 November?") and must not narrow the search.
It is a document's date only where it is said of a document ("the letter of 6 October", "yesterday's notes") or of what
was done with documents ("what did I write last week?"), and nothing else stands between them that it could belong to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import PurePosixPath

from backend.assistant.questions.words import QuestionWords
from backend.assistant.understanding import languages
from backend.assistant.understanding.dates.grain import Grain, add
from backend.assistant.understanding.dates.grammar import DateGrammar, Found
from backend.assistant.understanding.dates.resolver import resolve
from backend.assistant.understanding.dates.values import Direction, Time
from backend.assistant.understanding.tokens import Token, tokenise

# What is read of a question for dates (characters): parsing costs some 20 microseconds a word.
_READ = 300
# Words between a document and its date: "the letter from the health authority of 6 October".
_BETWEEN = 6
_NAMED_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to before `end`, either of which may be open; `text` is how the question says it."""

    start: datetime | None
    end: datetime | None
    text: str

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is inside."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


def period_of(question: str, words: QuestionWords, now: datetime, zone: tzinfo = UTC) -> Period | None:
    """The period that the documents asked for are from, when the question clearly says one."""
    text = question[:_READ]
    tokens = tokenise(text)
    papers = [at for at, token in enumerate(tokens) if token.word in words.papers]
    done = [at for at, token in enumerate(tokens) if token.word in words.written]
    if not papers and not done:
        return None
    wall = now.astimezone(zone).replace(tzinfo=None)
    for found in _times(text, tokens, words, wall, zone):
        if any(_belongs(tokens, paper, found, words) for paper in papers) or (
            done and _of_what_was_done(tokens, done, found, words)
        ):
            period = _resolved(text, tokens, found, wall, zone)
            if period is not None:
                return period
    return None


def dated(path: str, modified: datetime) -> tuple[datetime, datetime]:
    """When a document is from, as first and exclusive last moment: by the date in its name, else its last change."""
    match = _NAMED_DATE.search(PurePosixPath(path).name)
    if match is not None:
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            start = datetime(year or 1, month or 1, day or 1, tzinfo=UTC)
        except ValueError:
            return modified, modified + timedelta(seconds=1)
        grain = Grain.DAY if day else Grain.MONTH if month else Grain.YEAR
        return start, add(start, grain, 1)
    return modified, modified + timedelta(seconds=1)


def is_from(period: Period, path: str, modified: datetime) -> bool:
    """Whether a document is from the period, or may be: one that is named after a year may be of any of its days."""
    start, end = dated(path, modified)
    return (period.end is None or start < period.end) and (period.start is None or end > period.start)


@cache
def _grammar(code: str) -> DateGrammar:
    return DateGrammar(languages.get(code).dates)


def _times(text: str, tokens: list[Token], words: QuestionWords, wall: datetime, zone: tzinfo) -> list[Found]:
    grammar = _grammar(words.code)

    def parsed(part: list[Token]) -> list[Found]:
        return grammar.parse(text, part, lambda time: resolve(time, wall, zone) is not None)

    found = [item for item in parsed(tokens) if isinstance(item.value, Time) and item.value.grain >= Grain.DAY]
    taken = {at for item in found for at in range(item.first, item.last)}
    # A month or a year alone is one only behind "from" or "since".
    for at in range(1, len(tokens)):
        if at not in taken and tokens[at - 1].word in words.since:
            alone = [item.moved(at) for item in parsed([tokens[at]])]
            found += [i for i in alone if isinstance(i.value, Time) and i.value.grain >= Grain.MONTH]
            if re.fullmatch(r"(?:19|20)\d\d", tokens[at].word) and not alone:
                found += [i.moved(at) for i in parsed([tokens[at]])]
    return found


def _belongs(tokens: Sequence[Token], paper: int, found: Found, words: QuestionWords) -> bool:
    """Whether a time is said of the document named at `paper`."""
    before = tokens[found.first - 1].word if found.first else ""
    lead = tokens[found.first].word if tokens[found.first].word in words.dated else before
    if found.first > paper:
        between = tokens[paper + 1 : found.first + (tokens[found.first].word in words.dated)]
        if lead not in words.dated or len(between) > _BETWEEN:
            return False
        apart = [token.word for token in between if token.word not in words.dated]
        # "the letter about the meeting on 14 November": a word that tells what of stands before the date.
        if any(word in _OF_WHAT or word in words.verbs or word in ",;:?" for word in apart):
            return (
                lead in words.since
                and not any(word in words.verbs or word in ",;:?" for word in apart)
                and (lead in _OF_DOCUMENTS)
            )
        return lead in words.since or all(token.word in words.dated for token in between)
    # "yesterday's notes". Not "the November list": that is what it is about.
    return tokens[found.last - 1].word.endswith(_OWNING) and found.last == paper


_OWNING = ("'s", "'")
_OF_WHAT = frozenset({"about", "regarding", "concerning", "on", "over", "über", "wegen", "zum", "zur"})
# After "about warfarin", these still lead in the date of the document.
_OF_DOCUMENTS = frozenset({"from", "of", "dated", "since", "vom", "von", "aus", "seit"})


def _of_what_was_done(tokens: Sequence[Token], done: Sequence[int], found: Found, words: QuestionWords) -> bool:
    """Whether the question asks what "I" or "we" wrote, received or changed at that time."""
    said = {token.word for token in tokens[:8]}
    mine = bool(said & {"i", "we", "ich", "wir"})
    passive = bool(said & {"was", "were", "been", "got", "wurde", "wurden"})
    behind = any(0 <= found.first - at <= 2 for at in done)
    before = any(0 <= at - found.last <= 1 for at in done)
    asked = tokens[0].word in words.asking or bool(said & words.papers)
    return asked and ((mine and (behind or before)) or (passive and behind))


def _resolved(text: str, tokens: Sequence[Token], found: Found, wall: datetime, zone: tzinfo) -> Period | None:
    assert isinstance(found.value, Time)
    time = resolve(found.value, wall, zone)
    moment = wall.replace(tzinfo=zone)
    if time is not None and time.start is not None and time.start > moment and time.direction is None:
        time = resolve(found.value, wall, zone, past=True)
    # No document is from a time to come.
    if time is None or time.start is None or time.start > moment:
        return None
    direction: Direction | None = time.direction
    first = found.first
    said = text[tokens[first].start : tokens[found.last - 1].end]
    if direction is None and first and tokens[first - 1].word in _OPEN:
        direction = _OPEN[tokens[first - 1].word]
        said = f"{tokens[first - 1].word} {said}"
    if direction == "before":
        return Period(None, time.start, said)
    if direction == "after":
        return Period(time.start, None, said)
    if time.end is None and time.start.year == MAXYEAR:
        return None
    return Period(time.start, time.end or add(time.start, time.grain, 1), said)


_OPEN: dict[str, Direction] = {
    "since": "after", "seit": "after", "before": "before", "vor": "before", "until": "before", "bis": "before",
}  # fmt: skip

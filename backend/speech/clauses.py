"""Cuts the text of an answer, while it is being written, into clauses that can be spoken one after the other."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from backend.speech.spoken import languages, speakable
from backend.speech.spoken.markup import CITATION

# From so many characters on, a comma ends a clause. The first one is short (about a second of speech), so that sound
# begins early; after it there is time, and whole sentences sound better than pieces of them.
_FIRST_CLAUSE = 16
_LATER_CLAUSE = 100
# A sentence without any comma is cut at a space rather than waited for.
_LONGEST_CLAUSE = 240
# So many characters of the next word tell whether a full stop ended the sentence.
_TELLING = 12
# A bracket that stays open longer than this is no citation and no link.
_LONGEST_BRACKET = 200
_LONGEST_RANGE = 20

_END = re.compile(r"[.!?…]+[\"'”’»)*_]*|[,;:–—]|\n")
_MARKS = re.compile(rf"(?:[ \t]?{CITATION})*")
# What may be the beginning of a mark that is not there in full.
_HALF_MARK = re.compile(r"[ \t]?(?:\[\^?[\d ,;–-]*)?")
_CITED = re.compile(CITATION)
_LAST_WORD = re.compile(r"[^\s(\[\"'“„«]+$")
_COUNTED = re.compile(r"\d\s?\Z")
_NEXT_WORD = re.compile(r"\s*[\"'“„«(*_]*(\S*)(\s?)")
_LINK_TARGET = re.compile(r"\]\([^)\s]*$")


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of an answer: `text` as it is shown, `spoken` as an engine is given it.

    `spoken` is empty where there is only something for the eye. `cites` are the numbers of the citations in it.
    """

    text: str
    spoken: str
    cites: tuple[int, ...] = ()


class _Is(Enum):
    """What is known of a place in the text."""

    AN_END = auto()
    NO_END = auto()
    UNSETTLED = auto()  # what follows decides


class Clauses:
    """Takes an answer in pieces and gives its clauses as soon as each can be spoken.

    The `text` of all clauses together is the answer, character by character, and where it is cut does not depend on the
    pieces. It is never cut inside a number, an abbreviation, a date or a citation.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        known = languages.get(language) or languages.get("en")
        assert known is not None
        self._abbreviations = known.abbreviations
        self._numbered = known.numbered
        self._may_end = known.may_end
        self._ordinals = known.ordinal_stop
        self._text = ""
        self._first = True

    def feed(self, delta: str) -> list[Clause]:
        """Take the next piece of the answer; the clauses that are settled by it."""
        self._text += delta
        return self._settled(final=False)

    def flush(self) -> list[Clause]:
        """Nothing that belongs to the last sentence is still to come: the rest.

        More may be fed after it: whoever knows that a piece ends with a whole sentence (`answer.delta`) flushes behind
        it, and need not wait for the next one.
        """
        clauses = self._settled(final=True)
        if self._text:
            clauses.append(self._clause(len(self._text)))
        return clauses

    def _settled(self, *, final: bool) -> list[Clause]:
        clauses = []
        while (end := self._find_end(final)) is not None:
            clauses.append(self._clause(end))
        return clauses

    def _clause(self, end: int) -> Clause:
        text, self._text = self._text[:end], self._text[end:]
        clause = Clause(text, speakable(text, self._language), _cites(text))
        self._first = self._first and not clause.spoken
        return clause

    def _find_end(self, final: bool) -> int | None:
        """Where the first clause of the text ends; None while that is open, or when it is the whole rest."""
        begin = len(self._text) - len(self._text.lstrip())
        limit = begin + _LONGEST_CLAUSE
        for found in _END.finditer(self._text, begin):
            if found.start() >= limit:
                break
            match self._judge(begin, found, final):
                case _Is.AN_END:
                    end = found.start() if found.group() == "\n" else found.end()
                    marks = _MARKS.match(self._text, end)
                    assert marks is not None
                    return marks.end()
                case _Is.UNSETTLED:
                    return None
        return self._cut(begin, limit) if len(self._text) > limit + 1 else None

    def _judge(self, begin: int, found: re.Match[str], final: bool) -> _Is:
        if found.group() == "\n":
            return _Is.AN_END
        marks = _MARKS.match(self._text, found.end())
        assert marks is not None
        rest = self._text[marks.end() :]
        if not rest or _HALF_MARK.fullmatch(rest):
            return _Is.NO_END if final else _Is.UNSETTLED  # the end of everything is no place to cut
        if not rest[0].isspace() or self._in_brackets(begin, found.start()):
            return _Is.NO_END
        if found.group()[0] in ",;:–—":
            return self._judge_comma(found.end() - begin, rest, final)
        return self._judge_stop(begin, found, rest, final)

    def _judge_comma(self, length: int, rest: str, final: bool) -> _Is:
        if length < (_FIRST_CLAUSE if self._first else _LATER_CLAUSE):
            return _Is.NO_END
        following = rest.lstrip()[:1]
        if not following:
            return _Is.NO_END if final else _Is.UNSETTLED
        # "March 12, 2026", "5, 10 and 15 mg", "… , [1]"
        return _Is.NO_END if following.isdigit() or following == "[" else _Is.AN_END

    def _judge_stop(self, begin: int, found: re.Match[str], rest: str, final: bool) -> _Is:
        if found.group()[0] != "." or "\n" in rest[: len(rest) - len(rest.lstrip())]:
            return _Is.AN_END
        next_word = _NEXT_WORD.match(rest)
        assert next_word is not None
        word = next_word.group(1)
        if not (final or len(word) >= _TELLING or next_word.group(2)):
            return _Is.UNSETTLED
        before = _LAST_WORD.search(self._text, begin, found.start())
        return _Is.AN_END if self._ends(before, begin, word[:_TELLING]) else _Is.NO_END

    def _ends(self, before: re.Match[str] | None, begin: int, following: str) -> bool:
        """Whether the full stop behind a word ends a sentence that `following` does not belong to."""
        if following[:1].islower():
            return False
        if before is None:
            return True
        word = before.group()
        if f"{word}." in self._numbered:
            return not following[:1].isdigit()
        if f"{word}." in self._abbreviations or f"{word}.".lower() in self._abbreviations:
            return f"{word}." in self._may_end and following[:1].isupper()
        if len(word) <= 2 and word.isdigit():
            # "3. Tag"; and the number of an item of a list.
            return not self._ordinals and before.start() != begin
        # "J. Smith", "St. n. Apoplex", but not "1 g."
        initial = len(word) == 1 and word.isalpha() and not _COUNTED.search(self._text, begin, before.start())
        return not (initial or ("." in word.strip(".") and len(word) <= 2 * word.count(".") + 1))

    def _cut(self, begin: int, limit: int) -> int | None:
        """The last space before `limit`, or the first behind it, that no number, abbreviation or citation spans.

        After as much again, any space will do: nobody says such a thing in one breath.
        """
        spaces = [place for place in range(begin + 1, len(self._text) - 1) if self._text[place] == " "]
        safe = [place for place in spaces if self._safe(begin, place)]
        farthest = limit + _LONGEST_CLAUSE
        if safe and safe[0] <= farthest:
            return max((place for place in safe if place <= limit), default=safe[0])
        if len(self._text) <= farthest + 1:
            return None
        return max((place for place in spaces if place <= farthest), default=min(spaces, default=None))

    def _safe(self, begin: int, place: int) -> bool:
        in_front, behind = self._text[place - 1], self._text[place + 1]
        return (in_front.isalpha() or in_front in ",;:)") and behind.isalpha() and not self._in_brackets(begin, place)

    def _in_brackets(self, begin: int, place: int) -> bool:
        """Whether `place` lies within "[…]", or in the address of a link behind it."""
        text = self._text[max(begin, place - _LONGEST_BRACKET) : place]
        return text.rfind("[") > text.rfind("]") or _LINK_TARGET.search(text) is not None


def _cites(text: str) -> tuple[int, ...]:
    """The numbers of all citations in a text, in order, each once."""
    cites: dict[int, None] = {}
    for mark in _CITED.findall(text):
        for part in re.split(r"[,;]", mark.strip("[]^")):
            bounds = [int(number) for number in re.findall(r"\d+", part)]
            first, last = bounds[0], bounds[-1]
            span = range(first, last + 1) if first <= last <= first + _LONGEST_RANGE else bounds
            cites.update(dict.fromkeys(span))
    return tuple(cites)

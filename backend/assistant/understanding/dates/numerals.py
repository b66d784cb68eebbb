"""Numbers in digits and in words, by the number words of a language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backend.assistant.understanding.dates.chart import Edge
from backend.assistant.understanding.dates.values import Fraction, Number, Ordinal
from backend.assistant.understanding.tokens import Token


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The number words of a language. `small` are 0 to 19 and `tens` 20 to 90; a language that writes 21 to 99 as one
    word lists these in `small` as well. `zero_digit` are words for a zero between digits ("ten oh five")."""

    small: Mapping[str, int]
    tens: Mapping[str, int]
    hundred: frozenset[str]
    thousand: frozenset[str]
    joiners: frozenset[str]
    ordinals: Mapping[str, int]
    ordinal_suffixes: frozenset[str]
    zero_digit: frozenset[str] = frozenset()
    articles: frozenset[str] = field(default_factory=frozenset)
    decimal: str = "."


def numbered(words: str, start: int, step: int = 1) -> dict[str, int]:
    """Words with the numbers that they count up: `numbered("ten twenty thirty", 10, 10)`."""
    return {word: start + step * place for place, word in enumerate(words.split())}


# Years are said in two pairs of digits: nineteen eighty-four.
_CENTURIES = range(10, 22)


class Numerals:
    """Finds numbers in tokens."""

    def __init__(self, words: NumberWords) -> None:
        self._words = words

    def edges(self, tokens: Sequence[Token]) -> Iterator[Edge]:
        """Numbers, ordinals and decimal fractions, at every place where one can be read."""
        for start in range(len(tokens)):
            if tokens[start].word.isascii() and tokens[start].word.isdigit():
                yield from self._written(tokens, start)
            else:
                yield from self._spoken(tokens, start)

    def _written(self, tokens: Sequence[Token], start: int) -> Iterator[Edge]:
        word = tokens[start].word
        if len(word) > 9:
            return
        # Digits glued to letters or to a sign of a longer number (v2, 1.5, 650.650) are no number of their own.
        if start and tokens[start].glued and (tokens[start - 1].word.isalpha() or self._decimal_before(tokens, start)):
            return
        if self._in_code(tokens, start):
            return
        follows = tokens[start + 1] if start + 1 < len(tokens) else None
        glued = follows is not None and follows.glued
        if glued and follows is not None and follows.word in self._words.ordinal_suffixes:
            yield Edge(start, start + 2, Ordinal(int(word)), 0.0)
            if follows.word.isalpha():
                return
        if glued and follows is not None and follows.word in {"/", ".", ",", ":"} and start + 2 < len(tokens):
            divisor = tokens[start + 2]
            if divisor.glued and divisor.word.isdigit() and len(divisor.word) <= 3 and int(divisor.word):
                if follows.word == "/":
                    yield Edge(start, start + 3, Fraction(int(word) / int(divisor.word)), 0.0)
                elif self._words.decimal == ".":
                    yield Edge(start, start + 3, Fraction(float(f"{word}.{divisor.word}")), 0.0)
            if divisor.glued and divisor.word.isdigit():
                return
        yield Edge(start, start + 1, Number(int(word), digits=len(word)), 0.0)

    def _in_code(self, tokens: Sequence[Token], start: int) -> bool:
        """Whether the digits belong to a telephone number or the like: three or more groups, or 3 and 4 digits."""
        first = start
        while first >= 2 and tokens[first].glued and tokens[first - 1].word == "-" and tokens[first - 2].word.isdigit():
            first -= 2
        groups = [len(tokens[first].word)]
        at = first
        while at + 2 < len(tokens) and tokens[at + 1].word == "-" and tokens[at + 1].glued and tokens[at + 2].glued:
            at += 2
            if not tokens[at].word.isdigit():
                break
            groups.append(len(tokens[at].word))
        return len(groups) > 2 or groups == [3, 4]

    def _decimal_before(self, tokens: Sequence[Token], start: int) -> bool:
        return (
            start >= 2
            and tokens[start - 1].glued
            and tokens[start - 1].word in {".", ","}
            and tokens[start - 2].word.isdigit()
        )

    def _spoken(self, tokens: Sequence[Token], start: int) -> Iterator[Edge]:
        words = [token.word for token in tokens[start : start + 9]]
        simple = self._below_hundred(words, 0)
        if simple is not None:
            value, used = simple
            if used > 1:
                # "twenty five" may also be the hour twenty and five minutes.
                yield Edge(start, start + 1, Number(self._words.tens[words[0]]), -0.3)
            yield Edge(start, start + used, Number(value), 0.0)
            yield from self._year(words, start, value, used)
        large = self._large(words)
        if large is not None:
            yield Edge(start, start + large[1], Number(large[0], year=1000 <= large[0] < 2200), 0.0)
        yield from self._ordinal(words, start)

    def _below_hundred(self, words: Sequence[str], at: int) -> tuple[int, int] | None:
        """Value and number of words of a number below 100 at `at`."""
        if at >= len(words):
            return None
        if words[at] in self._words.small:
            return self._words.small[words[at]], 1
        if words[at] not in self._words.tens:
            return None
        tens, after = self._words.tens[words[at]], at + 1
        if after < len(words) and words[after] == "-":
            after += 1
        if after < len(words) and 0 < self._words.small.get(words[after], 0) < 10:
            return tens + self._words.small[words[after]], after + 1 - at
        return tens, 1

    def _large(self, words: Sequence[str]) -> tuple[int, int] | None:
        """Value and number of words of a number of hundreds or thousands."""
        total, at = 0, 0
        seen = False
        for scale, names in ((1000, self._words.thousand), (100, self._words.hundred)):
            count, used = self._below_hundred(words, at) or (1, 0)
            if used == 0 and at < len(words) and words[at] in self._words.articles:
                used = 1
            after = at + used
            if after < len(words) and words[after] in names and (used or scale == 100 or not seen):
                total, at, seen = total + count * scale, after + 1, True
        if not seen:
            return None
        joined = at + 1 if at < len(words) and words[at] in self._words.joiners else at
        rest = self._below_hundred(words, joined)
        if rest is not None:
            total, at = total + rest[0], joined + rest[1]
        return total, at

    def _year(self, words: Sequence[str], start: int, century: int, used: int) -> Iterator[Edge]:
        if century not in _CENTURIES:
            return
        zero = used < len(words) and words[used] in self._words.zero_digit
        rest = self._below_hundred(words, used + zero)
        if rest is not None and (10 <= rest[0] <= 99 if not zero else rest[0] < 10):
            yield Edge(start, start + used + zero + rest[1], Number(century * 100 + rest[0], year=True), 0.0)

    def _ordinal(self, words: Sequence[str], start: int) -> Iterator[Edge]:
        if words[0] in self._words.ordinals:
            yield Edge(start, start + 1, Ordinal(self._words.ordinals[words[0]]), 0.0)
        if words[0] in self._words.tens:
            at = 2 if len(words) > 2 and words[1] == "-" else 1
            unit = self._words.ordinals.get(words[at], 0) if at < len(words) else 0
            if 0 < unit < 10:
                yield Edge(start, start + at + 1, Ordinal(self._words.tens[words[0]] + unit), 0.0)

"""A rule: what a stretch of text looks like, and how it is said."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# So much in front of a stretch can decide how it is said ("am Montag, den 12. März").
_LOOK_BACK = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """`say` makes words of what `pattern` finds, or gives None where it is something else after all."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], str | None]


def rule(pattern: str, say: Callable[[re.Match[str]], str | None], flags: int = 0) -> Rule:
    """A rule of a pattern's source."""
    return Rule(re.compile(pattern, flags), say)


def before(found: re.Match[str]) -> str:
    """The text in front of what was found, as far as it can matter."""
    return found.string[max(0, found.start() - _LOOK_BACK) : found.start()]


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))

"""How hard a password is to guess: 0 to 100, and why it is not more.

The estimate is zxcvbn's (Wheeler, USENIX Security 2016): how many guesses it takes somebody who tries common passwords,
words, names, keyboard rows, sequences, repeats and dates first. Its lists of passwords and words come with it.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zxcvbn import zxcvbn

from backend.errors import WeakPassword
from backend.identity.accounts.passwords import SHORTEST, normal

# Points for a factor of ten in guesses. 100 is 2·10¹³ guesses: a year at a million a second.
_POINTS = 7.5
# 10⁸ guesses, zxcvbn's "safely unguessable": a slow hash, or a limit on tries, holds against so many.
WEAKEST = 60

# The estimate takes time by the square of the length, and what follows makes no password weaker.
_LOOKED_AT = 40
# From this length on a password may be of one kind of character.
_LONG = 16
_SHORT = 12

_CLASSES = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
_KINDS = ("small letters", "capital letters", "digits", "punctuation")
_OURS = ("voiceassist", "nextcloud")


@dataclass(frozen=True, slots=True)
class Strength:
    """`score` from 0 to 100; `reasons` are sentences."""

    score: int
    reasons: tuple[str, ...]


# zxcvbn keeps the personal words of a call in a variable of its module.
_one_at_a_time = threading.Lock()


def assess(password: str, about: Iterable[str] = ()) -> Strength:
    """Estimate it for somebody whom `about` tells of: address, name. Takes some milliseconds."""
    password = normal(password)
    if not password:
        return Strength(0, ("It is empty.",))
    words = [*_words(about), *_OURS]
    with _one_at_a_time:
        found = zxcvbn(_looked_at(password), user_inputs=words)
        sequence: list[dict[str, object]] = found["sequence"]
        score = _score(found)
        if any(map(_is_personal, sequence)):
            # Whoever guesses knows them too, and puts them together: the rest must be strong by itself. For each part
            # the estimate takes ten thousand guesses at least, whatever it is.
            rest = "".join(str(match["token"]) for match in sequence if not _is_personal(match))
            score = min(score, _score(zxcvbn(rest, user_inputs=words))) if rest else 0
    if len(password) < SHORTEST:
        score = min(score, WEAKEST - 1)
    return Strength(score, () if score == 100 else tuple(_reasons(password, sequence)))


def _looked_at(password: str) -> str:
    """The beginning; of what is a piece again and again whole pieces, for half of one would look like something new."""
    period = next((p for p in range(1, len(password) // 2 + 1) if password[p:] == password[:-p]), len(password))
    whole = min(len(password), _LOOKED_AT) // period * period
    return password[: whole or _LOOKED_AT]


def _score(found: dict[str, Any]) -> int:
    return max(0, min(100, round(float(found["guesses_log10"]) * _POINTS)))


def _is_personal(match: dict[str, object]) -> bool:
    return match.get("dictionary_name") == "user_inputs"


def demand(password: str, about: Iterable[str] = ()) -> None:
    """Raise `WeakPassword`, with score and reasons as details, for one that would be guessed."""
    strength = assess(password, about)
    if strength.score < WEAKEST:
        reasons = " ".join(strength.reasons)
        raise WeakPassword(
            f"This password would be guessed: {strength.score} of 100, {WEAKEST} are needed. {reasons}".strip(),
            field="password",
            details={"score": strength.score, "needed": WEAKEST, "reasons": list(strength.reasons)},
        )


def _words(about: Iterable[str]) -> list[str]:
    """What somebody is called, whole and in parts."""
    words: dict[str, None] = {}
    for text in about:
        lowered = text.lower()
        parts = [part for part in re.split(r"[\W_]+", lowered) if len(part) > 2]
        words.update(dict.fromkeys([lowered, "".join(parts), *parts]))
    return [word for word in words if word]


def _reasons(password: str, sequence: list[dict[str, object]]) -> Iterable[str]:
    if len(password) < SHORTEST:
        yield f"It has fewer than {SHORTEST} characters."
    elif len(password) < _SHORT:
        yield f"It is short: {len(password)} characters."
    kinds = [kind for kind, belongs in zip(_KINDS, _CLASSES, strict=True) if any(map(belongs, password))]
    if len(kinds) == 1 and len(password) < _LONG:
        yield f"It consists of {kinds[0]} only."
    yield from dict.fromkeys(reason for match in sequence if (reason := _reason(match)))


def _reason(match: dict[str, object]) -> str:
    match match["pattern"], match.get("dictionary_name"):
        case "dictionary", "user_inputs":
            return "It contains your name or address."
        case "dictionary", "passwords":
            return "It contains a password that many people use."
        case "dictionary", _:
            return "It contains a common word or name."
        case "spatial", _:
            return "It follows the keys of a keyboard."
        case "repeat", _:
            return "It repeats itself."
        case "sequence", _:
            return "It contains a sequence such as abc or 123."
        case (("date" | "regex"), _):
            return "It contains a date or a year."
    return ""

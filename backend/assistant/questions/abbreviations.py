"""What the abbreviations of a question stand for: by the user's own documents first, then by a clinical list.

Documents explain their abbreviations as "atrial fibrillation (AF)". Such pairs are found as by Schwartz and Hearst
(2003, "A simple algorithm for identifying abbreviation definitions in biomedical text"), and only in passages that the
user can read. An abbreviation with several meanings counts only with those that these passages speak of.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from backend.models.terms import STOP_WORDS, terms

# An abbreviation has two to ten signs, a capital or a digit among them.
_SHORT = re.compile(r"(?<![\w&])[A-Za-zÄÖÜäöü][\w&.]{1,9}(?![\w&])")
_BRACKETS = re.compile(r"\(([A-ZÄÖÜa-zäöü][\w&-]{1,9})s?\)")
# Words before the bracket that may be the long form (Schwartz and Hearst: the shorter of these).
_MORE_WORDS = 5
_READ = 1_000
_MOST = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the clinical list. `capitals`: in small letters it is another word."""

    short: str
    language: str
    long: str
    capitals: bool


@cache
def clinical() -> dict[str, tuple[Entry, ...]]:
    """The clinical list by case-folded abbreviation."""
    found: dict[str, list[Entry]] = {}
    text = files("backend.assistant.questions").joinpath("abbreviations.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            short, language, long = line.split("\t")
            entry = Entry(short.rstrip("*"), language, long, short.endswith("*"))
            found.setdefault(entry.short.casefold(), []).append(entry)
    return {short: tuple(entries) for short, entries in found.items()}


def candidates(question: str) -> list[str]:
    """The words of a question that may be abbreviations: known ones, and words with capitals or digits inside."""
    found = []
    for match in _SHORT.finditer(question[:_READ]):
        word = match.group().rstrip(".")
        entries = clinical().get(word.casefold(), ())
        capital = sum(sign.isupper() for sign in word) >= 2
        ordinary = word.casefold() in STOP_WORDS or any(entry.capitals for entry in entries)
        known = any(word == entry.short for entry in entries) or (bool(entries) and not ordinary)
        if len(word) >= 2 and (capital or known):
            found.append(word)
    return list(dict.fromkeys(found))[:_MOST]


def expansions(question: str, language: str, texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What each abbreviation of the question stands for. `texts` are passages that the user can read.

    What the question says in full already is left out.
    """
    shorts = candidates(question)
    if not shorts:
        return {}
    said = set(terms(question, language))
    spoken = "\n".join(texts)
    lower = spoken.casefold()
    own = defined(texts, {short.casefold() for short in shorts})
    meant: dict[str, tuple[str, ...]] = {}
    for short in shorts:
        longs = own.get(short.casefold()) or _listed(short, language, texts)
        longs = tuple(long for long in longs if not set(terms(long, language)) <= said)
        # Documents that write the abbreviation and never what it stands for are found by the question as it is.
        if spoken and short in spoken and not any(long.casefold() in lower for long in longs):
            continue
        if longs:
            meant[short] = longs
    return meant


def _listed(short: str, language: str, texts: Sequence[str]) -> tuple[str, ...]:
    entries = clinical().get(short.casefold(), ())
    mine = [entry for entry in entries if entry.language == language] or list(entries)
    if len(mine) <= 1:
        return tuple(entry.long for entry in mine)
    spoken = " ".join(texts).casefold()
    return tuple(entry.long for entry in mine if entry.long.casefold() in spoken)


def defined(texts: Iterable[str], shorts: set[str]) -> dict[str, tuple[str, ...]]:
    """The long forms that texts give for these (case-folded) abbreviations, each in the words of the text."""
    found: dict[str, dict[str, None]] = {}
    for text in texts:
        for match in _BRACKETS.finditer(text):
            short = match.group(1)
            if short.casefold() in shorts or short.casefold().removesuffix("s") in shorts:
                before = text[max(0, match.start() - 200) : match.start()].rstrip()
                long = _long_form(short, before)
                if long is not None:
                    found.setdefault(short.casefold(), {}).setdefault(long)
    return {short: tuple(longs) for short, longs in found.items()}


def _long_form(short: str, before: str) -> str | None:
    """The end of `before` whose letters give `short`, the first of them at the start of a word."""
    limit = min(len(short) + _MORE_WORDS, len(short) * 2)
    words = re.split(r"[.;:!?\n(]", before)[-1].split()[-limit:]
    text = " ".join(words)
    at = len(text) - 1
    for place in range(len(short) - 1, -1, -1):
        sign = short[place].casefold()
        if not sign.isalnum():
            continue
        while at >= 0 and (text[at].casefold() != sign or (place == 0 and at > 0 and text[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
        at -= 1
    long = text[at + 1 :].strip(" ,-")
    return long if (len(long) > len(short) and " " in long) or "-" in long else None

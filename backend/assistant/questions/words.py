"""What a language has to give so that questions in it are understood: word classes, no code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The words of one language. All are lower case; phrases have single spaces.

    telling: words that no other language here has, by which it is known. openers: what a follow-up begins with ("what
    about"); bare_openers: those that also begin complete questions ("and"). it, they, person: pronouns by what they can
    stand for; possessive: those that own what follows. pointing: words that point back when a `generic` noun follows.
    back: phrases that lean on what was said. expletive: an "it" that stands for nothing. verbs: finite verbs, by which
    a fragment is told from a sentence. prepositions lead a fragment in. asking: question words. aspects: nouns that say
    nothing without what they are of ("the dose"). contrasts: words of which a follow-up puts one for another. people:
    nouns for persons. titles stand before names. determiners lead a noun phrase in. papers: nouns for documents.
    dated: small words that may stand between a document and its date; since: those that lead the date in. inside: words
    before the place where something is written. written: verbs of what was done with documents. says: verbs of what a
    document does. folder, file: words for them. broad: words by which all of something is wanted. ordinals: places in a
    list. every: answers to a clarification that choose nothing in particular. ask_back, or_word: how one asks back.
    fillers: words of such an answer that say nothing.
    """

    code: str
    telling: frozenset[str]
    openers: tuple[str, ...]
    bare_openers: tuple[str, ...]
    it: frozenset[str]
    they: frozenset[str]
    person: frozenset[str]
    possessive: frozenset[str]
    pointing: frozenset[str]
    generic: frozenset[str]
    back: re.Pattern[str]
    expletive: re.Pattern[str]
    verbs: frozenset[str]
    prepositions: frozenset[str]
    asking: frozenset[str]
    aspects: frozenset[str]
    contrasts: tuple[frozenset[str], ...]
    people: frozenset[str]
    titles: frozenset[str]
    determiners: frozenset[str]
    papers: frozenset[str]
    dated: frozenset[str]
    since: frozenset[str]
    inside: tuple[str, ...]
    written: frozenset[str]
    says: frozenset[str]
    folder: frozenset[str]
    file: frozenset[str]
    broad: re.Pattern[str]
    ordinals: Mapping[str, int]
    every: frozenset[str]
    ask_back: str
    or_word: str
    fillers: frozenset[str] = field(default_factory=frozenset)


def phrases(text: str) -> frozenset[str]:
    """The words of a table that is written as a text."""
    return frozenset(text.split())


def listed(text: str) -> tuple[str, ...]:
    """The phrases of a table, separated by commas, longest first so that the longest one counts."""
    return tuple(sorted((" ".join(item.split()) for item in text.split(",")), key=len, reverse=True))


def any_of(*patterns: str) -> re.Pattern[str]:
    """A pattern that finds any of these, as whole words, in lower case text."""
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b")

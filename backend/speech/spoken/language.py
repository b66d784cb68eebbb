"""What a language brings along so that text can be made for speaking in it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.speech.spoken.rule import Rule

Gender = Literal["m", "f", "n"]


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted: one of it, several of it."""

    one: str
    many: str
    gender: Gender = "n"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and its hundredth part."""

    whole: Noun
    part: Noun


@dataclass(frozen=True, slots=True)
class Signs:
    """How single signs are said between numbers or in addresses. `seconds` and `offset` are format strings."""

    minus: str
    plus: str
    to: str
    over: str  # 120/80
    out_of: str  # 3/10
    per: str
    times: str  # 3 × 4
    by: str  # 3 × 4 cm
    power: str  # 10⁹
    either: str  # he/she
    money: str  # between dollars and cents
    dot: str
    at: str
    dash: str
    underscore: str
    seconds: str  # behind a time of day
    number: str  # #3


@dataclass(frozen=True, slots=True)
class Language:
    """One language. The functions are grammar, the mappings vocabulary.

    `one` says the number 1 in front of a noun, by its gender and what stands before it. `day` says a date: day, month,
    year or None, what stands before it. `year`, `clock` (hour, minute) and `cardinal` say what their names tell.
    `decimal` and `group` are the signs in a numeral such as "1,234.5"; `point` is how the decimal sign is said.

    `units` stand behind numbers, `per` behind "/" as well. `nouns` are counted words that are no units. Abbreviations
    are written as they stand in a text; those with full stops are also found with spaces in them ("z. B."). Those in
    `may_end` may be the last word of a sentence; `numbered` are abbreviations only in front of a number.
    `ordinal_stop`: a full stop behind a number makes it an ordinal. `from_files` says where an answer comes from: one
    file, several; `in_recording`, where in a recording: in its first minute, in a later one. `spelled` are read letter
    by letter. `symbols` count wherever they stand, `compared` only in front of a number. `before_…` say what a number
    is by what stands before it. `rules` are the language's own, asked before those that all languages share.
    """

    code: str
    decimal: str
    group: str
    point: str
    signs: Signs
    cardinal: Callable[[int], str]
    one: Callable[[Gender, str], str]
    year: Callable[[int], str]
    day: Callable[[int, int, int | None, str], str]
    clock: Callable[[int, int], str]
    months: tuple[str, ...]
    units: Mapping[str, Noun]
    per: Mapping[str, str]
    nouns: Mapping[str, Gender]
    currencies: Mapping[str, Currency]
    large: Mapping[str, str]
    fractions: Mapping[tuple[int, int], str]
    and_fraction: Callable[[int, tuple[int, int]], str]
    abbreviations: Mapping[str, str]
    numbered: Mapping[str, str]
    may_end: frozenset[str]
    ordinal_stop: bool
    from_files: tuple[str, str]
    in_recording: tuple[str, str]
    spelled: frozenset[str]
    symbols: Mapping[str, str]
    compared: Mapping[str, str]
    before_year: re.Pattern[str]
    before_phone: re.Pattern[str]
    before_code: re.Pattern[str]
    rules: tuple[Rule, ...]

    @property
    def below(self) -> dict[str, str]:
        """What may stand behind "/", and how it is said there."""
        return {**{unit: noun.one for unit, noun in self.units.items()}, **self.per}

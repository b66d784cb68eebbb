"""What a language has to give so that its dates are understood: words and rules, no code."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from backend.assistant.understanding.dates.chart import Rule
from backend.assistant.understanding.dates.formats import Order
from backend.assistant.understanding.dates.holidays import holiday
from backend.assistant.understanding.dates.numerals import NumberWords
from backend.assistant.understanding.dates.observances import OBSERVANCES
from backend.assistant.understanding.dates.values import Value


@dataclass(frozen=True, slots=True)
class DateWords:
    """The date grammar of a language.

    skipped: signs that may stand between the parts of a date. leading: words that belong to the grammar of a date but
    not to what is shown as its text ("on", "at"). fillers: hesitations, dropped before parsing.
    """

    numbers: NumberWords
    order: Order
    rules: tuple[Rule, ...]
    skipped: frozenset[str]
    leading: frozenset[str]
    fillers: frozenset[tuple[str, ...]]
    closing: frozenset[str] = frozenset()


def words(table: Mapping[str, Value | None], weight: float = 0.0) -> list[Rule]:
    """Rules for words with a fixed meaning: a pattern, and what it means."""
    return [Rule(pattern, constant(value), weight=weight) for pattern, value in table.items() if value is not None]


def constant(value: Value) -> Callable[..., Value]:
    """A production that makes the same value whatever was captured."""
    return lambda *_: value


def rules(production: Callable[..., Value | None], *patterns: str, weight: float = 0.0) -> list[Rule]:
    """Several patterns for one production."""
    return [Rule(pattern, production, weight=weight) for pattern in patterns]


def rules_with(
    production: Callable[..., Value | None], *constants: object, patterns: Iterable[str], weight: float = 0.0
) -> list[Rule]:
    """Several patterns for one production with constants before the captured values."""
    return [Rule(pattern, production, constants, weight) for pattern in patterns]


def named_days(names: Mapping[str, tuple[str, ...]], endings: tuple[str, ...]) -> list[Rule]:
    """Rules for the names of the days in `OBSERVANCES`. `word~` in a name also matches the word with an ending.

    Raises KeyError for a day that is not in the table.
    """
    made = []
    for day, patterns in names.items():
        time = holiday(day, OBSERVANCES[day])
        for pattern in patterns:
            forms = [
                "|".join([part[:-1], *(part[:-1] + ending for ending in endings)]) if part.endswith("~") else part
                for part in pattern.split()
            ]
            made.append(Rule(" ".join(forms), constant(time), weight=0.3))
    return made

"""English: vocabulary and grammar of what is spoken. British in "one hundred and twenty", dates day first."""

import re
from functools import lru_cache

from num2words import num2words

from backend.speech.spoken.language import Gender, Language, Signs
from backend.speech.spoken.languages.en_words import (
    ABBREVIATIONS,
    COMPARED,
    CURRENCIES,
    LARGE,
    MAY_END,
    NUMBERED,
    PER,
    SPELLED,
    SYMBOLS,
    UNITS,
)
from backend.speech.spoken.rule import Rule, any_of, before, rule

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Sept")
_MONTH_NUMBERS = {
    **{name: number for number, name in enumerate(MONTHS, 1)},
    **{name: number for number, name in enumerate(_SHORT_MONTHS[:12], 1)},
    "Sept": 9,
}
_WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday", "Sat": "Saturday",
    "Sun": "Sunday",
}  # fmt: skip
_MONTH = rf"((?:{any_of(MONTHS)})(?!\w)|(?:{any_of(_SHORT_MONTHS)})(?!\w)\.?)"
_YEAR = r"(?:,?\s((?:1[1-9]|20)\d{2})(?![\d.,]*\d))?"
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_HALF = r"\s?([ap])\.?\s?m\.?(?!\w)"
_TO = r"\s?(?:[-–—]|to)\s?"
_LATIN = {
    "bid": "twice daily",
    "tid": "three times daily",
    "qid": "four times daily",
    "od": "once daily",
    "po": "by mouth",
    "prn": "as needed",
}
_EVERY = {"h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "min": "minute", "w": "week", "wk": "week"}

_PERIODS = {"d": "day", "wk": "week", "h": "hour"}


@lru_cache(1024)
def cardinal(number: int) -> str:
    """The number in words."""
    return str(num2words(number)).replace(",", "")


@lru_cache(1024)
def ordinal(number: int) -> str:
    """The place in a row in words."""
    return str(num2words(number, to="ordinal")).replace(",", "")


def year(number: int) -> str:
    """A year as it is said: "nineteen ninety-nine", "twenty twenty-six"."""
    return str(num2words(number, to="year"))


def day(number: int, month: int, of_year: int | None, in_front: str) -> str:
    """A date: "the twelfth of March twenty twenty-six"."""
    article = "" if re.search(r"\b(?:the|this|every|each)\s+$", in_front, re.IGNORECASE) else "the "
    said = f"{article}{ordinal(number)} of {MONTHS[month - 1]}"
    return f"{said} {year(of_year)}" if of_year else said


def clock(hour: int, minute: int) -> str:
    """A time of day as it is written, on the 24-hour clock: "nine oh five", "fourteen thirty"."""
    if minute:
        return f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    if hour in (0, 24):
        return "midnight"
    return f"{cardinal(hour)} o'clock" if hour <= 12 else f"{cardinal(hour)} hundred"


def _one(_: Gender, __: str) -> str:
    return "one"


def _and_fraction(whole: int, fraction: tuple[int, int]) -> str:
    part = _FRACTIONS[fraction]
    return f"{cardinal(whole)} and {part.replace('one ', 'a ', 1) if part.startswith('one ') else part}"


def _times(count: str) -> str:
    return {"1": "once", "2": "twice"}.get(count) or f"{cardinal(int(count))} times"


def _month(name: str) -> int:
    return _MONTH_NUMBERS[name.rstrip(".")]


def _day_month(found: re.Match[str]) -> str:
    first, month, of_year = found.groups()
    return day(int(first), _month(month), int(of_year) if of_year else None, before(found))


def _days_month(found: re.Match[str]) -> str:
    first, last, month, of_year = found.groups()
    article = "" if before(found).endswith("the ") else "the "
    until = day(int(last), _month(month), int(of_year) if of_year else None, "")
    return f"{article}{ordinal(int(first))} to {until}"


def _first_of_days(found: re.Match[str]) -> str:
    """ "3, 10 and 17 October": a day whose month stands behind a later one."""
    article = "" if before(found).endswith("the ") else "the "
    return f"{article}{ordinal(int(found.group(1)))}"


def _month_day(found: re.Match[str]) -> str:
    month, first, last, of_year = found.groups()
    said = f"{MONTHS[_month(month) - 1]} {ordinal(int(first))}"
    if last:
        said += f" to {ordinal(int(last))}"
    return f"{said}, {year(int(of_year))}" if of_year else said


def _month_year(found: re.Match[str]) -> str:
    return f"{MONTHS[_month(found.group(1)) - 1]} {year(int(found.group(2)))}"


def _half_day(found: re.Match[str]) -> str:
    """A time on the 12-hour clock, or from when to when."""
    said = []
    for hour, minute, half in (found.groups()[:3], found.groups()[3:]):
        if not hour:
            continue
        whole = cardinal(int(hour)) if not int(minute or 0) else clock(int(hour), int(minute))
        said.append(f"{whole} {half.upper()}-M" if half else whole)
    return " to ".join(said)


def _every(found: re.Match[str]) -> str:
    first, last, unit = found.groups()
    name = _EVERY[unit.lower()]
    if first == "1" and not last:
        return f"every {name}"
    count = f"{cardinal(int(first))} to {cardinal(int(last))}" if last else cardinal(int(first))
    return f"every {count} {name}s"


def _how_often(found: re.Match[str]) -> str:
    first, last, per = found.groups()
    said = f"{cardinal(int(first))} to {cardinal(int(last))} times" if last else _times(first)
    return f"{said} per {_PERIODS.get(per, per)}" if per else said


def _place(found: re.Match[str]) -> str:
    return ordinal(int(found.group(1).replace(",", "")))


def _hours(found: re.Match[str]) -> str:
    return clock(int(found.group(1)), int(found.group(2)))


def _decade(found: re.Match[str]) -> str:
    said = year(int(found.group(1)))
    return f"{said.removesuffix('y')}ies" if said.endswith("y") else f"{said}s"


def _weekdays(found: re.Match[str]) -> str:
    return f"{_WEEKDAYS[found.group(1)]} to {_WEEKDAYS[found.group(2)]}"


_RULES: tuple[Rule, ...] = (
    rule(rf"(?<!\w)({any_of(_WEEKDAYS)})\.?\s?[-–]\s?({any_of(_WEEKDAYS)})(?!\w)", _weekdays),
    rule(rf"(?<![\w/.,-]){_DAY}(?:st|nd|rd|th)?{_TO}{_DAY}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}{_YEAR}", _days_month),
    rule(
        rf"(?<![\w/.,-]){_DAY}(?:st|nd|rd|th)?(?=(?:,\s{_DAY}){{0,9}},?\s(?:and|or)\s{_DAY}\s(?:of\s)?{_MONTH})",
        _first_of_days,
    ),
    rule(
        rf"(?<![\w/.,-]){_DAY}(?:st|nd|rd|th)?[\s-](?:of\s)?{_MONTH}(?:[,-]?\s?((?:1[1-9]|20)\d{{2}})(?!\d))?",
        _day_month,
    ),
    rule(
        rf"(?<!\w){_MONTH}\s{_DAY}(?:st|nd|rd|th)?(?!\d|[:.]\d)(?:\s?[-–]\s?{_DAY}(?:st|nd|rd|th)?(?!\d))?{_YEAR}",
        _month_day,
    ),
    rule(rf"(?<!\w){_MONTH},?\s((?:19|20)\d{{2}})(?![\d.,]*\d)", _month_year),
    rule(
        rf"(?<![\w.:])(\d{{1,2}})(?::([0-5]\d))?(?:{_HALF})?{_TO}(\d{{1,2}})(?::([0-5]\d))?{_HALF}",
        _half_day,
        re.IGNORECASE,
    ),
    rule(rf"(?<![\w.:])(\d{{1,2}})(?::([0-5]\d))?{_HALF}()()()", _half_day, re.IGNORECASE),
    rule(r"(?<![\w.:])([01]\d|2[0-3]):?([0-5]\d)\s?(?:hrs?|h|hours)(?!\w)", _hours),
    rule(rf"(?<!\w)q\.?\s?(\d{{1,2}})(?:\s?[-–]\s?(\d{{1,2}}))?\s?({any_of(_EVERY)})(?!\w)", _every, re.IGNORECASE),
    rule(
        r"(?<![\w.,])(\d{1,2})(?:\s?[-–]\s?(\d{1,2}))?\s?[x×](?:\s?(?:/|per\s)(day|d|week|wk|hour|h|month)(?!\w)|(?=[\s/,.;)]|$)(?!\s?\d))",
        _how_often,
    ),
    rule(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d{1,6})(?:st|nd|rd|th)(?!\w)", _place),
    rule(r"(?<![\w.])((?:1[1-9]|20)\d0)['’]?s(?!\w)", _decade),
    rule(
        rf"(?<=\d\s|g\s|L\s|l\s|s\s|t\s|o\s|y\s|h\s)(?:{any_of(_LATIN)})(?![\w-])",
        lambda found: _LATIN[found.group()],
    ),
)

_FRACTIONS = {
    (1, 2): "one half",
    (1, 3): "one third",
    (2, 3): "two thirds",
    (1, 4): "one quarter",
    (3, 4): "three quarters",
    (1, 5): "one fifth",
    (1, 8): "one eighth",
}


ENGLISH = Language(
    code="en",
    decimal=".",
    group=",",
    point="point",
    signs=Signs(
        minus="minus",
        plus="plus",
        to="to",
        over="over",
        out_of="out of",
        per="per",
        times="times",
        by="by",
        power="to the power of",
        either="or",
        money="and",
        dot="dot",
        at="at",
        dash="dash",
        underscore="underscore",
        seconds="and {} seconds",
        number="number",
    ),
    cardinal=cardinal,
    one=_one,
    year=year,
    day=day,
    clock=clock,
    months=MONTHS,
    units=UNITS,
    per=PER,
    nouns={},
    currencies=CURRENCIES,
    large=LARGE,
    fractions=_FRACTIONS,
    and_fraction=_and_fraction,
    abbreviations=ABBREVIATIONS,
    numbered=NUMBERED,
    may_end=MAY_END,
    ordinal_stop=False,
    from_files=("From your file {}.", "From your files {}."),
    in_recording=("at the beginning", "at minute {}"),
    spelled=SPELLED,
    symbols=SYMBOLS,
    compared=COMPARED,
    before_year=re.compile(
        r"(?:\b(?:in|into|since|from|until|till|to|of|by|before|after|during|year|years|early|late|mid|around|circa|and|spring"
        r"|summer|autumn|fall|winter|born|dated)\s+|\(|©\s?)$",
        re.IGNORECASE,
    ),
    before_phone=re.compile(
        r"\b(?:tel|phone|telephone|mobile|cell|fax|call|dial|ring|text|extension|ext|hotline|number is)\b[.:\s]*$",
        re.IGNORECASE,
    ),
    before_code=re.compile(
        r"\b(?:MRN|ID|PIN|code|zip|postcode|invoice|ticket|reference|ref|extension|ext|(?:NHS|record|patient|customer|serial"
        r"|order|policy|contract|booking|account|case) number)\b[.:#\s]*(?:no\.?|number|is)?[:\s]*$",
        re.IGNORECASE,
    ),
    rules=_RULES,
)

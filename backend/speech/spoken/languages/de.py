"""German: vocabulary and grammar of what is spoken."""

import re
from functools import lru_cache

from num2words import num2words

from backend.speech.spoken.language import Gender, Language, Signs
from backend.speech.spoken.languages.de_words import (
    ABBREVIATIONS,
    COMPARED,
    CURRENCIES,
    LARGE,
    MAY_END,
    NOUNS,
    NUMBERED,
    PER,
    PLACES,
    SPELLED,
    SYMBOLS,
    UNITS,
)
from backend.speech.spoken.rule import Rule, any_of, before, rule

MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
_SHORT_MONTHS = ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
_MONTH_NUMBERS = {
    **{name: number for number, name in enumerate(MONTHS, 1)},
    **{name: number for number, name in enumerate(_SHORT_MONTHS, 1)},
    "Sept": 9,
    "Jänner": 1,
}
_WEEKDAYS = {
    "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch", "Do": "Donnerstag", "Fr": "Freitag", "Sa": "Samstag",
    "So": "Sonntag",
}  # fmt: skip
_MONTH = rf"((?:{any_of(MONTHS)}|Jänner)(?!\w)|(?:{any_of(_SHORT_MONTHS)}|Sept)(?!\w)\.?)"
_YEAR = r"(?:\s((?:1[1-9]|20)\d{2})(?![\d.,]*\d))?"
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_UP_TO = r"\s?(?:[-–—]|bis)\s?"
_WEEKDAY = r"(?:(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|Sonnabend|M[io]|D[io]|Fr|S[ao])\.?,?\s+"

# What stands in front of an ordinal decides its ending (weak, mixed and strong declension).
_ENDING_EN = re.compile(
    rf"\b(?:am|vom|zum|im|beim|dem|den|des|ab|bis|seit|nach|vor|diesem|diesen|jedem|jeden|jedes|ersten|und|bis zum"
    rf"|(?:in|an|ab|seit|nach|vor|bei|mit|zu|von|aus|während|auf|unter)\s(?:der|dieser|jeder|einer|ihrer|seiner))\s+(?:{_WEEKDAY})?$",
    re.IGNORECASE,
)
_ENDING_E = re.compile(
    r"\b(?:der|die|das|dieser|diese|dieses|jede|jeder|eine|keine|ihre|seine|meine)\s+$", re.IGNORECASE
)
_DATED = re.compile(rf"(?:\b(?:am|vom|zum|den|bis|der|seit|ab)\s+|{_WEEKDAY}|[-–]\s*)$", re.IGNORECASE)
_ON_WEEKDAY = re.compile(
    r"(\b(?:am|vom|zum|ab|bis|seit|dem)\s+)?(?:(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|Sonnabend),\s+$"
)
_STRONG = {"m": "r", "f": "", "n": "s"}
# "ein" in the dative and, of masculine nouns, in the accusative.
_DATIVE = re.compile(r"\b(?:mit|nach|seit|vor|von|zu|bei|aus|in|alle|ab)\s+$", re.IGNORECASE)
_ACCUSATIVE = re.compile(r"\b(?:für|um|ohne|gegen|durch|pro)\s+$", re.IGNORECASE)


@lru_cache(1024)
def cardinal(number: int) -> str:
    """The number in words."""
    return str(num2words(number, lang="de"))


@lru_cache(1024)
def _ordinal(number: int) -> str:
    """The place in a row, as it stands behind an article: "zwölfte"."""
    return str(num2words(number, to="ordinal", lang="de"))


def year(number: int) -> str:
    """A year as it is said: "neunzehnhundertneunundneunzig"."""
    return str(num2words(number, to="year", lang="de"))


def day(number: int, month: int, of_year: int | None, in_front: str) -> str:
    """A date: "zwölfter März", or "zwölften März" behind "am"."""
    article = ""
    if weekday := _ON_WEEKDAY.search(in_front):  # "am Montag, dem zwölften"
        article = "dem " if weekday.group(1) else "der "
    said = f"{article}{_place(number, 'm', in_front + article)} {MONTHS[month - 1]}"
    return f"{said} {_short_year(of_year)}" if of_year is not None else said


def clock(hour: int, minute: int) -> str:
    """A time of day: "vierzehn Uhr dreißig"."""
    said = f"{'ein' if hour == 1 else cardinal(hour)} Uhr"
    return f"{said} {cardinal(minute)}" if minute else said


def _short_year(number: int) -> str:
    return year(number) if number >= 1000 else f"{'null ' if number < 10 else ''}{cardinal(number)}"


def _place(number: int, gender: Gender, in_front: str) -> str:
    """A place in a row with its ending."""
    if _ENDING_EN.search(in_front):
        return f"{_ordinal(number)}n"
    return _ordinal(number) + ("" if _ENDING_E.search(in_front) else _STRONG[gender])


def _one(gender: Gender, in_front: str) -> str:
    if _DATIVE.search(in_front):
        return "einer" if gender == "f" else "einem"
    if gender == "m" and _ACCUSATIVE.search(in_front):
        return "einen"
    return "eine" if gender == "f" else "ein"


def _and_fraction(whole: int, fraction: tuple[int, int]) -> str:
    if fraction == (1, 2):
        return f"{'ein' if whole == 1 else cardinal(whole)}einhalb"
    return f"{cardinal(whole)} {_FRACTIONS[fraction]}"


def _times(count: int) -> str:
    return f"{'ein' if count == 1 else cardinal(count)}mal"


def _month(name: str) -> int:
    return _MONTH_NUMBERS[name.rstrip(".")]


def _day_month(found: re.Match[str]) -> str:
    first, month, of_year = found.groups()
    return day(int(first), _month(month), int(of_year) if of_year else None, before(found))


def _days_month(found: re.Match[str]) -> str:
    first, last, month, of_year = found.groups()
    in_front = before(found)
    said = day(int(last), _month(month), int(of_year) if of_year else None, in_front)
    return f"{_place(int(first), 'm', in_front)} bis {said}"


def _month_year(found: re.Match[str]) -> str:
    return f"{MONTHS[_month(found.group(1)) - 1]} {year(int(found.group(2)))}"


def _first_of_days(found: re.Match[str]) -> str | None:
    """ "12. bis 14. März": the first of two, whose month stands behind the second."""
    return _place(int(found.group(1)), "m", before(found))


def _short_date(found: re.Match[str]) -> str | None:
    """A date without a year; "1.2." alone may be a section, or a decimal at the end of a sentence."""
    number, month = found.groups()
    two_digits = len(number) == len(month) == 2
    if not two_digits and not _DATED.search(before(found)):
        return None
    return day(int(number), int(month), None, before(found))


def _ordinal_noun(found: re.Match[str]) -> str:
    return _place(int(found.group(1)), PLACES[found.group(2)], before(found))


def _ordinal_behind(found: re.Match[str]) -> str | None:
    """An ordinal in front of any noun: only an article tells it from the end of a sentence."""
    in_front = before(found)
    if _ENDING_EN.search(in_front) or _ENDING_E.search(in_front):
        return _place(int(found.group(1)), "m", in_front)
    return None


def _clock(found: re.Match[str]) -> str | None:
    hour, minute = int(found.group(1)), int(found.group(2) or 0)
    return clock(hour, minute)


def _hours(found: re.Match[str]) -> str:
    """From when to when: the hour of the first one stands alone if both are full hours."""
    first, first_minute, last, last_minute = found.groups()
    from_hour = clock(int(first), int(first_minute or 0)) if first_minute else cardinal(int(first))
    return f"{from_hour} bis {clock(int(last), int(last_minute or 0))}"


def _how_often(found: re.Match[str]) -> str:
    first, last, per = found.groups()
    said = f"{cardinal(int(first))} bis {_times(int(last))}" if last else _times(int(first))
    return f"{said} pro {'Tag' if per == 'd' else per}" if per else said


def _stem(found: re.Match[str]) -> str:
    """A number that begins a word: "10-tägig", "3fach"."""
    number, rest = found.groups()
    return f"{'ein' if number == '1' else cardinal(int(number))}{rest}"


def _half(found: re.Match[str]) -> str:
    """Half of a thing: "eine halbe Tablette"."""
    noun = found.group(1)
    gender = NOUNS[noun]
    return f"{_one(gender, '')} halb{ {'m': 'er', 'f': 'e', 'n': 'es'}[gender] } {noun}"


def _percentage(found: re.Match[str]) -> str:
    return f"{cardinal(int(found.group(1)))}prozentig{found.group(2)}"


def _decade(found: re.Match[str]) -> str:
    return f"{year(int(found.group(1)))}er"


def _weekdays(found: re.Match[str]) -> str:
    return f"{_WEEKDAYS[found.group(1)]} bis {_WEEKDAYS[found.group(2)]}"


_RULES: tuple[Rule, ...] = (
    rule(r"(?<![\w.,])(\d{1,3})\s?%ig(\w{0,3})", _percentage),
    rule(r"(?<![\w.,])((?:1[1-9]|20)\d0)er(?!\w)", _decade),
    rule(rf"(?<!\w)({any_of(_WEEKDAYS)})\.?\s?[-–]\s?({any_of(_WEEKDAYS)})(?!\w)\.?", _weekdays),
    rule(r"(?<!\w)([^\W\d_]{2,30})str\.(?=\s)", lambda found: f"{found.group(1)}straße"),
    rule(r"(?<=,\s)\d{5}(?=\s[A-ZÄÖÜ])", lambda found: " ".join(cardinal(int(digit)) for digit in found.group())),
    rule(rf"(?<![\w/.,-]){_DAY}\.?{_UP_TO}{_DAY}\.\s?{_MONTH}{_YEAR}", _days_month),
    rule(rf"(?<![\w/.,-]){_DAY}\.\s?{_MONTH}{_YEAR}", _day_month),
    rule(rf"(?<!\w){_MONTH}\s((?:19|20)\d{{2}})(?![\d.,]*\d)", _month_year),
    rule(
        rf"(?<![\w/.,-]){_DAY}\.(?=\s(?:bis|und|oder|auf den|/)\s(?:zum\s)?\d{{1,2}}\.\s?(?:{_MONTH}|\w))",
        _first_of_days,
    ),
    rule(
        r"(?<![\w/.,-])(\d{1,2})\.(?:\s?[-–]\s?)(?=\d{1,2}\.\d{1,2}\.)",
        lambda found: f"{_place(int(found.group(1)), 'm', before(found))} bis ",
    ),
    rule(rf"(?<![\w.,]){_DAY}\.(0?[1-9]|1[0-2])\.(?!\d)", _short_date),
    rule(rf"(?<![\w.,-])(\d{{1,2}})\.(?=\s({any_of(PLACES)})(?!\w))", _ordinal_noun),
    rule(r"(?<![\w.,-])(\d{1,3})\.(?=\s[^\W\d_])", _ordinal_behind),
    rule(
        rf"(?<![\w.:,])(\d{{1,2}})(?:[:.]([0-5]\d))?(?:\sUhr)?{_UP_TO}([01]?\d|2[0-4])(?:[:.]([0-5]\d))?\sUhr(?!\w)",
        _hours,
    ),
    rule(r"(?<![\w.:,])([01]?\d|2[0-4])(?:[:.]([0-5]\d))?\s?Uhr(?!\w)", _clock),
    rule(r"(?<![\w.:,])([01]?\d|2[0-4]):([0-5]\d)\s?h(?!\w)", _clock),
    rule(
        r"(?<![\w.,])(\d{1,2})(?:\s?[-–]\s?(\d{1,2}))?\s?(?:[x×]|-?mal(?!\w)|\sMal(?!\w))(?:\s?(?:/|pro\s)(Tag|d|Woche|Stunde|Monat|Jahr)(?!\w)|(?=[\s/,.;)]|$)(?!\s?\d))",
        _how_often,
    ),
    rule(
        r"(?<![\w.,])(\d{1,4})-?((?:fach|tägig|jährig|stündig|stündlich|wöchig|monatig|minütig|teilig|stellig)\w{0,10})",
        _stem,
    ),
    rule(rf"(?<![\w/.,])(?:½|1/2)\s({any_of(NOUNS)})(?!\w)", _half),
)

_FRACTIONS = {
    (1, 2): "ein halb",
    (1, 3): "ein Drittel",
    (2, 3): "zwei Drittel",
    (1, 4): "ein Viertel",
    (3, 4): "drei Viertel",
    (1, 5): "ein Fünftel",
    (1, 8): "ein Achtel",
}


GERMAN = Language(
    code="de",
    decimal=",",
    group=".",
    point="Komma",
    signs=Signs(
        minus="minus",
        plus="plus",
        to="bis",
        over="zu",
        out_of="von",
        per="pro",
        times="mal",
        by="mal",
        power="hoch",
        either="oder",
        money="und",
        dot="Punkt",
        at="ät",
        dash="Minus",
        underscore="Unterstrich",
        seconds="und {} Sekunden",
        number="Nummer",
    ),
    cardinal=cardinal,
    one=_one,
    year=year,
    day=day,
    clock=clock,
    months=MONTHS,
    units=UNITS,
    per=PER,
    nouns=NOUNS,
    currencies=CURRENCIES,
    large=LARGE,
    fractions=_FRACTIONS,
    and_fraction=_and_fraction,
    abbreviations=ABBREVIATIONS,
    numbered=NUMBERED,
    may_end=MAY_END,
    ordinal_stop=True,
    from_files=("Aus Ihrer Datei {}.", "Aus Ihren Dateien {}."),
    in_recording=("am Anfang", "bei Minute {}"),
    spelled=SPELLED,
    symbols=SYMBOLS,
    compared=COMPARED,
    before_year=re.compile(
        r"(?:\b(?:im Jahr|Jahr|Jahre|Jahren|seit|von|bis|ab|vor|nach|um|und|Anfang|Mitte|Ende|Frühjahr|Frühling|Sommer"
        r"|Herbst|Winter|geboren|in|Stand)\s+|\(|©\s?)$",
        re.IGNORECASE,
    ),
    before_phone=re.compile(
        r"\b(?:Tel|Telefon|Telefonnummer|Fon|Handy|Mobil|Fax|Durchwahl|Rufnummer|Nummer|Hotline|Notruf|wählen Sie"
        r"|anrufen|unter)\b[.:\s]*(?:die\s)?$",
        re.IGNORECASE,
    ),
    before_code=re.compile(
        r"\b(?:Durchwahl|PIN|Code|PLZ|Postleitzahl|Fallnummer|Patientennummer|Rechnungsnummer|Kennung"
        r"|ID|Kundennummer|Aktenzeichen|Nr\.|Nummer)[:\s]*(?:die\s|lautet\s)?$",
        re.IGNORECASE,
    ),
    rules=_RULES,
)

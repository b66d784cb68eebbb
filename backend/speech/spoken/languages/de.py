"""German: vocabulary and grammar of what is spoken."""

import re
from functools import lru_cache

from num2words import num2words

from backend.speech.spoken.language import Currency, Gender, Language, Noun, Signs
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
_MONTH = rf"({any_of(_MONTH_NUMBERS)})\.?(?!\w)"
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
_STRONG = {"m": "r", "f": "", "n": "s"}
# "ein" in the dative and, of masculine nouns, in the accusative.
_DATIVE = re.compile(r"\b(?:mit|nach|seit|vor|von|zu|bei|aus|in|alle|ab)\s+$", re.IGNORECASE)
_ACCUSATIVE = re.compile(r"\b(?:für|um|ohne|gegen|durch|pro)\s+$", re.IGNORECASE)

_COUNTED = {
    "m": "Tag Monat Hub Tropfen Teelöffel Esslöffel Messlöffel Patient Termin Beutel Löffel Treffer Kontakt Abschnitt Punkt"
    " Ordner Eintrag Teilnehmer Anhang Schritt Liter Zyklus Vorfall Schub Zug Becher Stich Fall Befund Brief Kalender",
    "f": "Tablette Kapsel Stunde Minute Sekunde Woche Ampulle Dosis Datei E-Mail Mail Nachricht Person Seite Aufgabe"
    " Frage Packung Injektion Infusion Spritze Gabe Einheit Million Milliarde Erinnerung Woche Untersuchung Patientin"
    " Antwort Notiz Quelle Stelle Liste Impfung Woche Besprechung Einladung Portion Scheibe",
    "n": "Jahr Ergebnis Dokument Zäpfchen Pflaster Milligramm Gramm Kilogramm Mikrogramm Mal Quartal Kind Gespräch"
    " Treffen Ereignis Medikament Glas Semester Jahrhundert Blatt Stück Bild",
}
_NOUNS: dict[str, Gender] = {
    **dict.fromkeys(_COUNTED["m"].split(), "m"),
    **dict.fromkeys(_COUNTED["f"].split(), "f"),
    **dict.fromkeys(_COUNTED["n"].split(), "n"),
}
_PLACES: dict[str, Gender] = {
    **_NOUNS,
    **dict.fromkeys("Lebensjahr Trimester Trimenon Kapitel Stockwerk Obergeschoss Geburtstag Mal".split(), "n"),
    **dict.fromkeys("Stock Platz Absatz Grad Geburtstag Stadium Schwangerschaftsmonat Teil Satz".split(), "m"),
    **dict.fromkeys(
        "Etage Schwangerschaftswoche SSW Lebenswoche Auflage Klasse Generation Phase Zeile Spalte Linie Wahl Ebene"
        " Impfdosis Zehe Rippe Hälfte".split(),
        "f",
    ),
}


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
    said = f"{_place(number, 'm', in_front)} {MONTHS[month - 1]}"
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


def _day_month(found: re.Match[str]) -> str:
    first, month, of_year = found.groups()
    return day(int(first), _MONTH_NUMBERS[month], int(of_year) if of_year else None, before(found))


def _days_month(found: re.Match[str]) -> str:
    first, last, month, of_year = found.groups()
    in_front = before(found)
    said = day(int(last), _MONTH_NUMBERS[month], int(of_year) if of_year else None, in_front)
    return f"{_place(int(first), 'm', in_front)} bis {said}"


def _month_year(found: re.Match[str]) -> str:
    return f"{MONTHS[_MONTH_NUMBERS[found.group(1)] - 1]} {year(int(found.group(2)))}"


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
    return _place(int(found.group(1)), _PLACES[found.group(2)], before(found))


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
    gender = _NOUNS[noun]
    return f"{_one(gender, '')} halb{ {'m': 'er', 'f': 'e', 'n': 'es'}[gender] } {noun}"


_RULES: tuple[Rule, ...] = (
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
    rule(rf"(?<![\w.,-])(\d{{1,2}})\.(?=\s({any_of(_PLACES)})(?!\w))", _ordinal_noun),
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
    rule(rf"(?<![\w/.,])(?:½|1/2)\s({any_of(_NOUNS)})(?!\w)", _half),
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


def _same(name: str, gender: Gender, *short: str) -> dict[str, Noun]:
    """A unit that is the same in the plural."""
    return {one: Noun(name, name, gender) for one in short}


def _plural(one: str, many: str, gender: Gender, *short: str) -> dict[str, Noun]:
    return {each: Noun(one, many, gender) for each in short}


_UNITS = {
    **_same("Kilogramm Körpergewicht", "n", "kg KG", "kgKG", "kg/KG", "kg Körpergewicht"),
    **_same("Kilogramm", "n", "kg"),
    **_same("Gramm", "n", "g"),
    **_same("Milligramm", "n", "mg"),
    **_same("Mikrogramm", "n", "µg", "μg", "mcg", "ug"),
    **_same("Nanogramm", "n", "ng"),
    **_same("Pikogramm", "n", "pg"),
    **_same("Liter", "m", "L", "l"),
    **_same("Deziliter", "m", "dL", "dl"),
    **_same("Zentiliter", "m", "cL", "cl"),
    **_same("Milliliter", "m", "mL", "ml"),
    **_same("Mikroliter", "m", "µL", "µl", "μL", "μl"),
    **_same("Femtoliter", "m", "fL", "fl"),
    **_same("Kilometer", "m", "km"),
    **_same("Meter", "m", "m"),
    **_same("Zentimeter", "m", "cm"),
    **_same("Millimeter", "m", "mm"),
    **_same("Mikrometer", "m", "µm", "μm"),
    **_same("Nanometer", "m", "nm"),
    **_same("Quadratmeter", "m", "m²", "m2", "qm"),
    **_same("Quadratzentimeter", "m", "cm²", "cm2"),
    **_same("Quadratmillimeter", "m", "mm²", "mm2"),
    **_same("Quadratkilometer", "m", "km²", "km2"),
    **_same("Kubikmeter", "m", "m³", "m3"),
    **_same("Kubikzentimeter", "m", "cm³", "cm3"),
    **_same("Kubikmillimeter", "m", "mm³", "mm3"),
    **_same("Mol", "n", "mol"),
    **_same("Millimol", "n", "mmol"),
    **_same("Mikromol", "n", "µmol", "μmol"),
    **_same("Nanomol", "n", "nmol"),
    **_same("Pikomol", "n", "pmol"),
    **_same("Milliosmol", "n", "mosm", "mosmol", "mOsm", "mOsmol"),
    **_same("Milliäquivalent", "n", "mval", "mEq"),
    **_plural("Einheit", "Einheiten", "f", "U", "E"),
    **_plural("Internationale Einheit", "Internationale Einheiten", "f", "IE", "I.E.", "IU"),
    **_plural("Milli-Einheit", "Milli-Einheiten", "f", "mU", "mIE", "mIU"),
    **_plural("Mikro-Einheit", "Mikro-Einheiten", "f", "µU", "µIE", "μU", "µIU"),
    **_plural("Stunde", "Stunden", "f", "h", "Std.", "Std"),
    **_plural("Minute", "Minuten", "f", "min", "Min.", "Min"),
    **_plural("Sekunde", "Sekunden", "f", "s", "sec", "sek", "Sek.", "Sek"),
    **_plural("Millisekunde", "Millisekunden", "f", "ms"),
    **_plural("Tag", "Tage", "m", "d", "Tg."),
    **_plural("Woche", "Wochen", "f", "Wo.", "Wo"),
    **_plural("Monat", "Monate", "m", "Mon."),
    **_plural("Jahr", "Jahre", "n", "J.", "a"),
    **_plural("Tablette", "Tabletten", "f", "Tbl.", "Tbl", "Tabl."),
    **_plural("Kapsel", "Kapseln", "f", "Kps.", "Kps"),
    **_plural("Ampulle", "Ampullen", "f", "Amp."),
    **_same("Tropfen", "m", "Tr.", "gtt"),
    **_same("Teelöffel", "m", "TL"),
    **_same("Esslöffel", "m", "EL"),
    **_plural("Hub", "Hübe", "m", "Hb."),
    **_same("Volt", "n", "V"),
    **_same("Millivolt", "n", "mV"),
    **_same("Watt", "n", "W"),
    **_same("Kilowatt", "n", "kW"),
    **_plural("Kilowattstunde", "Kilowattstunden", "f", "kWh"),
    **_same("Joule", "n", "J"),
    **_same("Kilojoule", "n", "kJ"),
    **_plural("Kalorie", "Kalorien", "f", "cal"),
    **_plural("Kilokalorie", "Kilokalorien", "f", "kcal"),
    **_same("Pascal", "n", "Pa"),
    **_same("Hektopascal", "n", "hPa"),
    **_same("Kilopascal", "n", "kPa"),
    **_same("Gray", "n", "Gy"),
    **_same("Millisievert", "n", "mSv"),
    **_same("Dezibel", "n", "dB"),
    **_same("Hertz", "n", "Hz"),
    **_same("Kilohertz", "n", "kHz"),
    **_same("Megahertz", "n", "MHz"),
    **_same("Kilobyte", "n", "kB", "KB"),
    **_same("Megabyte", "n", "MB"),
    **_same("Gigabyte", "n", "GB"),
    **_same("Terabyte", "n", "TB"),
    **_same("Millimeter Quecksilbersäule", "m", "mmHg", "mm Hg"),
    **_same("Zentimeter Wassersäule", "m", "cmH2O", "cmH₂O", "cm H2O", "cm H₂O"),
    **_plural("Schlag pro Minute", "Schläge pro Minute", "m", "bpm"),
    **_same("Giga", "n", "G", "Gpt"),
    **_same("Tera", "n", "Tpt"),
    **_same("Charrière", "n", "Ch"),
    **_same("French", "n", "Fr"),
    **_same("Grad Celsius", "m", "°C", "° C", "℃"),
    **_same("Grad Fahrenheit", "m", "°F", "℉"),
    **_same("Grad", "m", "°"),
    **_same("Prozent", "n", "%", "Vol.-%"),
    **_same("Promille", "n", "‰"),
    **_plural("Packungsjahr", "Packungsjahre", "n", "py", "PY"),
}
_PER = {
    name: name
    for name in (
        "Tag", "Woche", "Stunde", "Minute", "Sekunde", "Monat", "Jahr", "Nacht", "Dosis", "Tablette", "Kilogramm", "Liter",
        "Person", "Patient", "Hub", "Zyklus", "Quartal",
    )
} | {"die": "Tag"}  # fmt: skip
_EURO = Currency(Noun("Euro", "Euro", "m"), Noun("Cent", "Cent", "m"))
_DOLLAR = Currency(Noun("Dollar", "Dollar", "m"), Noun("Cent", "Cent", "m"))
_POUND = Currency(Noun("Pfund", "Pfund", "n"), Noun("Penny", "Pence", "m"))
_FRANC = Currency(Noun("Franken", "Franken", "m"), Noun("Rappen", "Rappen", "m"))

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
    units=_UNITS,
    per=_PER,
    nouns={name: Noun(name, name, gender) for name, gender in _NOUNS.items()},
    currencies={
        "€": _EURO,
        "EUR": _EURO,
        "Euro": _EURO,
        "$": _DOLLAR,
        "US$": _DOLLAR,
        "USD": _DOLLAR,
        "£": _POUND,
        "GBP": _POUND,
        "CHF": _FRANC,
        "Fr.": _FRANC,
    },  # fmt: skip
    large={
        "Mio.": "Millionen",
        "Mio": "Millionen",
        "Mrd.": "Milliarden",
        "Mrd": "Milliarden",
        "Tsd.": "Tausend",
        "Millionen": "Millionen",
        "Milliarden": "Milliarden",
    },  # fmt: skip
    fractions=_FRACTIONS,
    and_fraction=_and_fraction,
    abbreviations={
        "Dr.": "Doktor",
        "Prof.": "Professor",
        "med.": "med",
        "Dipl.-Ing.": "Diplom-Ingenieur",
        "Hr.": "Herr",
        "Hrn.": "Herrn",
        "Fr.": "Frau",
        "PD": "Privatdozent",
        "OA": "Oberarzt",
        "CA": "Chefarzt",
        "OÄ": "Oberärztin",
        "z.B.": "zum Beispiel",
        "z. B.": "zum Beispiel",
        "d.h.": "das heißt",
        "u.a.": "unter anderem",
        "usw.": "und so weiter",
        "etc.": "et cetera",
        "bzw.": "beziehungsweise",
        "ggf.": "gegebenenfalls",
        "evtl.": "eventuell",
        "vgl.": "vergleiche",
        "ca.": "circa",
        "inkl.": "inklusive",
        "exkl.": "exklusive",
        "sog.": "sogenannte",
        "bspw.": "beispielsweise",
        "insb.": "insbesondere",
        "insbes.": "insbesondere",
        "o.g.": "oben genannte",
        "s.o.": "siehe oben",
        "s.u.": "siehe unten",
        "s.": "siehe",
        "i.d.R.": "in der Regel",
        "z.T.": "zum Teil",
        "u.U.": "unter Umständen",
        "m.E.": "meines Erachtens",
        "i.A.": "im Auftrag",
        "v.a.": "vor allem",
        "u.ä.": "und Ähnliches",
        "o.ä.": "oder Ähnliches",
        "max.": "maximal",
        "min.": "minimal",
        "mind.": "mindestens",
        "zzgl.": "zuzüglich",
        "abzgl.": "abzüglich",
        "Nr.": "Nummer",
        "Nrn.": "Nummern",
        "Tel.": "Telefon",
        "Str.": "Straße",
        "Abb.": "Abbildung",
        "Tab.": "Tabelle",
        "Abs.": "Absatz",
        "Art.": "Artikel",
        "Kap.": "Kapitel",
        "Bd.": "Band",
        "Anm.": "Anmerkung",
        "Std.": "Stunden",
        "Min.": "Minuten",
        "Sek.": "Sekunden",
        "tgl.": "täglich",
        "tägl.": "täglich",
        "wöchentl.": "wöchentlich",
        "wtl.": "wöchentlich",
        "monatl.": "monatlich",
        "jährl.": "jährlich",
        "stdl.": "stündlich",
        "morg.": "morgens",
        "abds.": "abends",
        "mtgs.": "mittags",
        "nachm.": "nachmittags",
        "vorm.": "vormittags",
        "b.Bed.": "bei Bedarf",
        "b.B.": "bei Bedarf",
        "bei Bed.": "bei Bedarf",
        "i.v.": "intravenös",
        "i.m.": "intramuskulär",
        "s.c.": "subkutan",
        "p.o.": "per os",
        "Tbl.": "Tabletten",
        "Kps.": "Kapseln",
        "Amp.": "Ampullen",
        "Pat.": "Patient",
        "Pat": "Patient",
        "St.n.": "Status nach",
        "St. n.": "Status nach",
        "Z.n.": "Zustand nach",
        "V.a.": "Verdacht auf",
        "o.B.": "ohne Befund",
        "n.b.": "nicht bekannt",
        "rez.": "rezidivierend",
        "chron.": "chronisch",
        "ak.": "akut",
        "bds.": "beidseits",
        "re.": "rechts",
        "li.": "links",
        "anamn.": "anamnestisch",
        "stat.": "stationär",
        "amb.": "ambulant",
        "Lj.": "Lebensjahr",
        "geb.": "geboren",
        "gest.": "gestorben",
        "Mo.": "Montag",
        "Di.": "Dienstag",
        "Mi.": "Mittwoch",
        "Do.": "Donnerstag",
        "Sa.": "Samstag",
        "So.": "Sonntag",
        "Jan.": "Januar",
        "Feb.": "Februar",
        "Apr.": "April",
        "Aug.": "August",
        "Sept.": "September",
        "Okt.": "Oktober",
        "Nov.": "November",
        "Dez.": "Dezember",
        "KG": "Körpergewicht",
        "KOF": "Körperoberfläche",
        "SSW": "Schwangerschaftswoche",
        "RR": "R-R",
        "MfG": "mit freundlichen Grüßen",
        "24/7": "rund um die Uhr",
        "und/oder": "und oder",
        "CHA2DS2-VASc": "tschads vask",
        "CHA₂DS₂-VASc": "tschads vask",
        "Hb": "H-B",
        "Hk": "H-K",
        "HbA1c": "H-B-A eins C",
        "Ges.": "Gesamt",
        "Abt.": "Abteilung",
        "St.": "Sankt",
        "Ä.": "Ärztin",
    },  # fmt: skip
    titles=frozenset({"Dr.", "Prof.", "med.", "Dipl.-Ing.", "Hr.", "Hrn.", "Fr.", "St."}),
    spelled=frozenset(
        """
        ACE AED AK ALAT ALT AML ANV ARDS ASAT AST AU AV BGA BMI BSG BWK BZ CK CLL CML COPD CPAP CRP CT CTG DD DRG EEG EF
        EK EKG EU FEV FFP FVC GCS GFR GGT GPT GOT HDL HF HIV HWK HWS HNO HPV HSV ICD ICU ID IE INR IT IVF KHK KM LDL
        LWK LWS LVEF LAE MCV MCH MRT MRE MRSA MS NAW NEF NSAR NSTEMI NYHA OAK OP OPS PCR PCT PDF PEEP PPI PSA PTBS PTT
        RR RSV SLE SSRI TEE THG TIA TSH TTE TVT UAW USA VAC VES WHO ZNS ZVD ZVK eGFR SpO HbA paO pO pCO paCO
        URL USB IP API UTC MEZ MESZ AG EDV KI BUN BNP HCG hCG
        """.split()  # noqa: SIM905 - a list of quoted words would fill pages
    ),
    symbols={
        "±": "plus minus",
        "+/-": "plus minus",
        "≈": "ungefähr",
        "×": "mal",
        "÷": "geteilt durch",
        "→": "auf",
        "⇒": "also",
        "↑": "erhöht",
        "↓": "erniedrigt",
        "≤": "höchstens",
        "≥": "mindestens",
        "≠": "ungleich",
        "=": "gleich",
        "&": "und",
        "@": "ät",
        "§§": "Paragrafen",
        "§": "Paragraf",
        "%": "Prozent",
        "°": "Grad",
        "€": "Euro",
        "£": "Pfund",
        "$": "Dollar",
        "‰": "Promille",
        "©": "Copyright",
        "™": "",
        "®": "",
        "№": "Nummer",
        "∞": "unendlich",
        "√": "Wurzel aus",
    },  # fmt: skip
    compared={
        "<=": "höchstens",
        ">=": "mindestens",
        "<": "kleiner als",
        ">": "größer als",
        "~": "ungefähr",
        "+": "plus",
        "−": "minus",
    },  # fmt: skip
    before_year=re.compile(
        r"(?:\b(?:im Jahr|Jahr|Jahre|Jahren|seit|von|bis|ab|vor|nach|um|und|Anfang|Mitte|Ende|Frühjahr|Frühling|Sommer"
        r"|Herbst|Winter|geboren|in|Stand)\s+|\(|©\s?)$",
        re.IGNORECASE,
    ),
    before_phone=re.compile(
        r"\b(?:Tel|Telefon|Telefonnummer|Fon|Handy|Mobil|Fax|Durchwahl|Rufnummer|Nummer|Hotline|Notruf|wählen Sie|anrufen"
        r"|unter)\b[.:\s]*(?:die\s)?$",
        re.IGNORECASE,
    ),
    before_code=re.compile(
        r"\b(?:Notruf|wählen Sie|Durchwahl|PIN|Code|PLZ|Postleitzahl|Fallnummer|Patientennummer|Rechnungsnummer|Kennung|ID"
        r"|Kundennummer|Aktenzeichen|Nr\.|Nummer)[:\s]*(?:die\s|lautet\s)?$",
        re.IGNORECASE,
    ),
    rules=_RULES,
)

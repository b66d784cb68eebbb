"""English: vocabulary and grammar of what is spoken. British in "one hundred and twenty", dates day first."""

import re
from functools import lru_cache

from num2words import num2words

from backend.speech.spoken.language import Currency, Gender, Language, Noun, Signs
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
_MONTH = rf"({any_of(_MONTH_NUMBERS)})\.?(?![\w])"
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


def _day_month(found: re.Match[str]) -> str:
    first, month, of_year = found.groups()
    return day(int(first), _MONTH_NUMBERS[month], int(of_year) if of_year else None, before(found))


def _days_month(found: re.Match[str]) -> str:
    first, last, month, of_year = found.groups()
    article = "" if before(found).endswith("the ") else "the "
    until = day(int(last), _MONTH_NUMBERS[month], int(of_year) if of_year else None, "")
    return f"{article}{ordinal(int(first))} to {until}"


def _month_day(found: re.Match[str]) -> str:
    month, first, last, of_year = found.groups()
    said = f"{MONTHS[_MONTH_NUMBERS[month] - 1]} {ordinal(int(first))}"
    if last:
        said += f" to {ordinal(int(last))}"
    return f"{said}, {year(int(of_year))}" if of_year else said


def _month_year(found: re.Match[str]) -> str:
    return f"{MONTHS[_MONTH_NUMBERS[found.group(1)] - 1]} {year(int(found.group(2)))}"


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


_RULES: tuple[Rule, ...] = (
    rule(rf"(?<![\w/.,-]){_DAY}(?:st|nd|rd|th)?{_TO}{_DAY}(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}{_YEAR}", _days_month),
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


def _metric(name: str, *short: str) -> dict[str, Noun]:
    return {one: Noun(name, f"{name}s") for one in short}


_UNITS = {
    **_metric("kilogram", "kg"),
    **_metric("gram", "g"),
    **_metric("milligram", "mg"),
    **_metric("microgram", "µg", "μg", "mcg", "ug"),
    **_metric("nanogram", "ng"),
    **_metric("picogram", "pg"),
    **_metric("litre", "L", "l"),
    **_metric("decilitre", "dL", "dl"),
    **_metric("centilitre", "cL", "cl"),
    **_metric("millilitre", "mL", "ml"),
    **_metric("microlitre", "µL", "µl", "μL", "μl", "uL"),
    **_metric("femtolitre", "fL", "fl"),
    **_metric("kilometre", "km"),
    **_metric("metre", "m"),
    **_metric("centimetre", "cm"),
    **_metric("millimetre", "mm"),
    **_metric("micrometre", "µm", "μm"),
    **_metric("nanometre", "nm"),
    **_metric("square metre", "m²", "m2"),
    **_metric("square centimetre", "cm²", "cm2"),
    **_metric("square millimetre", "mm²", "mm2"),
    **_metric("square kilometre", "km²", "km2"),
    **_metric("cubic metre", "m³", "m3"),
    **_metric("cubic centimetre", "cm³", "cm3"),
    **_metric("cubic millimetre", "mm³", "mm3"),
    **_metric("mole", "mol"),
    **_metric("millimole", "mmol"),
    **_metric("micromole", "µmol", "μmol", "umol"),
    **_metric("nanomole", "nmol"),
    **_metric("picomole", "pmol"),
    **_metric("milliosmole", "mOsm", "mosm", "mOsmol", "mosmol"),
    **_metric("milliequivalent", "mEq", "meq"),
    **_metric("unit", "U", "units"),
    **_metric("international unit", "IU"),
    **_metric("milli-international unit", "mIU", "mU"),
    **_metric("micro-international unit", "µIU", "μIU"),
    **_metric("hour", "h", "hr", "hrs"),
    **_metric("minute", "min", "mins"),
    **_metric("second", "s", "sec", "secs"),
    **_metric("millisecond", "ms", "msec"),
    **_metric("day", "d"),
    **_metric("week", "wk", "wks"),
    **_metric("month", "mo", "mos"),
    **_metric("year", "yr", "yrs"),
    **_metric("volt", "V"),
    **_metric("millivolt", "mV"),
    **_metric("watt", "W"),
    **_metric("kilowatt", "kW"),
    **_metric("kilowatt hour", "kWh"),
    **_metric("joule", "J"),
    **_metric("kilojoule", "kJ"),
    **_metric("calorie", "cal"),
    **_metric("kilocalorie", "kcal"),
    **_metric("pascal", "Pa"),
    **_metric("hectopascal", "hPa"),
    **_metric("kilopascal", "kPa"),
    **_metric("gray", "Gy"),
    **_metric("millisievert", "mSv"),
    **_metric("decibel", "dB"),
    **_metric("kilobyte", "kB", "KB"),
    **_metric("megabyte", "MB"),
    **_metric("gigabyte", "GB"),
    **_metric("terabyte", "TB"),
    **_metric("pack year", "py"),
    "Hz": Noun("hertz", "hertz"),
    "kHz": Noun("kilohertz", "kilohertz"),
    "MHz": Noun("megahertz", "megahertz"),
    "mmHg": Noun("millimetre of mercury", "millimetres of mercury"),
    "mm Hg": Noun("millimetre of mercury", "millimetres of mercury"),
    "cmH2O": Noun("centimetre of water", "centimetres of water"),
    "cmH₂O": Noun("centimetre of water", "centimetres of water"),
    "bpm": Noun("beat per minute", "beats per minute"),
    "rpm": Noun("revolution per minute", "revolutions per minute"),
    "ppm": Noun("part per million", "parts per million"),
    "Fr": Noun("French", "French"),
    "lb": Noun("pound", "pounds"),
    "lbs": Noun("pound", "pounds"),
    "oz": Noun("ounce", "ounces"),
    "ft": Noun("foot", "feet"),
    "mph": Noun("mile per hour", "miles per hour"),
    "°C": Noun("degree Celsius", "degrees Celsius"),
    "° C": Noun("degree Celsius", "degrees Celsius"),
    "℃": Noun("degree Celsius", "degrees Celsius"),
    "°F": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "°": Noun("degree", "degrees"),
    "%": Noun("percent", "percent"),
    "‰": Noun("per mille", "per mille"),
    "y/o": Noun("year old", "year old"),
    "yo": Noun("year old", "year old"),
}
_PER = {
    name: name
    for name in (
        "day", "dose", "week", "hour", "minute", "second", "month", "year", "night", "patient", "tablet", "person", "puff",
        "actuation", "bottle", "vial", "cycle", "kilogram", "milligram", "litre", "liter", "millilitre", "milliliter",
    )
}  # fmt: skip
_DOLLAR = Currency(Noun("dollar", "dollars"), Noun("cent", "cents"))
_EURO = Currency(Noun("euro", "euros"), Noun("cent", "cents"))
_POUND = Currency(Noun("pound", "pounds"), Noun("penny", "pence"))
_FRANC = Currency(Noun("Swiss franc", "Swiss francs"), Noun("centime", "centimes"))

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
    units=_UNITS,
    per=_PER,
    nouns={},
    currencies={
        "$": _DOLLAR,
        "US$": _DOLLAR,
        "USD": _DOLLAR,
        "€": _EURO,
        "EUR": _EURO,
        "£": _POUND,
        "GBP": _POUND,
        "CHF": _FRANC,
    },
    large={
        "thousand": "thousand",
        "million": "million",
        "billion": "billion",
        "k": "thousand",
        "K": "thousand",
        "M": "million",
        "bn": "billion",
    },
    fractions=_FRACTIONS,
    and_fraction=_and_fraction,
    abbreviations={
        "Dr.": "Doctor",
        "Dr": "Doctor",
        "Drs.": "Doctors",
        "Mr.": "Mister",
        "Mr": "Mister",
        "Mrs.": "Missus",
        "Mrs": "Missus",
        "Ms.": "Miz",
        "Ms": "Miz",
        "Prof.": "Professor",
        "Rev.": "Reverend",
        "Jr.": "Junior",
        "Sr.": "Senior",
        "e.g.": "for example",
        "eg.": "for example",
        "i.e.": "that is",
        "etc.": "et cetera",
        "etc": "et cetera",
        "vs.": "versus",
        "vs": "versus",
        "cf.": "compare",
        "approx.": "approximately",
        "incl.": "including",
        "excl.": "excluding",
        "max.": "maximum",
        "resp.": "respectively",
        "no.": "number",
        "No.": "number",
        "nos.": "numbers",
        "Fig.": "Figure",
        "fig.": "figure",
        "figs.": "figures",
        "Tab.": "Table",
        "vol.": "volume",
        "pp.": "pages",
        "et al.": "and others",
        "dept.": "department",
        "Dept.": "Department",
        "appt.": "appointment",
        "appt": "appointment",
        "tel.": "telephone",
        "Tel.": "Telephone",
        "ext.": "extension",
        "Ext.": "Extension",
        "Ave.": "Avenue",
        "Blvd.": "Boulevard",
        "Rd.": "Road",
        "a.k.a.": "also known as",
        "aka": "also known as",
        "ASAP": "as soon as possible",
        "asap": "as soon as possible",
        "FYI": "for your information",
        "w/": "with",
        "W/": "with",
        "w/o": "without",
        "s/p": "status post",
        "h/o": "history of",
        "c/o": "complains of",
        "f/u": "follow-up",
        "r/o": "rule out",
        "b/c": "because",
        "N/A": "not applicable",
        "n/a": "not applicable",
        "and/or": "and or",
        "Hx": "history",
        "Dx": "diagnosis",
        "Tx": "treatment",
        "Rx": "prescription",
        "Sx": "symptoms",
        "Fx": "fracture",
        "PMHx": "past medical history",
        "pts": "patients",
        "pt": "patient",
        "yo": "year old",
        "y.o.": "year old",
        "y/o": "year old",
        "tab.": "tablet",
        "tabs.": "tablets",
        "tabs": "tablets",
        "cap.": "capsule",
        "caps.": "capsules",
        "inj.": "injection",
        "susp.": "suspension",
        "subcut.": "subcutaneously",
        "b.i.d.": "twice daily",
        "BID": "twice daily",
        "t.i.d.": "three times daily",
        "TID": "three times daily",
        "q.i.d.": "four times daily",
        "QID": "four times daily",
        "q.d.": "once daily",
        "QD": "once daily",
        "qd": "once daily",
        "q.o.d.": "every other day",
        "QOD": "every other day",
        "qod": "every other day",
        "qhs": "every night at bedtime",
        "QHS": "every night at bedtime",
        "h.s.": "at bedtime",
        "qam": "every morning",
        "qAM": "every morning",
        "qpm": "every evening",
        "qPM": "every evening",
        "p.r.n.": "as needed",
        "PRN": "as needed",
        "prn": "as needed",
        "p.o.": "by mouth",
        "PO": "by mouth",
        "NPO": "nothing by mouth",
        "i.v.": "I-V",
        "i.m.": "I-M",
        "s.c.": "subcutaneously",
        "SC": "subcutaneously",
        "subq": "subcutaneously",
        "SQ": "subcutaneously",
        "a.c.": "before meals",
        "p.c.": "after meals",
        "a.m.": "A-M",
        "p.m.": "P-M",
        "stat": "stat",
        "24/7": "twenty-four seven",
        "CHA2DS2-VASc": "chads vasc",
        "CHA₂DS₂-VASc": "chads vasc",
        "CABG": "cabbage",
        "wk.": "week",
        "wks.": "weeks",
        "hr.": "hour",
        "hrs.": "hours",
        "mins.": "minutes",
        "sec.": "seconds",
        "yr.": "year",
        "yrs.": "years",
        "U.S.": "U-S",
        "U.K.": "U-K",
        "U.S.A.": "U-S-A",
        "Ph.D.": "P-H-D",
        "M.D.": "M-D",
        "St.": "Saint",
        "Jan.": "January",
        "Feb.": "February",
        "Aug.": "August",
        "Sept.": "September",
        "Oct.": "October",
        "Nov.": "November",
        "Dec.": "December",
    },  # fmt: skip
    titles=frozenset({"Dr.", "Drs.", "Mr.", "Mrs.", "Ms.", "Prof.", "Rev.", "St."}),
    spelled=frozenset(
        """
        ABG ACEI ACS ADHD ADL AED AF AKI ALP ALS ALT AML APTT ARB AST AV BMI BP BUN CAD CBC CKD CML CNS CO COPD CPAP CPR
        CRP CSF CT CTPA CVA CVP CXR DKA DM DMARD DNA DNR DOAC DVT ECG ED EEG EF EGFR EKG EMG ENT ER ERCP ESR FBC FEV FFP
        FiO FVC GCS GFR GI GP GTN HBA HbA HDL HF HIV HPV HR HRT IBD IBS ICD ICU ID INR IQ ITU IT IV IM IVF LDL LFT LMWH
        LP LVEF MCV MDT MI MMR MRI MRSA MS NG NHS NICU NIV NSAID NSTEMI OCD OT PCI PCR PDF PE PEEP PPI PR PSA
        PT PTH PTSD PTT PaCO PaO RBC RNA RR RSV RTI SIADH SLE SpO SSRI STI SVT TB TFT TIA TSH UK UN US USA UTI VF VT VTE WBC
        URL USB FAQ CEO HR IP API UTC GMT CET CEST EU AI AM PM eGFR pO pCO HbAc HCG hCG BNP CK
        """.split()  # noqa: SIM905 - a list of quoted words would fill pages
    ),
    symbols={
        "±": "plus or minus",
        "+/-": "plus or minus",
        "≈": "about",
        "×": "times",
        "÷": "divided by",
        "→": "to",
        "⇒": "so",
        "↑": "increased",
        "↓": "decreased",
        "≤": "at most",
        "≥": "at least",
        "≠": "is not",
        "=": "equals",
        "&": "and",
        "@": "at",
        "§": "section",
        "%": "percent",
        "°": "degrees",
        "€": "euros",
        "£": "pounds",
        "$": "dollars",
        "‰": "per mille",
        "©": "copyright",
        "™": "",
        "®": "",
        "№": "number",
        "∞": "infinity",
        "√": "root of",
    },  # fmt: skip
    compared={
        "<=": "at most",
        ">=": "at least",
        "<": "less than",
        ">": "more than",
        "~": "about",
        "+": "plus",
        "−": "minus",
    },  # fmt: skip
    before_year=re.compile(
        r"(?:\b(?:in|since|from|until|till|to|of|by|before|after|during|year|years|early|late|mid|around|circa|and|spring"
        r"|summer|autumn|fall|winter|born|dated)\s+|\(|©\s?)$",
        re.IGNORECASE,
    ),
    before_phone=re.compile(
        r"\b(?:tel|phone|telephone|mobile|cell|fax|call|dial|ring|text|extension|ext|hotline|number is)\b[.:\s]*$",
        re.IGNORECASE,
    ),
    before_code=re.compile(
        r"\b(?:MRN|ID|PIN|code|zip|postcode|invoice|ticket|reference|ref|account|case|serial|call|dial|ring|extension|ext"
        r"|NHS number|record number|patient number)\b[.:#\s]*(?:no\.?|number|is)?[:\s]*$",
        re.IGNORECASE,
    ),
    rules=_RULES,
)

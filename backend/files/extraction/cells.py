"""Values of spreadsheet cells as a person sees them, by their number format (ECMA-376 part 1, §18.8.31)."""

import re
from datetime import date, datetime, time, timedelta

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_SIGNS = re.compile(r"[ymdhs]", re.IGNORECASE)
_NUMBER_SIGNS = re.compile(r"(#|0|\?)[#0?,]*(?:\.([0#?]*))?")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|([€$£¥ ])|[_*].')
_GENERAL_DIGITS = 15  # of a number without a format; a double does not hold more

BUILT_IN_FORMATS = {
    **{"1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "9": "0%", "10": "0.00%", "11": "0.00E+00", "12": "# ?/?"},
    **{"14": "yyyy-mm-dd", "15": "d-mmm-yy", "16": "d-mmm", "17": "mmm-yy", "18": "h:mm", "19": "h:mm:ss"},
    **{"20": "h:mm", "21": "h:mm:ss", "22": "yyyy-mm-dd h:mm", "45": "mm:ss", "46": "[h]:mm:ss", "47": "mm:ss.0"},
    **{"37": "#,##0;(#,##0)", "38": "#,##0;(#,##0)", "39": "#,##0.00;(#,##0.00)", "40": "#,##0.00;(#,##0.00)"},
    "49": "@",
}
"""Number formats that files name by number only (§18.8.30); dates are shown in ISO 8601 whatever their order."""


def shown(value: object, number_format: str | None) -> str:
    """`value` as text: dates in ISO 8601, numbers with the decimals, percent sign and currency of their format."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M:%S" if value.second else "%H:%M")
        case timedelta():
            return str(value)
        case int() | float():
            return _number(value, number_format or "General")
        case _:
            return str(value)


def is_date_format(number_format: str) -> bool:
    """Whether a number with this format is a date or time."""
    plain = _QUOTED.sub("", number_format.partition(";")[0])
    return plain.lower() != "general" and bool(_DATE_SIGNS.search(plain)) and "e+" not in plain.lower()


def _moment(value: datetime) -> str:
    if value.time() == time():
        return value.date().isoformat()
    return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")


def _number(value: int | float, number_format: str) -> str:
    if number_format in ("General", "@"):
        return _plain(value)
    sections = number_format.split(";")
    section = sections[1] if value < 0 and len(sections) > 1 and sections[1] else sections[0]
    pattern = _QUOTED.sub("", section)
    signs = _NUMBER_SIGNS.search(pattern)
    if signs is None or "/" in pattern or "e" in pattern.lower():
        return _plain(value)
    decimals = len((signs.group(2) or "").rstrip("#"))
    percent = "%" in pattern
    amount = abs(value) * 100 if percent else abs(value)
    optional = len(signs.group(2) or "")
    text = f"{amount:,.{optional}f}" if "," in signs.group(0) else f"{amount:.{optional}f}"
    if optional > decimals:  # "#" after the point: shown only when it is not zero
        whole, _, fraction = text.partition(".")
        fraction = fraction[:decimals] + fraction[decimals:].rstrip("0")
        text = f"{whole}.{fraction}" if fraction else whole
    text = f"{'-' if value < 0 else ''}{text}{'%' if percent else ''}"
    return _with_literals(section, text)


def _with_literals(section: str, text: str) -> str:
    """The number with the words around it in its format (currency, unit)."""
    digits = re.search(r"[#0?]", _QUOTED.sub(lambda match: "\0" * len(match.group(0)), section))
    if digits is None:
        return text
    before = _words(section[: digits.start()])
    after = _words(section[digits.start() :])
    return f"{before}{text}{after}".strip()


def _words(part: str) -> str:
    return "".join(next((group for group in match.groups() if group), "") for match in _LITERAL.finditer(part))


def _plain(value: int | float) -> str:
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 10**_GENERAL_DIGITS:
            return str(int(value))
        return f"{value:.{_GENERAL_DIGITS}g}"
    return str(value)

"""Numerals: how a language writes numbers, and their words."""

import re
import unicodedata

from backend.speech.spoken.language import Language
from backend.speech.spoken.rule import any_of

# What an unbroken row of digits still says as a number; beyond it is an identifier, read digit by digit.
_LONGEST_NUMBER = 6
# Words for larger numbers tell nobody anything ("quadrillion").
_LARGEST = 15
# Signs that group digits in every language: no-break space, narrow no-break space, thin space, apostrophes.
_GROUPING = "\u00a0\u202f\u2009'’"
_MINUS = "-−–"

VULGAR = {
    "½": (1, 2),
    "⅓": (1, 3),
    "⅔": (2, 3),
    "¼": (1, 4),
    "¾": (3, 4),
    "⅕": (1, 5),
    "⅛": (1, 8),
}
_POWER = re.compile(r"(?<=10)([⁺⁻]?)([⁰¹²³⁴-⁹]+)")


def plain_digits(text: str) -> str:
    """The text with 0 to 9 for the digits of other scripts, raised, lowered and circled ones; "10⁹" is "10^9"."""
    text = _POWER.sub(lambda found: f"^{'-' if found.group(1) == '⁻' else ''}{found.group(2)}", text)
    return "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)


def numeral(language: Language) -> str:
    """The pattern of a number without its sign, such as "1,234.5"."""
    group, decimal = re.escape(language.group), re.escape(language.decimal)
    grouped = rf"[1-9]\d{{0,2}}(?:(?:{group}\d{{3}})+|(?:[{_GROUPING}]\d{{3}})+)(?!\d)(?:{decimal}\d+)?"
    # "1.5" in German; "2,5 mg" in English, where a comma without a word behind it only separates.
    foreign = r"\d+\.\d+(?![\d.])" if language.group == "." else r"\d+,\d{1,2}(?![\d,])(?=\s?[^\W\d_])"
    return rf"(?:{grouped}|\d+{decimal}\d+|{foreign}|\d+|(?<![\d{decimal}]){decimal}\d+)"


def signed(language: Language) -> str:
    """The pattern of a number that may have a sign."""
    return rf"(?:(?<![\w)])[{_MINUS}+±])?{numeral(language)}"


def say(text: str, language: Language) -> str:
    """The words of a number as `signed` finds it."""
    sign = {"+": language.signs.plus, "±": language.symbols.get("±", "")}.get(text[:1], "")
    if text[:1] in _MINUS:
        sign = language.signs.minus
    unsigned = text.lstrip(_MINUS + "+±")
    whole, fraction = parts(unsigned, language)
    said = _whole(whole, language, grouped=not unsigned.startswith(whole))
    if fraction:
        said = f"{said} {language.point} {digits(fraction, language)}"
    return f"{sign} {said}" if sign else said


def parts(text: str, language: Language) -> tuple[str, str]:
    """The digits in front of the decimal sign and those behind it."""
    group, decimal = re.escape(language.group), re.escape(language.decimal)
    text = re.sub(rf"[{_GROUPING}]", "", text)
    if re.fullmatch(rf"[1-9]\d{{0,2}}(?:{group}\d{{3}})+(?:{decimal}\d+)?", text):
        text = text.replace(language.group, "")
    whole, _, fraction = text.replace(",", ".").partition(".")
    return whole or "0", fraction


def digits(text: str, language: Language) -> str:
    """Digit by digit; everything else in `text` is passed over."""
    return " ".join(language.cardinal(int(c)) for c in text if c.isdigit())


def by_digit(found: re.Match[str], language: Language) -> str:
    """A row of digits with other signs in it, such as a telephone number: in its groups, with a pause between them."""
    groups = [digits(group, language) for group in re.split(r"[^\d+]+", found.group()) if re.search(r"\d", group)]
    plus = f"{language.signs.plus} " if found.group().lstrip().startswith("+") else ""
    return plus + ", ".join(groups)


def _whole(text: str, language: Language, *, grouped: bool) -> str:
    leading_zero = len(text) > 1 and text.startswith("0")
    identifier = len(text) > _LONGEST_NUMBER and not grouped and not text.endswith("000")
    if leading_zero or identifier or len(text) > _LARGEST:
        return digits(text, language)
    return language.cardinal(int(text))


def vulgar() -> str:
    """The pattern of a fraction that is one character."""
    return f"(?:{any_of(VULGAR)})"

"""Numbers with what they count: doses, measurements, money, ranges, fractions."""

import re

from backend.speech.spoken import numerals
from backend.speech.spoken.language import Currency, Language, Noun
from backend.speech.spoken.rule import Rule, any_of, before, rule

# A blood pressure (mmHg): what is written as systolic/diastolic lies within these.
_SYSTOLIC = range(50, 301)
_DIASTOLIC = range(20, 201)
_RANGE = r"\s?[-–—−]\s?"
# What is multiplied by another of its kind is a size ("3 x 4 cm"); all else is how many of it ("2 x 500 mg").
_LENGTHS = frozenset({"m", "cm", "mm", "km", "µm", "μm", "nm", "ft"})
# Units that are no other word where no number stands in front ("in mg").
_ALONE = ("kg", "mg", "mcg", "µg", "μg", "ng", "ml", "mL", "dl", "dL", "cm", "mm", "km", "mmol", "mmHg")


def rules(language: Language) -> list[Rule]:
    """The rules for a language, in the order in which they are tried."""
    return _Quantities(language).rules()


class _Quantities:
    def __init__(self, language: Language) -> None:
        self._language = language
        self._number = numerals.signed(language)
        self._unsigned = numerals.numeral(language)
        self._words = language.below
        unit = f"(?:{any_of(language.units)})"
        below = rf"\s?/\s?(?:{self._unsigned}\s?)?(?:{any_of(self._words)})"
        self._unit = rf"(?:{unit}(?:{below})*|(?:{below})+)(?![\w%])"
        self._compound = rf"{unit}(?:/(?:{any_of(self._words)}))+(?![\w%])"
        self._below = re.compile(rf"\s?/\s?({self._unsigned})?\s?({any_of(self._words)})(?![\w%])")
        self._top = re.compile(rf"({any_of(language.units)})(?![\w%])")

    def rules(self) -> list[Rule]:
        """Larger things before the smaller ones that they are made of."""
        number, plain, unit = self._number, self._unsigned, self._unit
        small = r"\d{1,3}(?![\d.,]*\d)"
        money = f"(?:{any_of(self._language.currencies)})"
        large = f"(?:{any_of(self._language.large)})"
        half = rf"(?:\d{{1,2}}|{numerals.vulgar()})"
        large_word = f"(?:{any_of(word for word in self._language.large if len(word) > 1)})"
        return [
            rule(rf"(?<![\w-])({half}(?:\s?[-–]\s?{half}){{2,3}})(\s?{unit})?(?![\w–-])", self._scheme),
            rule(rf"({money})\s?({number})(?:{_RANGE}({plain}))?(?:\s?({large})(?!\w))?", self._money_before),
            rule(rf"({number})(?:{_RANGE}({plain}))?\s?(?:({large})\s?)?({money})(?!\w)", self._money_behind),
            rule(rf"({number})(?:{_RANGE}({plain}))?\s?({large_word})(?!\w)", self._large),
            rule(rf"(?:({number})\s?[x×*·]\s?|[x×]\s?)?10[\^*]([-−]?\d{{1,2}})(\s?{unit})?", self._power),
            rule(rf"({number})\s?[x×]\s?({plain})(?:\s?[x×]\s?({plain}))?(\s?{unit})?", self._product),
            rule(rf"({small})/({small})(\s?{unit})?(?![\w/])", self._over),
            rule(rf"({number})-({unit})", self._quantity_in_word),
            rule(rf"({number}){_RANGE}({self._number})\s?({unit})", self._range),
            rule(rf"({number})({unit}){_RANGE}({plain})({unit})", self._range_of_each),
            rule(rf"({number})\s?({unit})", self._quantity),
            rule(rf"(\d{{1,3}})?\s?({numerals.vulgar()})(\s?{unit})?", self._vulgar),
            rule(rf"({number}){_RANGE}({plain})(?![\w–-])", self._plain_range),
            rule(r"(\d{1,6}):(\d{1,6})(?![\d:])", self._ratio),
            *self._single(),
            rule(rf"(?<![\w/]){self._compound}", lambda found: self._many(found.group())),
            rule(rf"(?<!\w)(?:{any_of(_ALONE)})(?![\w.-])", lambda found: self._many(found.group())),
            rule(number, lambda found: self._said(found.group())),
        ]

    def _single(self) -> list[Rule]:
        """One of something, where the language tells "eine" from "ein"."""
        nouns = self._language.nouns
        return [rule(rf"1(?=\s({any_of(nouns)})(?!\w))", self._one)] if nouns else []

    def _said(self, number: str) -> str:
        return numerals.say(number, self._language)

    def _many(self, unit: str) -> str:
        """A unit, also one with a denominator, behind a number other than 1."""
        return self._expression(unit, many=True)

    def _expression(self, unit: str, *, many: bool) -> str:
        language = self._language
        unit = unit.strip()
        said = []
        position = 0
        if top := self._top.match(unit):
            noun = language.units[top.group(1)]
            said.append(noun.many if many else noun.one)
            position = top.end()
        while below := self._below.match(unit, position):
            count = f"{self._said(below.group(1))} " if below.group(1) else ""
            word = below.group(2)
            name = language.units[word].many if count and word in language.units else self._words[word]
            said.append(f"{language.signs.per} {count}{name}")
            position = below.end()
        return " ".join(said)

    def _quantity(self, found: re.Match[str]) -> str:
        return self._counted(found.group(1), found.group(2), before(found))

    def _counted(self, number: str, unit: str, in_front: str) -> str:
        top = self._top.match(unit.strip())
        if number != "1" or top is None:
            return f"{self._said(number)} {self._many(unit)}"
        one = self._language.one(self._language.units[top.group(1)].gender, in_front)
        return f"{one} {self._expression(unit, many=False)}"

    def _quantity_in_word(self, found: re.Match[str]) -> str:
        return f"{self._said(found.group(1))} {self._expression(found.group(2), many=False)}"

    def _range(self, found: re.Match[str]) -> str:
        return f"{self._to(found.group(1), found.group(2))} {self._many(found.group(3))}"

    def _range_of_each(self, found: re.Match[str]) -> str:
        first = self._counted(found.group(1), found.group(2), before(found))
        return f"{first} {self._language.signs.to} {self._counted(found.group(3), found.group(4), '')}"

    def _plain_range(self, found: re.Match[str]) -> str:
        if re.match(r"0\d", found.group(2)):
            return numerals.by_digit(found, self._language)  # "2026-0417"
        return self._to(found.group(1), found.group(2))

    def _ratio(self, found: re.Match[str]) -> str:
        return self._to(*found.groups())

    def _to(self, first: str, last: str) -> str:
        return f"{self._said(first)} {self._language.signs.to} {self._said(last)}"

    def _scheme(self, found: re.Match[str]) -> str:
        """How many in the morning, at noon, in the evening, at night: "1-0-1"."""
        doses = re.split(r"\s?[-–]\s?", found.group(1))
        unit = f" {self._many(found.group(2))}" if found.group(2) else ""
        said = ", ".join(
            self._language.fractions[numerals.VULGAR[dose]] if dose in numerals.VULGAR else self._said(dose)
            for dose in doses
        )
        return said + unit

    def _over(self, found: re.Match[str]) -> str:
        language = self._language
        first, second = int(found.group(1)), int(found.group(2))
        unit = f" {self._many(found.group(3))}" if found.group(3) else ""
        if fraction := language.fractions.get((first, second)):
            return f"{fraction}{unit}"
        a, b = self._said(found.group(1)), self._said(found.group(2))
        if first in _SYSTOLIC and second in _DIASTOLIC and first > second:
            return f"{a} {language.signs.over} {b}{unit}"
        return f"{a} {language.signs.out_of if first <= second else language.signs.over} {b}{unit}"

    def _vulgar(self, found: re.Match[str]) -> str:
        fraction = numerals.VULGAR[found.group(2)]
        unit = f" {self._many(found.group(3))}" if found.group(3) else ""
        if found.group(1):
            return f"{self._language.and_fraction(int(found.group(1)), fraction)}{unit}"
        return f"{self._language.fractions[fraction]}{unit}"

    def _power(self, found: re.Match[str]) -> str:
        language = self._language
        first, power, unit = found.groups()
        exponent = self._said(power)
        said = f"{language.cardinal(10)} {language.signs.power} {exponent}"
        if first:
            said = f"{self._said(first)} {language.signs.times} {said}"
        elif found.group()[0] in "x×":
            said = f"{language.signs.times} {said}"
        return f"{said} {self._expression(unit, many=False)}" if unit else said

    def _product(self, found: re.Match[str]) -> str:
        language = self._language
        *factors, unit = found.groups()
        sign = language.signs.by if unit and unit.strip() in _LENGTHS else language.signs.times
        first = language.one("n", "") if factors[0] == "1" else self._said(factors[0])
        said = f" {sign} ".join([first, *(self._said(factor) for factor in factors[1:] if factor)])
        return f"{said} {self._many(unit)}" if unit else said

    def _one(self, found: re.Match[str]) -> str:
        return self._language.one(self._language.nouns[found.group(1)], before(found))

    def _large(self, found: re.Match[str]) -> str:
        number = self._to(found.group(1), found.group(2)) if found.group(2) else self._said(found.group(1))
        return f"{number} {self._language.large[found.group(3)]}"

    def _money_before(self, found: re.Match[str]) -> str:
        sign, first, last, large = found.groups()
        return self._money(self._language.currencies[sign], first, last, large, before(found))

    def _money_behind(self, found: re.Match[str]) -> str:
        first, last, large, sign = found.groups()
        return self._money(self._language.currencies[sign], first, last, large, before(found))

    def _money(self, currency: Currency, first: str, last: str | None, large: str | None, in_front: str) -> str:
        language = self._language
        if last or large:
            number = self._to(first, last) if last else self._said(first)
            return " ".join(part for part in (number, language.large.get(large or "", ""), currency.whole.many) if part)
        whole, fraction = numerals.parts(first.lstrip("-−–+±"), language)
        if len(fraction) not in (0, 2):
            return f"{self._said(first)} {currency.whole.many}"
        sign = self._said(first).split()[0] + " " if not first[0].isdigit() and first[0] not in ".," else ""
        amounts = []
        if int(whole) or not int(fraction or 0):
            amounts.append(self._amount(int(whole), currency.whole, in_front))
        if int(fraction or 0):
            amounts.append(self._amount(int(fraction), currency.part, in_front))
        return sign + f" {language.signs.money} ".join(amounts)

    def _amount(self, count: int, currency: Noun, in_front: str) -> str:
        if count == 1:
            return f"{self._language.one(currency.gender, in_front)} {currency.one}"
        return f"{self._said(str(count))} {currency.many}"

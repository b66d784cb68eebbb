"""Words that are not said as they are written: abbreviations, letters that are spelled, words with digits in them."""

import re

from backend.speech.spoken import numerals
from backend.speech.spoken.language import Language
from backend.speech.spoken.rule import Rule, any_of, before, rule

# A row of capitals that nobody can pronounce is spelled, whatever it means.
_NO_VOWEL = re.compile(r"[B-DF-HJ-NP-TV-XZ]{2,5}")
# Digits behind letters up to this length are a number ("B12"), longer ones are read digit by digit.
_LONGEST_PART = 2
# So many words in capitals in a row are emphasis, and none of them an abbreviation.
_SHOUTED = r"(?<![\w-])[^\W\d_a-zäöüß]{2,}(?: [^\W\d_a-zäöüß]{2,}){2,}(?![\w-])"
# Units that make a rate of any word in front of them ("tablets/day"); "day/night" is something else.
_BELOW = (
    "l", "L", "µL", "µl", "uL", "nl", "dl", "dL", "ml", "mL", "kg", "min", "h", "day", "week", "month", "Tag", "Woche",
    "Stunde", "Monat",
)  # fmt: skip
# Behind these a Roman number counts; elsewhere "IV" is a way into a vein.
_STAGED = re.compile(r"\b(?:NYHA|CCS|stage|grade|type|class|phase|Stadium|Grad|Typ|Klasse|Phase)\s$", re.IGNORECASE)
_ROMAN = {
    "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11, "XII": 12,
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "Δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda",
    "μ": "my", "π": "pi", "σ": "sigma", "τ": "tau", "ω": "omega", "Ω": "ohm",
}  # fmt: skip


class Words:
    """The rules about words for one language, in three parts, since numbers are asked in between."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._below = {unit: name for unit, name in language.below.items() if unit in _BELOW}
        self._abbreviations = {_squeezed(word): said for word, said in language.abbreviations.items()}

    def abbreviations(self) -> list[Rule]:
        """Abbreviations, which may hold digits and signs, and years."""
        language = self._language
        numbered = any_of(language.numbered)
        written = "|".join(_spaced(word) for word in sorted(language.abbreviations, key=lambda word: -len(word)))
        year, unit = r"((?:1[1-9]|20)\d{2})", any_of(language.units)
        alone = rf"(?![\w.,-]*\d)(?!\w)(?!\s?(?:{unit})(?!\w))"
        return [
            rule(rf"(?<![\w.])(?:{numbered})(?=\s?\d)", lambda found: f"{language.numbered[found.group()]} "),
            rule(rf"(?<![\w.])(?:{written})(?![\w-])", self._abbreviation),
            rule(rf"(?<![\w.,]){year}(?:\s?[-–/]\s?{year})?{alone}", self._year),
        ]

    def letters(self) -> list[Rule]:
        """Words that are read letter by letter, wholly or in part."""
        return [
            rule(r"(?<!\w)(?=[^\W\d_]+-?\d)[^\W_]+(?:-\d+)*(?![^\W_])", self._mixed),
            rule(_SHOUTED, self._shouted),
            rule("|".join(sorted(_ROMAN, key=len, reverse=True)) + r"(?!\w)", self._roman),
            rule(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])", self._letters),
            rule(f"[{''.join(_GREEK)}]", lambda found: _GREEK[found.group()]),
        ]

    def symbols(self) -> list[Rule]:
        """What is left when numbers, addresses and words are said."""
        language = self._language
        compared = any_of(language.compared)
        return [
            rule(rf"(?:{compared})(?=\s?[-−+]?[\d.,]*\d)", lambda found: language.compared[found.group()]),
            rule(any_of(language.symbols), lambda found: language.symbols[found.group()]),
            rule(rf"(?<=[^\W\d_])/({any_of(self._below)})(?!\w)", self._per),
            rule(r"(?<=[^\W\d_])/(?=[^\W\d_])", lambda _: language.signs.either),
            rule("/", lambda _: " "),
            rule(r"(?<=\s)[x×](?=\s?\d)", lambda _: language.signs.by),
            rule(r"\^(?=\d)", lambda _: language.signs.power),
            rule(r"(?<=[\w+])\+(?!\w)|(?<=\s)\+(?=\s)", lambda _: language.signs.plus),
            rule(r"#(?=\s?\d)", lambda _: f"{language.signs.number} "),
        ]

    def _per(self, found: re.Match[str]) -> str:
        return f"{self._language.signs.per} {self._below[found.group(1)]}"

    def _abbreviation(self, found: re.Match[str]) -> str:
        said = self._abbreviations[_squeezed(found.group())]
        # The full stop of "etc." ends the sentence as well when nothing follows.
        ends = found.group().endswith(".") and not found.string[found.end() :].strip(" \"'”“)")
        return f"{said}." if ends else said

    def _year(self, found: re.Match[str]) -> str | None:
        language = self._language
        first, last = found.groups()
        if last:
            return f"{language.year(int(first))} {language.signs.to} {language.year(int(last))}"
        return language.year(int(first)) if language.before_year.search(before(found)) else None

    def _mixed(self, found: re.Match[str]) -> str:
        """Letters and digits in one word, such as "SpO2", "HbA1c", "B12", "COVID-19"."""
        pieces = []
        for piece in re.findall(r"[^\W\d_]+|\d+", found.group()):
            if piece[0].isdigit():
                short = len(piece) <= _LONGEST_PART and (piece[0] != "0" or len(piece) == 1)
                pieces.append(numerals.say(piece, self._language) if short else numerals.digits(piece, self._language))
            elif piece in self._language.spelled or len(piece) == 1 or _NO_VOWEL.fullmatch(piece):
                pieces.append(_spelled(piece))
            else:
                pieces.append(piece)
        return "-".join(pieces)

    def _shouted(self, found: re.Match[str]) -> str | None:
        words = set(found.group().split())
        return None if words & (self._language.spelled | _ROMAN.keys()) else found.group().lower()

    def _roman(self, found: re.Match[str]) -> str | None:
        return self._language.cardinal(_ROMAN[found.group()]) if _STAGED.search(before(found)) else None

    def _letters(self, found: re.Match[str]) -> str | None:
        word = found.group()
        plural = "s" if word not in self._language.spelled and word.endswith("s") else ""
        root = word.removesuffix("s") if plural else word
        if root in self._language.spelled or (_NO_VOWEL.fullmatch(root)):
            return _spelled(root) + ("'s" if plural else "")
        return None


def _spelled(word: str) -> str:
    """Letter by letter. The hyphens keep engines from taking the letters for a word."""
    return "-".join(word)


def _squeezed(word: str) -> str:
    return re.sub(r"\s", "", word)


def _spaced(word: str) -> str:
    """The pattern of an abbreviation, with spaces allowed behind its inner full stops."""
    return re.sub(r"\\\.(?=.)", r"\\.\\s?", re.escape(word))

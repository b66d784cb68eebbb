"""Makes text for speaking: one pass over it, in which the first rule that knows a stretch says it."""

import re
import unicodedata

from backend.speech.spoken import addresses, dates, languages, markup, numerals, quantities, words
from backend.speech.spoken.language import Language
from backend.speech.spoken.rule import Rule

# What no rule knows is taken over word by word.
_TAKEN_OVER = re.compile(r"[^\W\d_]+|\s+|.", re.DOTALL)
# Longer unbroken stretches are no words of any language: keys, encoded data. A listener is spared the rest.
_LONGEST_WORD = 80
_UNBROKEN = re.compile(rf"\S{{{_LONGEST_WORD},}}")
_BEFORE_SIGN = re.compile(r"\s+(?=[.,;:!?…)\]”’%])")
_BEHIND_OPENING = re.compile(r"(?<=[(\[“„])\s+")
_SIGNS_IN_A_ROW = re.compile(r"([,;:])(?:\s*[,;:])+")
_DROPPED = re.compile(r"[_|^\\{}<>~*#`]+")


def speakable(text: str, language: str) -> str:
    """The text as an engine is to be given it: `language` is ISO 639-1, "de-AT" counts as "de".

    English and German leave no digit. Of other languages only what is for the eye is taken out: engines read their
    numbers. Empty when there is nothing to be said.
    """
    plain = markup.plain(unicodedata.normalize("NFC", text))
    known = languages.get(language)
    if known is None:
        return _tidy(plain)
    plain = numerals.plain_digits(_UNBROKEN.sub(_shortened, plain))
    return _tidy(_scan(addresses.files_named(plain), _RULES[known.code]))


def file_name(path: str, language: str) -> str:
    """A file's name as it is said: "Discharge letter" for "/Patients/Discharge_letter.pdf"."""
    return speakable(addresses.named(path), language)


def _rules(language: Language) -> tuple[Rule, ...]:
    leading, own = addresses.Addresses(language), words.Words(language)
    return (
        *leading.rules(),
        *language.rules,
        *dates.rules(language),
        *leading.identifiers(),
        *own.abbreviations(),
        *quantities.rules(language),
        *own.letters(),
        *own.symbols(),
    )


# Compiling takes a tenth of a second, which the first answer should not wait for.
_RULES = {language.code: _rules(language) for language in languages.ALL}


def _scan(text: str, rules: tuple[Rule, ...]) -> str:
    said: list[str] = []
    position = 0
    while position < len(text):
        piece, position = _next(text, position, rules)
        if said and piece and said[-1][-1:].isalnum() and piece[0].isalnum():
            said.append(" ")
        if piece:
            said.append(piece)
    return "".join(said)


def _next(text: str, position: int, rules: tuple[Rule, ...]) -> tuple[str, int]:
    """What is said of the stretch that begins at `position`, and where it ends."""
    for rule in rules:
        found = rule.pattern.match(text, position)
        if found and found.end() > position and (said := rule.say(found)) is not None:
            return said, found.end()
    taken = _TAKEN_OVER.match(text, position)
    assert taken is not None
    return taken.group(), taken.end()


def _shortened(found: re.Match[str]) -> str:
    word = found.group()
    return word if "://" in word or "@" in word else word[:_LONGEST_WORD]


def _tidy(text: str) -> str:
    text = " ".join(_DROPPED.sub(" ", text).split())
    text = _BEHIND_OPENING.sub("", _BEFORE_SIGN.sub("", text))
    text = _SIGNS_IN_A_ROW.sub(r"\1", text)
    return text if any(c.isalnum() for c in text) else ""

"""Words of a text in the form in which they are compared: case-folded, stemmed, numbers in one form."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import Any

import snowballstemmer

_ALGORITHM = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

# Chinese, Japanese, Thai and their like write without spaces: every character counts as a word.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
    r"|\d+(?:[.,:/]\d+)*"
    r"|[^\W\d_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af](?:[^\W_]|['’](?=[^\W\d_]))*"
)

# Words that carry no subject, in the languages most met; a question in another language only loses some sharpness.
STOP_WORDS = frozenset(
    """
    a an the and or but if then than so as of at by for from in into on onto to with without about over under
    between is are was were be been being am do does did doing done have has had having can could may might must
    shall should will would i me my mine we us our you your he him his she her it its they them their this that
    these those there here who whom whose which what when where why how many much long often any some all each
    every no not nor only own same too very just also please tell give show say says said know find need want
    get got i'm it's don't doesn't didn't isn't aren't can't won't what's who's where's let mr mrs
    ms dr prof herr frau der die das den dem
    des ein eine einer eines einem einen und oder aber wenn dann als so von vom bei beim für aus in im ins auf
    an am zu zum zur mit ohne über unter zwischen ist sind war waren sein wird werden wurde worden hat haben
    hatte kann können darf dürfen muss müssen soll sollen sollte ich mich mir mein wir uns unser du dich dein
    sie ihr ihre ihren er ihm ihn es man dies diese dieser dieses jede jeder alle wer wem wen wessen was wann wo
    warum wie viel viele lange oft welche welcher welches kein keine nicht auch nur sehr bitte gibt nach vor le
    la les un une des du de et ou mais si à au aux en dans sur sous avec sans pour par est sont était être a ont
    avoir peut doit je me mon ma mes nous notre vous votre il elle ils leur ce cette ces qui que quoi quand où
    pourquoi comment combien quel quelle quels quelles ne pas plus très el los las una unos unas y o pero de del
    al con sin por para es son era ser está están ha han puede debe yo mi su sus nos este esta estos que quién
    qué cuándo dónde cómo cuánto cuál no se
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)

_NUMBER_WORDS = {
    "zero": "0", "one": "1", "once": "1", "single": "1", "two": "2", "twice": "2", "three": "3", "thrice": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11",
    "twelve": "12", "einmal": "1", "zwei": "2", "zweimal": "2", "drei": "3", "dreimal": "3", "vier": "4", "fünf": "5",
    "sechs": "6", "sieben": "7", "acht": "8", "neun": "9", "zehn": "10", "elf": "11", "zwölf": "12",
}  # fmt: skip

_lock = Lock()
_stemmers: dict[str, Any] = {}


def words(text: str) -> list[str]:
    """The words of `text`, case-folded, in order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def terms(text: str, language: str = "en") -> list[str]:
    """The words that carry the subject of `text`: stemmed, stop words left out, numbers in one form."""
    return [normal(word, language) for word in words(text) if word not in STOP_WORDS]


@lru_cache(maxsize=65_536)
def normal(word: str, language: str) -> str:
    """The form in which `word` is compared with others."""
    if word[0].isdigit():
        return number(word)
    if word in _NUMBER_WORDS:
        return _NUMBER_WORDS[word]
    word = word.replace("’", "'").removesuffix("'s")
    algorithm = _ALGORITHM.get(language, "english")
    with _lock:  # a stemmer keeps its word in itself
        stemmer = _stemmers.get(algorithm)
        if stemmer is None:
            stemmer = _stemmers[algorithm] = snowballstemmer.stemmer(algorithm)
        return str(stemmer.stemWord(word))


def number(text: str) -> str:
    """One form for one number: `1,000` is `1000`, `0,5` is `0.5`, `2.50` is `2.5`."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    if re.fullmatch(r"\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    if re.fullmatch(r"\d+\.\d+", text):
        text = text.rstrip("0").rstrip(".")
    return text.lstrip("0") if re.fullmatch(r"0+[1-9]\d*", text) else text


def numbers(text: str) -> set[str]:
    """The numbers in `text`, number words included, in one form. Digits inside a word (`HbA1c`) are not numbers."""
    found = set()
    for word in words(text):
        if word[0].isdigit():
            found.add(number(word))
        elif word in _NUMBER_WORDS:
            found.add(_NUMBER_WORDS[word])
    return found


def jaccard(one: Iterable[str], other: Iterable[str]) -> float:
    """Shared terms over all terms, 0 to 1."""
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a or b else 0.0

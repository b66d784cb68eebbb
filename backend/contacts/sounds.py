"""How names sound: one spelling for what sounds the same, and phonetic keys for what nearly does."""

import re
import unicodedata
from functools import lru_cache

from jellyfish import metaphone
from rapidfuzz.distance import OSA

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GENITIVE = re.compile(r"['’]s\b")
_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "æ": "ae", "œ": "oe", "å": "a", "ł": "l", "đ": "d"}
_TRANSLATION = str.maketrans(_LETTERS)

# Sequences that sound the same, in the order in which they are replaced: what has one spelling then is written alike by
# ear. "Maier", "Meyer" and "Mayr" are one by the German rules, "Reid" and "Reed" by the English ones.
_FIRST = ((r"^mac(?=[^aeiou])", "mc"), ("aeu", "eu"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("y", "i"))
_VOWELS_OF = {
    "de": (("ai", "ei"), ("eier$", "eir"), ("ie|ee", "i")),
    "en": (("ee|ea|ei|ie", "i"), ("oo|ou", "u")),
}
_THEN = (
    (r"ow(?=[^aeiou])", "au"),
    ("ph|v", "f"),
    ("th|dt", "t"),
    ("tz", "z"),
    ("sch", "sh"),
    ("ch", "x"),
    ("ck|c(?![eih])", "k"),
    ("qu", "kw"),
    (r"(?<=[aeiou])h(?=[^aeiou]|$)", ""),
    (r"(?<=[rw][kn])e$", ""),
    (r"(?<=lz)e$", ""),
    (r"(.)\1+", r"\1"),
    ("d$", "t"),
)
_BY_EAR = {
    language: tuple((re.compile(pattern), to) for pattern, to in (*_FIRST, *vowels, *_THEN))
    for language, vowels in _VOWELS_OF.items()
}
_VOWELS = re.compile("[aeiou]+")

# Words that have the same phonetic key and this much of their letters in common sound alike ("Okafor", "Okafer");
# below it keys are too coarse: by Cologne's, "Meyer" and "Mohr" are one.
_ALIKE = 0.75
# So much in common without the same sound: a slip of the pen or of the ear ("Weber", "Webber", "Wever").
_SIMILAR = 0.8
# With the same key less is enough for a question ("Youssef", "Yusuf").
_SIMILAR_BY_KEY = 0.5
# Shorter words that differ are different names: "Anna" and "Anne".
_SHORTEST_ALIKE = 5
# Shorter words differ from half of all others by one letter.
_SHORTEST = 4


def fold(text: str) -> str:
    """Lower case without accents; umlauts as two letters."""
    lower = unicodedata.normalize("NFKC", text).casefold().translate(_TRANSLATION)
    return "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The folded words of a text; apostrophes within a name are left out ("O'Connor"), a genitive's with its s."""
    plain = unicodedata.normalize("NFKC", text)
    return [fold(re.sub("['’]", "", word)) for word in _WORD.findall(_GENITIVE.sub("", plain))]


@lru_cache(50_000)
def by_ear(word: str) -> tuple[str, ...]:
    """A folded word as it would be written by ear, by the rules of each language: words that share one sound the same.

    Each spelling has its language in front ("de:meir").
    """
    return tuple(_by_ear(word, language) for language in _BY_EAR)


def _by_ear(word: str, language: str) -> str:
    for pattern, to in _BY_EAR[language]:
        word = pattern.sub(to, word)
    return f"{language}:{word}"


@lru_cache(50_000)
def keys(word: str) -> frozenset[str]:
    """The phonetic keys of a folded word, marked by kind: Metaphone (Philips 1990) for English, Cologne for German."""
    found = {f"m:{metaphone(word)}", f"c:{cologne(word)}"}
    return frozenset(key for key in found if len(key) > 2)


def alike(one: str, other: str) -> bool:
    """Whether two folded words have a key and, by ear, their first vowel and most of their letters in common."""
    if min(len(one), len(other)) < _SHORTEST_ALIKE or keys(one).isdisjoint(keys(other)):
        return False
    return any(
        _first_vowel(mine) == _first_vowel(theirs) and OSA.normalized_similarity(mine[3:], theirs[3:]) >= _ALIKE
        for mine, theirs in zip(by_ear(one), by_ear(other), strict=True)
    )


def similar(one: str, other: str) -> bool:
    """Whether one may be a slip for the other."""
    if min(len(one), len(other)) < _SHORTEST:
        return False
    common = OSA.normalized_similarity(one, other)
    return common >= _SIMILAR or (common >= _SIMILAR_BY_KEY and not keys(one).isdisjoint(keys(other)))


def _first_vowel(spelt: str) -> str:
    found = _VOWELS.search(spelt, 3)  # behind the language
    return found[0] if found else ""


# Letter, those that must stand before or behind it, digit: Kölner Phonetik (Postel 1969).
_COLOGNE = {
    **dict.fromkeys("aeijouy", "0"),
    "b": "1",
    "f": "3",
    "v": "3",
    "w": "3",
    "g": "4",
    "k": "4",
    "q": "4",
    "l": "5",
    "m": "6",
    "n": "6",
    "r": "7",
    "s": "8",
    "z": "8",
}


def cologne(word: str) -> str:
    """Kölner Phonetik (Postel 1969) of a folded word: digits, without repetitions, zeros only in front."""
    digits = ""
    for at, letter in enumerate(word):
        before, behind = word[at - 1] if at else "", word[at + 1] if at + 1 < len(word) else ""
        if letter == "p":
            digit = "3" if behind == "h" else "1"
        elif letter in "dt":
            digit = "8" if behind in tuple("csz") else "2"
        elif letter == "c":
            hard = tuple("ahkoqux") if before else tuple("ahkloqrux")
            digit = "4" if behind in hard and before not in tuple("sz") else "8"
        elif letter == "x":
            digit = "8" if before in tuple("ckq") else "48"
        else:
            digit = _COLOGNE.get(letter, "")
        digits += digit
    single = re.sub(r"(.)\1+", r"\1", digits)
    return single[:1] + single[1:].replace("0", "")

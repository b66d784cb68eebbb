"""The language model of one user: the commands that everybody says, with this user's names and phrases in it."""

import gzip
import os
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import pocketsphinx
from num2words import num2words

from backend.speech.builtin.pronunciation import dictionary, spoken

FOLDER = Path(__file__).parent
ACOUSTIC = Path(pocketsphinx.get_model_path("en-us"))

# More names than this are not told apart by ear, and each takes memory and time in every recognition.
MOST_NAMES, MOST_PHRASES = 4_000, 300
# A name or phrase with more words is cut: nobody says more of it, and the decoder wants it as one long word.
_MOST_WORDS, _PHRASE_WORDS = 6, 12
# What is heard in whole words of these: an entry of several words is one word to the decoder, and words of a class are
# told from the same words elsewhere.
JOINT, MARK = "_", "/"

# A word that is said in several ways; more only confuse.
_MOST_WAYS = 4

_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
_YEARS = range(1900, 2100)

_PIECE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")


def said(name: str, most: int = _MOST_WORDS) -> list[str]:
    """The words in which a written name is said: `Q3_report.pdf` is Q, three, report. Capitals are kept."""
    words: list[str] = []
    text = _EXTENSION.sub("", name) if "." in name[1:] else name
    for piece in _PIECE.findall(_CAMEL.sub(" ", text.replace("’", "'"))):
        if piece.isdecimal():
            words += _number(piece)
        elif piece.isupper() and len(piece) <= 3:
            words += piece
        else:
            words.append(piece)
    return words[:most]


def _number(digits: str) -> list[str]:
    """A number as it is said in a name: 2026 as a year, a long one by its first digits."""
    number = int(digits[:4])
    text: str = num2words(number, to="year" if number in _YEARS else "cardinal")
    return text.replace("-", " ").replace(",", "").split()


def heard_as(token: str) -> str:
    """What a word of the decoder is, as it is written."""
    return token.partition(MARK)[0].replace(JOINT, " ")


def plain(word: str) -> str:
    """A word as the dictionary and English ears have it: small, without accents."""
    marked = unicodedata.normalize("NFKD", word.casefold().translate(_PLAIN))
    return "".join(letter for letter in marked if not unicodedata.combining(letter))


def entries(names: Iterable[str]) -> dict[str, float]:
    """How people and things are called, each with its weight: in full, and by each part of a name of few words."""
    found: dict[str, float] = {}
    for name in names:
        words = said(name)
        if not words:
            continue
        found[JOINT.join(words)] = found.get(JOINT.join(words), 0.0) + 1.0
        if 1 < len(words) <= 3:
            for word in (words[0], words[-1]):
                if len(word) > 2:
                    found[word] = min(2.0, found.get(word, 0.0) + 0.5)
    return found


class Base:
    """What all users share, in a folder: the model, the classes and the pronunciations of their words."""

    def __init__(self, folder: Path) -> None:
        self.model = folder / "english.arpa"
        self.classes = folder / "english.classes"
        self.dictionary = folder / "english.dict"

    @property
    def is_there(self) -> bool:
        """Whether it has been made."""
        return self.dictionary.exists()

    def make(self) -> None:
        """Unpack the model and look up its words. Two processes may do so at once."""
        model = gzip.decompress((FOLDER / "english.arpa.gz").read_bytes())
        _write(self.model, model)
        single = {
            line.split("\t")[1]
            for line in model.decode().partition("\\1-grams:")[2].partition("\\2-grams:")[0].splitlines()
            if "\t" in line
        }
        words = {word: word for word in single if not word.startswith(("<", "["))}
        classes: list[str] = []
        for line in (FOLDER / "english.classes").read_text(encoding="utf-8").splitlines()[1:]:
            name, *members = line.split()
            mark = name.strip("[]")
            classes += _class(name, {f"{member}{MARK}{mark}": 1.0 for member in members})
            words |= {f"{member}{MARK}{mark}": member for member in members}
        _write(self.classes, _lines(classes))
        _write(self.dictionary, _lines(pronounced(words)))


def make(folder: Path, base: Base, names: Sequence[str], phrases: Sequence[str]) -> None:
    """Write the model of a user with these names and phrases into `folder`: what a decoder is started with."""
    called = {f"{name}{MARK}n": weight for name, weight in entries(names[:MOST_NAMES]).items()}
    # Somebody without a name to call still has a class of names.
    called = called or {f"anna{MARK}n": 1.0}
    owning = {f"{token.partition(MARK)[0]}'s{MARK}n": weight for token, weight in called.items()}
    whole = {JOINT.join(said(phrase, _PHRASE_WORDS)) + f"{MARK}p": 1.0 for phrase in phrases[:MOST_PHRASES]}
    whole.pop(f"{MARK}p", None)
    whole = whole or {f"hello{MARK}p": 1.0}
    classes = base.classes.read_text(encoding="utf-8").splitlines()
    classes += [*_class("[name]", called), *_class("[names]", owning), *_class("[phrase]", whole)]
    _write(folder / "classes", _lines(classes))
    words = {token: token.partition(MARK)[0] for token in (*called, *owning, *whole)}
    _write(folder / "dictionary", base.dictionary.read_bytes() + _lines(pronounced(words)))
    names_of_classes = " ".join(line.split()[1] for line in classes if line.startswith("LMCLASS"))
    control = [f"{{ {folder / 'classes'} }}", f"{base.model} user {{ {names_of_classes} }}"]
    _write(folder / "control", _lines(control))


def pronounced(words: dict[str, str]) -> list[str]:
    """Lines of a dictionary: for each word of the decoder, how what it stands for is said (parts joined by `_`)."""
    parts = {part for text in words.values() for part in text.split(JOINT)}
    spelt = {part: plain(part) for part in parts}
    bare = {spelling.removesuffix("'s") for spelling in spelt.values()}
    known = dictionary(ACOUSTIC / "cmudict-en-us.dict", {*spelt.values(), *bare})
    # What is written in other letters than Latin ones, the synthesiser would spell out in English.
    latin = {part for part in parts if spelt[part].isascii()}
    unknown = sorted({part.removesuffix("'s") for part in latin if not _known(spelt[part], known)})
    guessed = _guessed(unknown)
    lines = []
    for token, text in words.items():
        said_as = _joined([_of(part, spelt[part], known, guessed) for part in text.split(JOINT)])
        lines += [f"{token}{f'({number})' if number > 1 else ''} {way}" for number, way in enumerate(said_as, 1)]
    return lines


def _known(spelling: str, known: dict[str, list[str]]) -> bool:
    return spelling in known or spelling.removesuffix("'s") in known


def _guessed(words: Sequence[str]) -> dict[str, list[str]]:
    """How a speech synthesiser says words that no dictionary has, by their plain spelling and as they are written."""
    if not words:
        return {}
    try:
        # As it is written, and as somebody reads it who does not know its accents.
        ways = spoken(list(dict.fromkeys([*words, *(plain(word) for word in words if not word.isascii())])))
    except (OSError, subprocess.SubprocessError):
        return {}  # without espeak-ng these words are not heard, the others are
    return {word: list(dict.fromkeys([*ways[word], *ways.get(plain(word), ())])) for word in words}


def _of(part: str, spelling: str, known: dict[str, list[str]], guessed: dict[str, list[str]]) -> list[str]:
    """The pronunciations of one word."""
    if spelling in known:
        return known[spelling]
    stem = spelling.removesuffix("'s")
    ways = known.get(stem) or guessed.get(part.removesuffix("'s")) or []
    return ways if stem == spelling else [f"{way} {_genitive(way)}" for way in ways]


def _genitive(way: str) -> str:
    last = way.rpartition(" ")[2]
    if last in ("S", "Z", "SH", "ZH", "CH", "JH"):
        return "IH Z"
    return "S" if last in ("P", "T", "K", "F", "TH") else "Z"


def _joined(parts: Sequence[Sequence[str]]) -> list[str]:
    """Pronunciations of words said one after the other. Not every combination: the first ways, the second ways, ..."""
    if not all(parts):
        return []
    most = min(max(map(len, parts)), _MOST_WAYS)
    made = (" ".join(ways[min(number, len(ways) - 1)] for ways in parts) for number in range(most))
    return list(dict.fromkeys(made))


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that nobody sees half of it."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.rename(path)


def _class(name: str, members: dict[str, float]) -> list[str]:
    """Lines that define a class for the decoder, with the share of each member."""
    total = sum(members.values())
    return [f"LMCLASS {name}", *(f"{word} {weight / total:.3e}" for word, weight in members.items()), f"END {name}"]

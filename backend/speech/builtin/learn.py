"""Makes the language model of English commands: `make hearing` writes `english.arpa.gz` and `english.classes`.

Three sources, each with a weight: patterns of commands (`english.patterns`, and those of the second opinion in
`backend/assistant/understanding/opinion`), the sample documents for what is asked about, and pocketsphinx's general
model of English for everything else. Numbers, days and topics are classes of words, filled in here; `[name]` and
`[names]` (Anna's) are filled in for each user.
"""

import argparse
import gzip
import hashlib
import heapq
import io
import math
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pocketsphinx
from num2words import num2words

from backend.speech.builtin.ngram import END, START, Ngrams

FOLDER = Path(__file__).parent
# At most so many variants of a pattern.
VARIANTS = 200
# How much the sources count beside each other: a pattern, all its variants together; a sentence of the documents; the
# general model's words and pairs of words in all.
PATTERN, SENTENCE, GENERAL = 10.0, 0.3, 5_000.0
# Of the general model: the most frequent words; those among which pairs are looked for; how many pairs are kept.
WORDS, PAIRED, PAIRS = 8_000, 4_000, 60_000
# A word of the documents is a topic when it is said at least so often, and is none of the most frequent words.
SAID, COMMON = 2, 1_000
# What the general model calls its probabilities: logarithms to this base, and no more than this for an unknown word.
_BASE, _UNKNOWN = math.log(1.0001), -1_000_000

_CHOICE = re.compile(r"\{([^{}]*)\}(\??)")
_WORD = re.compile(r"\[[a-z]+\]|[a-z]+(?:'[a-z]+)?")
_NAME = re.compile(r"(?:(?:Dr\.|Mr\.|Mrs\.) )?[A-Z][a-z]+(?: [A-Z][a-z]+)*('s)?")
_NUMERALS = re.compile(r"\d+")


def variants(pattern: str) -> list[str]:
    """Sentences that a pattern stands for: all, or as many as `VARIANTS` by chance, the same ones every time."""
    chance = random.Random(pattern)  # noqa: S311 - the same variants every time

    def chosen(found: re.Match[str]) -> str:
        options: list[str] = found[1].split("|")
        return chance.choice([*options, ""] if found[2] else options)

    made = set()
    for _ in range(VARIANTS):
        text = pattern
        while _CHOICE.search(text):
            text = _CHOICE.sub(chosen, text)
        made.add(" ".join(text.split()))
    return sorted(made)


def tokens(sentence: str, classes: Mapping[str, str]) -> list[str]:
    """The words of a sentence as they are said; names, and the words of `classes` (word to class), as their class."""
    text = _NAME.sub(lambda found: "[names]" if found[1] else "[name]", sentence)
    text = _NUMERALS.sub(lambda found: f" {num2words(int(found[0][:4]))} ", text).replace("-", " ")
    words = _WORD.findall(text.lower())
    return [classes.get(word, word) for word in words]


def patterns(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    """The patterns of a file with how much each counts: a number in front, or 1. A kind in front is not said."""
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        kind, bar, rest = text.partition("|")
        if bar and re.fullmatch(r"[a-z-]+", kind):
            text = rest
        count, space, rest = text.partition(" ")
        yield (rest, float(count)) if space and count.isdecimal() else (text, 1.0)


def read_classes(text: str) -> dict[str, list[str]]:
    """Classes of words, `[class] word word ...` a line; `_` joins what is one entry of several words."""
    classes: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, *words = line.split()
            classes.setdefault(name, []).extend(words)
    return classes


class General:
    """pocketsphinx's general model of English: how frequent words and pairs of words are."""

    def __init__(self) -> None:
        folder = Path(pocketsphinx.get_model_path("en-us"))
        self._model = pocketsphinx.NGramModel(
            pocketsphinx.Config(), pocketsphinx.LogMath(math.exp(_BASE)), str(folder / "en-us.lm.bin")
        )
        known = {line.partition(" ")[0].partition("(")[0] for line in (folder / "cmudict-en-us.dict").open()}
        found = {word: self._model.prob([word]) for word in sorted(known)}
        self.words = {
            word: math.exp(found[word] * _BASE)
            for word in heapq.nlargest(WORDS, found, key=found.__getitem__)
            if found[word] > _UNKNOWN and _WORD.fullmatch(word)
        }

    def pairs(self) -> list[tuple[str, str, float]]:
        """The pairs of words that say most beyond their single words, with how probable they are together."""
        frequent = list(self.words)[:PAIRED]
        found: list[tuple[float, str, str, float]] = []
        for before in (START, *frequent):
            share = self.words.get(before, math.exp(self._model.prob([END]) * _BASE))
            for word in (*frequent, END):
                logarithm = self._model.prob([before, word]) * _BASE
                alone = self.words.get(word)
                gain = logarithm - (math.log(alone) if alone else self._model.prob([END]) * _BASE)
                if gain > 0:
                    together = share * math.exp(logarithm)
                    found.append((together * gain, before, word, together))
        return [(before, word, together) for _, before, word, together in heapq.nlargest(PAIRS, found)]


def learn(commands: Sequence[str], documents: Sequence[str], classes: dict[str, list[str]], general: General) -> Ngrams:
    """Count all sources. Adds the topics of the documents to `classes`."""
    said = Counter(word for text in documents for word in _WORD.findall(text.lower()))
    common = set(list(general.words)[:COMMON])
    topics = [word for word, count in said.items() if count >= SAID and word not in common and word in general.words]
    classes["[topic]"] = sorted({*classes.get("[topic]", ()), *topics})
    numbers = {word: name for name in ("[weekday]", "[month]", "[hour]", "[ordinal]") for word in classes[name]}
    # "May" and "second" are mostly something else, "one" mostly is no number.
    tagged = {word: name for word, name in numbers.items() if word not in ("may", "second", "one", "march")}
    model = Ngrams()
    for text in commands:
        for pattern, count in patterns(text.splitlines()):
            made = variants(pattern)
            for sentence in made:
                model.add(tokens(sentence, tagged), PATTERN * count / len(made))
    for text in documents:
        for sentence in re.split(r"[.:;?!|\n]\s", text):
            words = [word for word in tokens(sentence.lower(), tagged) if word in general.words or word in classes]
            if len(words) > 2:
                model.add(words, SENTENCE)
    pairs = general.pairs()
    model.add_words({word: share * GENERAL for word, share in general.words.items()})
    model.add_pairs((before, word, together * GENERAL) for before, word, together in pairs)
    return model


def sources(patterns: Path, documents: Path) -> tuple[str, list[str], list[str]]:
    """The texts that are learnt from: classes, files of patterns, documents."""
    written = sorted(path for kind in ("*.md", "*.txt") for path in documents.rglob(kind))
    return (
        (FOLDER / "english.words").read_text(encoding="utf-8"),
        [path.read_text(encoding="utf-8") for path in (FOLDER / "english.patterns", patterns)],
        [path.read_text(encoding="utf-8") for path in written],
    )


def checksum(words: str, commands: Sequence[str], documents: Sequence[str]) -> str:
    """What tells whether a model was learnt from these texts, in this way."""
    numbers = repr((VARIANTS, PATTERN, SENTENCE, GENERAL, WORDS, PAIRED, PAIRS, SAID, COMMON))
    return hashlib.sha256("\0".join((numbers, words, *commands, *documents)).encode()).hexdigest()[:16]


def main() -> None:
    """Write the model and the classes beside this module; the first line of the classes tells what they are made of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns", type=Path, help="more patterns of commands")
    parser.add_argument("documents", type=Path, help="the folder of documents that are asked about")
    given = parser.parse_args()
    words, commands, documents = sources(given.patterns, given.documents)
    classes = read_classes(words)
    model = learn(commands, documents, classes, General())
    buffer = io.StringIO()
    model.write(buffer)
    packed = gzip.compress(buffer.getvalue().encode(), 9, mtime=0)
    (FOLDER / "english.arpa.gz").write_bytes(packed)
    lines = [f"{name} {' '.join(words)}\n" for name, words in sorted(classes.items())]
    head = f"# {checksum(words, commands, documents)}\n"
    (FOLDER / "english.classes").write_text("".join((head, *lines)), encoding="utf-8")


if __name__ == "__main__":
    main()

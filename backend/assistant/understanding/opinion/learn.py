"""Learning the second opinion: `make opinion` writes the weights of each language from its commands; see README.md.

The built-in embedding model gives the vectors for what is learnt of meaning. Both are softmax regressions with
full-batch Adam (Kingma and Ba 2015). No chance is involved but the choice
among the variants of a line, which is seeded.
"""

import hashlib
import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.opinion.features import features, outline
from backend.assistant.understanding.opinion.kinds import Kind
from backend.assistant.understanding.opinion.meaning import spoken
from backend.assistant.understanding.opinion.opinion import BIAS, KINDS, UNIT
from backend.assistant.understanding.tokens import Token
from backend.search.builtin import BuiltinEmbedder

FOLDER = Path(__file__).parent
# At most so many variants of a line: no line shall outweigh the others.
VARIANTS = 30
# A feature of fewer variants is not learnt, and one whose weights are all below this is left out.
SEEN, LEAST = 3, 2
PENALTY, ROUNDS, RATE = 3e-5, 250, 0.1

Weights = NDArray[np.float64]
# Texts to their vectors, as rows.
EmbedAll = Callable[[Sequence[str]], NDArray[np.float32]]


def checksum(corpus: str) -> str:
    """What tells whether weights were learnt from this corpus."""
    return hashlib.sha256(corpus.encode()).hexdigest()[:16]


def variants(line: str) -> tuple[Kind, list[str]]:
    """The commands that a line of the corpus stands for: one of each `{a|b}`, with `?` behind it or none."""
    kind, _, pattern = line.partition("|")
    choices = []
    for part in re.split(r"(\{[^}]*\}\??)", pattern):
        options = part.rstrip("?").strip("{}").split("|") if part.startswith("{") else [part]
        choices.append([*options, ""] if part.endswith("}?") else options)
    count = 1
    for options in choices:
        count *= len(options)
    if count <= VARIANTS:
        made = {" ".join("".join(parts).split()) for parts in itertools.product(*choices)}
    else:
        chance = random.Random(line)  # noqa: S311 - the same variants every time
        made = {" ".join("".join(chance.choice(options) for options in choices).split()) for _ in range(VARIANTS)}
    return Kind(kind), sorted(made)


def commands(corpus: str) -> Iterator[tuple[Kind, list[str]]]:
    """The commands of a corpus with their kinds, those of a line together."""
    for line in corpus.splitlines():
        if line and not line.startswith("#"):
            yield variants(line)


class Learnt(NamedTuple):
    """What was learnt from a corpus, in units of `UNIT`, kinds in order: the weights of each feature, and those of the
    numbers of a vector with the bias before them."""

    words: dict[str, tuple[int, ...]]
    meaning: list[tuple[int, ...]]


def learn(corpus: str, code: str, embed: EmbedAll | None = None) -> Learnt:
    """The weights of words, and with `embed` those of meaning."""
    # Imported here: they use what is learnt here.
    from backend.assistant.understanding import Understanding, languages

    words = languages.get(code)
    understanding = Understanding(words)
    kinds, found, texts, weights = [], [], [], []
    for kind, said in commands(corpus):
        for text in said:
            tokens, timed, cues = understanding.seen(text)

            def capital(token: Token, text: str = text) -> bool:
                return text[token.start].isupper()

            kinds.append(KINDS.index(kind))
            found.append(features(outline(tokens, timed, words, capital), Cues(cues.hits)))
            texts.append(spoken(tokens))
            weights.append(1 / sqrt(len(said)))
    task = _Task(np.array(kinds), np.array(weights) / sum(weights))
    return Learnt(_words(found, task), [] if embed is None else _meaning(embed(texts), task))


class _Task(NamedTuple):
    """The kinds that are to be told, and how much each command counts; together 1."""

    kinds: NDArray[np.int64]
    counts: NDArray[np.float64]

    def error(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The slope of the loss by the scores."""
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        wanted = np.eye(len(KINDS))[self.kinds]
        made: NDArray[np.float64] = (shares / shares.sum(axis=1, keepdims=True) - wanted) * self.counts[:, None]
        return made


def _words(found: Sequence[Collection[str]], task: _Task) -> dict[str, tuple[int, ...]]:
    """Softmax regression over binary features, each command scaled to length 1."""
    seen = Counter(name for names in found for name in names)
    names = sorted(name for name, count in seen.items() if count >= SEEN or " " not in name)
    place = {name: number for number, name in enumerate(names)}
    rows = [np.array(sorted(place[name] for name in row if name in place)) for row in found]
    lengths = np.array([len(row) for row in rows])
    flat, starts = np.concatenate(rows), np.concatenate([[0], np.cumsum(lengths)[:-1]])
    owner = np.repeat(np.arange(len(rows)), lengths)
    scale = (1 / np.sqrt(lengths))[owner][:, None]
    order = np.argsort(flat, kind="stable")
    firsts = np.flatnonzero(np.r_[True, np.diff(flat[order]) != 0])
    columns = flat[order][firsts]

    def slope(weights: Weights) -> Weights:
        error = task.error(np.add.reduceat(weights[1:][flat] * scale, starts, axis=0) + weights[0])
        made = np.zeros_like(weights)
        made[0] = error.sum(axis=0)
        made[1 + columns] = np.add.reduceat((error[owner] * scale)[order], firsts, axis=0)
        return made

    bias, *rest = _descend(slope, len(names))
    return {BIAS: bias} | {
        name: row for name, row in zip(names, rest, strict=True) if " " not in name or max(map(abs, row)) >= LEAST
    }


def _meaning(vectors: NDArray[np.float32], task: _Task) -> list[tuple[int, ...]]:
    """Softmax regression over the vectors of whole commands."""

    def slope(weights: Weights) -> Weights:
        error = task.error(vectors @ weights[1:] + weights[0])
        return np.concatenate([error.sum(axis=0, keepdims=True), vectors.T @ error])

    return _descend(slope, vectors.shape[1])


def _descend(slope: Callable[[Weights], Weights], width: int) -> list[tuple[int, ...]]:
    """Weights by Adam, in units: the bias, then a row for each of `width` numbers."""
    weights = np.zeros((1 + width, len(KINDS)))
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for turn in range(1, ROUNDS + 1):
        now = slope(weights)
        now[1:] += PENALTY * weights[1:]
        mean, spread = 0.9 * mean + 0.1 * now, 0.99 * spread + 0.01 * now**2
        weights -= RATE * (mean / (1 - 0.9**turn)) / (np.sqrt(spread / (1 - 0.99**turn)) + 1e-8)
    return [tuple(int(number) for number in row) for row in np.rint(weights / UNIT)]


def main() -> None:
    """Learn every language that has a corpus."""
    with TemporaryDirectory() as folder:
        embedder = BuiltinEmbedder(Path(folder))
        for source in sorted(FOLDER.glob("*.commands")):
            corpus = source.read_text(encoding="utf-8")
            # The model was trained on English.
            english = source.stem == "en"
            learnt = learn(corpus, source.stem, partial(_embedded, embedder) if english else None)
            words = [f"{name}\t{_row(row)}" for name, row in learnt.words.items()]
            _write(source.with_suffix(".weights"), corpus, words)
            if learnt.meaning:
                _write(source.with_suffix(".meaning.weights"), corpus, map(_row, learnt.meaning))


def _embedded(embedder: BuiltinEmbedder, texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([embedder.embed_here(text) for text in texts])


def _row(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))


def _write(file: Path, corpus: str, lines: Iterable[str]) -> None:
    file.write_text("\n".join([checksum(corpus), *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

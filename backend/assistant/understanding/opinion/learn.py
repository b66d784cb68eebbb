"""Learning the second opinion: `make opinion` writes the weights of each language from its commands; see README.md.

Softmax regression with full-batch Adam (Kingma and Ba 2015); no chance is involved but the choice among the variants of
a line, which is seeded.
"""

import hashlib
import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.assistant.understanding.cues import Cues
from backend.assistant.understanding.opinion.features import features, outline
from backend.assistant.understanding.opinion.kinds import Kind
from backend.assistant.understanding.opinion.opinion import BIAS, KINDS, UNIT
from backend.assistant.understanding.tokens import Token

FOLDER = Path(__file__).parent
# At most so many variants of a line: no line shall outweigh the others.
VARIANTS = 30
# A feature of fewer variants is not learnt, and one whose weights are all below this is left out.
SEEN, LEAST = 3, 2
PENALTY, ROUNDS, RATE = 3e-5, 250, 0.1


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


def commands(corpus: str) -> Iterator[tuple[Kind, str]]:
    """The commands of a corpus with their kinds."""
    for line in corpus.splitlines():
        if line and not line.startswith("#"):
            kind, texts = variants(line)
            yield from ((kind, text) for text in texts)


def learn(corpus: str, code: str) -> dict[str, tuple[int, ...]]:
    """The weights of each feature, in units of `UNIT`, kinds in order."""
    # Imported here: they use what is learnt here.
    from backend.assistant.understanding import Understanding, languages

    words = languages.get(code)
    understanding = Understanding(words)
    kinds, found = [], []
    for kind, text in commands(corpus):
        tokens, timed, cues = understanding.seen(text)

        def capital(token: Token, text: str = text) -> bool:
            return text[token.start].isupper()

        kinds.append(KINDS.index(kind))
        found.append(features(outline(tokens, timed, words, capital), Cues(cues.hits)))
    seen = Counter(name for names in found for name in names)
    names = sorted(name for name, count in seen.items() if count >= SEEN or " " not in name)
    place = {name: number for number, name in enumerate(names)}
    rows = [np.array(sorted(place[name] for name in row if name in place)) for row in found]
    weights, bias = _regress(rows, np.array(kinds), len(names))
    made = {BIAS: _units(bias)}
    made |= {name: _units(row) for name, row in zip(names, weights, strict=True)}
    return {
        name: numbers
        for name, numbers in made.items()
        if name == BIAS or " " not in name or max(map(abs, numbers)) >= LEAST
    }


def _units(weights: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(number) for number in np.rint(weights / UNIT))


def _regress(
    rows: list[NDArray[np.int64]], kinds: NDArray[np.int64], width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and bias of softmax regression over binary features, each row scaled to length 1."""
    lengths = np.array([len(row) for row in rows])
    flat, starts = np.concatenate(rows), np.concatenate([[0], np.cumsum(lengths)[:-1]])
    owner = np.repeat(np.arange(len(rows)), lengths)
    scale = (1 / np.sqrt(lengths))[owner][:, None]
    order = np.argsort(flat, kind="stable")
    firsts = np.flatnonzero(np.r_[True, np.diff(flat[order]) != 0])
    columns = flat[order][firsts]
    wanted = np.eye(len(KINDS))[kinds]
    weights = np.zeros((width + 1, len(KINDS)))  # the last row is the bias
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for turn in range(1, ROUNDS + 1):
        scores = np.add.reduceat(weights[flat] * scale, starts, axis=0) + weights[-1]
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = (shares / shares.sum(axis=1, keepdims=True) - wanted) / len(rows)
        slope = PENALTY * weights
        slope[columns] += np.add.reduceat((error[owner] * scale)[order], firsts, axis=0)
        slope[-1] = error.sum(axis=0)
        mean, spread = 0.9 * mean + 0.1 * slope, 0.99 * spread + 0.01 * slope**2
        weights -= RATE * (mean / (1 - 0.9**turn)) / (np.sqrt(spread / (1 - 0.99**turn)) + 1e-8)
    return weights[:-1], weights[-1]


def main() -> None:
    """Learn every language that has a corpus."""
    for source in sorted(FOLDER.glob("*.commands")):
        corpus = source.read_text(encoding="utf-8")
        lines = [checksum(corpus)]
        lines += [f"{name}\t{' '.join(map(str, row))}" for name, row in learn(corpus, source.stem).items()]
        source.with_suffix(".weights").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

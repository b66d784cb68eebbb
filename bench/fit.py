"""Fits the extractive answerer: how likely a sentence answers, and whether a question is answered at all.

    python -m bench.fit

Fitted on the development half of the gold questions and the tuning half of the tests' small clinic; answerable and
unanswerable questions weigh the same. Prints the weights that belong into
`backend/models/evidence.py`, for embedders that compare tokens and for those that do not, and what they do to the
questions that they were not fitted on: parts of the development half by turns, then the held-out halves.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.models.evidence import Evidence
from backend.models.extractive import Extractive
from backend.models.protocol import SentenceEmbedder
from bench.answers import Asked, clinic_examples, open_clinic, sample_examples, sample_house

# Strength of the pull towards zero (L2) on standardised features.
_RIDGE = 5.0
_STEPS = 30
_FOLDS = 5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A question with its number, what speaks for each candidate, and which of them answer."""

    number: int
    kind: str
    evidence: Evidence
    right: NDArray[np.bool_]

    @property
    def answerable(self) -> bool:
        return self.kind != "unanswerable"


class Weights(NamedTuple):
    """Weights of sentences, and of whether there is an answer."""

    sentence: Array
    answered: Array


class PlainEmbedder:
    """An embedder without its way to compare tokens."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.embed_query = embedder.embed_query
        self.embed_passages = embedder.embed_passages


async def examples(answerer: Extractive, asked: Sequence[Asked]) -> list[Example]:
    """Score each question that stands alone over the passages that search returned to it."""
    found = []
    for number, one in enumerate(asked):
        scored = await answerer.score(one.text, one.sources) if one.kind in ("single", "unanswerable") else None
        if scored is not None:
            right = [one.holds(c.source, c.span.of(one.sources[c.source].text)) for c in scored.candidates]
            found.append(Example(number, one.kind, scored.evidence, np.array(right)))
    return found


def regress(x: Array, y: NDArray[np.bool_], weight: Array) -> Array:
    """Logistic regression by Newton's method; the last feature is the constant and is not pulled to zero."""
    centre, spread = x[:, :-1].mean(axis=0), x[:, :-1].std(axis=0)
    z = np.column_stack([(x[:, :-1] - centre) / np.where(spread > 0, spread, 1), x[:, -1]])
    ridge = np.diag([_RIDGE] * (z.shape[1] - 1) + [1e-6])
    b = np.zeros(z.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-z @ b))
        curvature = (z * (weight * p * (1 - p))[:, None]).T @ z + ridge
        b += np.linalg.solve(curvature, z.T @ (weight * (y - p)) - ridge @ b)
    slopes = b[:-1] / np.where(spread > 0, spread, 1)
    return np.array([*slopes, b[-1] - slopes @ centre])


def fit_sentence(some: Sequence[Example]) -> Array:
    """Weights of sentences, from the answerable questions."""
    x = np.vstack([one.evidence.features for one in some if one.answerable])
    return regress(x, np.concatenate([one.right for one in some if one.answerable]), np.ones(len(x)))


def fit(some: Sequence[Example]) -> Weights:
    """Both kinds of weights. Log-odds that the second model is fitted on come from sentences the first has not seen."""
    x, y = [], []
    for part in range(_FOLDS):
        weights = fit_sentence([one for one in some if one.number % _FOLDS != part])
        for one in some:
            if one.number % _FOLDS == part:
                x.append(one.evidence.question(one.evidence.features @ weights))
                y.append(one.answerable)
    answerable = np.array(y)
    weight = np.where(answerable, (~answerable).sum() / answerable.sum(), 1.0)
    return Weights(fit_sentence(some), regress(np.array(x), answerable, weight))


def report(name: str, some: Sequence[tuple[Example, Weights]]) -> None:
    """Print how often the right sentence comes first, what is refused, and how well the two kinds are told apart."""
    first, odds = [], []
    for one, weights in some:
        log_odds = one.evidence.features @ weights.sentence
        odds.append(float(one.evidence.question(log_odds) @ weights.answered))
        if one.answerable:
            first.append(bool(one.right[int(np.argmax(log_odds))]))
    answerable = np.array([one.answerable for one, _ in some])
    yes, no = np.array(odds)[answerable], np.array(odds)[~answerable]
    area = np.mean([(yes > other).mean() + 0.5 * (yes == other).mean() for other in no])
    print(
        f"{name:14} right sentence first {np.mean(first):.3f}; refused: answerable {np.mean(yes < 0):.3f},"
        f" unanswerable {np.mean(no < 0):.3f}; told apart {area:.3f} of pairs"
    )


async def main(splits: Sequence[str]) -> None:
    async with sample_house() as (house, user):
        embedder = house.index.source.embedder
        assert embedder is not None
        clinic = await open_clinic(house)
        asked = {split: await sample_examples(house, user, split) for split in ("dev", *splits)}
        tuning, other = [await clinic_examples(clinic, tuning=tuning) for tuning in (True, False)]
        for name, answerer in (
            ("BY_TOKENS", Extractive(embedder)),
            ("BY_VECTORS", Extractive(PlainEmbedder(embedder))),
        ):
            own, extra = await examples(answerer, asked["dev"]), await examples(answerer, tuning)
            weights = fit([*own, *extra])
            print(f"{name} = Fit(")
            for field, values in zip(weights._fields, weights, strict=True):
                print(f"    {field}=({', '.join(f'{value:.2f}' for value in values)}),")
            print(")")
            by_turns = []
            for part in range(_FOLDS):
                rest = fit([*(one for one in own if one.number % _FOLDS != part), *extra])
                by_turns += [(one, rest) for one in own if one.number % _FOLDS == part]
            report("own, by turns", by_turns)
            report("own, fitted", [(one, weights) for one in own])
            report("clinic, held", [(one, weights) for one in await examples(answerer, other)])
            for split in splits:
                report(f"own, {split}", [(one, weights) for one in await examples(answerer, asked[split])])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--held", action="store_true", help="report the held-out half of the gold questions too: once, at the end"
    )
    asyncio.run(main(["held"] if parser.parse_args().held else []))

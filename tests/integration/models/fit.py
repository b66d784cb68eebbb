"""Fits the weights of the extractive answerer on every second question and reports the others.

`python -m tests.integration.models.fit` prints what belongs into `backend/models/extractive.py`.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.models import extractive
from backend.models.extractive import Extractive
from backend.search.builtin import BuiltinEmbedder
from tests.integration.models.clinic import Asked, Clinic, questions, sections

# Strength of the pull towards zero (L2); a few hundred examples need some.
_RIDGE = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the features of its candidates, and which of them hold the answer."""

    asked: Asked
    features: NDArray[np.float64]
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the questions: right sentence first, answerable ones refused, unanswerable ones refused."""

    right_first: float
    refused_answerable: float
    refused_unanswerable: float


async def examples(answerer: Extractive, clinic: Clinic, asked: Sequence[Asked]) -> list[Example]:
    """Run search and comparison for each question."""
    found = []
    for question in asked:
        sources = [clinic.sources[index] for index in await clinic.search(question.text)]
        scored = await answerer.score(question.text, sources)
        assert scored is not None
        right = [
            bool(question.gold) and question.gold in sources[c.source].text[c.span.start : c.span.end]
            for c in scored.candidates
        ]
        found.append(Example(question, scored.features, np.array(right)))
    return found


def fit(given: Sequence[Example]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method (iteratively reweighted least squares)."""
    x = np.vstack([example.features for example in given])
    y = np.concatenate([example.right for example in given]).astype(float)
    ridge = np.diag([_RIDGE] * (x.shape[1] - 1) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ weights)))
        gradient = x.T @ (p - y) + ridge @ weights
        weights -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, gradient)
    return weights


def measure(given: Sequence[Example], weights: Sequence[float] | NDArray[np.float64], threshold: float) -> Figures:
    """How well these weights do."""
    right, refused, refused_none = [], [], []
    for example in given:
        scores = 1 / (1 + np.exp(-(example.features @ np.asarray(weights))))
        best = int(np.argmax(scores))
        if example.asked.gold:
            right.append(bool(example.right[best]))
            refused.append(bool(scores[best] < threshold))
        else:
            refused_none.append(bool(scores[best] < threshold))
    return Figures(float(np.mean(right)), float(np.mean(refused)), float(np.mean(refused_none)))


def best_threshold(given: Sequence[Example], weights: NDArray[np.float64]) -> float:
    """The threshold with the fewest questions on the wrong side, both kinds counting alike."""

    def wrong(threshold: float) -> float:
        figures = measure(given, weights, threshold)
        return figures.refused_answerable + 1 - figures.refused_unanswerable

    return min((float(value) for value in np.arange(0.02, 0.9, 0.01)), key=wrong)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        embedder = BuiltinEmbedder(Path(folder))
        found = await examples(Extractive(embedder), Clinic(embedder, sections()), questions())
        await embedder.close()
    tuning, held_out = found[::2], found[1::2]
    weights = fit(tuning)
    threshold = best_threshold(tuning, weights)
    print("weights", tuple(round(float(weight), 2) for weight in weights), "threshold", round(threshold, 2))
    print("tuning  ", measure(tuning, weights, threshold))
    print("held out", measure(held_out, weights, threshold))
    print("as built", measure(held_out, extractive.WEIGHTS, extractive.THRESHOLD))


if __name__ == "__main__":
    asyncio.run(main())

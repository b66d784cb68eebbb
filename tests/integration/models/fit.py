"""Fits the weights of the extractive answerer on every second question and reports the others.

`python -m tests.integration.models.fit` prints what belongs into `backend/models/extractive.py`.
"""

import asyncio
import tempfile
import time
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


def regress(x: NDArray[np.float64], y: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method; the last column of `x` is the constant and is not pulled to zero."""
    ridge = np.diag([_RIDGE] * (x.shape[1] - 1) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-(x @ weights)))
        weights -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - y) + ridge @ weights)
    return weights


def fit(given: Sequence[Example]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The weights of sentences, and those of whether there is an answer at all."""
    weights = regress(
        np.vstack([example.features for example in given]), np.concatenate([example.right for example in given])
    )
    rows = np.array([_best(example, weights) for example in given])
    return weights, regress(rows, np.array([bool(example.asked.gold) for example in given]))


def measure(
    given: Sequence[Example],
    weights: Sequence[float] | NDArray[np.float64],
    answered_weights: Sequence[float] | NDArray[np.float64],
) -> Figures:
    """How well these weights do; a question is refused below even odds."""
    right, refused, refused_none = [], [], []
    for example in given:
        best = int(np.argmax(example.features @ np.asarray(weights)))
        refuses = bool(_best(example, weights) @ np.asarray(answered_weights) < 0)
        if example.asked.gold:
            right.append(bool(example.right[best]))
            refused.append(refuses)
        else:
            refused_none.append(refuses)
    return Figures(float(np.mean(right)), float(np.mean(refused)), float(np.mean(refused_none)))


def _best(example: Example, weights: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The features of the second stage: the best sentence's log-odds, its names and numbers, the constant."""
    log_odds = example.features @ np.asarray(weights)
    best = int(np.argmax(log_odds))
    return np.array([log_odds[best], example.features[best, 5], 1.0])


async def _seconds(answerer: Extractive, clinic: Clinic, question: str) -> float:
    sources = [clinic.sources[index] for index in await clinic.search(question)]
    began = time.perf_counter()
    await answerer.answer(question, sources)
    return time.perf_counter() - began


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        embedder = BuiltinEmbedder(Path(folder))
        found = await examples(Extractive(embedder), Clinic(embedder, sections()), questions())
        answerer, clinic = Extractive(embedder), Clinic(embedder, sections())
        seconds = sorted([await _seconds(answerer, clinic, asked.text) for asked in questions()])
        await embedder.close()
    tuning, held_out = found[::2], found[1::2]
    weights, answered = fit(tuning)
    for name, values in (("WEIGHTS", weights), ("ANSWERED_WEIGHTS", answered)):
        print(name, tuple(round(float(value), 2) for value in values))
    print("tuning  ", measure(tuning, weights, answered))
    print("held out", measure(held_out, weights, answered))
    print("seconds to answer: p50", seconds[len(seconds) // 2], "p95", seconds[len(seconds) * 95 // 100])
    print("as built", measure(held_out, extractive.WEIGHTS, extractive.ANSWERED_WEIGHTS))


if __name__ == "__main__":
    asyncio.run(main())

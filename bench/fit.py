"""Fits the extractive answerer's decision whether a question is answered at all, and reports what it was not fitted on.

    python -m bench.fit

Fitted on the development half of the gold questions and the tuning half of the tests' small clinic; answerable and
unanswerable questions weigh the same. Prints the weights that belong into `backend/models/extractive.py`, and for some
cuts the shares of questions that would be refused in each half.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.models.extractive import Extractive, Scored
from bench.answers import Asked, clinic_examples, open_clinic, sample_examples, sample_house

# Strength of the pull towards zero (L2) on standardised features.
_RIDGE = 1.0
_STEPS = 30
_CUTS = (0.4, 0.45, 0.5, 0.55, 0.6)


@dataclass(frozen=True)
class Example:
    """A question's features (see `Scored.evidence`) and its kind."""

    kind: str
    evidence: NDArray[np.float64]


async def examples(answerer: Extractive, asked: Sequence[Asked]) -> list[Example]:
    """Score each question over the passages that search returned to it."""
    found = []
    for one in asked:
        scored: Scored | None = await answerer.score(one.text, one.sources)
        if scored is not None and scored.evidence is not None:
            found.append(Example(one.kind, scored.evidence))
    return found


def regress(some: Sequence[Example]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method; the last feature is the constant and is not pulled to zero."""
    x = np.array([one.evidence for one in some])
    y = np.array([one.kind != "unanswerable" for one in some], dtype=float)
    weight = np.where(y > 0, 1.0, y.sum() / (1 - y).sum())
    centre, spread = x[:, :-1].mean(axis=0), x[:, :-1].std(axis=0)
    z = np.column_stack([(x[:, :-1] - centre) / spread, x[:, -1]])
    ridge = np.diag([_RIDGE] * (z.shape[1] - 1) + [1e-6])
    b = np.zeros(z.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-z @ b))
        curvature = (z * (weight * p * (1 - p))[:, None]).T @ z + ridge
        b += np.linalg.solve(curvature, z.T @ (weight * (y - p)) - ridge @ b)
    slopes = b[:-1] / spread
    return np.array([*slopes, b[-1] - slopes @ centre])


def report(name: str, some: Sequence[Example], weights: NDArray[np.float64]) -> None:
    """Print the share refused of each kind at each cut."""
    for kind in sorted({one.kind for one in some}):
        odds = np.array([one.evidence @ weights for one in some if one.kind == kind])
        refused = [f"{np.mean(1 / (1 + np.exp(-odds)) < cut):.2f}" for cut in _CUTS]
        print(f"{name:12} {kind:14} {len(odds):4}  refused at {_CUTS}: {', '.join(refused)}")


async def main() -> None:
    async with sample_house() as (house, user):
        embedder = house.index.source.embedder
        assert embedder is not None
        answerer = Extractive(embedder)
        clinic = await open_clinic(house)
        fitted = {
            "own": await examples(answerer, await sample_examples(house, user, "dev")),
            "clinic": await examples(answerer, await clinic_examples(clinic, tuning=True)),
        }
        weights = regress([one for some in fitted.values() for one in some])
        print("EVIDENCE_WEIGHTS =", tuple(round(float(value), 2) for value in weights))
        for name, some in fitted.items():
            report(name, some, weights)
        report("clinic held", await examples(answerer, await clinic_examples(clinic, tuning=False)), weights)
        report("own held", await examples(answerer, await sample_examples(house, user, "held")), weights)


if __name__ == "__main__":
    asyncio.run(main())

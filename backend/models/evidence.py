"""What speaks for a sentence being the answer, and for there being an answer at all: numbers, and their weights.

Two logistic models. The first says how likely each candidate answers, from how its words, its meaning and, where the
embedder compares tokens, each single word of the question meet it. The second says how likely the question is answered
by any: most tell the likeliest candidate that holds the kind of answer asked for, and the word of the question that
comes off worst in the best one. The weights are printed by `python -m bench.fit`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.models.candidates import Candidate, Overlap, Question, Weights, credit
from backend.models.protocol import Nearness

Row = NDArray[np.float64]

# A word that stands in the candidate's passage is as near as this, wherever it stands.
_IN_PASSAGE = 0.75
# More names and numbers than this in a question tell no more.
_MOST_SPECIFIC = 2
# What a question falls short of its best candidate when none holds the kind of answer asked for.
_NONE_OF_KIND = 1.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights in the order of `Evidence.features` (`sentence`) and `Evidence.question` (`answered`)."""

    sentence: tuple[float, ...]
    answered: tuple[float, ...]


# For embedders that compare tokens, and for those that do not.
BY_TOKENS = Fit(
    sentence=(1.18, -0.96, 1.49, 0.64, 0.84, 0.03, 3.84, 4.51, 6.81, -8.08),
    answered=(0.22, 0.77, 0.94, -0.58, 2.19, 1.14, -1.33),
)
BY_VECTORS = Fit(
    sentence=(3.96, 1.06, 6.27, 0.67, 0.81, -0.20, 3.64, -6.09),
    answered=(0.41, 0.98, 0.30, -0.56, -0.03),
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The candidates of a question beside it. Rows belong to candidates; the last column of each kind is 1.

    `features` (n, f): own words, words with context, similarity, kind of answer held, kind missed, names and numbers,
    the passage's score less the best one's; by tokens also how near the question's words come to it with its context
    and alone, rare ones counting more. By tokens only: `least` (n,), the nearness of the word that comes off worst,
    with its passage counted; `covered`, that of the word that the first passages cover least.
    """

    features: Row
    least: Row | None
    covered: float
    of_kind: NDArray[np.bool_]
    specific: int

    @property
    def fit(self) -> Fit:
        """The weights for this evidence."""
        return BY_VECTORS if self.least is None else BY_TOKENS

    def question(self, log_odds: Row) -> Row:
        """What speaks for an answer, given the candidates' own log-odds, as numbers for `Fit.answered`."""
        best = int(np.argmax(log_odds))
        kind = log_odds[self.of_kind].max() if self.of_kind.any() else log_odds.min() - _NONE_OF_KIND
        values = [kind, self.features[best, _SPECIFIC], self.features[best, _MISSED], float(self.specific)]
        if self.least is not None:
            values += [self.least[best], self.covered]
        return np.array([*values, 1.0])


_MISSED, _SPECIFIC = 4, 5


def by_vectors(
    question: Question, behind: Sequence[float], overlaps: Sequence[Overlap], similarity: NDArray[np.float32]
) -> Evidence:
    """The evidence of words and of whole sentences' meaning. `behind`: each passage's score less the best one's."""
    features = [[*_met(o, float(s), b), 1.0] for o, s, b in zip(overlaps, similarity, behind, strict=True)]
    return Evidence(np.array(features), None, 0.0, _of_kind(overlaps), _specific(question))


def by_tokens(
    question: Question,
    behind: Sequence[float],
    overlaps: Sequence[Overlap],
    near: Nearness,
    found: Sequence[Candidate],
    weights: Weights,
) -> Evidence:
    """The same with each word of the question compared by itself.

    `near.words` are those of `question.words`; what it holds beyond the candidates are the first passages.
    """
    of_word = np.array([weights.of(stems) for _, stems in question.words])
    share = of_word / of_word.sum() if len(of_word) else of_word
    rows, least = [], []
    # A question without words that say something is covered by nothing.
    most = 1.0 if question.words else 0.0
    for place, (candidate, met) in enumerate(zip(found, overlaps, strict=True)):
        words, own = near.words[place], near.own[place]
        there = np.array([credit(stems, candidate.whole) for _, stems in question.words]) > 0.5
        similarity = float(near.similarity[place])
        rows.append([*_met(met, similarity, behind[place]), float(words @ share), float(own @ share), 1.0])
        least.append(np.where(there, np.maximum(words, _IN_PASSAGE), words).min(initial=most))
    covered = near.words[len(found) :].min(axis=1, initial=most).max(initial=0.0)
    return Evidence(np.array(rows), np.array(least), float(covered), _of_kind(overlaps), _specific(question))


def _met(met: Overlap, similarity: float, behind: float) -> list[float]:
    return [met.own, met.context, similarity, max(met.cue, 0.0), min(met.cue, 0.0), met.specific, behind]


def _of_kind(overlaps: Sequence[Overlap]) -> NDArray[np.bool_]:
    return np.array([met.cue >= 0 for met in overlaps], dtype=bool)


def _specific(question: Question) -> int:
    return min(len(question.specific), _MOST_SPECIFIC)

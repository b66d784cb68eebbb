"""The built-in answerer: no language model. It picks the sentences that answer and says plainly when none does.

All sentences of the passages are compared with the question by their words; the best dozen also by embedding. From
both, a logistic model estimates how likely each one answers. The weights come from the labelled questions in
`tests/integration/models`: `python -m tests.integration.models.fit` fits them on one half and reports the other.

Whether anything answers at all is another question. What tells most is the word of the question that the best passage
covers least, by the model's token vectors: a passage about the right thing and the wrong attribute has all words but
one. `python -m bench.fit` fits the weights of that on the development half of `bench/questions`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.models.candidates import Candidate, Overlap, Question, Weights, candidates, overlap, understand
from backend.models.cues import expected
from backend.models.protocol import THIS_MACHINE, Capabilities, SentenceEmbedder, Source, TokenComparer
from backend.models.terms import jaccard

# Embedding a sentence costs about 10 ms on two cores; the answer has 300 ms in all.
_EMBEDDED = 10
# What is embedded of a long table row or sentence; the beginning says what it is about.
_EMBEDDED_CHARACTERS = 300

# Log-odds that a sentence answers, per feature in the order of `features`; the last is the constant.
WEIGHTS: tuple[float, ...] = (3.23, 4.27, 4.59, 1.0, 0.9, 0.31, -8.11)
# Log-odds that the passages answer at all: of the best sentence's own log-odds, of the share of the question's names
# and numbers that its source speaks of, and the constant. Below even odds the question is refused.
ANSWERED_WEIGHTS: tuple[float, ...] = (1.7, 0.88, 1.9)
# The same where the embedder compares tokens: of the values of `Scored.evidence`.
EVIDENCE_WEIGHTS: tuple[float, ...] = (4.2, 4.8, -4.05)
# Passages of which that coverage is taken; each costs an embedding of some 25 ms.
_COVERED = 2
_EVEN = 0.5

_MOST_SENTENCES = 4
_MOST_CHARACTERS = 700
# A further sentence must be likely in itself, and about as likely as the best one; a question for one fact (who, when,
# how much) gets few.
_LEAST = 0.2
_SHARE_OF_BEST = 0.6
_SHARE_OF_BEST_FACT = 0.85
# Two sentences that say the same: by their words, or by their vectors.
_SAME_WORDS = 0.7
_SAME_VECTOR = 0.92
_CLOSEST = 3
# Where `features` puts the similarity, and the names and numbers.
_SIMILARITY = 2
_SPECIFIC = 5


@dataclass(frozen=True, slots=True)
class Pick:
    """A picked stretch: `sources[source].text[start:end]` exactly; `text` is how it is shown.

    `line` says that it is a list item, a table row or a field and stands on a line of its own. `probability` is the
    estimate that it answers the question.
    """

    source: int
    start: int
    end: int
    text: str
    line: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Extract:
    """What the passages say to a question. Without picks they do not answer it; `closest` are the nearest stretches."""

    picks: tuple[Pick, ...]
    closest: tuple[Pick, ...]
    confidence: float


class Extractive:
    """Answers with sentences out of the passages, word for word. Nothing leaves the machine for it."""

    name = "extractive"
    provider = "built in"
    data_goes_to = THIS_MACHINE
    capabilities = Capabilities(streaming=False, generates=False)

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder

    async def answer(self, question: str, sources: Sequence[Source]) -> Extract:
        """Pick the sentences of `sources` (best first) that answer `question`."""
        scored = await self.score(question, sources)
        if scored is None:
            return Extract((), (), 0.0)
        order = [int(i) for i in np.argsort(-scored.probabilities, kind="stable")]
        confidence = scored.answered(order[0])
        if confidence < _EVEN:
            closest = [scored.pick(i) for i in order[:_CLOSEST]]
            return Extract((), tuple(closest), confidence)
        return Extract(tuple(_select(scored, order)), (), confidence)

    async def score(self, question: str, sources: Sequence[Source]) -> "Scored | None":
        """The best candidates with their features and probabilities; None when there is nothing to choose from."""
        # Splitting and stemming ten passages takes a few milliseconds: not in the event loop.
        asked, found, overlaps = await asyncio.to_thread(_compare, question, sources)
        if not found:
            return None
        texts = [_with_context(candidate, sources[candidate.source])[:_EMBEDDED_CHARACTERS] for candidate in found]
        wanted = await self._embedder.embed_query(question)
        vectors = await self._embedder.embed_passages(texts)
        coverage = None
        if isinstance(self._embedder, TokenComparer):
            first = [source.text for source in sources[:_COVERED]]
            coverage = float(max(await self._embedder.least_covered(question, first)))
        return Scored(asked, found, vectors, features(overlaps, vectors @ wanted), coverage)


class Scored:
    """Candidates that were compared in full. The rows of `vectors` and `features` belong to `candidates`."""

    def __init__(
        self,
        question: Question,
        found: Sequence[Candidate],
        vectors: NDArray[np.float32],
        values: NDArray[np.float64],
        coverage: float | None = None,
    ) -> None:
        self.question = question
        self.candidates = found
        self.vectors = vectors
        self.features = values
        self._log_odds = values @ WEIGHTS
        self.probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-self._log_odds))
        # How well the least covered word is covered, how near the nearest sentence is, 1. The best sentence's own
        # log-odds and the names that it holds added nothing to these.
        self.evidence: NDArray[np.float64] | None = (
            None if coverage is None else np.array([coverage, values[:, _SIMILARITY].max(), 1.0])
        )

    def answered(self, best: int) -> float:
        """The probability that the question is answered, candidate `best` being the likeliest one."""
        if self.evidence is not None:
            log_odds = np.dot(self.evidence, EVIDENCE_WEIGHTS)
        else:
            log_odds = np.dot((self._log_odds[best], self.features[best, _SPECIFIC], 1.0), ANSWERED_WEIGHTS)
        return float(1 / (1 + np.exp(-log_odds)))

    def pick(self, index: int) -> Pick:
        """Candidate `index` as it is handed out."""
        candidate = self.candidates[index]
        return Pick(
            source=candidate.source,
            start=candidate.span.start,
            end=candidate.span.end,
            text=_shown(candidate),
            line=candidate.span.kind != "sentence",
            probability=float(self.probabilities[index]),
        )


def features(overlaps: Sequence[Overlap], similarity: NDArray[np.float32]) -> NDArray[np.float64]:
    """One row per candidate: own words, with context, similarity, cue held, cue missed, specific terms, 1."""
    return np.array(
        [
            (o.own, o.context, float(s), max(o.cue, 0.0), min(o.cue, 0.0), o.specific, 1.0)
            for o, s in zip(overlaps, similarity, strict=True)
        ]
    )


def _compare(question: str, sources: Sequence[Source]) -> tuple[Question, list[Candidate], list[Overlap]]:
    """The candidates whose words meet the question best, at most `_EMBEDDED`, with how they meet it."""
    asked = understand(question, sorted({source.language for source in sources}), expected(question))
    found = candidates(sources)
    weights = Weights(asked, found)
    pairs = [(candidate, overlap(asked, candidate, weights)) for candidate in found]
    # The search has ranked the sources already: between equals the better source goes first.
    pairs.sort(key=lambda pair: (-_promise(pair[1]), pair[0].source))
    pairs = pairs[:_EMBEDDED]
    return asked, [candidate for candidate, _ in pairs], [met for _, met in pairs]


def _promise(met: Overlap) -> float:
    return met.own + 0.5 * met.context + 0.15 * met.cue


def _with_context(candidate: Candidate, source: Source) -> str:
    """A candidate with what it belongs to; a sentence alone often leaves its subject unsaid."""
    about = ", ".join(part for part in (source.title, *source.headings[-2:], candidate.lead.rstrip(":")) if part)
    return f"{about}: {candidate.text}" if about else candidate.text


def _select(scored: Scored, order: Sequence[int]) -> list[Pick]:
    best = order[0]
    share = _SHARE_OF_BEST if scored.question.expected is None else _SHARE_OF_BEST_FACT
    least = share * float(scored.probabilities[best])
    chosen: list[int] = []
    length = 0
    for index in order:
        likely = scored.probabilities[index] >= max(least, _LEAST)
        if chosen and (not likely or len(chosen) == _MOST_SENTENCES):
            break
        length += len(scored.candidates[index].text)
        if chosen and (length > _MOST_CHARACTERS or _repeats(scored, index, chosen)):
            continue
        chosen.append(index)
    # The best source first; inside a source as it was written.
    rank = {source: place for place, source in reversed(list(enumerate(scored.candidates[i].source for i in chosen)))}
    chosen.sort(key=lambda i: (rank[scored.candidates[i].source], scored.candidates[i].span.start))
    return [scored.pick(i) for i in chosen]


def _repeats(scored: Scored, index: int, chosen: Sequence[int]) -> bool:
    own = scored.candidates[index].own
    return any(
        jaccard(own, scored.candidates[other].own) > _SAME_WORDS
        or float(scored.vectors[index] @ scored.vectors[other]) > _SAME_VECTOR
        for other in chosen
    )


def _shown(candidate: Candidate) -> str:
    """The text for a reader: a table row with the names of its columns."""
    if candidate.span.kind != "row":
        return candidate.text
    cells = _cells(candidate.text)
    names = _cells(candidate.lead)
    if len(cells) == len(names):
        return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)
    return "; ".join(cell for cell in cells if cell)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]

"""The built-in answerer: no language model. It picks the sentences that answer and says plainly when none does.

All sentences of the passages are compared with the question by their words; the best dozen also by embedding. What
that says for each of them, and for there being an answer at all, is weighed in `evidence`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.models import evidence
from backend.models.candidates import (
    Candidate,
    Overlap,
    Question,
    Weights,
    candidates,
    in_question,
    overlap,
    shown,
    understand,
)
from backend.models.cues import expected, holds
from backend.models.evidence import Evidence
from backend.models.protocol import THIS_MACHINE, Capabilities, SentenceEmbedder, Source, TokenComparer
from backend.models.terms import jaccard

# Embedding a sentence costs about 10 ms on two cores; the answer has 300 ms in all.
_EMBEDDED = 12
# What is embedded of a long table row or sentence; the beginning says what it is about.
_EMBEDDED_CHARACTERS = 300
# Passages that are read whole for a word of the question that they do not cover; each costs some 25 ms.
_COVERED = 2

# From this on the question is answered. The weights are fitted as if every second question had an answer.
_LIKELY = 0.5
# Below this it is not answered. Where three of four questions have an answer, which is how people ask, this is the even
# chance; between the two nobody can tell without reading, and the user is told that.
UNLIKELY = 0.25

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

# A list is what is asked for when what stands above it has this much of the question's words, and its likeliest part by
# itself has none; longer ones (parts, characters) are not shown whole.
_ABOVE_HAS = 0.75
_LONGEST_LIST = 10
_LIST_CHARACTERS = 1_000


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
    """What the passages say to a question. Without picks they do not answer it, or it is open whether they do;
    `closest` are the nearest stretches then.
    """

    picks: tuple[Pick, ...]
    closest: tuple[Pick, ...]
    confidence: float

    @property
    def open(self) -> bool:
        """Whether it cannot be told if the passages answer."""
        return not self.picks and self.confidence >= UNLIKELY


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
        order = [int(i) for i in np.argsort(-scored.log_odds, kind="stable")]
        if scored.answered < _LIKELY:
            closest = [scored.pick(i) for i in order[:_CLOSEST]]
            return Extract((), tuple(closest), scored.answered)
        picks = _whole_list(scored, order[0]) or _rows_alike(scored, order[0]) or _select(scored, order)
        return Extract(tuple(picks), (), scored.answered)

    async def beginning(self, sources: Sequence[Source]) -> tuple[Pick, ...]:
        """The first sentences of a document that say something, `sources` being in its order."""
        return await asyncio.to_thread(_beginning, sources)

    async def score(self, question: str, sources: Sequence[Source]) -> "Scored | None":
        """The best candidates with what speaks for them; None when there is nothing to choose from."""
        # Splitting and stemming ten passages takes a few milliseconds: not in the event loop.
        asked, weights, every, found, overlaps = await asyncio.to_thread(_compare, question, sources)
        if not found:
            return None
        abouts = [_about(candidate, sources[candidate.source]) for candidate in found]
        texts = [f"{about}{one.text}"[:_EMBEDDED_CHARACTERS] for about, one in zip(abouts, found, strict=True)]
        top = max(source.score for source in sources)
        behind = [sources[candidate.source].score - top for candidate in found]
        if isinstance(self._embedder, TokenComparer):
            spans = [span for span, _ in asked.words]
            first = [source.text for source in sources[:_COVERED]]
            begins = [len(about) for about in abouts] + [0] * len(first)
            near = await self._embedder.nearness(question, spans, [*texts, *first], begins)
            judged = evidence.by_tokens(asked, behind, overlaps, near, found, weights)
            return Scored(asked, found, near.vectors, judged, every)
        wanted = await self._embedder.embed_query(question)
        vectors = await self._embedder.embed_passages(texts)
        judged = evidence.by_vectors(asked, behind, overlaps, vectors @ wanted)
        return Scored(asked, found, vectors, judged, every)


class Scored:
    """Candidates that were compared in full. The rows of `vectors`, `evidence` and `log_odds` belong to them.

    `every` are all candidates, those included that were not compared. `answered` is the probability that the
    question is answered by any.
    """

    def __init__(
        self,
        question: Question,
        found: Sequence[Candidate],
        vectors: NDArray[np.float32],
        evidence: Evidence,
        every: Sequence[Candidate],
    ) -> None:
        self.question = question
        self.candidates = found
        self.vectors = vectors
        self.evidence = evidence
        self.every = every
        self.log_odds: NDArray[np.float64] = evidence.features @ evidence.fit.sentence
        self.probabilities = _probability(self.log_odds)
        self.answered = float(_probability(evidence.question(self.log_odds) @ evidence.fit.answered))

    def pick(self, index: int) -> Pick:
        """Candidate `index` as it is handed out."""
        return _as_pick(self.candidates[index], float(self.probabilities[index]))


def _as_pick(candidate: Candidate, probability: float) -> Pick:
    return Pick(
        source=candidate.source,
        start=candidate.span.start,
        end=candidate.span.end,
        text=shown(candidate),
        line=candidate.span.kind != "sentence",
        probability=probability,
    )


def _probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = 1 / (1 + np.exp(-log_odds))
    return values


def _compare(
    question: str, sources: Sequence[Source]
) -> tuple[Question, Weights, list[Candidate], list[Candidate], list[Overlap]]:
    """All candidates, and those whose words meet the question best, at most `_EMBEDDED`, with how they meet it."""
    asked = understand(question, sorted({source.language for source in sources}), expected(question))
    every = candidates(sources)
    found = in_question(asked, every)
    weights = Weights(asked, found)
    pairs = [(candidate, overlap(asked, candidate, weights)) for candidate in found]
    # The search has ranked the sources already: between equals the better source goes first.
    pairs.sort(key=lambda pair: (-_promise(pair[1]), pair[0].source))
    pairs = pairs[:_EMBEDDED]
    return asked, weights, every, [candidate for candidate, _ in pairs], [met for _, met in pairs]


def _promise(met: Overlap) -> float:
    return met.own + 0.5 * met.context + 0.15 * met.cue


def _about(candidate: Candidate, source: Source) -> str:
    """What a candidate belongs to; a sentence alone often leaves its subject unsaid."""
    about = ", ".join(part for part in (source.title, *candidate.headings[-2:], candidate.lead.rstrip(":")) if part)
    return f"{about}: " if about else ""


def _whole_list(scored: Scored, best: int) -> list[Pick]:
    """The list or table that is asked for as a whole ("what are the red flags?"); nothing when none is, or too long."""
    one, (own, with_context) = scored.candidates[best], scored.evidence.features[best, :2]
    if not one.series or own or with_context < _ABOVE_HAS:
        return []
    kind = scored.question.expected
    parts = [part for part in scored.every if part.series == one.series]
    if kind is not None and not all(holds(part.text, kind, scored.question.said, part.lead) for part in parts):
        return []
    if not 1 < len(parts) <= _LONGEST_LIST or sum(len(part.text) for part in parts) > _LIST_CHARACTERS:
        return []
    return [_as_pick(part, float(scored.probabilities[best])) for part in parts]


def _beginning(sources: Sequence[Source]) -> tuple[Pick, ...]:
    picks: list[Pick] = []
    length = 0
    for one in candidates(sources):
        length += len(one.text)
        if picks and (length > _MOST_CHARACTERS or len(picks) == _LONGEST_LIST):
            break
        heading = one.span.kind == "heading" and ":" not in one.text
        if not heading and (not one.bare or one.series):
            picks.append(_as_pick(one, 1.0))
    return tuple(picks)


def _rows_alike(scored: Scored, best: int) -> list[Pick]:
    """The rows of a table that have the same words of the question, where the best one is a row: "which boats belong to
    the club?". Nothing when it is alone in that, or there are too many.
    """
    own, one = scored.evidence.features[:, 0], scored.candidates[best]
    if one.span.kind != "row" or not own[best]:
        return []
    same = [index for index, other in enumerate(scored.candidates) if other.series == one.series]
    rows = sorted(
        (index for index in same if np.isclose(own[index], own[best])),
        key=lambda index: scored.candidates[index].span.start,
    )
    return [scored.pick(index) for index in rows] if 1 < len(rows) <= _LONGEST_LIST else []


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
        # Rows of a table are alike, and each is about another thing.
        or (
            scored.candidates[index].span.kind != "row"
            and float(scored.vectors[index] @ scored.vectors[other]) > _SAME_VECTOR
        )
        for other in chosen
    )

"""Retrieval and answers measured on the gold questions about the sample documents, through the production pipeline.

    python -m bench.quality [--splits dev,held] [--eval FOLDER]

Indexes the sample documents and a few private texts in a VoiceAssist of its own (kept in bench/out), searches and asks
each question as a user does, answered extractively; then searches with each ranking feature switched off. With a folder
of evaluation data, does the same for the public collections in it (see `bench.retrieval`). Prints tables on standard
error and JSON on standard output, the half for tuning (`dev`) and the held-out half apart. `refused` is what was not
answered; `refused_outright` the share that was told that the files do not answer, the others were told that it is open
and shown what comes closest. Follow-ups are left out:
they need their conversation. `citation_precision` is that of scripted answers of a language model (`bench.citations`);
`quotes_that_answer` is another thing: of the sentences that the extractive answerer picked, each of them true by its
quote, the share that says what a gold passage says. What is embedded is kept in bench/out for the next run.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.assistant.events import TurnDone, TurnError
from backend.house import House
from backend.models.extractive import UNLIKELY
from backend.search.chunk import Passage
from bench import citations
from bench.answers import gold_questions, in_gold, sample_examples, sample_house, says
from bench.questions.gold import Question
from bench.retrieval import measure as retrieval
from bench.retrieval import without_each

_RANKS = (1, 3, 10)
_SHOWN = 3
_BINS = 5
_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Result:
    """One question, what search returned and what was answered."""

    question: Question
    passages: list[Passage]
    done: TurnDone
    seconds: float

    @property
    def answerable(self) -> bool:
        return self.question.kind != "unanswerable"

    def all_within(self, rank: int) -> bool:
        """Whether every gold passage (file and page) is among the first `rank`."""
        found = {(p.document.path.lstrip("/"), p.chunk.page) for p in self.passages[:rank]}
        files = {path for path, _ in found}
        return all(
            (gold.path, gold.page) in found if gold.page is not None else gold.path in files
            for gold in self.question.gold
        )

    @property
    def refused_outright(self) -> bool:
        """Whether it was said that the files do not answer, and not only that it is open whether they do."""
        return not self.done.answered and (self.done.confidence or 0.0) < UNLIKELY

    @property
    def cited_right(self) -> list[bool]:
        """For each citation, whether it says what a gold passage says."""
        return [in_gold(self.question.gold, cited.path, cited.quote) for cited in self.done.citations]

    @property
    def first_right(self) -> bool:
        """Whether the first sentence shown, as an answer or as the closest, says what a gold passage says."""
        return bool(self.cited_right) and self.cited_right[0]

    @property
    def holds_gold(self) -> bool:
        """Whether what was answered holds a gold quote, or the short answer."""
        if not self.done.answered:
            return False
        return any(self.cited_right) or (
            self.question.answer is not None and says(self.done.text, self.question.answer)
        )


async def ask(house: House, user: str, question: Question) -> Result:
    """Search, then ask; the seconds are those of the turn."""
    passages = await house.search.search(user, question.question, limit=max(_RANKS))
    began = time.perf_counter()
    taken = await house.assistant.ask(user, question.question, None, None)
    after = 0
    while True:
        for event in (await house.assistant.events(user, taken.turn_id, after, _WAIT_SECONDS)).events:
            after = event.seq
            if isinstance(event, TurnDone):
                return Result(question, passages, event, time.perf_counter() - began)
            if isinstance(event, TurnError):
                raise RuntimeError(f"{question.id}: {event.message}")


def share(values: Sequence[bool]) -> float | None:
    """The share of true ones, None of nothing."""
    return round(statistics.fmean(values), 3) if values else None


def calibration(results: Sequence[Result]) -> list[dict[str, float | int | None]]:
    """In bins of confidence: how many questions, the mean confidence, and how many of them have an answer."""
    bins = []
    for index in range(_BINS):
        low, high = index / _BINS, (index + 1) / _BINS
        within = [
            (r.done.confidence, r.answerable)
            for r in results
            if r.done.confidence is not None and (low <= r.done.confidence < high or (high == r.done.confidence == 1))
        ]
        bins.append(
            {
                "from": low,
                "questions": len(within),
                "confidence": round(statistics.fmean(c for c, _ in within), 3) if within else None,
                "answerable": share([answerable for _, answerable in within]),
            }
        )
    return bins


def figures(results: Sequence[Result]) -> dict[str, object]:
    """All figures of one half."""
    kinds: dict[str, object] = {}
    for kind in sorted({result.question.kind for result in results}):
        some = [result for result in results if result.question.kind == kind]
        row: dict[str, object] = {"questions": len(some), "refused": share([not r.done.answered for r in some])}
        row["refused_outright"] = share([r.refused_outright for r in some])
        if kind != "unanswerable":
            row |= {f"passages_in_top_{rank}": share([r.all_within(rank) for r in some]) for rank in _RANKS}
            row["right_sentence_first"] = share([r.first_right for r in some])
            row["answer_holds_gold"] = share([r.holds_gold for r in some])
        kinds[kind] = row
    cuts = statistics.quantiles([result.seconds * 1000 for result in results], n=20)
    return {
        "kinds": kinds,
        "quotes_that_answer": share([right for r in results if r.done.answered for right in r.cited_right]),
        "calibration": calibration(results),
        "milliseconds": {"p50": round(cuts[9]), "p95": round(cuts[18])},
    }


def table(name: str, measured: dict[str, object]) -> str:
    """The figures by kind of question, and how confidence meets the share of answerable questions, for reading."""
    kinds = measured["kinds"]
    assert isinstance(kinds, dict)
    columns = list(dict.fromkeys(column for row in kinds.values() for column in row))
    lines = [" | ".join([f"{name:14}", *columns])]
    for kind, row in kinds.items():
        cells = [f"{'' if row.get(column) is None else row[column]!s:>{len(column)}}" for column in columns]
        lines.append(" | ".join([f"{kind:14}", *cells]))
    bins = measured["calibration"]
    assert isinstance(bins, list)
    lines.append(
        "confidence:     " + "; ".join(f"{b['confidence']} of {b['questions']} -> {b['answerable']}" for b in bins)
    )
    lines += [f"{name:16}{value}" for name, value in measured.items() if name not in ("kinds", "calibration")]
    return "\n".join(lines)


def within(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether one of the passages says what a gold passage says."""
    return any(in_gold(question.gold, p.document.path, p.chunk.text) for p in passages)


async def ablation(house: House, user: str, questions: Sequence[Question]) -> dict[str, dict[str, float | None]]:
    """For each set of ranking features and kind of question: how often a right passage is among the first three."""
    rows: dict[str, dict[str, float | None]] = {}
    for name, features in without_each().items():
        found: dict[str, list[bool]] = {}
        for question in questions:
            if question.gold:
                passages = await house.search.search(user, question.question, limit=_SHOWN, features=features)
                found.setdefault(question.kind, []).append(within(question, passages))
        rows[name] = {kind: share(values) for kind, values in found.items()}
    return rows


def ablation_table(name: str, rows: Mapping[str, Mapping[str, float | None]]) -> str:
    """The figures by features, for reading."""
    columns = list(next(iter(rows.values())))
    lines = [" | ".join([f"{name:20}", *columns])]
    lines += [" | ".join([f"{row:20}", *(f"{of[c]!s:>{len(c)}}" for c in columns)]) for row, of in rows.items()]
    return "\n".join(lines)


async def main(splits: Sequence[str], data: Path | None) -> None:
    began = time.perf_counter()
    ablations: dict[str, Mapping[str, Mapping[str, float | None]]] = {}
    measured: dict[str, dict[str, object]] = {}
    async with sample_house() as (house, user):
        for split in splits:
            questions = gold_questions(split)
            await ask(house, user, questions[0])  # the first question opens what is opened once
            measured[split] = figures([await ask(house, user, question) for question in questions])
            embedder = house.index.source.embedder
            assert embedder is not None
            single = [one for one in await sample_examples(house, user, split) if one.kind == "single"]
            measured[split] |= await citations.measure(embedder, single)
            print(table(split, measured[split]), file=sys.stderr)
            ablations[f"{split}, in top {_SHOWN}"] = await ablation(house, user, questions)
    if data is not None:
        ablations |= await retrieval(data)
    for name, rows in ablations.items():
        print(ablation_table(name, rows), file=sys.stderr)
    seconds = round(time.perf_counter() - began)
    print(f"{seconds} s", file=sys.stderr)
    report = {
        "bench": "quality",
        "seconds": seconds,
        "load_average": os.getloadavg()[0],
        "results": measured,
        "ablation": ablations,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--splits", default="dev,held", help="`dev`, `held` or both")
    parser.add_argument("--eval", type=Path, help="a folder of evaluation data with retrieval/scifact and hotpotqa")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.splits.split(","), arguments.eval))

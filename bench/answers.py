"""The sample documents and texts of a private person in a VoiceAssist of their own, and what search returns."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.assistant.finding import PASSAGES
from backend.house import House, open_house
from backend.models.protocol import Source
from backend.search.chunk import Passage
from backend.settings import AnswersBy, Settings
from bench.questions.gold import PRIVATE, TEXTS, Gold, Question, holds, load
from tests.integration.models.clinic import Clinic, questions, sections

OUT = Path(__file__).parent / "out" / "answers"

# A stretch that holds this share of a quote's words says what the quote says; shorter quotes must stand in it whole.
_SHARE = 0.7
_LONG = 4

Holds = Callable[[int, str], bool]
"""Whether a stretch of the source of that number holds the answer."""


@dataclass(frozen=True)
class Asked:
    """A question with the passages that search returned, and what of them holds the answer."""

    text: str
    kind: str
    sources: list[Source]
    holds: Holds


@asynccontextmanager
async def sample_house() -> AsyncIterator[tuple[House, str]]:
    """A VoiceAssist over the indexed sample documents, and its user. Kept in bench/out for the next run."""
    OUT.mkdir(parents=True, exist_ok=True)
    settings = Settings(app_persistent_storage=OUT, nextcloud_url="", answers_by=AnswersBy.EXTRACTIVE)
    async with open_house(settings) as house:
        assert house.visitor is not None
        user = house.visitor.user_id
        # The sample server serves what lies in its folder.
        await asyncio.to_thread(shutil.copytree, TEXTS, OUT / "demo" / "files" / PRIVATE, dirs_exist_ok=True)
        while True:
            summary = await house.indexing.service.summary(user)
            if summary.total and not (summary.waiting or summary.running or summary.crawling):
                yield house, user
                return
            await asyncio.sleep(0.2)


def gold_questions(split: str) -> list[Question]:
    """The questions of `dev` or `held` that stand alone: follow-ups need their conversation."""
    return [question for question in load() if question.split == split and question.kind != "followup"]


def in_gold(gold: Sequence[Gold], path: str, text: str) -> bool:
    """Whether a stretch of the file at `path` says what one of the gold passages says."""
    return any(one.path == path.lstrip("/") and says(text, one.quote) for one in gold)


def says(text: str, quote: str) -> bool:
    """Whether `text` holds `quote`, or most of its words."""
    if holds(text, quote):
        return True
    wanted, there = set(quote.casefold().split()), set(text.casefold().split())
    return len(wanted) >= _LONG and len(wanted & there) >= _SHARE * len(wanted)


def as_source(passage: Passage) -> Source:
    """A passage as the assistant hands it to an answerer."""
    document, chunk = passage.document, passage.chunk
    places = tuple((place.at, place.headings) for place in chunk.inside)
    return Source(chunk.text, document.title, chunk.headings, document.language, passage.score, places)


async def sample_examples(house: House, user: str, split: str) -> list[Asked]:
    """The gold questions with what the production search returns to them."""
    found = []
    for question in gold_questions(split):
        passages = await house.search.search(user, question.question, limit=PASSAGES)
        found.append(_example(question, passages))
    return found


def _example(question: Question, passages: list[Passage]) -> Asked:
    def holds(source: int, text: str) -> bool:
        return in_gold(question.gold, passages[source].document.path, text)

    return Asked(question.question, question.kind, [as_source(passage) for passage in passages], holds)


async def clinic_examples(clinic: Clinic, *, tuning: bool) -> list[Asked]:
    """The questions about the tests' small clinic: the half for tuning, or the other."""
    found = []
    for asked in questions()[0 if tuning else 1 :: 2]:
        sources = [clinic.sources[index] for index in await clinic.search(asked.text)]
        found.append(_clinic_example(asked.text, asked.gold, sources))
    return found


def _clinic_example(text: str, gold: str, sources: list[Source]) -> Asked:
    def holds(_source: int, stretch: str) -> bool:
        return bool(gold) and gold in stretch

    return Asked(text, "single" if gold else "unanswerable", sources, holds)


async def open_clinic(house: House) -> Clinic:
    """The clinic, searched with the house's embedding model."""
    embedder = house.index.source.embedder
    assert embedder is not None
    return Clinic(embedder, sections())

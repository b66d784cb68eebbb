"""From an understood question to passages: one search, and a further one only where the question gives a reason.

A reason is a misspelt word that nothing matched, a file or folder named as the place to look, a period from which the
documents are to be, or an abbreviation. A filter that finds nothing good is dropped again, and the user is told so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backend.assistant.questions.abbreviations import expansions
from backend.assistant.questions.language import language_of
from backend.assistant.questions.names import Mentioned, Named, described
from backend.assistant.questions.periods import Period, is_from
from backend.assistant.questions.spelling import corrected, unknown
from backend.assistant.questions.understood import Understood
from backend.models.terms import STOP_WORDS, words
from backend.search.chunk import Filters, Found, Passage

# Passages looked at for names, meanings and subjects. The search checks the access to as many in one request anyway.
WIDE = 30
# Reciprocal rank fusion (Cormack et al. 2009), with a small constant because the lists are short; the search with
# abbreviations written out has the question in it as well, and counts more (bench.abbreviations).
_RANK_CONSTANT = 10
_EXPANDED_WEIGHT = 1.5
# A search whose best passage has this share of the question's words found something good.
_GOOD = 0.8
# A filter must not lose more of the words than this share of what the unfiltered search had.
_KEPT = 0.5
# Passages among which the best one is looked for, and what is read of a question (characters).
_BEST = 10
_READ = 600

FindNamed = Callable[[Mentioned], Awaitable[Named]]
"""Finds files and folders of the user who asks by their names."""


class Search(Protocol):
    """Finds passages that this user can read at this moment, best first. Fails closed."""

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]: ...


@dataclass(frozen=True, slots=True)
class Findings:
    """Passages, best first, and the question that they were found for.

    `name_dropped` and `period_dropped` are what the question names and nothing good was found in. `gone` is that of the
    first search, see `search.chunk.Found`.
    """

    question: str
    passages: list[Passage]
    name_dropped: str | None = None
    period_dropped: str | None = None
    gone: int = 0


async def nothing_named(_names: Mentioned) -> Named:
    """A `FindNamed` for those without a list of files."""
    return Named()


class Lookup:
    """Finds the passages for one user's questions within `filters`, the scope that the user has chosen."""

    def __init__(self, search: Search, user_id: str, filters: Filters, find_named: FindNamed = nothing_named) -> None:
        self._search = search
        self._user_id = user_id
        self._filters = filters
        self._find_named = find_named

    async def find(self, understood: Understood) -> Findings:
        """The best passages. Raises what the search raises."""
        question = understood.text
        passages = await self._passages(question, self._filters)
        gone = passages.gone if isinstance(passages, Found) else 0
        better = await self._spelt(understood, passages)
        if better is not None:
            question, passages = better
        understood = replace(understood, text=question)
        narrowed = await self._narrowed(understood, Findings(question, passages, gone=gone))
        return replace(narrowed, passages=await self._written_out(understood, narrowed.passages))

    async def _passages(self, question: str, filters: Filters) -> list[Passage]:
        return await self._search.search(self._user_id, question, filters, WIDE)

    async def _spelt(self, understood: Understood, passages: list[Passage]) -> tuple[str, list[Passage]] | None:
        """The corrected question with its passages, where the search as it was written found nothing good."""
        question, language = understood.text, understood.words
        texts = [_all_text(passage) for passage in passages]
        if coverage(question, passages) >= _GOOD or not unknown(question, language, texts):
            return None
        correction = await asyncio.to_thread(corrected, question, language, texts)
        if correction is None:
            return None
        found = await self._passages(correction, self._filters)
        if coverage(correction, found) > coverage(question, passages):
            return correction, found
        return None

    async def _narrowed(self, understood: Understood, findings: Findings) -> Findings:
        """The passages of the named files or folders, and of the period."""
        question, passages = understood.text, findings.passages
        name_dropped = period_dropped = None
        filters = self._filters
        named = await self._find_named(understood.names) if understood.names else Named()
        files = described(question, understood.words, [passage.document for passage in passages])
        if not named and files:
            named = Named(file_ids=files)
        if named:
            within = _and(filters, named)
            found = [] if within is None else await self._passages(question, within)
            if within is not None and _as_good(question, found, passages):
                filters, passages = within, found
            elif understood.names:
                name_dropped = understood.names.said
        if understood.period is not None:
            found = await self._from(understood.period, question, filters, passages)
            if _as_good(question, found, passages):
                passages = found
            else:
                period_dropped = understood.period.text
        return replace(findings, passages=passages, name_dropped=name_dropped, period_dropped=period_dropped)

    async def _from(
        self, period: Period, question: str, filters: Filters, passages: Sequence[Passage]
    ) -> list[Passage]:
        """Passages of documents from a period: changed in it, or named after a date of it."""
        changed = replace(filters, modified_after=period.start, modified_before=period.end)
        found = _fused([(1.0, passages), (1.0, await self._passages(question, changed))])
        return [p for p in found if is_from(period, p.document.path, p.document.modified)]

    async def _written_out(self, understood: Understood, passages: list[Passage]) -> list[Passage]:
        """The passages, with those of a search in which abbreviations are written out mixed in."""
        longs = expansions(understood.text, understood.language, [_all_text(passage) for passage in passages])
        if not longs:
            return passages
        only = {passage.document.file_id for passage in passages}
        found = await self._passages(_with(understood.text, longs), self._filters)
        if understood.period is not None or understood.names:
            found = [passage for passage in found if passage.document.file_id in only]
        return _fused([(1.0, passages), (_EXPANDED_WEIGHT, found)])


def likely(question: str) -> list[str]:
    """What a question that stands alone is searched for, as far as that can be told before anything is found."""
    longs = expansions(question, language_of(question), ())
    return [question, _with(question, longs)] if longs else [question]


def coverage(question: str, passages: Sequence[Passage]) -> float:
    """The largest share of the question's words that one of the best passages has, 0 to 1; 1 without such words.

    Words are compared by their beginnings: stemming thirty passages would cost more than the search.
    """
    asked = {_beginning(word) for word in words(question[:_READ]) if word not in STOP_WORDS}
    if not asked:
        return 1.0
    best = 0
    for passage in passages[:_BEST]:
        text = _all_text(passage).casefold()
        best = max(best, sum(word in text for word in asked))
    return best / len(asked)


def _with(question: str, longs: Mapping[str, Sequence[str]]) -> str:
    """The question with its abbreviations written out behind it."""
    return " ".join((question, *(long for each in longs.values() for long in each)))


def _beginning(word: str) -> str:
    """What the forms of a word begin with: endings are up to three letters long, but not more than a third of it."""
    return word[: max(4, len(word) - min(3, len(word) // 3))]


def _as_good(question: str, found: Sequence[Passage], before: Sequence[Passage]) -> bool:
    return bool(found) and coverage(question, found) >= _KEPT * coverage(question, before)


def _and(filters: Filters, named: Named) -> Filters | None:
    """Both narrowings; None when no file can meet both."""
    file_ids = named.file_ids
    if file_ids and filters.file_ids:
        file_ids = tuple(file_id for file_id in file_ids if file_id in filters.file_ids)
        if not file_ids:
            return None
    if file_ids:
        return replace(filters, file_ids=file_ids)
    if filters.folder_ids:
        # The store asks for one of several folders, not for two at once: a chosen folder stays as it is.
        return None
    return replace(filters, folder_ids=named.folder_ids)


def _fused(lists: Iterable[tuple[float, Sequence[Passage]]]) -> list[Passage]:
    scores: dict[str, float] = {}
    known: dict[str, Passage] = {}
    for weight, passages in lists:
        for rank, passage in enumerate(passages):
            known.setdefault(passage.id, passage)
            scores[passage.id] = scores.get(passage.id, 0.0) + weight / (_RANK_CONSTANT + rank)
    return [known[key] for key in sorted(scores, key=lambda key: (-scores[key], key))][:WIDE]


def _all_text(passage: Passage) -> str:
    return "\n".join((passage.document.title, *passage.chunk.headings, passage.chunk.text))

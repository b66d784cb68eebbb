"""An answer that is prepared before its question is asked, while it is not sure yet that the user has said all of it.

Passages are searched for and sentences picked, no more: nothing is recorded, proposed or told, and no language model is
asked. The turn of the question does all that it does in any case, but what it asks for may be there already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from backend.assistant.answering import Picks
from backend.assistant.begun import Begun
from backend.assistant.contexts import alone, spread
from backend.assistant.finding import PASSAGES, SEARCH_SECONDS, is_several
from backend.assistant.question import Question
from backend.assistant.questions.allfiles import all_files
from backend.assistant.questions.lookup import Lookup, Search
from backend.assistant.questions.understood import understand
from backend.assistant.withholding import Readable
from backend.egress.gate import act_for
from backend.errors import VoiceAssistError
from backend.models.extractive import Extract
from backend.models.protocol import Source
from backend.search.chunk import Filters, Passage
from backend.telemetry import preparations
from backend.trouble import told, where

log = structlog.get_logger(__name__)


class Preparation:
    """Begins at once, in a task of its own, which ends by itself or with `cancel`.

    `question` gives what to prepare for, None for what is no question to be searched for. `picking`: whether sentences
    are picked as well. `clock` is a steady clock in seconds.

    To the turn of the question it is its `Search` and its `Picks`. A call that was made before is answered as it was
    then, any other by the real ones. Passages are given again only if their user can read all of their files at this
    moment, where they were.
    """

    def __init__(
        self,
        question: Callable[[], Awaitable[Question | None]],
        search: Search,
        picks: Picks,
        files: Readable,
        clock: Callable[[], float],
        *,
        picking: bool,
    ) -> None:
        self._begun = Begun(search, clock)
        self._picks = picks
        self._files = files
        self._picking = picking
        self._picked: tuple[str, list[Source], Extract] | None = None
        self._task = asyncio.create_task(self._run(question), name="assistant: prepare an answer")
        preparations.labels("begun").inc()

    def cancel(self) -> None:
        """Nobody asks that, or who did is answered."""
        self._task.cancel()
        self._begun.cancel()

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        """See `lookup.Search`."""
        await asyncio.wait([self._task])
        known = self._begun.known(user_id, query, filters, limit)
        if known is not None and await self._holds(user_id, found := await known):
            preparations.labels("used").inc()
            return found
        return await self._begun.begin(user_id, query, filters, limit)

    async def answer(self, question: str, sources: Sequence[Source]) -> Extract:
        """See `Picks`."""
        await asyncio.wait([self._task])
        if self._picked is not None and self._picked[:2] == (question, list(sources)):
            return self._picked[2]
        return await self._picks.answer(question, sources)

    async def _holds(self, user_id: str, passages: Sequence[Passage]) -> bool:
        paths = {passage.document.file_id: passage.document.path for passage in passages}
        return dict(await self._files.readable(user_id, paths)) == paths

    async def _run(self, question: Callable[[], Awaitable[Question | None]]) -> None:
        try:
            asked = await question()
            if asked is not None:
                act_for(asked.user_id)
                async with asyncio.timeout(SEARCH_SECONDS):
                    await self._prepare(asked)
        except (VoiceAssistError, TimeoutError):
            pass  # told to the user by the turn, if it comes to that
        except Exception as error:  # its text may hold what was said
            log.error("preparation.crashed", error=told(error), where=where(error))

    async def _prepare(self, question: Question) -> None:
        at, zone = question.asked_at, question.zone
        understood = await asyncio.to_thread(understand, question.text, question.past, at, zone)
        if is_several(understood) or all_files(understood.text, understood.words, at, zone) is not None:
            return  # made of other searches
        found = await Lookup(self._begun, question.user_id, question.filters, question.find_named).find(understood)
        sources = [context.source for context in alone(spread(found.passages, PASSAGES))]
        if self._picking and sources:
            self._picked = (found.question, sources, await self._picks.answer(found.question, sources))

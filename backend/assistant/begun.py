"""Searches that are begun before they are asked for, and waited for instead of being begun anew."""

import asyncio
from collections.abc import Callable

from backend.assistant.questions.lookup import Search
from backend.egress.gate import act_for
from backend.search.chunk import Filters, Passage

# What was found longer ago (seconds) is searched for anew: files change, and so does who may read them.
FRESH_SECONDS = 2.0

_Sought = tuple[str, str, Filters, int]


class Begun:
    """The `Search` of one question over another one. `clock` is a steady clock in seconds.

    Each search is a task of its own, which ends by itself, with `cancel`, or with whoever waits for it.
    """

    def __init__(self, search: Search, clock: Callable[[], float]) -> None:
        self._search = search
        self._clock = clock
        self._begun: dict[_Sought, tuple[float, asyncio.Task[list[Passage]]]] = {}

    def begin(self, user_id: str, query: str, filters: Filters, limit: int) -> asyncio.Task[list[Passage]]:
        """Search for this now."""
        task = asyncio.create_task(self._run(user_id, query, filters, limit), name="assistant: search ahead")
        # Whoever asks for it is told; where nobody does, its error is nobody's.
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        self._begun[user_id, query, filters, limit] = (self._clock(), task)
        return task

    def known(self, user_id: str, query: str, filters: Filters, limit: int) -> asyncio.Task[list[Passage]] | None:
        """The same search, begun not long ago; None where there is none, or it has failed."""
        began, task = self._begun.get((user_id, query, filters, limit), (0.0, None))
        if task is None or self._clock() - began > FRESH_SECONDS:
            return None
        failed = task.done() and (task.cancelled() or task.exception() is not None)
        return None if failed else task

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        """See `lookup.Search`."""
        return await (self.known(user_id, query, filters, limit) or self.begin(user_id, query, filters, limit))

    def cancel(self) -> None:
        """End them, and know nothing of them any more."""
        for _, task in self._begun.values():
            task.cancel()
        self._begun.clear()

    async def _run(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        act_for(user_id)
        return await self._search.search(user_id, query, filters, limit)

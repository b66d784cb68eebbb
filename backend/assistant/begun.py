"""Searches that are begun before they are asked for, and waited for instead of being begun anew."""

import asyncio
import math
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
        self._begun: dict[_Sought, asyncio.Task[list[Passage]]] = {}
        self._found_at: dict[_Sought, float] = {}

    def begin(self, user_id: str, query: str, filters: Filters, limit: int) -> asyncio.Task[list[Passage]]:
        """Search for this now."""
        sought = (user_id, query, filters, limit)
        task = asyncio.create_task(self._run(sought), name="assistant: search ahead")
        # Whoever asks for it is told; where nobody does, its error is nobody's.
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        self._begun[sought] = task
        self._found_at.pop(sought, None)
        return task

    def known(self, user_id: str, query: str, filters: Filters, limit: int) -> asyncio.Task[list[Passage]] | None:
        """The same search, under way or ended not long ago; None where there is none, or it has failed."""
        sought = (user_id, query, filters, limit)
        task = self._begun.get(sought)
        if task is None or self._clock() - self._found_at.get(sought, math.inf) > FRESH_SECONDS:
            return None
        failed = task.done() and (task.cancelled() or task.exception() is not None)
        return None if failed else task

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        """See `lookup.Search`."""
        return await (self.known(user_id, query, filters, limit) or self.begin(user_id, query, filters, limit))

    def cancel(self) -> None:
        """End them, and know nothing of them any more."""
        for task in self._begun.values():
            task.cancel()
        self._begun.clear()
        self._found_at.clear()

    async def _run(self, sought: _Sought) -> list[Passage]:
        act_for(sought[0])
        found = await self._search.search(*sought)
        self._found_at[sought] = self._clock()
        return found

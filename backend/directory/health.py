"""How users of Nextcloud stand with our index."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.errors import VoiceAssistError
from backend.files.rules import RulesOf
from backend.files.service import FilesService

# Rules are mostly known already, because every look at a user's files asks for them; Nextcloud is asked for the rest.
_ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Health:
    """Of one user. `opted_out` is None for whom we do not know, and while it cannot be found out."""

    known: bool = False
    crawling: bool = False
    last_crawl_at: datetime | None = None
    trouble: bool = False
    opted_out: bool | None = None


class IndexHealth:
    """Finds out about users, by the records and their own wishes."""

    def __init__(self, files: FilesService, rules_of: RulesOf) -> None:
        self._files = files
        self._rules_of = rules_of
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def of(self, user_ids: Sequence[str]) -> list[Health]:
        """Of each of these users, in their order."""
        crawls = await self._files.crawls(user_ids)
        opted_out = dict(zip(crawls, await asyncio.gather(*map(self._opted_out, crawls)), strict=True))
        return [
            Health(True, crawl.crawling, crawl.last_crawl_at, crawl.trouble, opted_out[user_id])
            if (crawl := crawls.get(user_id))
            else Health()
            for user_id in user_ids
        ]

    async def _opted_out(self, user_id: str) -> bool | None:
        async with self._asking:
            try:
                return (await self._rules_of(user_id)).opt_out
            except VoiceAssistError:  # disabled, or Nextcloud does not answer
                return None

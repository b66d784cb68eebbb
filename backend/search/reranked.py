"""Search whose best passages are ordered anew by a model that reads each one together with the question."""

from dataclasses import replace

import structlog

from backend.errors import RateLimited, Unavailable
from backend.models.rerank import Reranker
from backend.search.chunk import Filters, Passage
from backend.search.service import MAX_LIMIT, NO_FILTERS, Search

log = structlog.get_logger(__name__)

# So many times the passages wanted are read by the model. A cross-encoder needs some 10 ms for each on two cores.
_BREADTH = 3


class Reranked:
    """Wraps a search. Where the reranker does not answer, or may not be asked, the order stays the search's."""

    def __init__(self, search: Search, reranker: Reranker) -> None:
        self._search = search
        self._reranker = reranker

    async def search(self, user_id: str, query: str, filters: Filters = NO_FILTERS, limit: int = 10) -> list[Passage]:
        """See `Search.search`; only what the user can read reaches the reranker."""
        found = await self._search.search(user_id, query, filters, min(_BREADTH * limit, MAX_LIMIT))
        try:
            scores = await self._reranker.scores(query, [passage.chunk.text for passage in found])
        except (Unavailable, RateLimited) as error:
            log.warning("search.not_reranked", error=error.message)
            return found[:limit]
        ranked = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])
        return [replace(passage, score=score) for score, passage in ranked[:limit]]

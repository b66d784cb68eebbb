"""Search over HTTP: passages for a question, and a passage with what surrounds it."""

from collections.abc import Collection, Sequence

from fastapi import APIRouter, Query

from backend.envelope import Envelope, ok
from backend.errors import BadInput
from backend.identity.principal import CurrentPrincipal
from backend.search.access import Access, Tags
from backend.search.highlight import highlights, snippet
from backend.search.schemas import PassageView, SearchRequest, SearchResult, SearchResults
from backend.search.service import MAX_QUERY, Search


def build_router(search: Search, access: Access, tags: Tags) -> APIRouter:
    """The routes of this slice."""
    router = APIRouter(tags=["search"])

    @router.post("/search")
    async def find(principal: CurrentPrincipal, request: SearchRequest) -> Envelope[SearchResults]:
        """The passages that answer a question best, among the files that the user can read."""
        user_id = principal.user_id
        filters = request.filters.to_filters(await _tagged(tags, user_id, request.filters.tags))
        passages = await search.search(user_id, request.query, filters, request.limit)
        words = await search.words(request.query)
        results = []
        for passage in passages:
            document, chunk = passage.document, passage.chunk
            text, spans = snippet(chunk.text, highlights(passage, words))
            results.append(
                SearchResult(
                    passage_id=passage.id,
                    document_id=str(document.file_id),
                    title=document.title,
                    path=document.path,
                    snippet=text,
                    highlights=spans,
                    relevance_score=passage.score,
                    page=chunk.page,
                    section=chunk.section,
                    time=chunk.time,
                    link=access.link(user_id, document.file_id, document.path),
                )
            )
        return ok(SearchResults(results=results))

    @router.get("/passages/{passage_id}")
    async def show(
        principal: CurrentPrincipal,
        passage_id: str,
        q: str = Query("", max_length=MAX_QUERY, description="The question whose words are to be highlighted."),
    ) -> Envelope[PassageView]:
        """A passage with the text around it."""
        user_id = principal.user_id
        found = await search.passage(user_id, passage_id)
        document, chunk = found.passage.document, found.passage.chunk
        return ok(
            PassageView(
                passage_id=found.passage.id,
                document_id=str(document.file_id),
                title=document.title,
                path=document.path,
                mime=document.mime,
                page=chunk.page,
                section=chunk.section,
                time=chunk.time,
                headings=list(chunk.headings),
                text=chunk.text,
                before=found.before,
                after=found.after,
                highlights=highlights(found.passage, await search.words(q)),
                link=access.link(user_id, document.file_id, document.path),
                content_url=f"/api/v1/files/{document.file_id}/content",
            )
        )

    return router


async def _tagged(tags: Tags, user_id: str, names: Sequence[str]) -> Sequence[Collection[int]]:
    try:
        return await tags.tagged(user_id, names) if names else ()
    except BadInput as error:
        raise BadInput(error.message, field="filters.tags") from error

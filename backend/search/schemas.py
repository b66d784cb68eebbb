"""Search over HTTP: requests and answers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from backend.search.chunk import Filters
from backend.search.service import MAX_LIMIT

# More conditions than a person sets by hand; a larger set is a program's mistake.
_MOST = 1_000


class SearchFilters(BaseModel):
    """Narrows a search; all given conditions must hold."""

    model_config = ConfigDict(extra="forbid")

    file_ids: list[int] = Field([], max_length=_MOST)
    folder_ids: list[int] = Field([], max_length=_MOST)
    mimes: list[str] = Field([], max_length=_MOST)
    modified_after: datetime | None = None
    modified_before: datetime | None = None

    def to_filters(self) -> Filters:
        """The same for the service."""
        return Filters(
            file_ids=tuple(self.file_ids),
            folder_ids=tuple(self.folder_ids),
            mimes=tuple(self.mimes),
            modified_after=self.modified_after,
            modified_before=self.modified_before,
        )


class SearchRequest(BaseModel):
    """A question and where to look. The service says what a question may be, so that its words reach the user."""

    model_config = ConfigDict(extra="forbid")

    query: str
    filters: SearchFilters = SearchFilters()
    limit: int = Field(10, ge=1, le=MAX_LIMIT)


class SearchResult(BaseModel):
    """A passage that was found. `highlights` are character ranges in `snippet`, the end excluded."""

    passage_id: str
    document_id: str
    title: str
    path: str
    snippet: str
    highlights: list[tuple[int, int]]
    relevance_score: float
    page: int | None
    section: str | None
    time: int | None = None
    link: str


class SearchResults(BaseModel):
    """Passages, best first."""

    results: list[SearchResult]


class PassageView(BaseModel):
    """A passage as it is shown: `highlights` are character ranges in `text`, `before` and `after` what surrounds it."""

    passage_id: str
    document_id: str
    title: str
    path: str
    mime: str
    page: int | None
    section: str | None
    time: int | None = None
    headings: list[str]
    text: str
    before: str
    after: str
    highlights: list[tuple[int, int]]
    link: str
    content_url: str

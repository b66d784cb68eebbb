"""Search over HTTP: requests and answers."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.search.chunk import Filters
from backend.search.service import MAX_LIMIT

# More conditions than a person sets by hand; a larger set is a program's mistake.
_MOST = 1_000
# Each is a request to Nextcloud.
_MOST_TAGS = 10
# Nextcloud cuts names of tags at 64 characters.
_LONGEST_TAG = 64


class SearchFilters(BaseModel):
    """Narrows a search; all given conditions must hold.

    `tags` are names of Nextcloud's collaborative tags, in any case: a file must have all of them, itself or by a folder
    above it.
    """

    model_config = ConfigDict(extra="forbid")

    file_ids: list[int] = Field([], max_length=_MOST)
    folder_ids: list[int] = Field([], max_length=_MOST)
    mimes: list[str] = Field([], max_length=_MOST)
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    tags: list[Annotated[str, Field(max_length=_LONGEST_TAG)]] = Field([], max_length=_MOST_TAGS)

    def to_filters(self, tagged: Sequence[Collection[int]]) -> Filters:
        """The same for the service; `tagged` are ids of the files and folders with each tag."""
        return Filters(
            file_ids=tuple(self.file_ids),
            folder_ids=tuple(self.folder_ids),
            mimes=tuple(self.mimes),
            modified_after=self.modified_after,
            modified_before=self.modified_before,
            tagged=tuple(tuple(sorted(ids)) for ids in tagged),
        )


class SearchRequest(BaseModel):
    """A question and where to look. The service says what a question may be, so that its words reach the user."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": "flu vaccine", "filters": {"tags": ["Urgent"]}, "limit": 5}]},
    )

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

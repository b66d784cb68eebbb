"""What is searched: chunks of documents, and the passages that a search returns."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Document:
    """What every chunk of a file carries about it.

    `path` is relative to the home of a user who can see the file ("/Letters/Smith.pdf"); in a passage, of the user who
    asked. `path_ids` are the file's id
    and the ids of all folders above it; a user sees the file when one of the user's roots is among them.
    """

    file_id: int
    path: str
    title: str
    mime: str
    modified: datetime
    language: str  # ISO 639-1
    path_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document that is embedded as one.

    `start` and `end` are offsets in characters into the extracted text of the whole document, `page` counts from 1 and
    is None where the format has no pages, `headings` leads from the document's outermost heading to the chunk. `time`
    is where in a recording it is said, in seconds from the beginning. `inside` are the places that begin within the
    chunk, in order: small sections are joined to one chunk.
    """

    text: str
    ordinal: int
    start: int
    end: int
    page: int | None
    section: str | None
    headings: tuple[str, ...]
    time: int | None = None
    inside: tuple["Place", ...] = ()

    def place(self, position: int) -> "Place":
        """Where `text[position]` stands in the document."""
        above = [place for place in self.inside if place.at <= position]
        return above[-1] if above else Place(0, self.section, self.headings)


@dataclass(frozen=True, slots=True)
class Place:
    """What a text stands under from its character `at` on. `section` is the innermost of `headings` that is no table's
    header row.
    """

    at: int
    section: str | None
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found. `score` is only comparable within one search."""

    id: str
    document: Document
    chunk: Chunk
    score: float


class Found(list[Passage]):
    """What a search found, best first.

    `gone` counts the passages of files in the user's own home that were left out because the server did not confirm
    that the user can read them now. What others share is not counted: a number would tell of files that are hidden.
    """

    gone = 0


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrows a search. Empty means no narrowing; all given conditions must hold.

    `tagged` has a group of ids for each tag: a file must be in every group itself, or by a folder above it.
    """

    file_ids: tuple[int, ...] = ()
    folder_ids: tuple[int, ...] = ()
    mimes: tuple[str, ...] = ()
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    tagged: tuple[tuple[int, ...], ...] = ()

    @property
    def impossible(self) -> bool:
        """Whether nothing can meet them: a tag is on nothing."""
        return () in self.tagged

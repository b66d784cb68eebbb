"""How a chunk and its document are written into a point of the store, and read from it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath

import msgspec

from backend.search.chunk import Chunk, Document, Place
from backend.search.names import names
from backend.search.sparse import SparseVector, document_vector


class _Stored(msgspec.Struct):
    """The payload's fields and their types. `modified` is in seconds since 1970."""

    file_id: int
    path: str
    path_ids: tuple[int, ...]
    title: str
    mime: str
    modified: int
    language: str
    ordinal: int
    start: int
    end: int
    page: int | None
    section: str | None
    headings: tuple[str, ...]
    text: str
    names: tuple[str, ...] = ()
    time: int | None = None
    inside: tuple[tuple[int, str | None, tuple[str, ...]], ...] = ()


# All but the text, which is a matter of the point's id.
META_FIELDS = tuple(field for field in _Stored.__struct_fields__ if field != "text")

# All that `from_payload` reads.
PASSAGE_FIELDS = _Stored.__struct_fields__

# The vectors of the chunk's tokens (`late.compress`), in Base64. They belong to the text, as the point's id does.
TOKENS = "tokens"

# What the sparse vector is made of, besides the text.
WORD_FIELDS = frozenset({"title", "headings", "language"})


def to_payload(document: Document, chunk: Chunk) -> dict[str, object]:
    """The payload of a chunk."""
    return {
        "file_id": document.file_id,
        "path": document.path,
        "path_ids": list(document.path_ids),
        "title": document.title,
        "mime": document.mime,
        "modified": int(document.modified.timestamp()),
        "language": document.language,
        "ordinal": chunk.ordinal,
        "start": chunk.start,
        "end": chunk.end,
        "page": chunk.page,
        "section": chunk.section,
        "time": chunk.time,
        "headings": list(chunk.headings),
        "names": list(names(document.title, chunk.headings)),
        "inside": [[place.at, place.section, list(place.headings)] for place in chunk.inside],
        "text": chunk.text,
    }


def from_payload(payload: Mapping[str, object]) -> tuple[Document, Chunk]:
    """The document and the chunk of a payload."""
    stored = msgspec.convert(payload, _Stored, strict=False)
    document = Document(
        file_id=stored.file_id,
        path=stored.path,
        title=stored.title,
        mime=stored.mime,
        modified=datetime.fromtimestamp(stored.modified, UTC),
        language=stored.language,
        path_ids=stored.path_ids,
    )
    chunk = Chunk(
        text=stored.text,
        ordinal=stored.ordinal,
        start=stored.start,
        end=stored.end,
        page=stored.page,
        section=stored.section,
        headings=stored.headings,
        time=stored.time,
        inside=tuple(Place(*place) for place in stored.inside),
    )
    return document, chunk


def sparse_vector(document: Document, chunk: Chunk) -> SparseVector:
    """The words of a chunk, of the headings above it, and of the file's name: "the letter to Smith" means a file."""
    name = PurePosixPath(document.title).stem
    above = [heading for heading in chunk.headings if heading not in chunk.text]
    return document_vector("\n".join((name, *above, chunk.text)), document.language)

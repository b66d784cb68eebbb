"""A retrieval benchmark in BEIR's format, run through the production pipeline (Thakur et al. 2021, "BEIR")."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backend.errors import BadInput
from backend.search.chunk import Chunk, Document
from backend.search.index import Index
from backend.search.language import LanguageDetector
from backend.search.service import Search
from backend.search.store import VectorStore, Where, scroll_all

# Documents in a run for each question, as trec_eval and BEIR expect it.
_DEPTH = 100

# Chunks taken by each vector for one question: several of them may be of one document.
_CANDIDATES = 300

_RUN_NAME = "voiceassist"

Cut = Callable[[str], Sequence[Chunk]]
"""Extracts and cuts the text of a Markdown document into chunks, as an uploaded file would be."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did."""

    documents: int
    chunks: int
    queries: int


async def run(
    folder: Path,
    out: Path,
    *,
    store: VectorStore,
    index: Index,
    search: Search,
    detector: LanguageDetector,
    cut: Cut,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> RunReport:
    """Index `folder`/corpus.jsonl, ask `folder`/queries.jsonl and write the run to `out`.

    The run has a line for each question and document: question id, "Q0", document id, rank from 1, score, name of the
    run, separated by tabs. A document's score is that of its best chunk. `progress` hears the step, how much of it is
    done, and its total. What the index holds already is not embedded again. Raises `BadInput` for a folder that lacks
    one of the files or holds a line that is not of BEIR's format.
    """
    corpus = await asyncio.to_thread(_lines, folder / "corpus.jsonl")
    queries = await asyncio.to_thread(_lines, folder / "queries.jsonl")
    chunks = 0
    for number, entry in enumerate(corpus):
        progress("index", number, len(corpus))
        # Read as the Markdown file that a person would make of it, with its id as the file's name.
        text = f"# {entry.title}\n\n{entry.text}" if entry.title else entry.text
        pieces = await asyncio.to_thread(cut, text)
        chunks += len(pieces)
        await index.put(_document(number, entry.id, await detector.detect_async(text)), pieces)
    source = index.source.collection
    records = await scroll_all(store, source, Where(), ["file_id"])
    document_of = {record.id: record.payload["file_id"] for record in records}
    lines = []
    for number, query in enumerate(queries):
        progress("search", number, len(queries))
        ranked = await search.rank(query.text, Where(), _CANDIDATES)
        best: dict[object, float] = {}
        for key, score in ranked:
            best.setdefault(document_of[key], score)
        for rank, (file_id, score) in enumerate(list(best.items())[:_DEPTH], start=1):
            document_id = corpus[int(str(file_id))].id
            lines.append(f"{query.id}\tQ0\t{document_id}\t{rank}\t{score:.6f}\t{_RUN_NAME}\n")
    await asyncio.to_thread(out.write_text, "".join(lines))
    return RunReport(len(corpus), chunks, len(queries))


@dataclass(frozen=True, slots=True)
class _Entry:
    id: str
    title: str
    text: str


def _lines(path: Path) -> list[_Entry]:
    if not path.is_file():
        raise BadInput(f"There is no file {path}. Give a folder in BEIR's format.")
    entries = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                try:
                    fields = json.loads(line)
                    entry = _Entry(str(fields["_id"]), str(fields.get("title") or ""), str(fields["text"]))
                except (ValueError, KeyError, AttributeError, TypeError) as error:
                    raise BadInput(f"Line {number} of {path} is not an object with _id and text.") from error
                entries.append(entry)
    return entries


def _document(number: int, name: str, language: str) -> Document:
    return Document(
        file_id=number,
        path=f"/{name}",
        title=name,
        mime="text/markdown",
        modified=datetime(1970, 1, 1, tzinfo=UTC),
        language=language,
        path_ids=(number,),
    )

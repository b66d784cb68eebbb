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
from backend.search.ranking import ALL_FEATURES, Features
from backend.search.service import Search
from backend.search.store import VectorStore, Where, scroll_all

# Documents in a run for each question, as trec_eval and BEIR expect it.
_DEPTH = 100

# Chunks taken by each vector for one question: several of them may be of one document.
_CANDIDATES = 300

_RUN_NAME = "voiceassist"

Progress = Callable[[str, int, int], None]
"""Hears the step, how much of it is done, and its total."""

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
    progress: Progress = lambda step, done, total: None,
) -> RunReport:
    """Index `folder`/corpus.jsonl, ask `folder`/queries.jsonl and write the run to `out`.

    The run has a line for each question and document: question id, "Q0", document id, rank from 1, score, name of the
    run, separated by tabs. A document's score is that of its best chunk. `progress` hears the step, how much of it is
    done, and its total. What the index holds already is not embedded again. Raises `BadInput` for a folder that lacks
    one of the files or holds a line that is not of BEIR's format.
    """
    corpus, chunks = await fill(folder, index=index, detector=detector, cut=cut, progress=progress)
    ranked = await ask(folder, corpus, store=store, index=index, search=search, progress=progress)
    lines = [
        f"{query}\tQ0\t{document}\t{rank}\t{score:.6f}\t{_RUN_NAME}\n"
        for query, found in ranked.items()
        for rank, (document, score) in enumerate(found, start=1)
    ]
    await asyncio.to_thread(out.write_text, "".join(lines))
    return RunReport(len(corpus), chunks, len(ranked))


async def fill(
    folder: Path,
    *,
    index: Index,
    detector: LanguageDetector,
    cut: Cut,
    progress: Progress = lambda step, done, total: None,
) -> tuple[list[str], int]:
    """Index `folder`/corpus.jsonl. The ids of its documents, and how many chunks they have; see `run`."""
    corpus = await asyncio.to_thread(_lines, folder / "corpus.jsonl")
    chunks = 0
    for number, entry in enumerate(corpus):
        progress("index", number, len(corpus))
        # Read as the Markdown file that a person would make of it, with its id as the file's name.
        text = f"# {entry.title}\n\n{entry.text}" if entry.title else entry.text
        pieces = await asyncio.to_thread(cut, text)
        chunks += len(pieces)
        await index.put(_document(number, entry.id, await detector.detect_async(text)), pieces)
    return [entry.id for entry in corpus], chunks


async def ask(
    folder: Path,
    corpus: Sequence[str],
    *,
    store: VectorStore,
    index: Index,
    search: Search,
    features: Features = ALL_FEATURES,
    progress: Progress = lambda step, done, total: None,
) -> dict[str, list[tuple[str, float]]]:
    """Ask `folder`/queries.jsonl: for each question the best documents with their scores; see `run`."""
    queries = await asyncio.to_thread(_lines, folder / "queries.jsonl")
    source = index.source.collection
    records = await scroll_all(store, source, Where(), ["file_id"])
    document_of = {record.id: record.payload["file_id"] for record in records}
    found = {}
    for number, query in enumerate(queries):
        progress("search", number, len(queries))
        ranked = await search.rank(query.text, Where(), _CANDIDATES, features=features)
        best: dict[object, float] = {}
        for key, score in ranked:
            best.setdefault(document_of[key], score)
        found[query.id] = [(corpus[int(str(file_id))], score) for file_id, score in list(best.items())[:_DEPTH]]
    return found


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

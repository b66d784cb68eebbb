"""Running a benchmark in BEIR's format through the pipeline."""

import json
from pathlib import Path

import pytest

from backend.errors import BadInput
from backend.evaluation import Nobody
from backend.search import evaluate
from backend.search.chunk import Chunk
from backend.search.edge import EdgeStore
from backend.search.index import Index
from backend.search.language import LanguageDetector
from backend.search.service import Search
from tests.integration.search.test_index import chunks
from tests.unit.search.fakes import WordEmbedder


def cut(text: str) -> list[Chunk]:
    """A chunk for each paragraph."""
    return chunks(*text.split("\n\n"))


async def run(store: EdgeStore, folder: Path, embedder: WordEmbedder) -> evaluate.RunReport:
    index = Index(store, embedder)
    await index.open()
    search = Search(store, index, Nobody())
    return await evaluate.run(
        folder, folder / "run.tsv", store=store, index=index, search=search, detector=LanguageDetector(), cut=cut
    )


def write(path: Path, *entries: dict[str, str]) -> None:
    path.write_text("\n".join(json.dumps(entry) for entry in entries) + "\n")


async def test_a_run_ranks_documents_by_their_best_chunk(store: EdgeStore, tmp_path: Path) -> None:
    write(
        tmp_path / "corpus.jsonl",
        {"_id": "d1", "title": "knee", "text": "swollen knee\n\nnothing else"},
        {"_id": "d2", "title": "", "text": "metformin dose"},
        {"_id": "d3", "title": "sugar", "text": "sugar and metformin"},
    )
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "metformin dose"}, {"_id": "q2", "text": "knee"})
    report = await run(store, tmp_path, WordEmbedder())
    assert report == evaluate.RunReport(documents=3, chunks=6, queries=2)
    rows = [line.split("\t") for line in (tmp_path / "run.tsv").read_text().splitlines()]
    assert [row[:4] for row in rows[:2]] == [["q1", "Q0", "d2", "1"], ["q1", "Q0", "d3", "2"]]
    assert next(row[2] for row in rows if row[0] == "q2") == "d1"
    assert sorted(row[2] for row in rows if row[0] == "q2") == ["d1", "d2", "d3"]
    scores = [float(row[4]) for row in rows if row[0] == "q1"]
    assert scores == sorted(scores, reverse=True)
    assert {len(row) for row in rows} == {6}


async def test_a_second_run_embeds_nothing_again(store: EdgeStore, tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", {"_id": "d1", "title": "a", "text": "b"})
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "a"})
    await run(store, tmp_path, WordEmbedder())
    embedder = WordEmbedder()
    await run(store, tmp_path, embedder)
    assert embedder.passages == []


@pytest.mark.parametrize("line", ["not json", '{"_id": "1"}', "[]", '"text"', "1"])
async def test_a_line_of_another_format_is_named(store: EdgeStore, tmp_path: Path, line: str) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "a"})
    (tmp_path / "corpus.jsonl").write_text('{"_id": "1", "text": "x"}\n\n' + line)
    with pytest.raises(BadInput, match="Line 3"):
        await run(store, tmp_path, WordEmbedder())


async def test_a_folder_without_questions_is_named(store: EdgeStore, tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", {"_id": "d1", "title": "a", "text": "b"})
    with pytest.raises(BadInput, match=r"queries\.jsonl"):
        await run(store, tmp_path, WordEmbedder())

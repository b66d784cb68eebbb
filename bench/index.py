"""Indexing measured: `python -m bench.index`.

Starts the sample server over generated text files and indexes them with the production pipeline (fetch, read, cut,
embed, store), then feeds the same chunk texts to the embedding engine alone. Afterwards uploads PDFs of ten pages, one
at a time, and asks until the last page is found. Prints one JSON object. Memory is the proportional set size (PSS) of
this process and all below it, the sample server included.
"""

import argparse
import asyncio
import functools
import io
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from reportlab.pdfgen.canvas import Canvas

from backend.database import Base, Database
from backend.files.chunking import chunk
from backend.files.extraction.limits import Limits
from backend.files.extraction.pool import Extractor
from backend.files.indexing import Indexing
from backend.files.library import Library
from backend.files.sources import OneUser
from backend.jobs.sql import SqlLedger
from backend.nextcloud.demo.server import DemoServer
from backend.nextcloud.webdav import WebDavSource
from backend.search.builtin import BuiltinEmbedder
from backend.search.edge import EdgeStore
from backend.search.index import Index
from backend.search.language import LanguageDetector
from backend.search.service import Search
from backend.search.store import Where, scroll_all

_TEXT = (
    "the patient was seen in clinic today and reports that pain has improved since the last visit blood pressure is "
    "stable we agreed to continue treatment with a lower dose for six weeks and to repeat the blood test before the "
    "next appointment please send a copy of this letter to the practice nurse who will arrange follow up kidney "
    "function remains normal there were no side effects apart from mild headache in the evening family history heart "
    "disease smoking stopped exercise walking daily weight unchanged allergies none known vaccination complete"
)
_WORDS = _TEXT.split()
_PAGES = 10
_LINES_PER_PAGE = 42
_WORDS_PER_LINE = 11

# Looking costs processor time, which belongs to what is measured: often where moments count, seldom otherwise.
_LOOK_EVERY = 0.02
_ASK_EVERY = 0.1
_LOOK_SELDOM = 0.25


@dataclass(frozen=True, slots=True)
class House:
    """The parts that are measured."""

    server: DemoServer
    source: WebDavSource
    indexing: Indexing
    embedder: BuiltinEmbedder
    store: EdgeStore
    index: Index
    search: Search


@asynccontextmanager
async def house(folder: Path, workers: int) -> AsyncIterator[House]:
    """Everything from the sample server to the search, put together as the application does."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'records.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    store = EdgeStore(folder / "vectors")
    embedder = await asyncio.to_thread(BuiltinEmbedder, folder)
    index = Index(store, embedder)
    await index.open()
    async with DemoServer(folder / "server", samples=None) as server, Extractor(Limits()) as extractor:
        source = server.source()

        indexing = Indexing(
            database,
            SqlLedger(database),
            OneUser(source),
            extractor,
            functools.partial(chunk, tokens=embedder),
            LanguageDetector(),
            index,
            storage=folder,
            crawl_interval=0.5,
            max_bytes=200 * 2**20,
            workers=workers,
        )
        await indexing.start()
        try:
            search = Search(store, index, Library(database, OneUser(source), indexing.views))
            yield House(server, source, indexing, embedder, store, index, search)
        finally:
            await indexing.stop()
            await source.close()
            await store.close()
            await embedder.close()
            await database.close()


def sentence(chance: random.Random, words: int) -> str:
    """A sentence of so many words."""
    return " ".join(chance.choices(_WORDS, k=words)).capitalize() + "."


def write_texts(folder: Path, files: int, words: int) -> None:
    """Text files of `words` words each, in paragraphs of a few sentences."""
    chance = random.Random(1)
    folder.mkdir(parents=True)
    for number in range(files):
        paragraphs = [
            " ".join(sentence(chance, chance.randint(8, 20)) for _ in range(6)) for _ in range(max(1, words // 84))
        ]
        (folder / f"note {number}.txt").write_text("\n\n".join(paragraphs))


def pdf(number: int) -> bytes:
    """A PDF of ten full pages; the last line of the last page is unlike any other."""
    chance = random.Random(1000 + number)
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(_PAGES):
        for line in range(_LINES_PER_PAGE):
            canvas.drawString(50, 800 - line * 18, sentence(chance, _WORDS_PER_LINE))
        if page == _PAGES - 1:
            canvas.drawString(50, 30, f"The reference of this report is {reference(number)}.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def reference(number: int) -> str:
    """A word that stands in one document only."""
    return f"zq{number}xv{number * 7919}k"


async def until(condition: Callable[[], Awaitable[bool]], every: float) -> None:
    """Look at `condition` every so many seconds and return when it holds."""
    while not await condition():  # noqa: ASYNC110 - the measured parts have no event for this
        await asyncio.sleep(every)


async def has(parts: House, *, total: int = 0, indexed: int = 0) -> bool:
    """Whether at least so many files are known, and indexed."""
    summary = await parts.indexing.service.summary(parts.server.user_id)
    return summary.total >= total and summary.indexed >= indexed


async def throughput(parts: House, files: int, words: int) -> dict[str, object]:
    """Chunks per second of the pipeline, and of the engine alone with the same texts."""
    # One file first: what is loaded once is loaded, as in a product that has been running for a minute.
    (parts.server.folder / "first.txt").write_text(sentence(random.Random(0), 100))
    await until(lambda: has(parts, indexed=1), _LOOK_EVERY)
    cpu = processor()
    began = time.perf_counter()
    await asyncio.to_thread(write_texts, parts.server.folder / "notes", files, words)
    await until(lambda: has(parts, total=2), _LOOK_EVERY)
    found = time.perf_counter()
    await until(lambda: has(parts, indexed=files + 1), _LOOK_SELDOM)
    ended = time.perf_counter()
    pipeline_cpu = processor() - cpu
    collection = parts.index.source.collection
    texts: dict[object, list[str]] = {}
    for record in await scroll_all(parts.store, collection, Where()):
        texts.setdefault(record.payload["file_id"], []).append(str(record.payload["text"]))
    chunks = sum(map(len, texts.values()))
    cpu = processor()
    raw_began = time.perf_counter()
    for batch in texts.values():
        await parts.embedder.embed_passages(batch)
    raw_seconds = time.perf_counter() - raw_began
    raw_cpu = processor() - cpu
    rate, raw_rate = chunks / (ended - found), chunks / raw_seconds
    return {
        "files": files,
        "chunks": chunks,
        "seconds_until_the_first_file_was_seen": round(found - began, 2),
        "pipeline_chunks_per_second": round(rate, 1),
        "engine_chunks_per_second": round(raw_rate, 1),
        "ratio": round(rate / raw_rate, 3),
        # On a machine that others use too, processor time tells more than the clock does.
        "pipeline_cpu_seconds": round(pipeline_cpu, 1),
        "engine_cpu_seconds": round(raw_cpu, 1),
        "cpu_ratio": round(raw_cpu / pipeline_cpu, 3),
    }


async def upload_to_answer(parts: House, uploads: int) -> dict[str, object]:
    """Seconds from the end of an upload until a question finds the last page."""
    user = parts.server.user_id
    address = f"{parts.server.url}/remote.php/dav/files/{user}"
    seconds = []
    async with httpx.AsyncClient(auth=(user, parts.server.password), timeout=30) as client:
        for number in range(uploads):
            content = await asyncio.to_thread(pdf, number)
            # Uploads come at any moment between two looks at the server.
            await asyncio.sleep(random.Random(number).uniform(0.5, 1.5))
            (await client.put(f"{address}/report {number}.pdf", content=content)).raise_for_status()
            began = time.perf_counter()
            # A question embeds and ranks, which the upload waits for; asked more often, it would be what is measured.
            await until(functools.partial(answered, parts, number), _ASK_EVERY)
            seconds.append(time.perf_counter() - began)
    ordered = sorted(seconds)
    return {
        "uploads": uploads,
        "pages": _PAGES,
        "p50_seconds": round(statistics.median(ordered), 2),
        "p95_seconds": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 2),
    }


async def answered(parts: House, number: int) -> bool:
    """Whether a question about the document's last page finds it."""
    question = f"reference of report {reference(number)}"
    passages = await parts.search.search(parts.server.user_id, question, limit=3)
    return any(reference(number) in passage.chunk.text for passage in passages)


def below(pid: int) -> Iterator[int]:
    """The process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            inside = (task / "children").read_text().split()
        except OSError:
            continue  # it ended while we looked
        for child in inside:
            yield from below(int(child))


def memory() -> int:
    """PSS of this process and all below it, in bytes."""
    total = 0
    for pid in below(os.getpid()):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def processor() -> float:
    """Processor time that this process and all below it have used, in seconds."""
    ticks = 0
    for pid in below(os.getpid()):
        try:
            # After the name in parentheses; user and system time, then those of ended children (proc_pid_stat(5)).
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


async def watch_memory(peak: list[int]) -> None:
    """Note the largest memory seen."""
    while True:
        peak[0] = max(peak[0], await asyncio.to_thread(memory))
        await asyncio.sleep(1.0)


async def main(files: int, words: int, uploads: int, workers: int) -> dict[str, object]:
    """All measurements."""
    peak = [0]
    with tempfile.TemporaryDirectory() as folder:
        watching = asyncio.create_task(watch_memory(peak))
        async with house(Path(folder), workers) as parts:
            result: dict[str, object] = {"throughput": await throughput(parts, files, words)}
            result["upload_to_answer"] = await upload_to_answer(parts, uploads)
        watching.cancel()
    result["peak_memory_mb"] = round(peak[0] / 2**20)
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measures indexing.")
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--words", type=int, default=1500, help="in each file")
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(main(given.files, given.words, given.uploads, given.workers)), indent=2))

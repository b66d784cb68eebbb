"""`kill -9` of any process, at random moments while files are indexed: nothing is lost and nothing is there twice."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from backend.database import Database
from backend.files.tables import FileRow, FileState
from backend.nextcloud.demo.server import DemoServer
from backend.search.edge import EdgeStore
from backend.search.store import Where, scroll_all
from tests.integration.files.processes import children, start_indexer, stop_indexer
from tests.unit.jobs.waiting import until

FILES = 30
KILLS = 6
MAIN, VECTORS, EXTRACTION = "main", "backend.search.edge_process", "backend.files.extraction"


def write_files(folder: Path) -> None:
    """Letters of a few paragraphs in a few folders; all different, some paragraphs shared."""
    text = "the patient was seen today blood pressure stable dose increased follow up weeks clinic letter"
    words = text.split()
    chance = random.Random(5)
    for n in range(FILES):
        place = folder / f"folder {n % 4}" / ("inner" if n % 3 == 0 else ".")
        place.mkdir(parents=True, exist_ok=True)
        paragraphs = [" ".join(chance.choices(words, k=60)).capitalize() + "." for _ in range(6)]
        paragraphs.insert(3, "This paragraph stands in every letter of the house, word for word. " * 4)
        if n % 2:
            (place / f"letter {n}.md").write_text(f"# Letter {n}\n\n" + "\n\n".join(paragraphs))
        else:
            rows = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
            (place / f"page {n}.html").write_text(f"<html><body><h1>Page {n}</h1>{rows}</body></html>")


@dataclass
class Indexed:
    """What an index holds: chunk by file, place and text, and how often."""

    chunks: Counter[tuple[object, ...]]
    ids: int


async def contents(storage: Path) -> Indexed:
    store = EdgeStore(storage / "vectors")
    collection = await store.active()
    assert collection is not None
    records = await scroll_all(store, collection, Where())
    await store.close()
    fields = ("file_id", "path", "path_ids", "title", "language", "ordinal", "start", "end", "page", "section", "text")
    rows = [tuple(str(record.payload[field]) for field in fields) for record in records]
    return Indexed(Counter(rows), len({record.id for record in records}))


async def all_indexed(storage: Path) -> bool:
    return await count(storage, FileState.INDEXED) == FILES


async def count(storage: Path, state: FileState) -> int:
    database = Database(f"sqlite+aiosqlite:///{storage / 'records.db'}")
    async with database.reading() as session:
        number = await session.scalar(select(func.count()).select_from(FileRow).where(FileRow.state == state))
    await database.close()
    return number or 0


def progress(storage: Path, files: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return await count(storage, FileState.INDEXED) >= files

    return reached


@pytest.mark.timeout(240)
async def test_an_index_that_was_killed_again_and_again_equals_one_that_was_not(tmp_path: Path) -> None:
    chance = random.Random(11)
    killed: Counter[str] = Counter()
    async with DemoServer(tmp_path / "server", samples=None) as server:
        await asyncio.to_thread(write_files, server.folder)
        models = tmp_path / "models"
        clean = tmp_path / "clean"
        indexer = await start_indexer(server, clean, models)
        await until(lambda: all_indexed(clean), seconds=60)
        await stop_indexer(indexer)

        storage = tmp_path / "killed"
        indexer = await start_indexer(server, storage, models)
        for kill in range(KILLS):
            victim = (MAIN, VECTORS, EXTRACTION)[kill % 3]
            done = await count(storage, FileState.INDEXED)
            assert done < FILES, "everything was indexed before the last kill"
            await until(progress(storage, min(done + 2, FILES - 2)), seconds=60)
            await asyncio.sleep(chance.uniform(0, 0.2))
            pids = [indexer.pid] if victim == MAIN else children(indexer.pid, victim)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                killed[victim] += 1
            if victim == MAIN:
                await indexer.wait()
                indexer = await start_indexer(server, storage, models)
        await until(lambda: all_indexed(storage), seconds=60)
        await stop_indexer(indexer)

    assert set(killed) == {MAIN, VECTORS, EXTRACTION}, "each kind of process was killed"
    expected, found = await contents(clean), await contents(storage)
    assert expected.chunks.total() >= FILES
    assert found.chunks == expected.chunks
    assert found.ids == found.chunks.total()

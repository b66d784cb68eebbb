"""A process that indexes one user's files with the real parts, until it is ended or killed.

Reads one JSON line from standard input (url, user, password, storage, models), prints "ready" and runs until SIGTERM.
"""

import asyncio
import functools
import json
import signal
import sys
from pathlib import Path

from backend.database import Base, Database
from backend.files.chunking import chunk
from backend.files.extraction.limits import Limits
from backend.files.extraction.pool import Extractor
from backend.files.indexing import Indexing
from backend.files.sources import OneUser
from backend.jobs.backoff import Backoff
from backend.jobs.sql import SqlLedger
from backend.nextcloud.webdav import WebDavSource
from backend.search.builtin import BuiltinEmbedder
from backend.search.edge import EdgeStore
from backend.search.index import Index
from backend.search.language import LanguageDetector


async def main() -> None:
    given = json.loads(sys.stdin.readline())
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    storage = Path(given["storage"])
    database = Database(f"sqlite+aiosqlite:///{storage / 'records.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    store = EdgeStore(storage / "vectors")
    embedder = await asyncio.to_thread(BuiltinEmbedder, Path(given["models"]))
    index = Index(store, embedder)
    await index.open()
    source = WebDavSource(given["url"], given["user"], given["password"])
    extractor = Extractor(Limits())
    indexing = Indexing(
        database,
        SqlLedger(database, backoff=Backoff(base=0.2, cap=1.0)),
        OneUser(source),
        extractor,
        functools.partial(chunk, tokens=embedder),
        LanguageDetector(),
        index,
        storage=storage,
        crawl_interval=0.5,
        max_bytes=10 * 2**20,
        workers=4,
        lease=2.0,
    )
    await indexing.start()
    print("ready", flush=True)
    await ended.wait()
    await indexing.stop()
    await extractor.close()
    await store.close()
    await embedder.close()
    await source.close()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())

"""What VoiceAssist keeps, and the programs that it calls."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from backend.database import Database
from backend.egress.gate import Gate
from backend.errors import VoiceAssistError
from backend.preflight.check import SECONDS, Check
from backend.search.embedders import open_embedder
from backend.settings import Settings

# Below this the index of a few thousand documents may not fit.
_DISK_BYTES = 2 * 2**30


async def storage(settings: Settings) -> AsyncIterator[Check]:
    """The storage folder, the records and the search index."""
    yield await asyncio.to_thread(_folder, settings.app_persistent_storage)
    yield await _database(settings)
    yield await _embedding(settings)
    yield await _vectors(settings)


async def programs(settings: Settings) -> AsyncIterator[Check]:
    """What is installed beside VoiceAssist."""
    yield _program("tesseract", "scanned pages and pictures with text", "apt-get install tesseract-ocr")
    if settings.voice:
        yield _program("espeak-ng", "spoken answers", "apt-get install espeak-ng", missing="are not given")
    yield _program("antiword", "old Word files (.doc)", "apt-get install antiword")


def _folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".preflight"
        probe.write_bytes(b"")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = "Set APP_PERSISTENT_STORAGE to a folder that can be written to."
        return Check("storage", False, f"{folder}: {error.strerror}", remedy)
    if free < _DISK_BYTES:
        return Check("storage", False, f"{free / 2**30:.1f} GB are free in {folder}.", "Make room.", optional=True)
    return Check("storage", True, f"{folder}, {free / 2**30:.0f} GB free")


async def _database(settings: Settings) -> Check:
    database = Database(settings.records_url)
    try:
        await database.migrate()
    except Exception as error:  # a driver's own errors have no common class, and may hold the password
        return Check("database", False, f"It cannot be used ({type(error).__name__}).", "Check DATABASE_URL.")
    finally:
        await database.close()
    return Check("database", True, f"{database.engine.dialect.name}, schema up to date")


async def _embedding(settings: Settings) -> Check:
    try:
        embedder = await open_embedder(settings, Gate(settings))
    except VoiceAssistError as error:
        return Check("embedding", False, error.message, "Run `make run` again, it installs the model.")
    try:
        await embedder.embed_query("Is this thing on?")
    except VoiceAssistError as error:
        return Check("embedding", False, error.message, "Check the settings that begin with EMBEDDING_.")
    finally:
        await embedder.close()
    return Check("embedding", True, f"{embedder.name}, {embedder.dimension} numbers")


async def _vectors(settings: Settings) -> Check:
    if not settings.qdrant_url:
        return Check("vectors", True, "in the storage folder")
    # A second of imports, which the app inside Nextcloud would pay at each start.
    from qdrant_client import AsyncQdrantClient

    client = AsyncQdrantClient(
        settings.qdrant_url, api_key=settings.qdrant_api_key.get_secret_value() or None, timeout=int(SECONDS)
    )
    try:
        found = await client.get_collections()
    except Exception as error:  # httpx's, grpc's and qdrant's own
        return Check(
            "vectors", False, f"{settings.qdrant_url}: {type(error).__name__}", "Check QDRANT_URL and its key."
        )
    finally:
        await client.close()
    return Check("vectors", True, f"{settings.qdrant_url}, {len(found.collections)} collections")


def _program(name: str, purpose: str, remedy: str, missing: str = "stay unread") -> Check:
    if shutil.which(name):
        return Check(name, True, f"found, for {purpose}", optional=True)
    return Check(name, False, f"Not found: {purpose} {missing}.", remedy, optional=True)

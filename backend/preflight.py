"""Checks what VoiceAssist depends on, hop by hop, and says what to do about what fails."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import openai
from qdrant_client import AsyncQdrantClient

from backend.database import Database
from backend.errors import VoiceAssistError
from backend.nextcloud.account import diagnose
from backend.search.embedders import open_embedder
from backend.settings import Mode, Settings

# Below this the index of a few thousand documents may not fit.
_DISK_BYTES = 2 * 2**30
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was tried. An `optional` one that fails costs a feature, not the product."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    optional: bool = False


async def checks(settings: Settings) -> list[Check]:
    """Everything, in the order in which one thing needs another."""
    return [check async for check in _all(settings)]


async def _all(settings: Settings) -> AsyncIterator[Check]:
    yield await asyncio.to_thread(_storage, settings.app_persistent_storage)
    yield await _database(settings)
    yield await _embedding(settings)
    yield await _vectors(settings)
    if settings.mode is Mode.APPAPI:
        yield await _appapi(settings)
    else:
        for found in await diagnose(settings):
            yield Check(f"Nextcloud: {found.hop}", found.ok, found.detail, found.remedy)
    yield await _language_model(settings)
    yield _program("tesseract", "scanned pages and pictures with text", "apt-get install tesseract-ocr")
    yield _program("antiword", "old Word files (.doc)", "apt-get install antiword")


def _storage(folder: Path) -> Check:
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
        embedder = await open_embedder(settings)
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
    client = AsyncQdrantClient(
        settings.qdrant_url, api_key=settings.qdrant_api_key.get_secret_value() or None, timeout=int(_CONNECT_SECONDS)
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


async def _appapi(settings: Settings) -> Check:
    from backend.nextcloud.appapi import Clients, appapi_of
    from backend.nextcloud.users import Users

    clients = Clients(appapi_of(settings))
    try:
        found = await Users(clients).all()
    except VoiceAssistError as error:
        remedy = "Check that the app is enabled, and register it again if its secret has changed."
        return Check("Nextcloud", False, f"{settings.nextcloud_url}: {error.message}", remedy)
    finally:
        await clients.close()
    return Check("Nextcloud", True, f"{settings.nextcloud_url} lets VoiceAssist act for {len(found)} users")


async def _language_model(settings: Settings) -> Check:
    if not settings.llm_base_url:
        return Check("language model", True, "none: answers are picked from the passages word for word")
    key = settings.llm_api_key.get_secret_value() or "none"
    async with openai.AsyncOpenAI(
        base_url=settings.llm_base_url, api_key=key, max_retries=0, timeout=_CONNECT_SECONDS
    ) as client:
        try:
            models = {model.id async for model in client.models.list()}
        except openai.OpenAIError as error:
            detail = f"{settings.llm_base_url}: {type(error).__name__}"
            return Check("language model", False, detail, "Check LLM_BASE_URL and LLM_API_KEY.", optional=True)
    if settings.llm_model not in models:
        known = ", ".join(sorted(models)[:5]) or "none"
        detail = f"{settings.llm_base_url} does not list {settings.llm_model!r}."
        return Check("language model", False, detail, f"Set LLM_MODEL; it has: {known}", optional=True)
    return Check("language model", True, f"{settings.llm_model} at {settings.llm_base_url}")


def _program(name: str, purpose: str, remedy: str) -> Check:
    if shutil.which(name):
        return Check(name, True, f"found, for {purpose}", optional=True)
    return Check(name, False, f"Not found: {purpose} stay unread.", remedy, optional=True)

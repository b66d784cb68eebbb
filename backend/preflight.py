"""Checks what VoiceAssist depends on, hop by hop, and says what to do about what fails."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import openai
from pydantic import SecretStr

from backend.database import Database
from backend.egress.client import GatedClient
from backend.egress.gate import Carrier, Gate, Purpose, Withheld
from backend.errors import VoiceAssistError
from backend.models.registry import Registry
from backend.nextcloud.account import diagnose
from backend.search.embedders import open_embedder
from backend.settings import AnswersBy, Mode, Settings, SpeechBy
from backend.speech.problems import hearing_problem, realtime_model, speaking_problem

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
    async for found_model in _language_models(settings):
        yield found_model
    async for found_engine in _speech(settings):
        yield found_engine
    yield _program("tesseract", "scanned pages and pictures with text", "apt-get install tesseract-ocr")
    if settings.voice:
        yield _program("espeak-ng", "spoken answers", "apt-get install espeak-ng", missing="are not given")
    yield _program("antiword", "old Word files (.doc)", "apt-get install antiword")
    yield _program("espeak-ng", "spoken answers without a speech server", "apt-get install espeak-ng")


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


async def _language_model(settings: Settings, name: AnswersBy, base_url: str, model: str, key: SecretStr) -> Check:
    carrier = Carrier.RELAY if name is AnswersBy.CLOUD else Carrier.DIRECT
    return await _listed(settings, f"language model ({name})", base_url, model, key, carrier)


async def _listed(settings: Settings, title: str, base_url: str, model: str, key: SecretStr, carrier: Carrier) -> Check:
    """Whether a server answers and lists a model."""
    client = GatedClient(
        Gate(settings), Purpose.CHECK, base_url, key.get_secret_value(), timeout=_CONNECT_SECONDS, carrier=carrier
    )
    async with client:
        try:
            models = {found.id async for found in client.models.list()}
        except Withheld as error:
            return Check(title, False, error.message, "Change MODELS_WHERE or MODELS_LOCAL_HOSTS.", optional=True)
        except openai.OpenAIError as error:
            detail = f"{base_url}: {type(error).__name__}"
            return Check(title, False, detail, "Check its address and key.", optional=True)
    if model not in models:
        known = ", ".join(sorted(models)[:5]) or "none"
        return Check(title, False, f"{base_url} does not list {model!r}.", f"It has: {known}", optional=True)
    return Check(title, True, f"{model} at {base_url}")


async def _language_models(settings: Settings) -> AsyncIterator[Check]:
    only_default = settings.answerers == (AnswersBy.ENDPOINT,) and not settings.llm_base_url
    if only_default or not settings.answerers:
        yield Check("language model", True, "none: answers are picked from the passages word for word")
        return
    registry = Registry(settings, Gate(settings))
    for name in settings.answerers:
        problem = registry.problem(name)
        if name is AnswersBy.NEXTCLOUD:
            continue  # who provides it can only be asked as a user
        if problem is not None:
            yield Check(f"language model ({name})", False, "It is not configured.", problem, optional=True)
        elif name is AnswersBy.ENDPOINT:
            yield await _language_model(settings, name, settings.llm_base_url, settings.llm_model, settings.llm_api_key)
        elif name is AnswersBy.CLOUD:
            yield await _language_model(
                settings, name, settings.cloud_base_url, settings.cloud_model, settings.cloud_api_key
            )


async def _speech(settings: Settings) -> AsyncIterator[Check]:
    """The engines that are to hear and to speak, beside those that are always there."""
    if not settings.voice:
        yield Check("voice", True, "switched off")
        return
    as_app = settings.mode is Mode.APPAPI
    for name in settings.hearers:
        model = realtime_model(settings) if name is SpeechBy.REALTIME else settings.transcription_model
        problem = hearing_problem(settings, name, as_app=as_app)
        yield await _speech_engine(settings, f"hears ({name})", name, model, problem)
    for name in settings.speakers:
        problem = speaking_problem(settings, name, as_app=as_app)
        yield await _speech_engine(settings, f"speaks ({name})", name, settings.speech_model, problem)


async def _speech_engine(settings: Settings, title: str, name: SpeechBy, model: str, problem: str | None) -> Check:
    if problem is not None:
        return Check(title, False, "It is not configured.", problem, optional=True)
    match name:
        case SpeechBy.ENDPOINT | SpeechBy.REALTIME:
            carrier = Carrier.RELAY if settings.speech_is_relay else Carrier.DIRECT
            return await _listed(settings, title, settings.speech_base_url, model, settings.speech_api_key, carrier)
        case SpeechBy.NEXTCLOUD:
            return Check(title, True, "whatever provider it has: only its users can ask", optional=True)
        case SpeechBy.LOCAL:
            return Check(title, True, settings.speech_local_models)
        case SpeechBy.BUILTIN:
            return Check(title, True, "always there")


def _program(name: str, purpose: str, remedy: str, missing: str = "stay unread") -> Check:
    if shutil.which(name):
        return Check(name, True, f"found, for {purpose}", optional=True)
    return Check(name, False, f"Not found: {purpose} {missing}.", remedy, optional=True)

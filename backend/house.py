"""The house: every service, built from the settings and put together. The web application and tests open one."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from backend.acting import Acting, open_acting
from backend.actions.execution import MayAct, anybody
from backend.assistant.commands.by_model import ByModel
from backend.assistant.service import Assistant
from backend.assistant.turn import Parts
from backend.audit.service import Audit, open_audit
from backend.database import Database
from backend.directory.health import IndexHealth
from backend.directory.service import DirectoryService
from backend.egress.gate import Gate
from backend.files.chunking import DEFAULT_LIMIT, chunk
from backend.files.extraction.limits import Limits as ExtractionLimits
from backend.files.extraction.pool import Extractor
from backend.files.indexing import Indexing, files_read_at_once
from backend.files.library import Library
from backend.files.pipeline import Recognition, Transcription
from backend.files.rules import Rules, RulesOf
from backend.files.shelf import Shelf
from backend.files.sources import OneUser, Sources
from backend.files.stages import RESERVED
from backend.files.transcription import HeardTranscription
from backend.identity.doorkeeper import Outside, open_outside
from backend.identity.policy.opening import open_policy
from backend.identity.policy.recorded import RecordedPolicy
from backend.identity.principal import Policy
from backend.identity.residents import OnePerson, Residents
from backend.identity.roles import Rights
from backend.jobs.sql import SqlLedger
from backend.models.extractive import Extractive
from backend.models.registry import Registry
from backend.models.rerank import open_reranker
from backend.models.router import Router
from backend.nextcloud.account import sign_in
from backend.nextcloud.addresses import server_url
from backend.nextcloud.connection import by_password
from backend.nextcloud.dav import DavAccounts, OneUserDav
from backend.nextcloud.demo.server import DemoServer
from backend.nextcloud.directory import Directories, administrator_of
from backend.nextcloud.webdav import WebDavSource
from backend.preferences import Preferences
from backend.reminders.service import Notify, english
from backend.search.builtin import BuiltinEmbedder
from backend.search.edge import EdgeStore
from backend.search.embedders import former_embedders, open_builtin, open_embedder
from backend.search.embedding import Embedder
from backend.search.index import Index
from backend.search.language import LanguageDetector
from backend.search.matching import Matching
from backend.search.reranked import Reranked
from backend.search.service import Search
from backend.search.store import VectorStore
from backend.settings import Mode, OcrBy, RecordingsBy, Settings
from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.espeak import Espeak
from backend.speech.protocol import DICTATION
from backend.speech.registry import Builtin, Speech, open_speech
from backend.speech.router import Hearing
from backend.vault import Vault, open_vault
from backend.voice.ending import AdaptiveSilence
from backend.voice.interruption import Interruption
from backend.voice.parts import Parts as VoiceParts
from backend.voice.service import VoiceService
from backend.voice.spotting import Spotting
from backend.voice.vocabulary import open_vocabularies
from backend.voice.wishes import StoredWishes, Wishes

if TYPE_CHECKING:  # at run time only AppAPI has tasks, and its client is half a second of imports
    from backend.nextcloud.tasks import Tasks

# The sample server is on this machine and answers in a millisecond.
_DEMO_CRAWL_SECONDS = 0.5

# Parts of a chunk are counted one by one; joined they may be a few tokens more than their sum.
_SLACK_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Visitor:
    """The one person that a VoiceAssist without AppAPI serves."""

    user_id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class House:
    """The services that routes and callbacks are built on. `visitor` is None where AppAPI says who asks.

    `outside` serves those who sign in from outside of Nextcloud; None where no way to do so is configured.
    """

    settings: Settings
    visitor: Visitor | None
    policy: Policy
    rights: Rights
    database: Database
    vault: Vault
    audit: Audit
    outside: Outside | None
    directory: DirectoryService
    preferences: Preferences
    dav: DavAccounts
    library: Library
    index: Index
    search: Search
    gate: Gate
    router: Router
    extractor: Extractor
    indexing: Indexing
    assistant: Assistant
    acting: Acting
    speech: Speech
    voice: VoiceService

    async def start(self) -> None:
        """Begin to index, and to do and tell what waits."""
        await self.indexing.start()
        await self.acting.start()

    async def stop(self) -> None:
        """End; everything that waits is done after the next start."""
        await self.acting.stop()
        await self.indexing.stop()


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[House]:
    """Open everything that one person's VoiceAssist needs, and close it again at the end.

    Raises `NotAllowed` or `Unavailable` when Nextcloud does not let that person in, or does not answer.
    """
    async with AsyncExitStack() as stack:
        visitor, source, dav, interval = await _way_in(settings, stack)
        people = _people(settings) if settings.mode is Mode.APP_PASSWORD else None
        house = await furnish(settings, OneUser(source), dav, visitor, interval, stack, people=people)
        await house.start()
        yield house


async def furnish(
    settings: Settings,
    sources: Sources,
    dav: DavAccounts,
    visitor: Visitor | None,
    crawl_interval: float,
    stack: AsyncExitStack,
    tasks: "Tasks | None" = None,
    rules_of: RulesOf | None = None,
    notify: Notify | None = None,
    language_of: Callable[[str], Awaitable[str]] = english,
    may_act: MayAct = anybody,
    wishes: Wishes | None = None,
    residents: Residents | None = None,
    people: Directories | None = None,
) -> House:
    """Build the services over `sources`; `stack` closes them in reverse order. `tasks` are Nextcloud's, if it has any.

    Without a `visitor` there are many users, who come and go. `rules_of` says what of a user's files is indexed, by
    default what the settings say. `notify` tells users of reminders, in their language; without it the page shows
    them. `may_act` raises for a user for whom nothing may be done at the moment. `wishes` tell how users want to be
    spoken to, by default what we keep ourselves. Nothing is crawled, indexed, done or
    told before `house.start()`. `residents` are those who may sign in from outside, by default the `visitor` and whom
    the settings name. `people` is the directory of Nextcloud, if there is one.
    """
    rules, rights = open_policy(settings, stack), Rights.of(settings)
    storage = settings.app_persistent_storage
    storage.mkdir(parents=True, exist_ok=True)
    database = Database(settings.records_url)
    stack.push_async_callback(database.close)
    await database.migrate()
    audit = open_audit(settings, database)
    stack.push_async_callback(audit.close)
    await audit.open()
    policy = RecordedPolicy(rules, audit.record)
    stack.push_async_callback(policy.close)
    ledger = SqlLedger(database)
    preferences = Preferences(database)
    vault = open_vault(settings.secrets_key.get_secret_value(), storage)
    gate = Gate(settings)
    embedder = await open_embedder(settings, gate)
    stack.push_async_callback(embedder.close)
    store = open_store(settings)
    stack.push_async_callback(store.close)
    index = Index(store, embedder, former_embedders(settings))
    await index.open()

    extractor = open_extractor(settings)
    stack.push_async_callback(extractor.close)

    async def settings_only(_user_id: str) -> Rules:
        return Rules.of(settings.index_exclude, indexing=settings.indexing)

    async def forget(user_id: str) -> None:
        await assistant.kept.forget_user(user_id)
        await acting.forget_user(user_id)
        vocabularies.forget_user(user_id)
        await preferences.forget_user(user_id)
        if outside is not None:  # whoever gets the name later is somebody else
            await outside.sessions.end_all(user_id, "the user is gone")

    indexing = Indexing(
        database,
        ledger,
        sources,
        extractor,
        partial(chunk, tokens=embedder, limit=min(DEFAULT_LIMIT, embedder.max_tokens - _SLACK_TOKENS)),
        LanguageDetector(),
        index,
        storage=storage,
        crawl_interval=crawl_interval,
        max_bytes=settings.max_file_size_mb * 2**20,
        workers=settings.index_workers,
        rules_of=rules_of or settings_only,
        forget=forget if visitor is None else None,
    )
    indexing.recognise_by(open_recognition(settings, gate, tasks))
    library = Library(database, sources, indexing.views)
    search = Search(store, index, library)
    judge = await _judge(embedder, settings.model_home, stack)
    models = await Registry(settings, gate, tasks).chosen()
    router = Router(Extractive(judge), models, clock=time.monotonic)
    by_model = ByModel(router) if settings.commands_by_model else None
    acting = open_acting(
        settings,
        database,
        ledger,
        preferences,
        vault,
        dav,
        sources,
        stack,
        notify,
        language_of,
        may_act=may_act,
        by_model=by_model,
        embed=judge.embed_here,
        heard=[audit.hear],
    )
    reranker = await open_reranker(settings, gate)
    finds: Search | Reranked = search
    if reranker is not None:
        stack.push_async_callback(reranker.close)
        finds = Reranked(search, reranker)
    matching = Matching(store, index, library)
    parts = Parts(
        finds,
        router,
        judge,
        time.monotonic,
        matching,
        decompose=settings.decompose,
        second_check=settings.second_check,
        prepares=not (settings.embedding_base_url or settings.rerank_base_url),
    )
    assistant = Assistant(database, library, Shelf(sources), parts, acting.commands)
    stack.push_async_callback(assistant.close)
    await assistant.start()
    calendars = acting.desk.calendars
    vocabularies = open_vocabularies(acting.contacts, calendars, library, lambda: datetime.now(UTC))
    speech = open_speech(settings, gate, tasks, Builtin(BuiltinRecogniser, Espeak))
    stack.push_async_callback(speech.close)
    indexing.transcribe_by(open_transcription(settings, speech.hearing))
    voice = VoiceService(
        VoiceParts(
            assistant,
            speech.hearing,
            speech.speaking,
            vocabularies.of,
            wishes or StoredWishes(preferences),
            AdaptiveSilence(),
            Interruption(),
            Spotting(),
            time.monotonic,
            speech.decoder,
        ),
        lambda: speech.enabled,
        webrtc=settings.voice_webrtc,
    )
    stack.push_async_callback(voice.close)
    voice.start()
    if residents is None and visitor is not None:
        others = (name.strip() for name in settings.sign_in_allowed.split(","))
        residents = OnePerson(visitor.user_id, filter(None, others))
    outside: Outside | None = None
    if residents is not None:
        outside = await open_outside(settings, database, vault, residents, rights, audit.record, stack)
    if outside is not None:
        outside.sessions.on_ended(voice.sessions.ask_again)

    async def shut_out(user_id: str, reason: str) -> None:
        if outside is not None:
            await outside.sessions.end_all(user_id, reason)
        voice.sessions.ask_again()  # who came by AppAPI has no session of ours, but may have a connection

    health = IndexHealth(indexing.service, rules_of or settings_only)
    if index.is_switching:
        reembedding = asyncio.create_task(index.reembed(), name="search: embed again")
        stack.callback(reembedding.cancel)
    house = House(
        settings,
        visitor,
        policy,
        rights,
        database,
        vault,
        audit,
        outside,
        DirectoryService(people, health, audit.record, shut_out),
        preferences,
        dav,
        library,
        index,
        search,
        gate,
        router,
        extractor,
        indexing,
        assistant,
        acting,
        speech,
        voice,
    )
    stack.push_async_callback(house.stop)
    return house


async def _judge(embedder: Embedder, storage: Path, stack: AsyncExitStack) -> BuiltinEmbedder:
    """What judges sentences: always the built-in model. Its thresholds were measured, and nothing leaves for it."""
    if isinstance(embedder, BuiltinEmbedder):
        return embedder
    judge = await open_builtin(storage)
    stack.push_async_callback(judge.close)
    return judge


async def _way_in(settings: Settings, stack: AsyncExitStack) -> tuple[Visitor, WebDavSource, DavAccounts, float]:
    if settings.mode is Mode.DEMO:
        demo = await stack.enter_async_context(DemoServer(settings.app_persistent_storage / "demo"))
        source = demo.source()
        stack.push_async_callback(source.close)
        dav = OneUserDav(demo.url, demo.user_id, demo.user_id, demo.password)
        return Visitor(demo.user_id, "Sample user"), source, dav, _DEMO_CRAWL_SECONDS
    password = settings.nextcloud_app_password.get_secret_value()
    account = await sign_in(settings.nextcloud_url, settings.nextcloud_user, password)
    source = WebDavSource(settings.nextcloud_url, account.user_id, password, login=settings.nextcloud_user)
    stack.push_async_callback(source.close)
    dav = OneUserDav(settings.nextcloud_url, account.user_id, settings.nextcloud_user, password)
    return Visitor(account.user_id, account.display_name), source, dav, settings.crawl_interval


def _people(settings: Settings) -> Directories:
    """The directory as the one person sees it, who comes in by the app password."""
    own = by_password(settings.nextcloud_user, settings.nextcloud_app_password.get_secret_value())
    return Directories(server_url(settings.nextcloud_url), lambda _user_id: own, administrator_of(settings))


def open_store(settings: Settings) -> VectorStore:
    """The vectors: on a Qdrant server where one is named, otherwise in the storage folder."""
    if settings.qdrant_url:
        # A second of imports that one machine's own vectors do without.
        from qdrant_client import AsyncQdrantClient

        from backend.search.server import ServerStore

        key = settings.qdrant_api_key.get_secret_value() or None
        return ServerStore(AsyncQdrantClient(settings.qdrant_url, api_key=key))
    return EdgeStore(settings.app_persistent_storage / "vectors")


def open_recognition(settings: Settings, gate: Gate, tasks: "Tasks | None") -> Recognition | None:
    """What recognises scans in place of the extractor, where the settings choose it."""
    if settings.ocr_by is not OcrBy.NEXTCLOUD or tasks is None:
        return None
    from backend.models.recognition import NextcloudRecognition

    return NextcloudRecognition(gate, tasks, settings.nextcloud_url)


def open_transcription(settings: Settings, hearing: Hearing) -> Transcription | None:
    """What transcribes recordings: those who hear now, as far as the settings take them for fit."""
    grade = DICTATION if settings.recordings_by is RecordingsBy.DICTATION else ""
    if settings.recordings_by is RecordingsBy.NONE or not hearing.hears(grade):
        return None
    return HeardTranscription(hearing, grade)


def open_extractor(settings: Settings) -> Extractor:
    """The children that read files, within the limits of the settings."""
    limits = ExtractionLimits(
        seconds=settings.extract_timeout,
        memory_bytes=settings.extract_memory_mb * 2**20,
        ocr_languages=settings.tesseract_languages,
    )
    return Extractor(limits, workers=files_read_at_once(settings.index_workers) + RESERVED)

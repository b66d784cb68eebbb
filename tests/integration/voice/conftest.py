"""A spoken assistant of one user: real server, real voice activity, real calendar; engines that follow a script."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend import envelope
from backend.acting import open_acting
from backend.assistant.routes import build_router as assistant_routes
from backend.assistant.service import Assistant
from backend.assistant.turn import Parts as TurnParts
from backend.database import Database
from backend.errors import NotAllowed, NotSignedIn
from backend.files.shelf import Shelf
from backend.files.sources import OneUser
from backend.identity.guard import RequestGuard
from backend.identity.principal import Principal, guard_with
from backend.jobs.sql import SqlLedger
from backend.models.extractive import Extractive
from backend.models.router import Router
from backend.models.terms import words
from backend.preferences import Preferences
from backend.search.builtin import BuiltinEmbedder
from backend.search.chunk import Chunk, Document, Filters, Passage
from backend.serving import configured
from backend.settings import Settings
from backend.speech.decoding.decoder import Decoder
from backend.speech.protocol import Vocabulary
from backend.vault import open_vault
from backend.voice.ending import FixedSilence
from backend.voice.interruption import Interruption
from backend.voice.limits import Limits
from backend.voice.parts import Parts
from backend.voice.routes import build_router as voice_routes
from backend.voice.service import VoiceService
from backend.voice.spotting import Spotting
from backend.voice.wishes import StoredWishes
from tests import policy, records
from tests.integration.voice.client import Client, connected
from tests.integration.voice.engines import ScriptedHearing, ScriptedSpeaking
from tests.servers.caldav_servers import USER, CalDavServer, radicale
from tests.servers.listening import listener, serving
from tests.unit.files.fakes import MemorySource

# What the files say.
TEXTS = (
    "The flu vaccine is offered from October on. It is given on Mondays. Nobody needs an appointment for it. "
    "Children come with their parents.",
    "The fire warden is Anna Bell. She can be reached in room twelve.",
)
_FIRST_ID = 100


class Files:
    """Finds the texts by shared words; stands in for search and library, which their own tests prove.

    `searched` has for whom and what each search was. `unshared` are files that nobody can read any more.
    """

    def __init__(self) -> None:
        self.delay = 0.0
        self.searched: list[tuple[str, str, Filters]] = []
        self.unshared: set[int] = set()

    @property
    def searches(self) -> int:
        """How many there were."""
        return len(self.searched)

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        self.searched.append((user_id, query, filters))
        await asyncio.sleep(self.delay)
        asked = set(words(query))
        found = [_passage(number, text) for number, text in enumerate(TEXTS) if len(asked & set(words(text))) > 1]
        return [passage for passage in found if passage.document.file_id not in self.unshared][:limit]

    async def unknown(self, user_id: str, node_ids: Collection[int]) -> set[int]:
        return set()

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        return {node_id: f"/Notes {node_id - _FIRST_ID}.md" for node_id in {*node_ids} - self.unshared}

    async def named(
        self, user_id: str, files: Collection[str], folders: Collection[str]
    ) -> tuple[list[int], list[int]]:
        return [], []

    async def folders_called(self, user_id: str, words: Collection[str]) -> Sequence[int]:
        return []

    def link(self, user_id: str, file_id: int, path: str) -> str:
        return f"https://cloud.example.org/f/{file_id}"


def _passage(number: int, text: str) -> Passage:
    document = Document(
        file_id=_FIRST_ID + number,
        path=f"/Notes {number}.md",
        title=f"Notes {number}",
        mime="text/markdown",
        modified=datetime(2025, 1, 1, tzinfo=UTC),
        language="en",
        path_ids=(_FIRST_ID + number, 1),
    )
    chunk = Chunk(text=text, ordinal=0, start=0, end=len(text), page=1, section=None, headings=())
    return Passage(id=f"p{number}", document=document, chunk=chunk, score=1.0)


@dataclass
class Spoken:
    """The assistant at work at `url`. `refused` are users who may not come in any more."""

    url: str
    hearing: ScriptedHearing
    speaking: ScriptedSpeaking
    files: Files
    voice: VoiceService
    server: CalDavServer
    stack: AsyncExitStack
    refused: set[str] = field(default_factory=set)
    switched_off: bool = False

    async def client(self, user: str = USER, **start: Any) -> Client:
        """A client with a session."""
        client = await self.stack.enter_async_context(connected(self.url, user))
        await client.start(**start)
        return client

    async def line(self, user: str = USER, **more: Any) -> Client:
        """A client that has not said what it wants."""
        return await self.stack.enter_async_context(connected(self.url, user, **more))

    async def http(self, user: str = USER) -> httpx.AsyncClient:
        """For what goes by requests."""
        headers = {"X-User": user, "X-Requested-With": "test"}
        return await self.stack.enter_async_context(
            httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, timeout=30)
        )


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def limits() -> Limits:
    """A test that needs others overrides this."""
    return Limits()


@pytest.fixture
def webrtc() -> bool:
    """Whether WebRTC is switched on; a test that needs it overrides this."""
    return False


@pytest.fixture
async def spoken(
    embedder: BuiltinEmbedder, calendars: CalDavServer, tmp_path: Path, limits: Limits, webrtc: bool
) -> AsyncIterator[Spoken]:
    settings = Settings(app_persistent_storage=tmp_path, _env_file=None)
    database = Database(settings.records_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await records.put_migrated(tmp_path / "voiceassist.db")
        files, source = Files(), MemorySource()
        source.user_id = USER
        acting = open_acting(
            settings,
            database,
            SqlLedger(database),
            Preferences(database),
            open_vault("", tmp_path),
            calendars,
            OneUser(source),
            stack,
        )
        router = Router(Extractive(embedder), [], clock=time.monotonic)
        parts = TurnParts(files, router, embedder, time.monotonic, decompose=False, prepares=True)
        assistant = Assistant(database, files, Shelf(OneUser(source)), parts, acting.commands)
        stack.push_async_callback(assistant.close)
        hearing, speaking, decoder = ScriptedHearing(), ScriptedSpeaking(), Decoder()
        stack.push_async_callback(decoder.close)

        async def vocabulary(_user_id: str) -> Vocabulary:
            return Vocabulary()

        voice = VoiceService(
            Parts(
                assistant,
                hearing,
                speaking,
                vocabulary,
                StoredWishes(Preferences(database)),
                FixedSilence(),
                Interruption(),
                Spotting(),
                time.monotonic,
                decoder,
            ),
            lambda: not made[0].switched_off,
            limits,
            webrtc=webrtc,
        )
        refused: set[str] = set()
        made: list[Spoken] = []

        async def authenticate(request: HTTPConnection) -> Principal:
            """Believes a header. Stands in for the real ways to sign in."""
            user = request.headers.get("x-user")
            if not user:
                raise NotSignedIn("Sign in first.")
            if user in refused:
                raise NotAllowed("Nextcloud does not let this user in.")
            return Principal(user)

        app = FastAPI()
        envelope.install(app)
        guard_with(app, authenticate, policy.shipped())
        app.include_router(voice_routes(voice), prefix="/api/v1")
        app.include_router(assistant_routes(assistant), prefix="/api/v1")
        app.add_middleware(RequestGuard, hosts=["127.0.0.1"])
        url = await stack.enter_async_context(_serving(app))
        stack.push_async_callback(voice.close)
        clients = await stack.enter_async_context(AsyncExitStack())
        made.append(Spoken(url, hearing, speaking, files, voice, calendars, clients, refused))
        yield made[0]


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[str]:
    bound = listener()
    async with serving(configured(app), bound, patience=5.0):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"

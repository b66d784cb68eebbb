"""A whole assistant over the clinic's documents: real embedder, real database, real HTTP, a scripted language model."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend import envelope
from backend.assistant.commands.service import Commands
from backend.assistant.routes import build_router
from backend.assistant.service import Assistant
from backend.assistant.turn import Parts
from backend.database import Database
from backend.egress.gate import Gate
from backend.errors import NotSignedIn
from backend.files.shelf import Shelf
from backend.identity.principal import Principal, guard_with
from backend.models.endpoint import Address, Endpoint, Limits
from backend.models.extractive import Extractive
from backend.models.protocol import LanguageModel
from backend.models.registry import Registry
from backend.models.router import Router
from backend.models.terms import words
from backend.nextcloud.sources import AppApiSources
from backend.search.builtin import BuiltinEmbedder
from backend.search.chunk import Chunk, Document, Filters, Passage
from backend.search.edge import EdgeStore
from backend.search.index import Index
from backend.search.matching import Matching
from backend.search.service import Search
from backend.settings import Settings
from tests import policy
from tests.integration.models.clinic import Clinic, sections
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.listening import listener, serving
from tests.servers.openai import ChatServer, chat_server

# A busy machine stops for seconds: only tests of a model that is too slow are in a hurry.
PATIENT = Limits(first=60.0, between=60.0, seconds=60.0, patience=0.3, characters=3_000)
QUICK = Limits(first=1.0, between=0.5, seconds=3.0, patience=0.3, characters=3_000)
HOME = 1


@pytest.fixture(scope="session")
def clinic(embedder: BuiltinEmbedder) -> Clinic:
    """The clinic's documents, embedded once."""
    return Clinic(embedder, sections())


class ClinicSearch:
    """Searches the clinic's sections; a section's file id is 100 and its place. Stands in for the search slice."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.calls: list[tuple[str, str, Filters]] = []
        self.delay = 0.0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self.fault: Exception | None = None
        self.extra: list[str] = []
        # Instead of the clinic's: (path, heading, text) of passages, found by shared words.
        self.instead: list[tuple[str, str, str]] = []

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        self.calls.append((user_id, query, filters))
        await asyncio.sleep(self.delay)
        await self.may_end.wait()
        if self.fault is not None:
            raise self.fault
        if self.instead:
            return self._by_words(query, filters)
        found = [self._passage(index) for index in await self.clinic.search(query, limit)]
        found = [passage for passage in found if not filters.file_ids or passage.document.file_id in filters.file_ids]
        planted = [self._planted(number, text) for number, text in enumerate(self.extra)]
        return [*planted, *found]

    def _by_words(self, query: str, filters: Filters) -> list[Passage]:
        asked = set(words(query))
        found = []
        for number, (path, heading, text) in enumerate(self.instead):
            shared = len(asked & set(words(f"{path} {heading} {text}")))
            if shared and (not filters.file_ids or 100 + number in filters.file_ids):
                found.append((shared, _passage(100 + number, path, (heading,), text, "en")))
        return [passage for _, passage in sorted(found, key=lambda pair: -pair[0])]

    def _passage(self, index: int) -> Passage:
        source = self.clinic.sources[index]
        return _passage(100 + index, source.title, source.headings, source.text, source.language)

    def _planted(self, number: int, text: str) -> Passage:
        return _passage(900 + number, "Planted", (), text, "en")


def _passage(file_id: int, title: str, headings: tuple[str, ...], text: str, language: str) -> Passage:
    document = Document(
        file_id=file_id,
        path=f"/{title}.md",
        title=title,
        mime="text/markdown",
        modified=datetime(2025, 1, 1, tzinfo=UTC),
        language=language,
        path_ids=(file_id, HOME),
    )
    chunk = Chunk(text=text, ordinal=0, start=0, end=len(text), page=2, section=None, headings=headings)
    return Passage(id=f"p{file_id}", document=document, chunk=chunk, score=1.0)


@dataclass
class Shelves:
    """Files of two users, anna (home 1) and bert (home 2), and what each can open. Stands in for the files slice.

    It leaves unproved what Nextcloud answers; the leak scenario asks a real product over a server of its own.
    `closed` are files that nobody can open, though they lie below somebody's roots.
    """

    files: dict[int, tuple[str, str, datetime]] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    mimes: dict[int, str] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=lambda: {"anna": 1, "bert": 2})

    def put(
        self,
        path: str,
        text: str,
        *,
        owner: str = "anna",
        modified: datetime = datetime(2025, 1, 1, tzinfo=UTC),
        mime: str = "text/markdown",
    ) -> int:
        """A file with a text, whose paragraphs are its chunks; its id."""
        file_id = 100 + len(self.files)
        self.files[file_id] = (path, text, modified)
        self.owners[file_id] = self.homes[owner]
        self.mimes[file_id] = mime
        return file_id

    def documents(self) -> Iterator[tuple[Document, list[Chunk]]]:
        """What is indexed."""
        for file_id, (path, text, modified) in self.files.items():
            german = " der " in text or " die " in text
            title = PurePosixPath(path).name
            owner = self.owners[file_id]
            folder = self.folder(owner, path)
            yield (
                Document(
                    file_id,
                    path,
                    title,
                    self.mimes[file_id],
                    modified,
                    "de" if german else "en",
                    (file_id, folder, owner),
                ),
                list(self._chunks(text)),
            )

    @staticmethod
    def _chunks(text: str) -> Iterator[Chunk]:
        at = 0
        for ordinal, part in enumerate(text.split("\n\n")):
            yield Chunk(part, ordinal, at, at + len(part), None, None, ())
            at += len(part) + 2

    def folder(self, owner: int, path: str) -> int:
        """The id of the folder that a file lies in."""
        names = sorted({str(PurePosixPath(p).parent) for p, _, _ in self.files.values()})
        return owner * 1_000 + 10_000 + names.index(str(PurePosixPath(path).parent))

    async def roots(self, user_id: str) -> tuple[int, ...]:
        return (self.homes[user_id],)

    async def home(self, user_id: str) -> int | None:
        return self.homes[user_id]

    async def readable(self, user_id: str, node_ids: Collection[int]) -> dict[int, str]:
        mine = self.homes[user_id]
        return {
            node_id: self.files[node_id][0]
            for node_id in node_ids
            if node_id in self.files and self.owners[node_id] == mine and node_id not in self.closed
        }

    async def unknown(self, user_id: str, node_ids: Collection[int]) -> set[int]:
        return set()

    async def named(
        self, user_id: str, files: Collection[str], folders: Collection[str]
    ) -> tuple[list[int], list[int]]:
        return [], []

    async def folders_called(self, user_id: str, words: Collection[str]) -> list[int]:
        mine = self.homes[user_id]
        paths = [path for file_id, (path, _, _) in self.files.items() if self.owners[file_id] == mine]
        called = [path for path in paths if PurePosixPath(path).parent.name.casefold() in words]
        return sorted({self.folder(mine, path) for path in called})

    def link(self, user_id: str, file_id: int, path: str) -> str:
        return f"https://cloud.example.org/f/{file_id}"


class ClinicLibrary:
    """What the users have: everything that is in the clinic, and the home folder. `hidden` cannot be read any more."""

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.fault: Exception | None = None

    async def readable(self, user_id: str, node_ids: Collection[int]) -> dict[int, str]:
        if self.fault is not None:
            raise self.fault
        return {node_id: f"/{node_id}" for node_id in node_ids if node_id not in self.hidden}

    async def folders_called(self, user_id: str, words: Collection[str]) -> list[int]:
        return []

    async def unknown(self, user_id: str, node_ids: Collection[int]) -> set[int]:
        return {node_id for node_id in node_ids if node_id != HOME and not 100 <= node_id < 200}

    async def named(
        self, user_id: str, files: Collection[str], folders: Collection[str]
    ) -> tuple[list[int], list[int]]:
        wanted = {name.removesuffix(".md") for name in files}
        return [100 + place for place, section in enumerate(sections()) if section.title in wanted], []

    def link(self, user_id: str, file_id: int, path: str) -> str:
        return f"https://cloud.example.org/f/{file_id}"


@dataclass
class World:
    """An application on a free port, and what stands behind it."""

    search: ClinicSearch
    model: ChatServer
    database: Database
    assistant: Assistant
    library: ClinicLibrary
    gate: Gate
    url: str
    cloud: Cloud
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self, user: str = "anna") -> httpx.AsyncClient:
        """A client that is signed in as `user`."""
        client = httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers={"X-User": user}, timeout=60)
        self.clients.append(client)
        return client

    async def ask(self, text: str, user: str = "anna", **more: Any) -> list[dict[str, Any]]:
        """Ask and poll until the turn has ended; all its events."""
        client = self.client(user)
        answer = await client.post("/chat/turns", json={"text": text, **more})
        assert answer.status_code == 201, answer.text
        return await self.poll(client, answer.json()["data"]["turn_id"])

    @staticmethod
    async def poll(client: httpx.AsyncClient, turn_id: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        while True:
            answer = await client.get(f"/chat/turns/{turn_id}/events", params={"after": len(events)})
            data = answer.json()["data"]
            events += data["events"]
            if data["done"]:
                return events


async def _search_over(
    shelves: Shelves, embedder: BuiltinEmbedder, folder: Path, stack: AsyncExitStack
) -> tuple[Search, Matching]:
    store = EdgeStore(folder / "vectors")
    stack.push_async_callback(store.close)
    index = Index(store, embedder)
    await index.open()
    for document, chunks in shelves.documents():
        await index.put(document, chunks)
    return Search(store, index, shelves), Matching(store, index, shelves)


async def _header_authenticator(request: HTTPConnection) -> Principal:
    """Believes a header. Stands in for the real ways to sign in, which identity's tests prove."""
    user = request.headers.get("x-user")
    if not user:
        raise NotSignedIn("Sign in first.")
    return Principal(user)


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[str]:
    bound = listener()
    async with serving(uvicorn.Config(app, log_level="warning", lifespan="off"), bound, patience=1.0):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


BuildWorld = Callable[..., Awaitable[World]]


@pytest.fixture
async def build_world(
    embedder: BuiltinEmbedder, clinic: Clinic, database: Database, tmp_path: Path
) -> AsyncIterator[BuildWorld]:
    """Makes worlds: with a language model or without, or with those that `settings` choose, given its address.

    With `shelves` the search is the real one, over these files. `second_check` is off where a test is not about it: it
    would be one more request to the model.
    """
    async with AsyncExitStack() as stack:

        async def build(
            *,
            with_model: bool = False,
            limits: Limits = PATIENT,
            heartbeat: float = 0.2,
            settings: Callable[[str], Settings] | None = None,
            shelves: Shelves | None = None,
            second_check: bool = False,
            prepares: bool = False,
            commands: Commands | None = None,
        ) -> World:
            model = await stack.enter_async_context(chat_server())
            search = ClinicSearch(clinic)
            real = None if shelves is None else await _search_over(shelves, embedder, tmp_path, stack)
            chosen = Settings() if settings is None else settings(model.base_url)
            gate = Gate(chosen)
            models: list[LanguageModel] = await Registry(chosen, gate).chosen()
            if with_model:
                models = [Endpoint(gate, Address(model.base_url, "tiny"), limits)]
            router = Router(Extractive(embedder), models, clock=time.monotonic)
            found, files = (search, None) if real is None else real
            parts = Parts(
                found,
                router,
                embedder,
                time.monotonic,
                files,
                decompose=chosen.decompose,
                second_check=second_check,
                prepares=prepares,
            )
            cloud = stack.enter_context(AppApiServer(Cloud(("anna", "bert"))).serving())
            sources = AppApiSources(cloud.appapi, cloud.all_users)
            stack.push_async_callback(sources.close)
            library = ClinicLibrary()
            assistant = Assistant(database, shelves or library, Shelf(sources), parts, commands)
            await assistant.start()
            stack.push_async_callback(assistant.close)
            app = FastAPI()
            envelope.install(app)
            guard_with(app, _header_authenticator, policy.shipped())
            app.include_router(build_router(assistant, heartbeat_seconds=heartbeat, poll_seconds=4.0), prefix="/api/v1")
            url = await stack.enter_async_context(_serving(app))
            world = World(search, model, database, assistant, library, gate, url, cloud.cloud)

            async def close_clients() -> None:
                for client in world.clients:
                    await client.aclose()

            stack.push_async_callback(close_clients)
            return world

        yield build


@pytest.fixture
async def world(build_world: BuildWorld) -> World:
    """Without a language model: answers are extractive."""
    return await build_world()


@pytest.fixture
async def written(build_world: BuildWorld) -> World:
    """With a language model, whose replies the test scripts."""
    return await build_world(with_model=True)

"""Stand-ins for what surrounds the files slice.

They leave unproved what the real ones do: HTTP, Nextcloud's dialect, time limits and broken connections
(`tests/integration/files` has those), reading real documents, real vectors.
"""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from backend.errors import BadInput, Conflict, NotFound
from backend.files.extraction.extracted import Extracted, Page
from backend.nextcloud.files import Downloaded, Node, Place
from backend.search.chunk import Chunk, Document

MODIFIED = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Item:
    """A file (with a text) or a folder (with items inside) of a `MemorySource`."""

    file_id: int
    text: str | None
    etag: str = ""
    items: dict[str, "Item"] = field(default_factory=dict)
    mime: str = "text/plain"


class MemorySource:
    """A `FileSource` over a tree in memory, with folder ETags that change all the way up, as Nextcloud's do.

    `requests` lists what was asked. `trouble` is called with each request and may raise.
    """

    user_id = "ann"

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.home = self._item(None)
        self.requests: list[str] = []
        self.trouble: Callable[[str], None] = lambda request: None

    def _item(self, text: str | None) -> Item:
        number = next(self._numbers)
        return Item(number, text, f"e{number}")

    def item(self, path: str) -> Item:
        """The item at a path. Raises `NotFound`."""
        item = self.home
        for name in _names(path):
            if item.text is not None or name not in item.items:
                raise NotFound(f"no {path!r}")
            item = item.items[name]
        return item

    def _touch(self, path: str) -> None:
        for above in ["/", *map(str, reversed(PurePosixPath(path).parents))]:
            self.item(above).etag = f"e{next(self._numbers)}"

    def write(self, path: str, text: str) -> int:
        """Create or change a file; folders above it are made. Returns its id."""
        self.mkdir(str(PurePosixPath(path).parent))
        folder = self.item(str(PurePosixPath(path).parent))
        name = PurePosixPath(path).name
        if name in folder.items:
            folder.items[name].text = text
            folder.items[name].etag = f"e{next(self._numbers)}"
        else:
            folder.items[name] = self._item(text)
        self._touch(path)
        return folder.items[name].file_id

    def mkdir(self, path: str) -> None:
        """Create a folder and those above it."""
        above = "/"
        for name in _names(path):
            folder = self.item(above)
            above = str(PurePosixPath(above) / name)
            if name not in folder.items:
                folder.items[name] = self._item(None)
                self._touch(above)

    def delete(self, path: str) -> None:
        """Delete a file or folder."""
        del self.item(str(PurePosixPath(path).parent)).items[PurePosixPath(path).name]
        self._touch(path)

    def move(self, path: str, to: str) -> None:
        """Move a file or folder; it keeps id and ETag, as in Nextcloud."""
        item = self.item(path)
        del self.item(str(PurePosixPath(path).parent)).items[PurePosixPath(path).name]
        self.item(str(PurePosixPath(to).parent)).items[PurePosixPath(to).name] = item
        self._touch(path)
        self._touch(to)

    def tree(self) -> dict[str, Item]:
        """Everything below the home, by path."""
        found: dict[str, Item] = {}

        def walk(item: Item, path: str) -> None:
            for name, inside in item.items.items():
                found[f"{path}/{name}"] = inside
                walk(inside, f"{path}/{name}")

        walk(self.home, "")
        return found

    def _node(self, path: str, item: Item) -> Node:
        text = item.text
        mime = "httpd/unix-directory" if text is None else item.mime
        return Node(item.file_id, path, text is None, item.etag, len(text or ""), mime, MODIFIED)

    async def _ask(self, request: str) -> None:
        await asyncio.sleep(0)
        self.requests.append(request)
        self.trouble(request)

    async def stat(self, path: str) -> Node:
        await self._ask(f"stat {path}")
        return self._node(path, self.item(path))

    async def make_folder(self, path: str) -> bool:
        await self._ask(f"make_folder {path}")
        is_new = path not in self.tree()
        self.mkdir(path)
        return is_new

    async def create(self, path: str, content: bytes) -> Node:
        await self._ask(f"create {path}")
        if path in self.tree():
            raise Conflict(f"{path!r} is there already")
        self.write(path, content.decode())
        return self._node(path, self.item(path))

    async def children(self, path: str, *, access_rules: bool = False) -> list[Node]:
        await self._ask(f"children {path}")
        prefix = "" if path == "/" else path
        return [self._node(f"{prefix}/{name}", item) for name, item in self.item(path).items.items()]

    async def download(self, path: str, to: Path, *, max_bytes: int) -> Downloaded:
        await self._ask(f"download {path}")
        item = self.item(path)
        text = item.text or ""
        if len(text) > max_bytes:
            raise BadInput("too large")
        return Downloaded(to.write_text(text), item.etag)  # noqa: ASYNC240 - a short one, in a test

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        await self._ask(f"stream {path}")
        text = (self.item(path).text or "").encode()
        for start in range(0, len(text), 10):
            yield text[start : start + 10]

    async def readable(self, node_ids: Iterable[int]) -> dict[int, str]:
        await self._ask("readable")
        return {node_id: place.path for node_id, place in self._places(node_ids).items()}

    async def places(self, node_ids: Iterable[int]) -> dict[int, Place]:
        await self._ask("places")
        return self._places(node_ids)

    def _places(self, node_ids: Iterable[int]) -> dict[int, Place]:
        present = {item.file_id: Place(path, item.text is None) for path, item in self.tree().items()}
        return {node_id: present[node_id] for node_id in node_ids if node_id in present}

    async def tagged(self, tags: Sequence[str]) -> list[frozenset[int]]:
        raise BadInput("There are no tags.")

    def link(self, file_id: int, path: str) -> str:
        return f"http://cloud.test/f/{file_id}"

    async def close(self) -> None:
        """Nothing to give back."""


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name]


class MemoryIndex:
    """An index that keeps documents with their chunks in memory, and counts what would have been embedded."""

    def __init__(self) -> None:
        self.documents: dict[int, tuple[Document, list[Chunk]]] = {}
        self.embedded: list[str] = []
        self.trouble: Callable[[str, int], None] = lambda call, file_id: None

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> None:
        await asyncio.sleep(0)
        self.trouble("put", document.file_id)
        known = {chunk.text for chunk in self.documents.get(document.file_id, (None, []))[1]}
        self.embedded += [chunk.text for chunk in chunks if chunk.text not in known]
        self.documents[document.file_id] = (document, list(chunks))

    async def move(self, file_id: int, path: str, path_ids: tuple[int, ...]) -> None:
        await asyncio.sleep(0)
        self.trouble("move", file_id)
        old, chunks = self.documents[file_id]
        document = Document(file_id, path, old.title, old.mime, old.modified, old.language, path_ids)
        self.documents[file_id] = (document, chunks)

    async def remove(self, file_ids: Sequence[int]) -> None:
        await asyncio.sleep(0)
        for file_id in file_ids:
            self.trouble("remove", file_id)
            self.documents.pop(file_id, None)

    async def counts(self) -> Mapping[int, int]:
        return {file_id: len(chunks) for file_id, (_, chunks) in self.documents.items() if chunks}

    def texts(self) -> dict[str, str]:
        """The text of each document, by path."""
        return {document.path: "\n".join(c.text for c in chunks) for document, chunks in self.documents.values()}


class PlainExtractor:
    """Reads text; what starts with "unreadable:" gives the rest of the line as the reason."""

    async def extract(self, path: Path, name: str, mime: str | None, sound: Path | None = None) -> Extracted:
        text = path.read_text()  # noqa: ASYNC240 - a short one, in a test
        if text.startswith("unreadable:"):
            return Extracted("txt", (), text.removeprefix("unreadable:").strip(), 0.0)
        if not text:
            return Extracted("txt", (), "empty: the file has no content", 0.0)
        return Extracted("txt", (Page(None, None, text),), None, 0.0)


class English:
    """Takes every text for English."""

    async def detect_async(self, text: str) -> str:
        return "en"


def by_line(pages: Sequence[Page]) -> list[Chunk]:
    """A chunk for each line."""
    lines = [line for page in pages for line in page.text.splitlines()]
    return [Chunk(line, n, 0, len(line), None, None, ()) for n, line in enumerate(lines)]


def empty_folder(path: Path) -> Path:
    """A folder with nothing in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path

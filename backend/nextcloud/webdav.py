"""One user's files in Nextcloud over WebDAV, by app password or by AppAPI."""

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from backend.errors import BadInput, Conflict, NotFound, Unavailable, VoiceAssistError
from backend.nextcloud.addresses import DAV, files_path, path_of, server_url
from backend.nextcloud.connection import Body, Connection, Login, by_password
from backend.nextcloud.faults import disk_errors
from backend.nextcloud.files import Downloaded, Node, Place
from backend.nextcloud.multistatus import (
    PROPFIND_NODE,
    PROPFIND_NODE_AND_ACCESS_RULES,
    PROPFIND_TAGS,
    Entry,
    bare_etag,
    entries,
    report_tagged,
    search_by_id,
)

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
# Nextcloud puts the listing of a large folder together before it sends the first byte.
READ_TIMEOUT = 60.0

# Requests at the same time. File contents take at most half of the threads, so a question's access check never waits
# for somebody's films.
_THREADS = 16
_CONTENTS = _THREADS // 2

# Nextcloud refuses a SEARCH with more than 100 comparisons ("maximum operator limit", Nextcloud 34).
_IDS_PER_SEARCH = 64
# Each is a condition of the search. What more files have in common is better told by a tag on their folder.
_MOST_TAGGED = 1_000
# A node takes about 1 kB of XML: room for a folder of 250,000.
_MULTISTATUS_LIMIT = 256 * 1024 * 1024
_XML = "Content-Type: application/xml; charset=utf-8"


class Threads:
    """The threads that talk to one Nextcloud: those of one source, or shared by the sources of all its users."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="webdav")
        self.contents = asyncio.Semaphore(_CONTENTS)

    def close(self) -> None:
        """Take no more work. What is under way is not waited for."""
        self.pool.shutdown(wait=False)


class WebDavSource:
    """`FileSource` of one user, by `webdavclient3` in threads.

    `user_id` is Nextcloud's uid in its exact case. `credentials` are an app password, or a `Login` of another kind;
    `login` is what the user signs in with, when that is another name (an e-mail address). `link` makes the address that
    opens a file in a browser, where it is not Nextcloud's own. Sources of many users share `threads`.
    """

    def __init__(
        self,
        url: str,
        user_id: str,
        credentials: str | Login,
        *,
        login: str | None = None,
        link: Callable[[int, str], str] | None = None,
        threads: "Threads | None" = None,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self._url = server_url(url)
        self._user_id = user_id
        self._link = link
        if isinstance(credentials, str):
            credentials = by_password(login or user_id, credentials)
        self._connection = Connection(
            self._url, credentials, connect_timeout=connect_timeout, read_timeout=read_timeout
        )
        self._owns_threads = threads is None
        threads = threads or Threads()
        self._threads, self._contents = threads.pool, threads.contents

    def __repr__(self) -> str:
        return f"WebDavSource({self._url!r}, {self._user_id!r})"

    @property
    def user_id(self) -> str:
        """Nextcloud's uid of the user whose files these are."""
        return self._user_id

    async def stat(self, path: str) -> Node:
        """The node at `path`."""
        return await self._run(self._stat, path)

    async def children(self, path: str, *, access_rules: bool = False) -> list[Node]:
        """See `FileSource.children`."""
        return await self._run(self._children, path, PROPFIND_NODE_AND_ACCESS_RULES if access_rules else PROPFIND_NODE)

    async def download(self, path: str, to: Path, *, max_bytes: int) -> Downloaded:
        """Stream the file to `to`, which appears when all of it has come."""
        ended = threading.Event()
        async with self._contents:
            try:
                return await self._run(self._download, path, to, max_bytes, ended)
            finally:
                ended.set()

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """The file's content, piece by piece; an error when it ends early."""
        body = await self._opened(path)
        try:
            while piece := await self._next_piece(body):
                yield piece
        finally:
            self._let_go(body)

    async def readable(self, node_ids: Iterable[int]) -> dict[int, str]:
        """Those that the server finds for this user and marks as readable, and where, asked for just now."""
        return {node_id: place.path for node_id, place in (await self.places(node_ids)).items()}

    async def places(self, node_ids: Iterable[int]) -> dict[int, Place]:
        """As `readable`, with the kind of each node."""
        ids = sorted(set(node_ids))
        batches = [ids[at : at + _IDS_PER_SEARCH] for at in range(0, len(ids), _IDS_PER_SEARCH)]
        found = await asyncio.gather(*(self._run(self._places, batch) for batch in batches))
        return {node_id: place for batch in found for node_id, place in batch.items()}

    async def tagged(self, tags: Sequence[str]) -> list[frozenset[int]]:
        """See `FileSource.tagged`."""
        known = await self._run(self._tags)
        unknown = next((tag for tag in tags if _folded(tag) not in known), None)
        if unknown is not None:
            raise _no_tag(unknown)
        return await asyncio.gather(*(self._run(self._tagged, tag, known[_folded(tag)]) for tag in tags))

    def link(self, file_id: int, path: str) -> str:
        """An address that opens the file in Nextcloud, also where it runs without pretty addresses."""
        return self._link(file_id, path) if self._link else f"{self._url}/index.php/f/{file_id}"

    async def make_folder(self, path: str) -> bool:
        """Make a folder in one that is there. Whether it is new; False when there is such a folder already."""
        return await self._run(self._make_folder, path)

    async def create(self, path: str, content: bytes) -> Node:
        """Write a new file, of which the server is asked not to replace one. Raises `Conflict` when there is one."""
        async with self._contents:
            await self._run(self._create, path, content)
        return await self.stat(path)

    async def close(self) -> None:
        """Close the connections. What is under way is not waited for; what comes later is refused."""
        self._connection.close()
        if self._owns_threads:
            self._threads.shutdown(wait=False)

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args))
        except RuntimeError as error:
            if "after shutdown" not in str(error):
                raise
            raise Unavailable("The connection to Nextcloud is closed.") from error

    def _stat(self, path: str) -> Node:
        for entry in self._propfind(path, depth=0):
            node = entry.node(self._user_id)
            if node is not None and entry.status == 200:
                return node
        # Somebody else's home is answered with a folder that has no id.
        raise NotFound(f"{self._user_id} has no file {path!r}.")

    def _children(self, path: str, wanted_of_each: bytes) -> list[Node]:
        wanted = _normal(path)
        itself: Node | None = None
        nodes: list[Node] = []
        for entry in self._propfind(path, depth=1, body=wanted_of_each):
            if entry.status in (403, 404):
                continue  # gone, or taken away, while the server listed
            node = entry.node(self._user_id)
            if node is None and itself is None and not nodes:
                raise NotFound(f"{self._user_id} has no folder {path!r}.")
            if node is None or entry.status != 200:
                # Left out, it would look deleted.
                raise Unavailable(f"Nextcloud listed {path!r} only in part.")
            if _normal(node.path) == wanted:
                itself = node
            else:
                nodes.append(node)
        if itself is None:
            raise Unavailable(f"Nextcloud did not list {path!r} itself.")
        if not itself.is_folder:
            raise BadInput(f"{path!r} is a file, not a folder.")
        return nodes

    def _make_folder(self, path: str) -> bool:
        if self._is_folder(path):
            return False
        try:
            self._connection.open("mkdir", files_path(self._user_id, path)).close()
        except VoiceAssistError:
            if self._is_folder(path):  # somebody else was quicker
                return False
            raise
        return True

    def _is_folder(self, path: str) -> bool:
        try:
            found = self._stat(path)
        except NotFound:
            return False
        if not found.is_folder:
            raise BadInput(f"{path!r} is a file, not a folder.")
        return True

    def _create(self, path: str, content: bytes) -> None:
        # RFC 9110 13.1.2: only when nothing is there.
        headers = ("If-None-Match: *", "Content-Type: application/octet-stream")
        self._connection.open("upload", files_path(self._user_id, path), data=content, headers=headers).close()

    def _propfind(self, path: str, *, depth: int, body: bytes = PROPFIND_NODE) -> list[Entry]:
        answer = self._connection.open(
            "list", files_path(self._user_id, path), data=body, headers=(f"Depth: {depth}", _XML)
        )
        return self._multistatus(answer)

    def _places(self, ids: list[int]) -> dict[int, Place]:
        body = self._connection.open("search", f"{DAV}/", data=search_by_id(self._user_id, ids), headers=(_XML,))
        asked = set(ids)
        found: dict[int, Place] = {}
        for entry in self._multistatus(body):
            node_id, path = entry.file_id(), path_of(entry.href, self._user_id)
            if entry.status != 200 or node_id not in asked or path is None or "G" not in entry.permissions():
                continue
            # What came to the user in two ways has two paths; always the same one of them is told.
            known = found.get(node_id)
            if known is None or (len(path), path) < (len(known.path), known.path):
                found[node_id] = Place(path, entry.is_folder())
        return found

    def _tags(self) -> dict[str, list[int]]:
        """Ids of the system tags that the user sees, by folded name, which older ones may have in common."""
        try:
            body = self._connection.open("list", f"{DAV}/systemtags/", data=PROPFIND_TAGS, headers=("Depth: 1", _XML))
        except NotFound as error:
            raise BadInput(
                "This server has no tags to find files by. Nextcloud has; the built-in sample server has none."
            ) from error
        found: dict[str, list[int]] = {}
        for entry in self._multistatus(body):
            tag = entry.tag()  # the list itself is none
            if tag is not None:
                found.setdefault(_folded(tag[1]), []).append(tag[0])
        return found

    def _tagged(self, tag: str, tag_ids: Sequence[int]) -> frozenset[int]:
        """What has one of these tags, all of which are called `tag`."""
        found: set[int] = set()
        for tag_id in tag_ids:
            try:
                body = self._connection.open(
                    "report", f"{files_path(self._user_id, '/')}/", data=report_tagged(tag_id), headers=(_XML,)
                )
            except Conflict as error:  # the tag was deleted since it was listed
                raise _no_tag(tag) from error
            for entry in self._multistatus(body):
                node_id = entry.file_id()
                if node_id is None:
                    # Left out, it would look untagged.
                    raise Unavailable("Nextcloud listed the files with a tag only in part.")
                found.add(node_id)
        if len(found) > _MOST_TAGGED:
            raise BadInput(
                f"The tag {tag!r} is on {len(found):,} files and folders; at most {_MOST_TAGGED:,} can be searched by "
                "a tag. Give the tag to a folder instead: it then stands for all below it."
            )
        return frozenset(found)

    def _multistatus(self, body: Body) -> list[Entry]:
        kind = body.response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if body.response.status_code != 207 or not kind.endswith("xml"):
            body.close()
            raise Unavailable(
                f"{self._url} answered with {kind or 'nothing'} where WebDAV was expected: a login page or a proxy may "
                "be in between, or NEXTCLOUD_URL is not the address of Nextcloud."
            )
        return entries(self._connection.read(body, limit=_MULTISTATUS_LIMIT))

    def _open_file(self, path: str) -> Body:
        body = self._connection.open("download", files_path(self._user_id, path))
        # A folder is answered with a page of text, and a login page is no file either; only files have an ETag.
        if body.response.status_code != 200 or not (body.response.headers.get("ETag") or "").strip('"'):
            body.close()
            raise BadInput(f"{path!r} is not a file.")
        if not body.has_end:
            body.close()
            raise Unavailable(f"Nextcloud sends {path!r} without saying how long it is.")
        return body

    async def _opened(self, path: str) -> Body:
        """The file's body; let go when we are cancelled while a thread opens it."""
        async with self._contents:
            opening = asyncio.ensure_future(self._run(self._open_file, path))
            try:
                return await asyncio.shield(opening)
            except asyncio.CancelledError:
                opening.add_done_callback(self._let_go_of_opened)
                raise

    def _let_go_of_opened(self, opening: asyncio.Future[Body]) -> None:
        if not opening.cancelled() and opening.exception() is None:
            self._let_go(opening.result())

    async def _next_piece(self, body: Body) -> bytes:
        async with self._contents:
            return await self._run(self._read_piece, body)

    def _let_go(self, body: Body) -> None:
        """Close a body without waiting: when a reader was cancelled, its thread may still hold the body."""
        try:
            self._threads.submit(body.close)
        except RuntimeError:  # this source is closed already
            body.close()

    def _read_piece(self, body: Body) -> bytes:
        with self._connection.errors():
            return body.read()

    def _download(self, path: str, to: Path, max_bytes: int, ended: threading.Event) -> Downloaded:
        body = self._open_file(path)
        temporary: Path | None = None
        try:
            if body.length is not None and body.length > max_bytes:
                raise _too_large(path, max_bytes)
            with disk_errors():
                with tempfile.NamedTemporaryFile(dir=to.parent, prefix=".download-", delete=False) as out:
                    temporary = Path(out.name)
                    size = 0
                    for piece in self._connection.pieces(body):
                        size += len(piece)
                        if size > max_bytes:
                            raise _too_large(path, max_bytes)
                        if ended.is_set():
                            raise Unavailable("The download was cancelled.")
                        out.write(piece)
                temporary.replace(to)
            return Downloaded(size, bare_etag(body.response.headers["ETag"]))
        except BaseException:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise
        finally:
            body.close()


def _normal(path: str) -> str:
    return "/" + "/".join(segment for segment in path.split("/") if segment)


def _folded(tag: str) -> str:
    """A tag's name, as names are compared: case, and spaces around them, do not count."""
    return tag.strip().casefold()


def _no_tag(tag: str) -> BadInput:
    return BadInput(f"There is no tag {tag!r} in Nextcloud that you can see. Check how it is written there.")


def _too_large(path: str, max_bytes: int) -> BadInput:
    limit = max_bytes / 1024 / 1024
    return BadInput(f"{path!r} is larger than the limit of {limit:,.0f} MB (MAX_FILE_SIZE_MB).")

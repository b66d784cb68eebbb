"""The HTTP routes of the files slice."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from backend.envelope import Envelope, Pagination, ok
from backend.errors import BadInput
from backend.files.schemas import FileStatus, NodeEntry, Nothing, Retried, Summary
from backend.files.service import Content, FilesService
from backend.files.status import Wanted
from backend.files.tables import FileState
from backend.identity.principal import CurrentPrincipal

# What a browser may show itself. Everything else, HTML and SVG above all, could run scripts and is only downloaded.
_INLINE = frozenset(
    {"application/pdf", "text/plain", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
)
# One SEARCH of Nextcloud.
_MOST_NODES = 64
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            mime: {"schema": {"type": "string", "format": "binary"}}
            for mime in sorted({*_INLINE, "application/octet-stream"})
        }
    }
}
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


def build_router(service: FilesService) -> APIRouter:
    """Routes under the prefix of the API."""
    router = APIRouter(tags=["files"])

    @router.get("/files")
    async def files(
        principal: CurrentPrincipal,
        state: FileState | None = None,
        q: Annotated[str, Query(max_length=500, description="Text in the path.")] = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Envelope[list[FileStatus]]:
        """Files and where they stand, in order of path."""
        found, total = await service.files(principal.user_id, Wanted(state, q), offset, limit)
        return ok(found, Pagination(offset=offset, limit=limit, total=total))

    @router.get("/files/summary")
    async def summary(principal: CurrentPrincipal) -> Envelope[Summary]:
        """How many files are in which state."""
        return ok(await service.summary(principal.user_id))

    @router.post("/files/retry")
    async def retry_failed(principal: CurrentPrincipal) -> Envelope[Retried]:
        """Try all failed files again."""
        return ok(Retried(retried=await service.retry_failed(principal.user_id)))

    @router.post("/files/crawl")
    async def crawl(principal: CurrentPrincipal) -> Envelope[Nothing]:
        """Look for changes now."""
        service.crawl(principal.user_id)
        return ok(Nothing())

    @router.post("/files/{file_id}/retry")
    async def retry(principal: CurrentPrincipal, file_id: int) -> Envelope[FileStatus]:
        """Index a file now."""
        return ok(await service.retry(principal.user_id, file_id))

    @router.get("/files/{file_id}/content", response_class=StreamingResponse, responses=_CONTENT)
    async def content(principal: CurrentPrincipal, file_id: int) -> StreamingResponse:
        """The file itself."""
        found = await service.content(principal.user_id, file_id)
        # The first piece before the answer begins: what goes wrong until then is told in the envelope.
        first = await anext(found.pieces, b"")
        return StreamingResponse(_rest(first, found), headers=_headers(found))

    @router.get("/folders")
    async def folders(
        principal: CurrentPrincipal, path: Annotated[str, Query(max_length=4000)] = "/"
    ) -> Envelope[list[NodeEntry]]:
        """What is in a folder, to choose the scope of a question."""
        if not path.startswith("/") or ".." in path.split("/"):
            raise BadInput(f"{path!r} is not a path from the home folder, such as '/Letters'.", field="path")
        return ok(await service.folder(principal.user_id, path))

    @router.get("/nodes")
    async def nodes(
        principal: CurrentPrincipal,
        ids: Annotated[str, Query(max_length=2000, description="File ids, separated by commas.", examples=["12,7"])],
    ) -> Envelope[list[NodeEntry]]:
        """Name and place of files and folders, as far as you can read them now."""
        return ok(await service.nodes(principal.user_id, _node_ids(ids)))

    return router


def _node_ids(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > _MOST_NODES:
        raise BadInput(f"{len(parts)} ids were given; at most {_MOST_NODES} are looked up at a time.", field="ids")
    # As many digits as a 64-bit integer surely takes.
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts):
        raise BadInput(f"{text!r} is not a list of file ids, such as '12,7'.", field="ids")
    return [int(part) for part in parts]


async def _rest(first: bytes, content: Content) -> AsyncIterator[bytes]:
    try:
        yield first
        async for piece in content.pieces:
            yield piece
    finally:
        # A reader who went away leaves the file half read; its connection is given back now, not some time later.
        if isinstance(content.pieces, AsyncGenerator):
            await content.pieces.aclose()


def _headers(content: Content) -> dict[str, str]:
    mime = content.mime.partition(";")[0].strip().lower()
    how = "inline" if mime in _INLINE else "attachment"
    kind = f"{mime}; charset=utf-8" if mime == "text/plain" else mime
    # RFC 6266 with RFC 8187: the name in UTF-8, percent-encoded, so that no character of it can break the header.
    return {
        **_HEADERS,
        "Content-Type": kind if how == "inline" else "application/octet-stream",
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(content.name, safe='')}",
    }

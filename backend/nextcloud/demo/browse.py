"""/f/<id> of the sample server: opens a file in the browser, where Nextcloud would show it in its own page."""

import hmac
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, quote

from backend.nextcloud.demo.registry import Entry, Registry, Snapshot

_PIECE = 128 * 1024
# Browsers save these instead of showing them, or would run what is in them.
_AS_TEXT = ("text/", "application/json", "application/xml", "message/")
_SAFE = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
# The browser's own PDF viewer does not run in a sandbox.
_SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def link_key(secret: bytes, file_id: int) -> str:
    """What a link must carry to open this file. A browser has no password of the sample server."""
    return hmac.new(secret, str(file_id).encode(), sha256).hexdigest()[:32]


def link_path(secret: bytes, file_id: int) -> str:
    """Path and query of the link that opens this file."""
    return f"/f/{file_id}?key={link_key(secret, file_id)}"


def open_in_browser(
    environ: dict[str, Any], start_response: Callable[..., object], registry: Registry, folder: str, secret: bytes
) -> Iterable[bytes]:
    """The file, or a list of what is in the folder; 404 when it is gone or the key is wrong."""
    number = str(environ["PATH_INFO"]).rpartition("/")[2]
    key = parse_qs(environ.get("QUERY_STRING", "")).get("key", [""])[0]
    if (
        number.isascii()
        and number.isdigit()
        and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        and hmac.compare_digest(key.encode(), link_key(secret, int(number)).encode())
    ):
        snapshot = registry.snapshot()
        entry = snapshot.by_id.get(int(number))
        if entry is not None and entry.is_folder:
            return _page(start_response, "200 OK", _listing(snapshot, entry, secret))
        if entry is not None:
            return _file(environ, start_response, Path(folder) / entry.path.lstrip("/"))
    return _page(start_response, "404 Not Found", "<p>This file is not there any more.</p>")


def _file(environ: dict[str, Any], start_response: Callable[..., object], place: Path) -> Iterable[bytes]:
    try:
        content = place.open("rb")
    except OSError:
        return _page(start_response, "404 Not Found", "<p>This file is not there any more.</p>")
    kind = guess_type(place.name)[0] or "application/octet-stream"
    if kind.startswith(_AS_TEXT):
        kind = "text/plain; charset=utf-8"
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(place.stat().st_size)),
        ("Content-Disposition", f"inline; filename*=UTF-8''{quote(place.name, safe='')}"),
        *_SAFE,
        *([] if kind == "application/pdf" else [_SANDBOX]),
    ]
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        content.close()
        return []
    return _pieces(content)


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(_PIECE):
            yield piece


def _listing(snapshot: Snapshot, folder: Entry, secret: bytes) -> str:
    above = folder.path.rstrip("/") + "/"
    children = [
        entry
        for path, entry in sorted(snapshot.by_path.items())
        if path != "/" and path.rpartition("/")[0] + "/" == above
    ]
    items = "".join(
        f'<li><a href="{link_path(secret, entry.file_id)}">{escape(entry.path.rpartition("/")[2])}</a></li>'
        for entry in children
    )
    return f"<h1>{escape(folder.path)}</h1><ul>{items}</ul>"


def _page(start_response: Callable[..., object], status: str, content: str) -> Iterable[bytes]:
    body = f'<!doctype html><meta charset="utf-8"><title>Sample files</title>{content}'.encode()
    start_response(
        status,
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), *_SAFE],
    )
    return [body]

"""What `WebDavSource` makes of a server that misbehaves. The server is ours, byte for byte; the network is real."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from io import FileIO
from pathlib import Path

import pytest

from backend.errors import BadInput, NotAllowed, RateLimited, Unavailable
from backend.nextcloud.webdav import WebDavSource
from tests.servers.faulty import FaultyServer, Request, Script, answer, drip, wait_until

ETAG = {"ETag": '"abc"'}
XML = {"Content_Type": "application/xml; charset=utf-8"}
NODE = (
    '<d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:response><d:href>{href}</d:href><d:propstat>'
    "<d:prop><d:resourcetype>{kind}</d:resourcetype><d:getetag>&quot;e&quot;</d:getetag><oc:fileid>7</oc:fileid>"
    "<oc:permissions>{permissions}</oc:permissions></d:prop><d:status>HTTP/1.1 {status}</d:status></d:propstat>"
    "</d:response>{more}</d:multistatus>"
)


def listing(
    href: str = "/remote.php/dav/files/alice/",
    *,
    kind: str = "<d:collection/>",
    permissions: str = "RGDNVCK",
    status: str = "200 OK",
    more: str = "",
) -> bytes:
    return NODE.format(href=href, kind=kind, permissions=permissions, status=status, more=more).encode()


def left_in(folder: Path) -> list[str]:
    """Names of the files that a download left behind."""
    return [place.name for place in folder.iterdir()]


def always(script: Script) -> Callable[[Request], Script]:
    steps = list(script)
    return lambda _: steps


@asynccontextmanager
async def against(
    respond: Callable[[Request], Script], *, read_timeout: float = 60.0, base: str = ""
) -> AsyncIterator[tuple[WebDavSource, FaultyServer]]:
    """A busy machine stops for seconds: only tests of a server that is too slow are in a hurry."""
    with FaultyServer(respond) as server:
        source = WebDavSource(server.url + base, "alice", "s3cret", connect_timeout=60.0, read_timeout=read_timeout)
        try:
            yield source, server
        finally:
            await source.close()


async def test_a_whole_answer_is_taken() -> None:
    """The control for everything below."""
    async with against(always(answer("207 Multi-Status", listing(), **XML))) as (source, _):
        assert (await source.stat("/")).file_id == 7
    async with against(always(answer("200 OK", b"hello", **ETAG))) as (source, _):
        assert [piece async for piece in source.stream("/x")] == [b"hello"]


async def test_429_says_how_long_to_wait() -> None:
    async with against(always(answer("429 Too Many Requests", Retry_After="12"))) as (source, _):
        with pytest.raises(RateLimited) as caught:
            await source.stat("/")
    assert caught.value.retry_after == 12.0


async def test_maintenance_is_named() -> None:
    script = answer("503 Service Unavailable", b"...", X_Nextcloud_Maintenance_Mode="1", Retry_After="120")
    async with against(always(script)) as (source, _):
        with pytest.raises(Unavailable, match="maintenance mode") as caught:
            await source.readable([1])
    assert caught.value.retry_after == 120.0


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 1000\r\n\r\n' + b"x" * 400], id="length"),
        pytest.param(
            [b'HTTP/1.1 200 OK\r\nETag: "a"\r\nTransfer-Encoding: chunked\r\n\r\n190\r\n' + b"x" * 400 + b"\r\n"],
            id="chunked",
        ),
        pytest.param(
            [b'HTTP/1.1 200 OK\r\nETag: "a"\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n' + b"x" * 400], id="in-chunk"
        ),
        pytest.param([b'HTTP/1.1 200 OK\r\nETag: "a"\r\n\r\n' + b"x" * 400], id="until-close"),
    ],
)
async def test_a_truncated_download_is_never_a_success(script: list[bytes], tmp_path: Path) -> None:
    async with against(always(script)) as (source, _):
        with pytest.raises(Unavailable):
            await source.download("/x", tmp_path / "x", max_bytes=10_000)
        with pytest.raises(Unavailable):
            _ = [piece async for piece in source.stream("/x")]
    assert left_in(tmp_path) == []


async def test_a_truncated_listing_is_never_a_short_listing() -> None:
    whole = listing()
    head = (
        f"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nContent-Length: {len(whole)}\r\n\r\n".encode()
    )
    async with against(always([head + whole[:-30]])) as (source, _):
        with pytest.raises(Unavailable):
            await source.children("/")


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        (
            "<d:response><d:href>/remote.php/dav/files/alice/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status>",
            True,
        ),
        ("<d:response><d:href>/remote.php/dav/files/alice/ill</d:href><d:status>HTTP/1.1 500 Ouch</d:status>", False),
        (
            "<d:response><d:href>/remote.php/dav/files/alice/odd</d:href><d:propstat><d:prop><oc:fileid>8</oc:fileid>"
            "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>",
            False,
        ),
    ],
)
async def test_a_child_that_is_not_clear_makes_the_listing_fail_instead_of_looking_deleted(
    more: str, kept: bool
) -> None:
    body = listing(more=more + "</d:response>")
    async with against(always(answer("207 Multi-Status", body, **XML))) as (source, _):
        if kept:
            assert await source.children("/") == []
        else:
            with pytest.raises(Unavailable, match="only in part"):
                await source.children("/")


@pytest.mark.parametrize(
    "script",
    [
        answer("200 OK", b"<html>Log in</html>", Content_Type="text/html"),
        answer("207 Multi-Status", b"<html>Log in</html>", Content_Type="text/html"),
        answer("207 Multi-Status", b"<html><p>Log in</html>", **XML),
        answer("200 OK", listing(), **XML),
    ],
)
async def test_a_web_page_is_not_taken_for_webdav(script: list[bytes | float], tmp_path: Path) -> None:
    async with against(always(script)) as (source, _):
        for ask in (source.stat("/"), source.children("/"), source.readable([7])):
            with pytest.raises(Unavailable):
                await ask


@pytest.mark.parametrize(
    "script", [answer("200 OK", b"<html>Log in</html>"), answer("206 Partial Content", b"x", **ETAG)]
)
async def test_a_page_or_a_part_is_not_taken_for_the_file(script: list[bytes | float], tmp_path: Path) -> None:
    async with against(always(script)) as (source, _):
        with pytest.raises(BadInput, match="is not a file"):
            await source.download("/x", tmp_path / "x", max_bytes=1000)
    assert left_in(tmp_path) == []


async def test_a_redirect_is_not_followed_with_the_password() -> None:
    with FaultyServer(always(answer("200 OK"))) as other:
        script = answer("302 Found", Location=f"{other.url}/login")
        async with against(always(script)) as (source, server):
            with pytest.raises(Unavailable, match="final address"):
                await source.stat("/")
            assert len(server.requests) == 1
        assert other.requests == []


async def test_one_request_is_sent_for_one_question() -> None:
    async with against(always(answer("207 Multi-Status", listing(), **XML)), base="/nextcloud") as (source, server):
        await source.stat("/a b")
        await source.children("/")
        await source.readable([7])
        assert [(request.method, request.target) for request in server.requests] == [
            ("PROPFIND", "/nextcloud/remote.php/dav/files/alice/a%20b"),
            ("PROPFIND", "/nextcloud/remote.php/dav/files/alice"),
            ("SEARCH", "/nextcloud/remote.php/dav/"),
        ]


async def test_cookies_are_not_kept_and_the_password_is_sent_as_utf8() -> None:
    with FaultyServer(always(answer("207 Multi-Status", listing(), Set_Cookie="session=1; path=/", **XML))) as server:
        source = WebDavSource(server.url, "alice", "pässword")
        await source.stat("/")
        await source.stat("/")
        await source.close()
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]
    assert server.requests[0].headers["authorization"] == "Basic YWxpY2U6cMOkc3N3b3Jk"


@pytest.mark.parametrize("permissions", ["", "RDNVW"])
async def test_a_file_without_the_right_to_read_is_not_readable(permissions: str) -> None:
    async with against(always(answer("207 Multi-Status", listing(permissions=permissions), **XML))) as (source, _):
        assert await source.readable([7]) == {}
    async with against(always(answer("207 Multi-Status", listing(permissions="RG"), **XML))) as (source, _):
        assert (await source.readable([7])).keys() == {7}
        assert await source.readable([8]) == {}


@pytest.mark.parametrize("when", ["head", "body"])
async def test_a_server_that_falls_silent_does_not_hold_us(when: str, tmp_path: Path) -> None:
    head = b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 1000\r\n\r\n'
    script: list[bytes | float] = [30.0] if when == "head" else [head, b"some", 30.0]
    async with against(always(script), read_timeout=0.3) as (source, _):
        started = time.monotonic()
        with pytest.raises(Unavailable, match="in time"):
            await source.download("/x", tmp_path / "x", max_bytes=1000)
        assert time.monotonic() - started < 10
    assert left_in(tmp_path) == []


async def test_a_server_that_trickles_does_not_hold_us(tmp_path: Path) -> None:
    """Each byte comes before the read timeout; all of them would take minutes."""

    def respond(_: Request) -> Iterator[bytes | float]:
        yield b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 100000\r\n\r\n'
        yield from drip(b"x", 0.05, 10_000)

    async with against(respond, read_timeout=0.4) as (source, _):
        # Too late for one byte, if the machine stops just then. Without a limit for all of them there is no error.
        with pytest.raises(Unavailable, match=r"too slowly|in time"):
            await source.download("/x", tmp_path / "x", max_bytes=1_000_000)
    assert left_in(tmp_path) == []


async def test_a_size_that_was_not_announced_is_held_to_the_limit(tmp_path: Path) -> None:
    def respond(_: Request) -> Iterator[bytes | float]:
        yield b'HTTP/1.1 200 OK\r\nETag: "a"\r\nTransfer-Encoding: chunked\r\n\r\n'
        while True:
            yield b"10000\r\n" + bytes(65536) + b"\r\n"

    async with against(respond) as (source, _):
        with pytest.raises(BadInput, match="larger than the limit"):
            await source.download("/x", tmp_path / "x", max_bytes=300_000)
    assert left_in(tmp_path) == []


async def test_a_connection_that_the_server_dropped_while_idle_is_made_again() -> None:
    """It says nothing of closing, and closes after the first answer: what every idle timeout looks like."""
    body = listing()
    head = f"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with against(always([head + body])) as (source, server):
        for _ in range(5):
            await source.stat("/")
        assert len(server.requests) == 5


async def test_a_request_that_meets_a_connection_being_closed_is_sent_once_more() -> None:
    """The server closes just as the second request arrives: it was never read, so it may be sent again."""
    body = listing()
    head = f"HTTP/1.1 207 Multi-Status\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with against(always([head + body, 0.5])) as (source, server):
        await source.stat("/")
        await source.stat("/")
        assert len(server.requests) == 2


@contextmanager
def nobody_listens() -> Iterator[str]:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}"


@contextmanager
def not_tls() -> Iterator[str]:
    with FaultyServer(always(answer("200 OK"))) as server:
        yield server.url.replace("http:", "https:")


@contextmanager
def unknown_name() -> Iterator[str]:
    yield "https://no-such-host.invalid"


@pytest.mark.parametrize(
    ("place", "says"), [(nobody_listens, "refused"), (not_tls, "TLS"), (unknown_name, "not known to DNS")]
)
async def test_the_hop_that_fails_is_named(place: Callable[[], AbstractContextManager[str]], says: str) -> None:
    with place() as url:
        source = WebDavSource(url, "alice", "s3cret")
        with pytest.raises(Unavailable, match=says):
            await source.stat("/")
        await source.close()


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, self_signed: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                try:
                    connection, _peer = listener.accept()
                except OSError:  # the test has ended: nobody tried a second time
                    return
                with connection:
                    try:
                        context.wrap_socket(connection, server_side=True).close()
                    except (ssl.SSLError, OSError):
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        source = WebDavSource(url, "alice", "s3cret")
        with pytest.raises(Unavailable, match="not trusted"):
            await source.stat("/")
        await source.close()


async def test_a_full_disk_is_said_to_be_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own full disk, /dev/full, in the place of the temporary file."""

    def on_full_disk(**_: object) -> FileIO:
        full = FileIO("/dev/full", "w")
        monkeypatch.setattr(full, "name", str(tmp_path / "part"))
        return full

    async with against(always(answer("200 OK", b"hello", **ETAG))) as (source, _):
        assert (await source.download("/x", tmp_path / "x", max_bytes=1000)).size == 5
        monkeypatch.setattr("tempfile.NamedTemporaryFile", on_full_disk)
        with pytest.raises(Unavailable, match="disk of VoiceAssist is full"):
            await source.download("/y", tmp_path / "y", max_bytes=1000)
    assert left_in(tmp_path) == ["x"]


async def test_access_checks_do_not_wait_for_downloads(tmp_path: Path) -> None:
    """Twenty downloads hang; a question's access check is answered all the same."""

    def respond(request: Request) -> Script:
        if request.method == "GET":
            return [b'HTTP/1.1 200 OK\r\nETag: "a"\r\nContent-Length: 10\r\n\r\n', 60.0]
        return answer("207 Multi-Status", listing(), **XML)

    async with against(respond) as (source, _):
        hanging = [asyncio.create_task(source.download("/x", tmp_path / str(n), max_bytes=99)) for n in range(20)]
        await asyncio.sleep(0.5)
        async with asyncio.timeout(30):
            assert (await source.readable([7])).keys() == {7}
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_a_refused_password_is_not_tried_again() -> None:
    async with against(always(answer("401 Unauthorized"))) as (source, server):
        with pytest.raises(NotAllowed):
            await source.stat("/")
        assert len(server.requests) == 1


async def test_a_stream_that_is_cancelled_while_it_opens_gives_its_connection_up() -> None:
    asked, given_up = threading.Event(), threading.Event()

    def respond(request: Request) -> Script:
        if request.target.endswith("/slow"):
            asked.set()
            given_up.wait(60)
        return answer("200 OK", b"hello", **ETAG)

    async with against(respond) as (source, _):
        opening = asyncio.ensure_future(anext(aiter(source.stream("/slow"))))
        assert await asyncio.to_thread(asked.wait, 60)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        given_up.set()
        assert [piece async for piece in source.stream("/x")] == [b"hello"]
        # Both clients are back: the only place where this shows.
        idle = source._connection._idle
        assert await asyncio.to_thread(wait_until, lambda: len(idle) == 2)

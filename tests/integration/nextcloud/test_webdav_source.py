"""`WebDavSource` against a real WebDAV server in Nextcloud's dialect."""

import asyncio
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from blockbuster import BlockBuster
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from backend.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from backend.nextcloud.demo.server import DemoServer
from backend.nextcloud.webdav import WebDavSource
from tests.servers.faulty import wait_until

# What Linux and Nextcloud allow as a file name and XML can carry; 255 bytes at most.
names = st.text(
    st.characters(min_codepoint=32, exclude_characters="/\x7f", exclude_categories=["Cs", "Cc", "Cn"])
).filter(lambda name: name.strip(".") != "" and 0 < len(name.encode()) <= 200)


def put(server: DemoServer, path: str, content: bytes) -> Path:
    place = server.folder / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


async def test_a_folder_lists_what_is_in_it_and_nothing_else(
    demo_server: DemoServer, demo_source: WebDavSource
) -> None:
    put(demo_server, "/Letters/Smith.txt", b"Dear Dr. Smith")
    put(demo_server, "/Letters/2026/Jones.pdf", b"%PDF-")
    home = await demo_source.children("/")
    assert [(node.path, node.is_folder) for node in home] == [("/Letters", True)]
    below = {node.path: node for node in await demo_source.children("/Letters/")}
    assert set(below) == {"/Letters/Smith.txt", "/Letters/2026"}
    letter = below["/Letters/Smith.txt"]
    assert (letter.size, letter.mime, letter.is_folder) == (14, "text/plain", False)
    assert "G" in letter.permissions
    assert letter == await demo_source.stat("/Letters/Smith.txt")
    assert (await demo_source.stat("/")).size == 14 + 5


async def test_the_root_has_an_etag_that_changes_with_a_change_of_content_far_below(
    demo_server: DemoServer, demo_source: WebDavSource
) -> None:
    place = put(demo_server, "/a/b/c.txt", b"one")
    before = await demo_source.stat("/")
    assert await demo_source.stat("/") == before
    place.write_bytes(b"three")
    after = await demo_source.stat("/")
    assert after.etag != before.etag
    assert after.file_id == before.file_id


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("100% #1?.txt")
@example("a%20b%2Fc")
@example("...")
@example("..x")
@example(".hidden.")
@example(" leading and trailing ")
@example("quote\"'&<>;=+,@:!$*()[]{}|\\^`~")
@example(unicodedata.normalize("NFC", "Müller Ärzte.txt"))
@example(unicodedata.normalize("NFD", "Müller Ärzte.txt"))
@example("日本語 العربية 🩺.md")
@given(name=names)
async def test_any_name_goes_there_and_back(demo_server: DemoServer, demo_source: WebDavSource, name: str) -> None:
    content = name.encode()
    place = put(demo_server, f"/in {name}"[:120].encode()[:200].decode(errors="ignore") + "/" + name, content)
    path = "/" + str(place.relative_to(demo_server.folder))
    node = await demo_source.stat(path)
    assert node.path == path
    assert node in await demo_source.children(str(Path(path).parent))
    target = demo_server.folder.parent / "downloaded"
    assert (await demo_source.download(path, target, max_bytes=1000)).size == len(content)
    assert target.read_bytes() == content
    assert await demo_source.readable([node.file_id]) == {node.file_id: path}


async def test_only_ids_that_exist_are_readable(demo_server: DemoServer, demo_source: WebDavSource) -> None:
    place = put(demo_server, "/x.txt", b"x")
    kept = await demo_source.stat("/x.txt")
    gone_place = put(demo_server, "/y.txt", b"yy")
    gone = await demo_source.stat("/y.txt")
    gone_place.unlink()
    asked = [kept.file_id, gone.file_id, 987654]
    assert await demo_source.readable(asked) == {kept.file_id: "/x.txt"}
    place.rename(place.with_name("renamed.txt"))
    assert await demo_source.readable(asked) == {kept.file_id: "/renamed.txt"}
    assert await demo_source.readable([]) == {}


async def test_more_ids_than_one_search_takes_are_asked_for_in_several(
    demo_server: DemoServer, demo_source: WebDavSource
) -> None:
    for number in range(150):
        put(demo_server, f"/{number}.txt", b"x")
    nodes = await demo_source.children("/")
    assert await demo_source.readable(node.file_id for node in nodes) == {node.file_id: node.path for node in nodes}


async def test_a_download_appears_whole_or_not_at_all(
    demo_server: DemoServer, demo_source: WebDavSource, tmp_path: Path
) -> None:
    content = os.urandom(3_000_000)
    put(demo_server, "/big.bin", content)
    put(demo_server, "/empty.bin", b"")
    target = tmp_path / "work" / "big"
    target.parent.mkdir()
    assert (await demo_source.download("/big.bin", target, max_bytes=3_000_000)).size == 3_000_000
    assert target.read_bytes() == content
    assert (await demo_source.download("/empty.bin", target, max_bytes=0)).size == 0
    assert target.read_bytes() == b""
    with pytest.raises(BadInput, match="larger than the limit"):
        await demo_source.download("/big.bin", target, max_bytes=2_999_999)
    assert [place.name for place in target.parent.iterdir()] == ["big"]
    assert target.read_bytes() == b""


async def test_a_stream_carries_the_same_bytes(demo_server: DemoServer, demo_source: WebDavSource) -> None:
    content = os.urandom(1_000_000)
    put(demo_server, "/big.bin", content)
    assert b"".join([piece async for piece in demo_source.stream("/big.bin")]) == content


async def test_a_stream_that_nobody_reads_to_the_end_gives_its_connection_up(
    demo_server: DemoServer, demo_source: WebDavSource
) -> None:
    put(demo_server, "/big.bin", os.urandom(20_000_000))
    for _ in range(20):
        stream = demo_source.stream("/big.bin")
        assert await anext(aiter(stream))
        await stream.aclose()  # type: ignore[attr-defined]
    assert (await demo_source.stat("/big.bin")).size == 20_000_000


async def test_what_is_not_there_is_not_found(
    demo_server: DemoServer, demo_source: WebDavSource, tmp_path: Path
) -> None:
    put(demo_server, "/folder/x.txt", b"x")
    with pytest.raises(NotFound):
        await demo_source.stat("/nope")
    with pytest.raises(NotFound):
        await demo_source.children("/nope")
    with pytest.raises(NotFound):
        await demo_source.download("/nope", tmp_path / "out", max_bytes=10)
    with pytest.raises(NotFound):
        await anext(aiter(demo_source.stream("/nope")))
    with pytest.raises(BadInput, match="is a file"):
        await demo_source.children("/folder/x.txt")
    assert not (tmp_path / "out").exists()


async def test_a_path_cannot_leave_the_home(demo_server: DemoServer, demo_source: WebDavSource) -> None:
    assert (demo_server.folder.parent / "state" / "files.db").exists()
    for path in ("/../state/files.db", "/x/../../state/files.db"):
        with pytest.raises(BadInput):
            await demo_source.stat(path)


async def test_a_wrong_password_is_named_and_never_shown(demo_server: DemoServer) -> None:
    source = WebDavSource(demo_server.url, "demo", "hunter2-not-it")
    for ask in (source.stat("/"), source.children("/"), source.readable([1])):
        with pytest.raises(NotAllowed, match="refused the app password of demo") as caught:
            await ask
        assert "hunter2" not in repr(caught.value)
    assert "hunter2" not in repr(source)
    await source.close()


async def test_neither_password_nor_paths_are_logged(
    demo_server: DemoServer, demo_source: WebDavSource, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="webdav3")
    put(demo_server, "/Patient Miller.txt", b"x")
    await demo_source.download("/Patient Miller.txt", tmp_path / "out", max_bytes=10)
    with pytest.raises(NotFound):
        await demo_source.stat("/Patient Jones.txt")
    logged = " ".join(f"{record.name} {record.getMessage()}" for record in caplog.records if record.name != "asyncio")
    assert demo_server.password not in logged
    assert "Patient" not in logged


async def test_many_requests_at_once_do_not_mix(
    demo_server: DemoServer, demo_source: WebDavSource, tmp_path: Path
) -> None:
    for number in range(30):
        put(demo_server, f"/{number}/{number}.txt", str(number).encode() * 1000)

    async def one(number: int) -> None:
        path = f"/{number}/{number}.txt"
        node = await demo_source.stat(path)
        assert (node.path, node.size) == (path, len(str(number)) * 1000)
        assert [child.path for child in await demo_source.children(f"/{number}")] == [path]
        await demo_source.download(path, tmp_path / str(number), max_bytes=10_000)
        assert (tmp_path / str(number)).read_bytes() == str(number).encode() * 1000
        assert b"".join([piece async for piece in demo_source.stream(path)]) == str(number).encode() * 1000
        assert await demo_source.readable([node.file_id]) == {node.file_id: path}

    await asyncio.gather(*(one(number) for number in range(30)))


async def test_the_event_loop_is_never_blocked(
    demo_server: DemoServer, demo_source: WebDavSource, tmp_path: Path, blockbuster: BlockBuster
) -> None:
    target = tmp_path / "out"
    node = await demo_source.stat("/")
    await demo_source.children("/")
    await demo_source.readable([node.file_id])
    with pytest.raises(NotFound):
        await demo_source.download("/nope", target, max_bytes=10)


async def test_a_link_opens_the_file_without_a_password(demo_server: DemoServer, demo_source: WebDavSource) -> None:
    put(demo_server, "/Grüße.txt", "Grüße".encode())
    node = await demo_source.stat("/Grüße.txt")
    link = demo_source.link(node.file_id, node.path)
    answer = await asyncio.to_thread(requests.get, link, timeout=5)
    assert (answer.status_code, answer.text) == (200, "Grüße")
    forged = await asyncio.to_thread(requests.get, link[:-1] + ("0" if link[-1] != "0" else "1"), timeout=5)
    assert forged.status_code == 404


async def test_a_link_to_nextcloud_works_without_pretty_addresses() -> None:
    source = WebDavSource("https://cloud.example.org/nextcloud/", "alice", "x")
    assert source.link(42, "/a.txt") == "https://cloud.example.org/nextcloud/index.php/f/42"
    await source.close()


async def test_a_new_file_is_written_into_new_folders_and_never_over_another(
    demo_server: DemoServer, demo_source: WebDavSource
) -> None:
    assert await demo_source.make_folder("/Answers 100%") is True
    assert await demo_source.make_folder("/Answers 100%") is False
    node = await demo_source.create("/Answers 100%/Flu?.md", "Größe".encode())
    assert (demo_server.folder / "Answers 100%/Flu?.md").read_text() == "Größe"
    assert node == await demo_source.stat("/Answers 100%/Flu?.md")
    with pytest.raises(Conflict):
        await demo_source.create("/Answers 100%/Flu?.md", b"other words")
    assert (demo_server.folder / "Answers 100%/Flu?.md").read_text() == "Größe"
    with pytest.raises(BadInput):
        await demo_source.make_folder("/Answers 100%/Flu?.md")
    with pytest.raises(BadInput):
        await demo_source.make_folder("/../outside")
    empty = await demo_source.create("/Answers 100%/empty", b"")
    assert empty.size == 0


async def test_after_close_every_call_is_refused(demo_server: DemoServer) -> None:
    source = demo_server.source()
    await source.stat("/")
    await source.close()
    with pytest.raises(Unavailable, match="closed"):
        await source.stat("/")


async def test_a_cancelled_download_leaves_nothing_behind(
    demo_server: DemoServer, demo_source: WebDavSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(demo_server, "/big.bin", bytes(50_000_000))
    target = tmp_path / "work" / "big"
    target.parent.mkdir()
    download = asyncio.create_task(demo_source.download("/big.bin", target, max_bytes=100_000_000))
    has_begun: Callable[[], bool] = lambda: any(target.parent.iterdir())  # noqa: E731 - passed on below
    assert await asyncio.to_thread(wait_until, has_begun)
    download.cancel()
    with pytest.raises(asyncio.CancelledError):
        await download
    assert await asyncio.to_thread(wait_until, lambda: not has_begun())

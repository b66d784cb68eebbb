"""The sample server as a process: it keeps its ids, comes back when it dies, ends with its parent, and speaks DAV."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import cast

import pytest
import requests
from caldav.calendarobjectresource import Event
from caldav.collection import Calendar
from caldav.davclient import DAVClient

from backend.errors import Unavailable
from backend.nextcloud.demo.server import DemoServer
from backend.nextcloud.webdav import WebDavSource
from tests.servers.faulty import wait_until


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def dead(pid: int) -> bool:
    """The opposite."""
    return not alive(pid)


def get(url: str, server: DemoServer | None = None, **options: object) -> requests.Response:
    auth = (server.user_id, server.password) if server else None
    return requests.get(url, auth=auth, timeout=10, allow_redirects=False, **options)  # type: ignore[arg-type]


def curl(method: str, url: str, server: DemoServer, **headers: str) -> requests.Response:
    return requests.request(method, url, auth=(server.user_id, server.password), headers=headers, timeout=10)


async def test_a_killed_server_is_back_with_the_same_address_password_and_ids(
    demo_server: DemoServer, demo_source: WebDavSource
) -> None:
    (demo_server.folder / "a").mkdir()
    (demo_server.folder / "a" / "x.txt").write_text("x")
    before = await demo_source.stat("/a/x.txt")
    for _ in range(3):
        pid = demo_server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.to_thread(wait_until, partial(dead, pid))
        # Requests meanwhile wait; one that was on its way when the server died may fail.
        try:
            after = await demo_source.stat("/a/x.txt")
        except Unavailable:
            after = await demo_source.stat("/a/x.txt")
        assert after == before
        assert demo_server.pid != pid


async def test_after_a_new_start_port_ids_and_links_are_the_same_and_the_password_is_not(tmp_path: Path) -> None:
    async with DemoServer(tmp_path, samples=None) as first:
        (first.folder / "x.txt").write_text("x")
        source = first.source()
        node = await source.stat("/x.txt")
        link = source.link(node.file_id, node.path)
        await source.close()
    async with DemoServer(tmp_path, samples=None) as second:
        assert second.password != first.password
        assert second.url == first.url
        assert (await asyncio.to_thread(get, link)).text == "x"
        source = second.source()
        assert await source.stat("/x.txt") == node
        await source.close()


async def test_two_servers_over_one_storage_do_not_fight_for_the_port(tmp_path: Path) -> None:
    async with DemoServer(tmp_path, samples=None) as first, DemoServer(tmp_path, samples=None) as second:
        assert first.url != second.url


async def test_it_ends_when_told(tmp_path: Path) -> None:
    async with DemoServer(tmp_path, samples=None) as server:
        pid = server.pid
        assert pid is not None
        assert alive(pid)
        started = time.monotonic()
        await server.stop()
        # Well before it would be killed for not listening.
        assert time.monotonic() - started < 4
    assert not alive(pid)


@pytest.mark.parametrize("pipe_held", [False, True])
def test_it_ends_with_a_parent_that_was_killed(tmp_path: Path, pipe_held: bool) -> None:
    """Also when another child of the parent keeps its end of the pipe open."""
    program = (
        "import asyncio, os, pathlib, time\n"
        "from backend.nextcloud.demo.server import DemoServer\n"
        "async def main():\n"
        f"    async with DemoServer(pathlib.Path({str(tmp_path)!r}), samples=None) as server:\n"
        f"        holder = os.fork() if {pipe_held} else os.getpid()\n"
        "        if holder == 0:\n"
        "            time.sleep(30)\n"
        "            os._exit(0)\n"
        "        print(server.pid, holder, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child, holder = map(int, parent.stdout.readline().split())
        assert alive(child)
        parent.kill()
        ended = wait_until(partial(dead, child))
        if pipe_held:
            os.kill(holder, signal.SIGKILL)
    assert ended


def test_a_person_can_run_it_alone_and_is_told_address_and_password(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backend.nextcloud.demo", "--folder", str(tmp_path / "my files"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        told = json.loads(server.stdout.readline())
        address = f"{told['url']}/remote.php/dav/files/demo/"
        auth = (told["user"], told["password"])
        assert requests.request("PROPFIND", address, auth=auth, headers={"Depth": "0"}, timeout=10).status_code == 207
        assert requests.request("PROPFIND", address, auth=auth, headers={"Depth": "7"}, timeout=10).status_code == 400
        assert requests.request("PROPFIND", address + "nope", auth=auth, timeout=10).status_code == 404
        server.terminate()
        assert server.stdout.read() == ""
        assert server.stderr.read() == ""


async def test_the_samples_are_there_at_the_first_start_and_changes_to_them_stay(tmp_path: Path) -> None:
    samples = tmp_path / "samples"
    (samples / "sub").mkdir(parents=True)
    (samples / "sub" / "a.txt").write_text("sample")
    async with DemoServer(tmp_path / "storage", samples=samples) as server:
        place = server.folder / "sub" / "a.txt"
        assert place.read_text() == "sample"
        place.write_text("mine")
    async with DemoServer(tmp_path / "storage", samples=samples):
        assert place.read_text() == "mine"
    assert (samples / "sub" / "a.txt").read_text() == "sample"
    assert {child.name for child in (tmp_path / "storage").iterdir()} == {"files", "state"}


async def test_a_server_that_cannot_start_says_so(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable, match="sample server"):
        await DemoServer(tmp_path, samples=None).start()


@pytest.mark.parametrize(
    "path",
    ["/remote.php/dav/files/demo/", "/remote.php/dav/calendars/demo/", "/ocs/v2.php/cloud/user", "/remote.php/dav/"],
)
async def test_without_the_password_nothing_is_shown(demo_server: DemoServer, path: str) -> None:
    url = demo_server.url + path
    assert (await asyncio.to_thread(get, url)).status_code == 401
    for auth in (("demo", ""), ("demo", demo_server.password + "x"), ("other", demo_server.password)):
        refused = await asyncio.to_thread(partial(requests.get, url, auth=auth, timeout=5))
        assert refused.status_code == 401
    assert (await asyncio.to_thread(get, url, demo_server)).status_code != 401


async def test_only_this_machine_can_reach_it(demo_server: DemoServer) -> None:
    """All of 127/8 is this machine, so another address of it stands in for one on the network."""
    port = demo_server.url.rpartition(":")[2]
    with pytest.raises(requests.ConnectionError):
        await asyncio.to_thread(get, f"http://127.0.0.2:{port}/status.php")
    assert (await asyncio.to_thread(get, f"{demo_server.url}/status.php")).json()["installed"] is True


async def test_moving_over_dav_keeps_the_id(demo_server: DemoServer, demo_source: WebDavSource) -> None:
    (demo_server.folder / "a ü.txt").write_text("x")
    before = await demo_source.stat("/a ü.txt")
    home = f"{demo_server.url}/remote.php/dav/files/demo"
    made = await asyncio.to_thread(curl, "MKCOL", f"{home}/new", demo_server)
    moved = await asyncio.to_thread(
        curl, "MOVE", f"{home}/a%20%C3%BC.txt", demo_server, Destination=f"{home}/new/b%20%C3%BC.txt"
    )
    assert (made.status_code, moved.status_code) == (201, 201)
    assert (await demo_source.stat("/new/b ü.txt")).file_id == before.file_id


async def test_a_link_out_of_the_folder_shows_nothing(demo_server: DemoServer, demo_source: WebDavSource) -> None:
    outside = demo_server.folder.parent / "state" / "server.json"
    (demo_server.folder / "link.json").symlink_to(outside)
    (demo_server.folder / "state").symlink_to(outside.parent)
    assert await demo_source.children("/") == []
    for path in ("link.json", "state/server.json", "%2e%2e/state/server.json", "..%2fstate%2fserver.json"):
        url = f"{demo_server.url}/remote.php/dav/files/demo/{path}"
        assert (await asyncio.to_thread(get, url, demo_server)).status_code in (400, 403, 404)


@pytest.mark.parametrize(
    ("name", "kind", "sandboxed"),
    [
        ("a.txt", "text/plain; charset=utf-8", True),
        ("a.html", "text/plain; charset=utf-8", True),
        ("a.md", "text/plain; charset=utf-8", True),
        ("a.svg", "image/svg+xml", True),
        ("a.png", "image/png", True),
        ("a.pdf", "application/pdf", False),
    ],
)
async def test_a_file_opened_in_the_browser_cannot_run_anything(
    demo_server: DemoServer, demo_source: WebDavSource, name: str, kind: str, sandboxed: bool
) -> None:
    (demo_server.folder / name).write_bytes(b"<script>alert(1)</script>")
    node = await demo_source.stat(f"/{name}")
    answer = await asyncio.to_thread(get, demo_source.link(node.file_id, node.path))
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("sandbox" in answer.headers.get("Content-Security-Policy", "")) is sandboxed
    home = await demo_source.stat("/")
    listing = await asyncio.to_thread(get, demo_source.link(home.file_id, "/"))
    assert f">{name}</a>" in listing.text


async def test_calendar_and_contacts_are_found_from_the_dav_address(demo_server: DemoServer) -> None:
    def look() -> tuple[list[str], int, str]:
        with DAVClient(
            f"{demo_server.url}/remote.php/dav/", username=demo_server.user_id, password=demo_server.password
        ) as client:
            calendar = cast("list[Calendar]", client.get_principal().get_calendars())[0]
            events = cast("list[Event]", calendar.events())
            titles = sorted(str(event.icalendar_component["SUMMARY"]) for event in events)
            calendar.save_event(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:new\r\nDTSTAMP:20260101T000000Z\r\n"
                "DTSTART:20260101T100000Z\r\nSUMMARY:New\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            )
            return titles, len(cast("list[Event]", calendar.events())), str(calendar.url)

    titles, count, url = await asyncio.to_thread(look)
    assert "Case review with Dr. Smith" in titles
    assert count == len(titles) + 1
    assert "/remote.php/dav/calendars/demo/personal/" in url
    book = f"{demo_server.url}/remote.php/dav/addressbooks/users/demo/contacts/"
    cards = await asyncio.to_thread(get, book, demo_server)
    assert "FN:Dr. Laura Smith" in cards.text

"""The image's entry point and its health check, on address and port and behind a stand-in of HaRP's tunnel."""

import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.search.builtin import BuiltinEmbedder
from tests.integration.deploy import frpc
from tests.integration.deploy.container import STOP_SECONDS, container
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.ports import free_port
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(180)

KEY = "a-shared-key-of-this-test"


@pytest.fixture(scope="module")
def nextcloud() -> Iterator[str]:
    with AppApiServer(Cloud(("ann",))).serving() as server:
        yield server.url


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the model as the image does, and `bin/frpc`."""
    place = tmp_path_factory.mktemp("image")
    BuiltinEmbedder(place)
    program(place / "bin", f'exec {sys.executable} {frpc.__file__} "$@"')
    return place


def program(folder: Path, line: str) -> None:
    """Put a program `frpc` of one line there."""
    folder.mkdir()
    file = folder / "frpc"
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


def heartbeat(port: str) -> object:
    return httpx.get(f"http://127.0.0.1:{port}/heartbeat", trust_env=False).json()


def seen(tunnel: dict[str, str]) -> dict[str, Any]:
    """The configuration that frpc was given."""
    return tomllib.loads(Path(tunnel["FRPC_SAW"]).read_text())


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def locked(storage: Path) -> Path:
    storage.mkdir(mode=0o500)
    return storage


@pytest.fixture
def tunnel(place: Path, tmp_path: Path) -> dict[str, str]:
    return {
        "MODEL_STORAGE": str(place),
        "APP_PORT": str(free_port()),
        "HP_SHARED_KEY": KEY,
        "HP_FRP_ADDRESS": "harp.invalid",
        "HP_FRP_PORT": "8782",
        "HP_EXAPP_SOCK": str(tmp_path / "exapp.sock"),
        "FRPC_SAW": str(tmp_path / "frpc.toml"),
    }


async def test_it_answers_on_address_and_port_and_sigterm_ends_it_with_everything_closed(
    place: Path, storage: Path, nextcloud: str
) -> None:
    port = str(free_port())
    async with container(
        storage, place / "bin", nextcloud, MODEL_STORAGE=str(place), APP_HOST="0.0.0.0", APP_PORT=port
    ) as running:
        assert not await running.healthy(), "nothing listens yet: the health check must say so"
        await running.ready()
        assert heartbeat(port) == {"status": "ok"}
        code, seconds = await running.stop()
    assert (code, seconds < STOP_SECONDS) == (0, True), running.output
    # SQLite takes its journal away when the last connection is closed; a killed process leaves it.
    kept = files(storage)
    assert [name for name in kept if name.startswith("voiceassist.db")] == ["voiceassist.db"]
    assert not [name for name in kept if name.startswith("models")], "the image's model is used, and none is built"


async def test_with_a_shared_key_it_is_reached_through_the_tunnel_only_and_sigterm_ends_both(
    place: Path, storage: Path, nextcloud: str, tunnel: dict[str, str]
) -> None:
    async with container(storage, place / "bin", nextcloud, **tunnel) as running:
        await running.ready()
        assert heartbeat(tunnel["APP_PORT"]) == {"status": "ok"}
        members = os.getpgid(running.process.pid)
        code, seconds = await running.stop()
        with pytest.raises(ProcessLookupError):
            os.killpg(members, 0)
    assert (code, seconds < STOP_SECONDS) == (0, True), running.output
    saw = seen(tunnel)
    assert (saw["serverAddr"], saw["serverPort"], saw["metadatas"]["token"]) == ("harp.invalid", 8782, KEY)
    assert saw["proxies"][0]["name"] == "voiceassist"
    assert saw["transport"]["tls"] == {"enable": False}
    assert "not encrypted" in running.output


async def test_the_tunnel_uses_the_certificates_that_harp_has_put_there(
    place: Path, tmp_path: Path, storage: Path, nextcloud: str, tunnel: dict[str, str]
) -> None:
    certificates = tmp_path / "certificates"
    certificates.mkdir()
    for name in ("ca.crt", "client.crt", "client.key"):
        (certificates / name).touch()
    settings = {**tunnel, "FRP_CERTIFICATES": str(certificates)}
    async with container(storage, place / "bin", nextcloud, **settings) as running:
        await until(Path(tunnel["FRPC_SAW"]).exists, 30)
        await running.stop()
    tls = seen(tunnel)["transport"]["tls"]
    assert tls["enable"]
    assert tls["serverName"] == "harp.nc"
    assert {tls[name] for name in ("certFile", "keyFile", "trustedCaFile")} == {
        str(certificates / name) for name in ("client.crt", "client.key", "ca.crt")
    }


async def test_the_shared_key_is_written_nowhere_and_shown_to_nobody(
    place: Path, storage: Path, nextcloud: str, tunnel: dict[str, str]
) -> None:
    async with container(storage, place / "bin", nextcloud, **tunnel, LOG_LEVEL="DEBUG") as running:
        await running.ready()
        written = files(storage)
        await running.stop()
    assert seen(tunnel)["metadatas"]["token"] == KEY  # frpc was given it all the same
    assert written
    assert not [name for name, content in written.items() if KEY.encode() in content]
    assert KEY not in running.output


async def test_the_end_of_the_tunnel_ends_the_container_as_a_failure(
    tmp_path: Path, storage: Path, nextcloud: str, tunnel: dict[str, str]
) -> None:
    programs = tmp_path / "bin"
    program(programs, "exit 3")
    async with container(storage, programs, nextcloud, **tunnel) as running:
        assert await running.ended() == 3


async def test_the_end_of_the_app_ends_the_tunnel_as_well(
    place: Path, storage: Path, nextcloud: str, tunnel: dict[str, str]
) -> None:
    async with container(storage, place / "bin", nextcloud, **{**tunnel, "APP_SECRET": ""}) as running:
        assert await running.ended() == 1
        with pytest.raises(ProcessLookupError):
            os.killpg(running.process.pid, 0)
    assert "APP_SECRET" in running.output


async def test_a_storage_that_it_may_not_write_to_is_named_with_the_remedy(
    place: Path, locked: Path, nextcloud: str
) -> None:
    async with container(locked, place / "bin", nextcloud) as running:
        assert await running.ended() == 1
    assert str(locked) in running.output
    assert "fsGroup" in running.output


async def test_what_the_last_run_was_reading_is_cleared_away(place: Path, storage: Path, nextcloud: str) -> None:
    left = storage / "tmp/voiceassist-extract-abc"
    left.mkdir(parents=True)
    settings = {"MODEL_STORAGE": str(place), "APP_PORT": str(free_port())}
    async with container(storage, place / "bin", nextcloud, **settings) as running:
        await until(lambda: not left.exists(), 30)
        await running.stop()

"""Fetching models from a server: what arrives whole and right is kept, anything else leaves nothing behind."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.errors import Unavailable
from backend.speech.local.fetching import fetch
from backend.speech.local.models import CATALOGUE, Family, Model, is_here, place
from tests.servers.faulty import FaultyServer, Request, Script, answer

FILES = {"model.onnx": b"a model" * 1000, "tokens.txt": b"a 1\n"}


def archive(change: Callable[[tarfile.TarFile], None] = lambda tar: None, folder: str = "tiny") -> bytes:
    """An archive as the models come in, and what `change` adds to it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2") as tar:
        for name, content in FILES.items():
            add(tar, f"{folder}/{name}", content)
        change(tar)
    return packed.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes = b"x", **about: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in about.items():
        setattr(member, key, value)
    tar.addfile(member, io.BytesIO(content))


def model_of(packed: bytes, url: str, **about: str) -> Model:
    sha256 = about.get("sha256", hashlib.sha256(packed).hexdigest())
    files = {"model": "model.onnx", "tokens": "tokens.txt"}
    return Model("tiny", Family.PIPER, ("en",), f"{url}/tiny.tar.bz2", sha256, len(packed), "tiny", files, "none")


def everything(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def serving(script: Callable[[Request], Script]) -> FaultyServer:
    return FaultyServer(script)


def test_a_model_is_fetched_checked_unpacked_and_not_fetched_again(tmp_path: Path) -> None:
    packed = archive()
    told: list[tuple[int, int]] = []
    with serving(lambda _: answer("200 OK", packed)) as server:
        model = model_of(packed, server.url)
        assert not is_here(tmp_path, model)
        assert fetch(model, tmp_path, lambda done, total: told.append((done, total)))
        assert is_here(tmp_path, model)
        assert not fetch(model, tmp_path)
        assert len(server.requests) == 1
    assert told[-1] == (len(packed), len(packed))
    assert everything(tmp_path) == ["models/tiny/.sha256", "models/tiny/model.onnx", "models/tiny/tokens.txt"]
    assert (place(tmp_path, model) / "model.onnx").read_bytes() == FILES["model.onnx"]


def test_a_redirect_is_followed_as_releases_need_it(tmp_path: Path) -> None:
    packed = archive()
    with (
        serving(lambda _: answer("200 OK", packed)) as there,
        serving(lambda _: answer("302 Found", Location=f"{there.url}/x")) as server,
    ):
        assert fetch(model_of(packed, server.url), tmp_path)


def test_another_version_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    packed, newer = archive(), archive(lambda tar: add(tar, "tiny/more.txt"))
    for content in (packed, newer):
        with serving(lambda _, content=content: answer("200 OK", content)) as server:  # type: ignore[misc]
            assert fetch(model_of(content, server.url), tmp_path)
    assert "models/tiny/more.txt" in everything(tmp_path)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (lambda packed: answer("200 OK", packed[:50] + bytes([packed[50] ^ 1]) + packed[51:]), "not what was pinned"),
        (lambda packed: answer("200 OK", packed + b"\0"), "not what was pinned"),
        (lambda packed: answer("200 OK", packed[:-50]), "broke off after"),
        (lambda packed: [answer("200 OK", packed)[0], packed[:100]], "cannot be fetched"),
        (lambda packed: answer("404 Not Found"), "answered 404"),
        (lambda packed: [b"rubbish"], "cannot be fetched"),
    ],
)
def test_what_is_not_whole_or_not_right_is_not_kept(
    tmp_path: Path, sent: Callable[[bytes], Script], message: str
) -> None:
    packed = archive()
    with (
        serving(lambda _: sent(packed)) as server,
        pytest.raises(Unavailable, match=message),
    ):
        fetch(model_of(packed, server.url), tmp_path)
    assert everything(tmp_path) == []
    assert list((tmp_path / "models").iterdir()) == []


def _link(tar: tarfile.TarFile, name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> None:
    add(tar, name, b"", type=kind, linkname=to)


def _write_through_a_link(tar: tarfile.TarFile) -> None:
    _link(tar, "tiny/out", "../..")
    add(tar, "tiny/out/evil.txt")


@pytest.mark.parametrize(
    "change",
    [
        lambda tar: add(tar, "../evil.txt"),
        lambda tar: add(tar, "tiny/../../evil.txt"),
        lambda tar: add(tar, "/evil.txt"),
        lambda tar: add(tar, "other/evil.txt"),
        lambda tar: _link(tar, "tiny/passwd", "/etc/passwd"),
        lambda tar: _link(tar, "tiny/passwd", "../../../../etc/passwd", tarfile.LNKTYPE),
        lambda tar: add(tar, "tiny/disk", b"", type=tarfile.BLKTYPE),
        _write_through_a_link,
    ],
)
def test_an_archive_that_leads_out_of_its_folder_is_refused_even_with_the_right_checksum(
    tmp_path: Path, change: Callable[[tarfile.TarFile], None]
) -> None:
    home = tmp_path / "deep" / "home"
    packed = archive(change)
    with (
        serving(lambda _: answer("200 OK", packed)) as server,
        pytest.raises(Unavailable, match="The archive of tiny"),
    ):
        fetch(model_of(packed, server.url), home)
    assert everything(tmp_path) == []


@pytest.mark.parametrize("packed", [b"no archive at all", archive()[:-200], archive(folder="other")])
def test_an_archive_that_is_none_is_a_clear_error(tmp_path: Path, packed: bytes) -> None:
    with (
        serving(lambda _: answer("200 OK", packed)) as server,
        pytest.raises(Unavailable, match="The archive of tiny"),
    ):
        fetch(model_of(packed, server.url), tmp_path)
    assert everything(tmp_path) == []


def test_an_archive_without_what_the_model_needs_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:bz2") as tar:
        add(tar, "tiny/readme.txt")
    with (
        serving(lambda _: answer("200 OK", packed.getvalue())) as server,
        pytest.raises(Unavailable, match=r"has no model\.onnx"),
    ):
        fetch(model_of(packed.getvalue(), server.url), tmp_path)


def test_what_can_be_fetched_is_pinned_and_comes_over_https() -> None:
    for name, model in CATALOGUE.items():
        assert model.name == name
        assert model.url.startswith("https://github.com/k2-fsa/sherpa-onnx/releases/download/")
        assert model.url.endswith(f"/{model.folder}.tar.bz2")
        assert len(bytes.fromhex(model.sha256)) == 32
    assert len({model.sha256 for model in CATALOGUE.values()}) == len(CATALOGUE)

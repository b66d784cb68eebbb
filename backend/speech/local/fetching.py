"""Fetches models: by command or while an image is built, never while the product runs."""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from backend.errors import Unavailable
from backend.speech.local.models import Model, is_here, place, seal

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_PIECE_BYTES = 2**20
# The largest archive unpacks to half a gigabyte.
_MOST_UNPACKED_BYTES = 2 * 2**30

# Bytes that are there, of how many.
Report = Callable[[int, int], None]


def fetch(model: Model, home: Path, report: Report = lambda done, total: None) -> bool:
    """Bring a model, check it and unpack it. Whether it was brought; False when it was there.

    Raises `Unavailable` when it cannot be had, or is not what was pinned; then nothing of it is kept.
    """
    if is_here(home, model):
        return False
    target = place(home, model)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetching-") as work:
        archive = Path(work, "archive")
        _download(model, archive, report)
        _unpack(model, archive, Path(work))
        unpacked = Path(work, model.folder)
        if missing := [name for name in model.files.values() if not (unpacked / name).exists()]:
            raise Unavailable(f"The archive of {model.name} has no {missing[0]}.")
        seal(unpacked, model)
        if target.exists():  # another version, or one that was not fetched by us
            shutil.rmtree(target)
        unpacked.rename(target)
    return True


def _download(model: Model, archive: Path, report: Report) -> None:
    found = hashlib.sha256()
    size = 0
    try:
        with (
            httpx.stream("GET", model.url, follow_redirects=True, timeout=_TIMEOUT) as response,
            archive.open("wb") as file,
        ):
            if response.status_code != 200:
                raise Unavailable(f"{model.url} answered {response.status_code}.")
            for piece in response.iter_bytes(_PIECE_BYTES):
                size += len(piece)
                if size > model.size:
                    break  # it cannot be the right one any more
                found.update(piece)
                file.write(piece)
                report(size, model.size)
    except httpx.HTTPError as error:
        raise Unavailable(f"{model.url} cannot be fetched ({type(error).__name__}).") from error
    if size < model.size:
        raise Unavailable(f"{model.url} broke off after {size:,} of {model.size:,} bytes. Please try again.")
    if found.hexdigest() != model.sha256 or size > model.size:
        raise Unavailable(
            f"{model.url} is not what was pinned: its SHA-256 should be {model.sha256}. It was thrown away."
        )


def _unpack(model: Model, archive: Path, to: Path) -> None:
    """Unpack what belongs to the model. Nothing may lie, or lead, outside of its folder."""
    left = _MOST_UNPACKED_BYTES
    try:
        with tarfile.open(archive, "r:bz2") as tar:
            for member in tar:
                left -= member.size
                if left < 0:
                    raise Unavailable(f"The archive of {model.name} is larger than it may be.")
                if Path(member.name).parts[:1] != (model.folder,):
                    raise Unavailable(
                        f"The archive of {model.name} holds {member.name!r}, which is not below its folder."
                    )
                tar.extract(member, to, filter="data")  # refuses ways out of `to`, links that lead out, devices
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Unavailable(f"The archive of {model.name} cannot be unpacked ({type(error).__name__}).") from error

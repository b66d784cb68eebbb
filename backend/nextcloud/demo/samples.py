"""The sample documents, put into the folder that a newcomer may then change."""

import shutil
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[3] / "samples" / "documents"


def place_samples(folder: Path, samples: Path | None) -> None:
    """Make `folder` with a copy of `samples` in it, whole or not at all, unless it is there already.

    Raises `OSError` when it cannot be made, or is something else than a folder.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    if samples is None or not samples.is_dir():
        folder.mkdir()
        return
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".samples-") as place:
        copy = Path(place) / "copy"
        shutil.copytree(samples, copy)
        copy.rename(folder)

"""Text recognition by tesseract, a bounded process per page."""

import functools
import io
import os
import shutil
import subprocess

from PIL import Image

from backend.files.extraction.reasons import NO_OCR, NOT_RECOGNISED, Unreadable
from backend.files.extraction.source import Job

# Tesseract's documentation asks for about 300 dpi; an A4 page then has 8.7 million pixels.
DPI = 300
MAX_PIXELS = 12_000_000
# Text in pictures smaller than this cannot be read; icons and bullets are.
MIN_SIDE = 24


def recognise(image: Image.Image, job: Job) -> str:
    """The text in a picture; "" when there is none or recognition took too long.

    Raises `Unreadable` when tesseract is not installed, or not to be used (no languages).
    """
    if min(image.size) < MIN_SIDE:
        return ""
    ensure_wanted(job)
    languages = _languages(job.limits.ocr_languages)
    job.announce_ocr()
    job.ocr_used = True
    try:
        answer = subprocess.run(  # noqa: S603 - no shell; arguments are ours
            [*_command(), "stdin", "stdout", "-l", languages, "--dpi", str(DPI)],
            input=_portable(image),
            capture_output=True,
            timeout=job.limits.ocr_page_seconds,
            check=False,
            cwd=job.scratch,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # pages run side by side; threads inside only compete
        )
    except subprocess.TimeoutExpired:
        job.miss(f"text recognition of a page took longer than {job.limits.ocr_page_seconds:g} s")
        return ""
    if answer.returncode != 0:
        job.miss("text recognition (tesseract) failed on a page")
        return ""
    return answer.stdout.decode("utf-8", "replace")


def ensure_wanted(job: Job) -> None:
    """Raise `Unreadable` when no text is to be recognised: whoever would have to make a picture first asks."""
    if not job.limits.ocr_languages:
        raise Unreadable(NOT_RECOGNISED)


def _portable(image: Image.Image) -> bytes:
    """The picture in grey, not larger than `MAX_PIXELS`, as an uncompressed portable graymap."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        scale = (MAX_PIXELS / (width * height)) ** 0.5
        image = image.resize((max(1, int(width * scale)), max(1, int(height * scale))))
    buffer = io.BytesIO()
    _flat(image).save(buffer, format="PPM")
    return buffer.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """In grey, on white where the picture is transparent."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    return image.convert("L")


def _command() -> list[str]:
    path = shutil.which("tesseract")
    if path is None:
        raise Unreadable(NO_OCR)
    return [path]


@functools.cache
def _languages(wanted: str) -> str:
    """Those of the `wanted` languages ("eng+deu") that are installed; English when none is."""
    answer = subprocess.run(  # noqa: S603 - no shell; arguments are ours
        [*_command(), "--list-langs"], capture_output=True, timeout=20, check=False
    )
    installed = set(answer.stdout.decode("utf-8", "replace").split("\n"))
    return "+".join(language for language in wanted.split("+") if language in installed) or "eng"

"""The child process: reads one file after another within its limits and sends their pages.

Started as `python -m backend.files.extraction.worker MEMORY_BYTES` by `child.Child`. It answers each request with
messages {"format"}, {"ocr"} before a page is recognised, {"page"} for each page, and at last {"done", …}.
"""

import logging
import os
import queue
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from backend.files.extraction import wire
from backend.files.extraction.extracted import Heading, Page
from backend.files.extraction.limits import Limits, limit_cpu, limit_process
from backend.files.extraction.reasons import (
    DAMAGED,
    GONE,
    NO_TEXT,
    TOO_DEEP,
    Unreadable,
    too_long,
    too_much_memory,
)
from backend.files.extraction.registry import identify, read
from backend.files.extraction.source import Job, Source

# Readers recurse over nested elements; libxml2 stops at 256 levels, each of which may take three of our frames.
_RECURSION_LIMIT = 3_000
_CPU_MARGIN = 1.2  # processor time over the wall-clock time that the pool allows before it ends the child itself
_MAX_MISSED = 5

Send = Callable[[wire.Message], None]


def main() -> None:
    """Serve requests from standard input until it is closed."""
    limit_process(Limits(memory_bytes=int(sys.argv[1])))
    sys.setrecursionlimit(_RECURSION_LIMIT)
    logging.disable(logging.CRITICAL)  # libraries log what they read
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not mix with the answers

    def send(message: wire.Message) -> None:
        answers.write(wire.encode(message))
        answers.flush()

    requests: queue.SimpleQueue[wire.Message] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    send({"ready": True})
    while True:
        serve(requests.get(), send)


def _listen(stream: BinaryIO, requests: "queue.SimpleQueue[wire.Message]") -> None:
    """Pass requests on; end the process at once, even in the middle of a file, when the pool is gone.

    A pool that was killed cannot remove the scratch folder, in which its child was started.
    """
    try:
        while (message := wire.read(stream)) is not None:
            requests.put(message)
    finally:
        shutil.rmtree(Path.cwd(), ignore_errors=True)
        os._exit(0)


def serve(request: wire.Message, send: Send) -> None:
    """Read the file that `request` names and send what is in it."""
    limits = Limits(**cast("dict[str, Any]", request["limits"]))
    scratch = Path(str(request["scratch"]))
    limit_cpu(limits.seconds * _CPU_MARGIN)
    mime = request.get("mime")
    sound = request.get("sound")
    job = Job(
        limits, scratch, Path(sound) if isinstance(sound, str) else None, announce_ocr=lambda: send({"ocr": True})
    )
    source = Source(Path(str(request["path"])), str(request["name"]), mime if isinstance(mime, str) else None, job)
    reason: str | None
    error_name: str | None = None
    sender = _PageSender(limits.text_chars, send)
    try:
        found = identify(source)
        send({"format": str(found)})
        for page in read(source, found):
            sender.add(page)
        reason = _missed(job, has_text=sender.sent > 0)
    except Unreadable as refusal:
        reason = str(refusal)
    except MemoryError:
        reason = too_much_memory(limits.memory_bytes)
    except RecursionError:
        reason = TOO_DEEP
    except FileNotFoundError:
        reason = GONE
    except BrokenPipeError:
        raise
    except Exception as error:  # every reader meets damage that its library did not expect
        reason, error_name = DAMAGED, type(error).__name__
    _empty(scratch)
    send({"done": True, "reason": reason, "error": error_name, "resident": _resident_bytes()})


class _PageSender:
    """Sends pages until the file has given as much text as we keep."""

    def __init__(self, budget: int, send: Send) -> None:
        self._budget = self._left = budget
        self._send = send
        self.sent = 0

    def add(self, page: Page) -> None:
        """Send a page. Raises `Unreadable` when there is more text than we keep."""
        text = page.text.strip()
        if not text:
            return
        over = len(page.text) > self._left
        if over:
            page = _cut(page, self._left)
        self._left -= len(page.text)
        if page.text:
            self._send({"page": page.message()})
            self.sent += 1
        if over:
            raise Unreadable(too_long(self._budget))


def _cut(page: Page, length: int) -> Page:
    headings: tuple[Heading, ...] = tuple(heading for heading in page.headings if heading.end <= length)
    return replace(page, text=page.text[:length], headings=headings)


def _missed(job: Job, *, has_text: bool) -> str | None:
    """What was left out, as one reason."""
    if not job.missed:
        return None if has_text else NO_TEXT
    more = f" and {len(job.missed) - _MAX_MISSED} more" if len(job.missed) > _MAX_MISSED else ""
    parts = "; ".join(job.missed[:_MAX_MISSED]) + more
    return f"not all of it is searchable ({parts})" if has_text else parts


def _empty(folder: Path) -> None:
    """Remove what readers left in the scratch folder."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _resident_bytes() -> int:
    """Memory in use by this process now (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()

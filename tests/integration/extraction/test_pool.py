"""The pool with real child processes: hostile files, killed, hanging and greedy children."""

import asyncio
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.errors import Unavailable
from backend.files.extraction import pool as pool_module
from backend.files.extraction.limits import Limits
from backend.files.extraction.pool import Extractor
from backend.files.extraction.report import reports

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    async with Extractor(Limits(seconds=30)) as pool:
        yield pool


def text_file(folder: Path, name: str = "note.txt", words: str = "Words of a note.") -> Path:
    path = folder / name
    path.write_text(words, encoding="utf-8")
    return path


def slow_file(folder: Path, parts: int = 12_000) -> Path:
    """A mail whose thousands of nested parts take the parser many seconds (its cost grows with their square)."""
    path = folder / "slow.eml"
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(parts))
    path.write_text(f"From: a@x.example\nTo: b@x.example\nSubject: slow\n{nested}\nend", encoding="ascii")
    return path


def greedy_file(folder: Path) -> Path:
    """A document whose parts pass every check but need gigabytes when parsed."""
    path = folder / "greedy.docx"
    paragraph = "".join(f"<w:p><w:r><w:t>{number}</w:t></w:r></w:p>" for number in range(1_500_000))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{_WORD}"><w:body>{paragraph}</w:body></w:document>'
        )
    return path


async def busy_child(extractor: Extractor, other: int = 0) -> int:
    """The process id of the child that works on a file, as soon as there is one other than `other`."""
    while not (working := [pid for pid in extractor.busy if pid != other]):  # noqa: ASYNC110 - another process
        await asyncio.sleep(0.01)
    return working[0]


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent's attention does not."""
    try:
        return b"State:\tZ" not in proc(pid, "status")
    except FileNotFoundError:
        return False


def proc(pid: int, name: str) -> bytes:
    """What the kernel tells of a process."""
    return Path(f"/proc/{pid}/{name}").read_bytes()


async def test_a_child_serves_file_after_file(extractor: Extractor, tmp_path: Path) -> None:
    first = await extractor.extract(text_file(tmp_path), "note.txt", "text/plain")
    children = extractor.children
    second = await extractor.extract(text_file(tmp_path, "b.txt", "More."), "b.txt", None)
    assert (first.format, first.ok, first.reason, first.pages[0].text) == ("txt", True, None, "Words of a note.")
    assert second.pages[0].text == "More."
    assert extractor.children == children
    assert len(children) == 1


async def test_a_file_whose_child_is_killed_is_read_by_another_one(extractor: Extractor, tmp_path: Path) -> None:
    path = slow_file(tmp_path, parts=1_500)
    undisturbed = await extractor.extract(path, "slow.eml", None)
    task = asyncio.create_task(extractor.extract(path, "slow.eml", None))
    os.kill(await busy_child(extractor), signal.SIGKILL)
    killed_once = await task
    assert (killed_once.reason, killed_once.pages) == (undisturbed.reason, undisturbed.pages)
    assert undisturbed.pages[0].text.startswith("slow")


async def test_a_child_does_not_outlive_a_pool_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib; from backend.files.extraction.pool import Extractor;"
        "from backend.files.extraction.limits import Limits;"
        f"asyncio.run(Extractor(Limits()).extract(pathlib.Path({str(slow_file(tmp_path))!r}), 'slow.eml', None))"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    while not (child := children.read_text().split()):  # noqa: ASYNC110, ASYNC240 - another process, told by the kernel
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)  # by now it reads the file
    parent.kill()
    await parent.wait()
    for _ in range(100):
        if not alive(int(child[0])):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"child {child[0]} still runs")


async def test_a_file_on_which_two_children_die_is_given_up(extractor: Extractor, tmp_path: Path) -> None:
    task = asyncio.create_task(extractor.extract(slow_file(tmp_path), "slow.eml", None))
    first = await busy_child(extractor)
    await asyncio.sleep(0.5)
    os.kill(first, signal.SIGKILL)
    second = await busy_child(extractor, other=first)
    await asyncio.sleep(0.5)
    os.kill(second, signal.SIGKILL)
    result = await task
    assert (result.ok, result.reason) == (False, "damaged: reading it failed 2 times")
    assert (await extractor.extract(text_file(tmp_path), "note.txt", None)).ok


async def test_a_child_that_is_killed_at_rest_is_replaced(extractor: Extractor, tmp_path: Path) -> None:
    path = text_file(tmp_path)
    await extractor.extract(path, path.name, None)
    os.kill(extractor.children[0], signal.SIGKILL)
    assert (await extractor.extract(path, path.name, None)).ok


async def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async with Extractor(Limits(seconds=1)) as extractor:
        result = await extractor.extract(slow_file(tmp_path), "slow.eml", None)
        assert result.reason == "reading it took longer than 1 s"
        assert 0.9 < result.seconds < 10


async def test_a_file_that_takes_long_does_not_slow_the_others(tmp_path: Path) -> None:
    async with Extractor(Limits(seconds=60), workers=2) as extractor:
        slow = asyncio.create_task(extractor.extract(slow_file(tmp_path), "slow.eml", None))
        path = text_file(tmp_path)
        for _ in range(20):
            assert (await extractor.extract(path, path.name, None)).ok
        assert not slow.done()
        slow.cancel()
        await asyncio.wait([slow])


async def test_a_file_that_needs_too_much_memory_is_given_up_with_a_reason(tmp_path: Path) -> None:
    async with Extractor(Limits(seconds=60, memory_bytes=256 * 2**20)) as extractor:
        result = await extractor.extract(greedy_file(tmp_path), "greedy.docx", None)
        assert result.reason == "too large to read: it needs more than 256 MB of memory"
        assert (await extractor.extract(text_file(tmp_path), "note.txt", None)).ok


async def test_text_beyond_the_limit_is_cut_and_said_to_be(tmp_path: Path) -> None:
    async with Extractor(Limits(text_chars=100)) as extractor:
        result = await extractor.extract(text_file(tmp_path, words="word " * 100), "note.txt", None)
        assert result.reason == "only the first 100 characters are searchable"
        assert sum(len(page.text) for page in result.pages) == 100


async def test_a_child_keeps_no_secret_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extractor: Extractor
) -> None:
    monkeypatch.setenv("NEXTCLOUD_APP_PASSWORD", "not-for-children")
    await extractor.extract(text_file(tmp_path), "note.txt", None)
    environment = proc(extractor.children[0], "environ")
    assert b"PATH=" in environment
    assert b"not-for-children" not in environment


async def test_an_idle_child_is_small(extractor: Extractor, tmp_path: Path) -> None:
    await extractor.extract(text_file(tmp_path), "note.txt", None)
    pages = int(proc(extractor.children[0], "statm").split()[1])
    assert pages * os.sysconf("SC_PAGE_SIZE") < 60 * 2**20


async def test_idle_children_end_except_for_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    async with Extractor(Limits(), workers=3, clock=lambda: now) as extractor:
        path = text_file(tmp_path)
        await asyncio.gather(*(extractor.extract(path, path.name, None) for _ in range(3)))
        children = extractor.children
        await extractor.trim()
        assert extractor.children == children
        now += 60
        await extractor.trim()
        assert len(extractor.children) == 1
        monkeypatch.setattr(pool_module, "_IDLE_BYTES", 0)
        await extractor.trim()
        assert extractor.children == []
        assert len(children) == 3
        assert (await extractor.extract(path, path.name, None)).ok


async def test_a_cancelled_reading_leaves_no_child_behind(extractor: Extractor, tmp_path: Path) -> None:
    task = asyncio.create_task(extractor.extract(slow_file(tmp_path), "slow.eml", None))
    child = await busy_child(extractor)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert extractor.children == []
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


async def test_after_close_files_are_refused_and_children_are_gone(tmp_path: Path) -> None:
    extractor = Extractor(Limits())
    path = text_file(tmp_path)
    await extractor.extract(path, path.name, None)
    child = extractor.children[0]
    await extractor.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    with pytest.raises(Unavailable):
        await extractor.extract(path, path.name, None)


async def test_a_report_answers_every_file_in_order(extractor: Extractor, tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    files = [slow_free := text_file(tmp_path), tmp_path / "missing.txt", tmp_path / "empty.pdf", slow_free]
    found = [report async for report in reports(files, extractor)]
    assert [report["file"] for report in found] == [str(path) for path in files]
    assert [report["ok"] for report in found] == [True, False, False, True]
    assert found[0]["pages"] == [{"number": None, "section": None, "text": "Words of a note."}]
    assert found[1]["reason"] == "the file could not be opened"
    assert found[2]["reason"] == "empty: the file has no content"


def test_a_child_imports_neither_the_database_nor_the_web_server() -> None:
    code = (
        "import sys, backend.files.extraction.worker as w; "
        "print([m for m in ('sqlalchemy', 'fastapi', 'pydantic', 'numpy', 'PIL', 'lxml') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"

import asyncio
from collections import namedtuple
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from backend.egress.gate import Withheld
from backend.errors import NotAllowed, RateLimited, Unavailable, VoiceAssistError
from backend.files.extraction.reasons import NOT_RECOGNISED
from backend.files.schemas import FileStatus
from backend.files.tables import FileState
from backend.jobs.ledger import JobState
from backend.nextcloud.files import Downloaded
from backend.search.chunk import Chunk, Document
from tests.unit.files.house import House
from tests.unit.jobs.waiting import until

DiskUsage = namedtuple("DiskUsage", "total used free")


async def indexed(house: House, text: str = "one") -> None:
    house.source.write("/1.txt", text)
    await house.crawl()
    await house.work()


async def test_a_file_that_somebody_changed_just_now_is_not_held_up_by_many_that_were_there_before(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends, held = asyncio.Event(), 0
    put = house.index.put

    async def slow(document: Document, chunks: Sequence[Chunk]) -> None:
        nonlocal held
        if document.path.startswith("/bulk"):
            held += 1
            await ends.wait()
        await put(document, chunks)

    monkeypatch.setattr(house.index, "put", slow)
    for number in range(4):
        house.source.write(f"/bulk{number}.txt", "much")
    await house.crawl()
    await house.pipeline.prepare()
    bulk = await house.ledger.lease("house", ["files.index"], 4, 60)
    running = [asyncio.create_task(house.pipeline.run(job)) for job in bulk]
    await until(lambda: held == 2)
    house.source.write("/fresh.txt", "new")
    await house.crawl()
    (fresh,) = await house.ledger.lease("house", ["files.index"], 1, 60)
    await asyncio.wait_for(house.pipeline.run(fresh), 30)
    assert (house.index.texts(), held) == ({"/fresh.txt": "new"}, 2)
    ends.set()
    await asyncio.gather(*running)
    assert len(house.index.texts()) == 5


async def the_file(house: House) -> FileStatus:
    return (await house.files())["/1.txt"]


async def test_an_indexed_file_says_so(house: House) -> None:
    await indexed(house, "one\ntwo")
    file = await the_file(house)
    assert (file.state, file.chunks, file.reason, file.progress) == (FileState.INDEXED, 2, None, None)
    assert file.indexed_at is not None
    assert file.link == f"http://cloud.test/f/{file.file_id}"


async def test_an_unreadable_file_fails_with_the_reason_and_is_not_tried_again_until_it_changes(house: House) -> None:
    await indexed(house, "unreadable: password-protected")
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.FAILED, "password-protected")
    await house.reconciler.sweep()
    assert await house.work() == 0
    await indexed(house, "readable now")
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.INDEXED, None)


async def test_a_version_that_cannot_be_read_leaves_the_old_one_searchable(house: House) -> None:
    await indexed(house, "old text")
    await indexed(house, "unreadable: damaged")
    assert house.index.texts() == {"/1.txt": "old text"}
    file = await the_file(house)
    assert file.state == FileState.FAILED
    assert file.reason == "damaged. The version before it stays searchable."


async def test_an_emptied_file_leaves_the_index(house: House) -> None:
    await indexed(house, "old text")
    await indexed(house, "")
    assert house.index.texts() == {}
    file = await the_file(house)
    assert (file.state, file.chunks) == (FileState.SKIPPED, 0)
    await indexed(house, "old text")
    assert house.index.texts() == {"/1.txt": "old text"}


@pytest.mark.parametrize(
    "error", [Unavailable("Nothing listens there."), RateLimited("Nextcloud asks us to slow down (429).")]
)
async def test_a_server_that_is_gone_or_busy_makes_files_wait_and_the_summary_says_so(
    house: House, error: Exception
) -> None:
    await indexed(house, "old text")
    house.source.write("/1.txt", "new text")
    await house.crawl()

    def gone(request: str) -> None:
        if request.startswith("download"):
            raise error

    house.source.trouble = gone
    await house.work(limit=1)
    file = await the_file(house)
    assert (file.state, file.attempts, file.reason) == (FileState.WAITING, 1, str(error))
    assert file.next_attempt_at is not None
    assert house.index.texts() == {"/1.txt": "old text"}
    summary = await house.service.summary("ann")
    assert summary.error == f"{error} (1 file will be tried again)"
    house.source.trouble = lambda request: None
    await asyncio.sleep(0.01)
    await house.work()
    assert house.index.texts() == {"/1.txt": "new text"}
    assert (await house.service.summary("ann")).error is None


async def test_a_file_that_was_tried_too_often_failed_and_the_sweep_gives_it_another_chance(house: House) -> None:
    def broken(call: str, file_id: int) -> None:
        raise ValueError("a bug")

    house.index.trouble = broken
    house.source.write("/1.txt", "one")
    await house.crawl()
    for _ in range(3):
        await house.work()
        await asyncio.sleep(0.005)
    file = await the_file(house)
    assert file.state == FileState.FAILED
    assert "ValueError" in (file.reason or "")
    assert (await house.ledger.counts())[JobState.DEAD] == 1
    house.index.trouble = lambda call, file_id: None
    assert (await house.reconciler.sweep()).revived == 1
    assert (await the_file(house)).state == FileState.WAITING
    await house.work()
    assert (await the_file(house)).state == FileState.INDEXED


async def test_a_full_disk_makes_files_wait_before_anything_is_downloaded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.source.write("/1.txt", "one")
    await house.crawl()
    with monkeypatch.context() as patched:
        patched.setattr("shutil.disk_usage", lambda path: DiskUsage(100, 99, 1))
        await house.work(limit=1)
        assert not [request for request in house.source.requests if request.startswith("download")]
        assert "disk" in ((await house.service.summary("ann")).error or "")
    assert (await the_file(house)).state == FileState.WAITING
    await asyncio.sleep(0.01)
    await house.work()
    assert (await the_file(house)).state == FileState.INDEXED


async def test_a_file_that_only_this_user_may_not_fetch_fails_with_the_reason(house: House) -> None:
    def refuse(request: str) -> None:
        if request.startswith("download"):
            raise NotAllowed("Nextcloud does not let ann do this (403).")

    house.source.trouble = refuse
    await indexed(house)
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.FAILED, "Nextcloud does not let ann do this (403).")


async def test_a_refused_password_fails_no_file_but_makes_all_wait(house: House) -> None:
    house.source.write("/1.txt", "one")
    await house.crawl()

    def refuse(request: str) -> None:
        raise NotAllowed("Nextcloud refused the app password of ann.")

    house.source.trouble = refuse
    await house.work(limit=1)
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.WAITING, "Nextcloud refused the app password of ann.")


async def test_a_file_that_vanished_between_crawl_and_fetch_waits_for_the_next_crawl(house: House) -> None:
    house.source.write("/1.txt", "one")
    await house.crawl()
    house.source.delete("/1.txt")
    await house.work(limit=1)
    assert (await the_file(house)).state == FileState.WAITING
    await house.crawl()
    await house.work()
    assert await house.files() == {}


async def test_what_lies_at_the_path_of_a_file_that_moved_is_not_taken_for_that_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.source.write("/1.txt", "shared with many")
    await house.crawl()
    download = house.source.download

    async def swapped(path: str, to: Path, *, max_bytes: int) -> Downloaded:
        monkeypatch.undo()
        house.source.move("/1.txt", "/2.txt")
        house.source.write("/1.txt", "nobody else's")
        got = await download(path, to, max_bytes=max_bytes)
        await house.crawl()
        return got

    monkeypatch.setattr(house.source, "download", swapped)
    for _ in range(3):
        await house.work()
        await asyncio.sleep(0.005)
    assert house.index.texts() == {"/2.txt": "shared with many", "/1.txt": "nobody else's"}


async def test_a_file_that_changed_between_crawl_and_fetch_is_indexed_as_it_is_by_now(house: House) -> None:
    house.source.write("/1.txt", "first")
    await house.crawl()
    house.source.write("/1.txt", "second")
    await house.work()
    assert house.index.texts() == {"/1.txt": "second"}


async def during_the_next_put(house: House, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Have something happen to the files, and be seen by a crawl, while a file is being stored; do all the work."""
    put = house.index.put
    happened = False

    async def put_and_more(document: Document, chunks: Sequence[Chunk]) -> None:
        nonlocal happened
        await put(document, chunks)
        if not happened:
            happened = True
            happens()
            await house.crawl()

    monkeypatch.setattr(house.index, "put", put_and_more)
    await house.work()


async def test_a_change_while_the_file_is_indexed_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.source.write("/1.txt", "first")
    await house.crawl()
    await during_the_next_put(house, monkeypatch, lambda: void(house.source.write("/1.txt", "second")))
    assert house.index.texts() == {"/1.txt": "second"}
    assert (await the_file(house)).state == FileState.INDEXED


async def test_a_move_while_the_file_is_indexed_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.source.write("/1.txt", "one")
    house.source.mkdir("/a")
    await house.crawl()
    await during_the_next_put(house, monkeypatch, lambda: house.source.move("/1.txt", "/a/1.txt"))
    assert house.index.texts() == {"/a/1.txt": "one"}
    assert (await house.files())["/a/1.txt"].state == FileState.INDEXED


async def test_a_deletion_while_the_file_is_indexed_is_not_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.source.write("/1.txt", "one")
    await house.crawl()
    await during_the_next_put(house, monkeypatch, lambda: house.source.delete("/1.txt"))
    assert house.index.texts() == {}
    assert await house.files() == {}


def void(_: object) -> None:
    """Take a value that nobody needs."""


async def test_downloads_do_not_stay_on_the_disk(house: House) -> None:
    await house.pipeline.prepare()
    scratch = house.pipeline._scratch
    (scratch / "left-by-a-killed-process").touch()
    await indexed(house, "one")
    await indexed(house, "unreadable: damaged")
    assert list(scratch.iterdir()) == []


class Recognised:
    """Recognition elsewhere, which says or raises what the test wants."""

    def __init__(self, says: str | Exception) -> None:
        self.says = says
        self.asked: list[tuple[str, int]] = []

    async def recognise(self, user_id: str, file_id: int) -> str:
        self.asked.append((user_id, file_id))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


SCAN = f"unreadable: page 1 is {NOT_RECOGNISED}"


async def test_a_scan_is_recognised_elsewhere_as_the_user_who_has_it_and_its_text_is_indexed(house: House) -> None:
    house.pipeline.recognition = recognised = Recognised("The letter of the insurance")
    await indexed(house, SCAN)
    file = await the_file(house)
    assert (file.state, house.index.texts()) == (FileState.INDEXED, {"/1.txt": "The letter of the insurance"})
    assert recognised.asked == [("ann", file.file_id)]
    await indexed(house, "typed")
    assert len(recognised.asked) == 1


async def test_a_scan_that_nobody_recognises_or_that_has_no_text_is_skipped_with_the_reason(house: House) -> None:
    await indexed(house, SCAN)
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.SKIPPED, f"page 1 is {NOT_RECOGNISED}")
    house.pipeline.recognition = Recognised("")
    await house.service.reindex("ann")
    await house.work()
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.SKIPPED, "no text found in it, even by text recognition (OCR)")
    house.pipeline.recognition = Recognised(Withheld("it was kept here"))
    await house.service.reindex("ann")
    await house.work()
    file = await the_file(house)
    assert (file.state, file.reason) == (FileState.SKIPPED, f"{NOT_RECOGNISED}: it was kept here")


@pytest.mark.parametrize("trouble", [Unavailable("no provider"), RateLimited("too many", retry_after=0.0)])
async def test_recognition_that_fails_is_tried_again_and_holds_up_no_other_file(
    house: House, trouble: VoiceAssistError
) -> None:
    house.pipeline.recognition = recognised = Recognised(trouble)
    house.source.write("/1.txt", SCAN)
    await house.crawl()
    (job,) = await house.ledger.lease("house", ["files.index"], 1, 60)
    await house.pipeline.prepare()
    with pytest.raises(VoiceAssistError, match=trouble.message) as raised:
        await house.pipeline.run(job)
    # The worker stops a whole kind of job for these two.
    assert not isinstance(raised.value, Unavailable | RateLimited)
    assert raised.value.retryable
    await house.ledger.fail(job, raised.value)
    recognised.says = "at last"
    await asyncio.sleep(0.01)
    await house.work()
    assert house.index.texts() == {"/1.txt": "at last"}

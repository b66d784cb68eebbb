"""Makes the index true for one file: fetch, read, cut, embed, store; or move, or remove.

Several files are on their way at once. Each stage takes a bounded number of them, so that while one is embedded the
next ones are fetched and read: the embedding engine waits for nothing but the first file.
"""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Protocol

import structlog

from backend.egress.gate import Withheld
from backend.errors import BadInput, NotAllowed, NotFound, RateLimited, Unavailable, VoiceAssistError
from backend.files.extraction.extracted import Extracted, Page
from backend.files.extraction.limits import MAX_TEXT_CHARS
from backend.files.extraction.reasons import EMPTY, NO_TEXT, NO_TEXT_AFTER_OCR, NOT_RECOGNISED, not_a_document
from backend.files.records import FileRecords, Outcome, Task
from backend.files.sources import Sources
from backend.files.tables import FileState
from backend.files.work import FRESH
from backend.jobs.ledger import Job, JobState, Ledger
from backend.nextcloud.files import FileSource
from backend.search.chunk import Chunk, Document
from backend.telemetry import files_indexed

log = structlog.get_logger(__name__)

# Two files in the last stage: while one is written to the store, the other keeps the embedding engine busy.
_STORING = 2
_FETCHING = 4

# Places of each stage, and of the ledger's jobs, that are kept for what somebody changed just now: a page of text does
# not wait until four films' worth of slides are read and embedded.
RESERVED = 1

# What the database and the vectors need to go on working must never be taken by a download, in bytes.
DISK_RESERVE = 200 * 2**20

# A download may take this long, and in addition what it takes at this rate (bytes per second); a server slower than
# that is treated as gone, so that it does not hold the places of files from elsewhere.
_FETCH_SECONDS = 60.0
_SLOWEST = 50_000.0

# Most files are done before anybody sees a progress bar; only of longer work (seconds) is progress recorded.
_TELL_AFTER = 0.5

# Language is told from the first so many characters.
_SAMPLE = 4_000

# Reasons for which a file is rightly not in the index, as opposed to one that should be and cannot.
_NOTHING_TO_INDEX = (EMPTY, NO_TEXT, NO_TEXT_AFTER_OCR, not_a_document("").rstrip(" ()"))

# Recognitions waited for at the same time: each keeps one of the places for files on their way.
_RECOGNISING = 2


class Extractor(Protocol):
    """Reads a file in a process of its own."""

    async def extract(self, path: Path, name: str, mime: str | None) -> Extracted:
        """The text of the file at `path`, or why there is none."""
        ...


class Recognition(Protocol):
    """Recognises the text of scans elsewhere."""

    async def recognise(self, user_id: str, file_id: int) -> str:
        """The text of a file that this user can open."""
        ...


class Languages(Protocol):
    """Tells languages apart."""

    async def detect_async(self, text: str) -> str:
        """The ISO 639-1 code of the text's language."""
        ...


class SearchIndex(Protocol):
    """Where chunks are searched. Everything is idempotent: what was killed in the middle is simply done again."""

    async def put(self, document: Document, chunks: Sequence[Chunk]) -> object:
        """Make these the chunks of the document."""
        ...

    async def move(self, file_id: int, path: str, path_ids: tuple[int, ...]) -> None:
        """Change the place of a document without embedding it again."""
        ...

    async def remove(self, file_ids: Sequence[int]) -> None:
        """Take documents out."""
        ...


Chunker = Callable[[Sequence[Page]], list[Chunk]]


class Vanished(VoiceAssistError):
    """Nextcloud lists a file and does not give it out: moved or deleted since, as the next crawl will tell."""

    code = NotFound.code
    status = NotFound.status
    retryable = True


class _Stage:
    """A stage that takes so many files at a time, and `RESERVED` more that are urgent."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._reserved = asyncio.Semaphore(RESERVED)

    def place(self, priority: int) -> asyncio.Semaphore:
        """What a job of this priority waits for."""
        return self._reserved if priority <= FRESH and self._places.locked() else self._places


class Unrecognised(VoiceAssistError):
    """A scan could not be recognised at the moment. Unlike `Unavailable` it holds up no other file."""

    code = Unavailable.code
    status = Unavailable.status
    retryable = True


class Pipeline:
    """Handler of `work.INDEX` jobs. `scratch` is a folder of its own for downloads, emptied by `prepare`.

    So many files as `reading` are read at the same time, and `RESERVED` more that are urgent. `recognition` reads the
    scans that the extractor does not.
    """

    def __init__(
        self,
        records: FileRecords,
        ledger: Ledger,
        sources: Sources,
        extractor: Extractor,
        chunker: Chunker,
        languages: Languages,
        index: SearchIndex,
        *,
        scratch: Path,
        max_bytes: int,
        reading: int,
    ) -> None:
        self._records = records
        self._ledger = ledger
        self._sources = sources
        self._extractor = extractor
        self._chunker = chunker
        self._languages = languages
        self._index = index
        self._scratch = scratch
        self.max_bytes = max_bytes
        self.recognition: Recognition | None = None
        self._fetching = _Stage(_FETCHING)
        self._reading = _Stage(reading)
        self._storing = _Stage(_STORING)
        self._recognising = asyncio.Semaphore(_RECOGNISING)

    async def prepare(self) -> None:
        """Make the scratch folder and empty it: a process that was killed leaves downloads behind."""
        await asyncio.to_thread(_empty, self._scratch)

    async def run(self, job: Job) -> None:
        """See `Handler.run`."""
        task = await self._records.begin(int(job.key))
        if task is None:
            return
        if task.gone or not task.wanted:
            await self._take_out(task)
            return
        if task.in_index and task.moved:
            await self._index.move(task.file_id, task.path, task.path_ids)
            await self._records.placed(task)
        if task.current:
            await self._records.current(task)
            return
        local = self._scratch / f"{task.file_id}-{job.fence}"
        try:
            await self._put_in(job, task, local)
        finally:
            with suppress(FileNotFoundError):
                local.unlink()

    async def failed(self, job: Job) -> None:
        """See `Handler.failed`."""
        if job.state == JobState.DEAD:
            await self._records.gave_up(int(job.key), job.reason or "It could not be indexed.")
            files_indexed.labels(outcome="failed").inc()
        else:
            await self._records.put_off(int(job.key))

    async def _take_out(self, task: Task) -> None:
        await self._records.leaving(task)
        await self._index.remove([task.file_id])
        if task.gone:
            await self._records.forget(task)
            files_indexed.labels(outcome="removed").inc()

    async def _put_in(self, job: Job, task: Task, local: Path) -> None:
        source = self._sources.of(task.user_id)
        told = _Progress(self._ledger, job)
        try:
            await self._fetch(source, job, task, local)
        except BadInput as error:
            await self._settle(task, FileState.SKIPPED, error.message)
            return
        except NotAllowed as error:
            # Rules of the server close this file: nothing of an older version is kept either.
            if task.in_index:
                await self._take_out(task)
            await self._settle(replace(task, in_index=False), FileState.FAILED, error.message)
            return
        await told.at(0.2)
        async with self._reading.place(job.priority):
            extracted = await self._extractor.extract(local, PurePosixPath(task.path).name, task.mime)
        if extracted.is_scan and self.recognition is not None:
            try:
                extracted = await self._recognised(self.recognition, task, extracted)
            except Withheld as error:
                await self._settle(task, FileState.SKIPPED, f"{NOT_RECOGNISED}: {error.message}")
                return
        if not extracted.ok:
            reason = extracted.reason or NO_TEXT
            nothing = extracted.is_scan or reason.startswith(_NOTHING_TO_INDEX)
            await self._settle(task, FileState.SKIPPED if nothing else FileState.FAILED, reason)
            return
        language = await self._languages.detect_async(_sample(extracted.pages))
        chunks = await asyncio.to_thread(self._chunker, extracted.pages)
        await told.at(0.4)
        try:
            async with self._storing.place(job.priority):
                await self._index.put(_document(task, language), chunks)
        except BadInput as error:
            await self._settle(task, FileState.FAILED, error.message)
            return
        pages = max((page.number for page in extracted.pages if page.number is not None), default=None)
        await self._records.indexed(task, Outcome(len(chunks), pages, language, extracted.reason))
        files_indexed.labels(outcome="indexed").inc()

    async def _fetch(self, source: FileSource, job: Job, task: Task, local: Path) -> None:
        free = shutil.disk_usage(self._scratch).free
        if free < task.size + DISK_RESERVE:
            raise Unavailable(f"The disk of VoiceAssist is full: {free // 2**20} MB are left.")
        async with self._fetching.place(job.priority):
            try:
                async with asyncio.timeout(_FETCH_SECONDS + task.size / _SLOWEST):
                    await source.download(task.path, local, max_bytes=self.max_bytes)
            except TimeoutError as error:
                raise Unavailable("Nextcloud is too slow to fetch files from at the moment.") from error
            except NotFound as error:
                raise Vanished("Nextcloud lists this file but does not give it out.") from error
            except NotAllowed as error:
                await _ensure_about_file(source, error)
                raise

    async def _recognised(self, recognition: Recognition, task: Task, scan: Extracted) -> Extracted:
        try:
            async with self._recognising:
                text = await recognition.recognise(task.user_id, task.file_id)
        except Withheld:
            raise
        except (RateLimited, Unavailable) as error:
            raise Unrecognised(error.message, retry_after=error.retry_after) from error
        pages = (Page(None, None, text[:MAX_TEXT_CHARS]),) if text else ()
        return Extracted(scan.format, pages, None if text else NO_TEXT_AFTER_OCR, scan.seconds)

    async def _settle(self, task: Task, state: FileState, reason: str) -> None:
        """This version of the file has nothing for the index: `SKIPPED` if rightly so, `FAILED` if it should have."""
        if task.in_index and state == FileState.SKIPPED:
            await self._take_out(task)
        elif task.in_index:
            reason = f"{reason}. The version before it stays searchable."
        await self._records.settled(task, state, reason)
        files_indexed.labels(outcome=state.value).inc()


class _Progress:
    """Tells how far a job is, once it takes long enough for somebody to wonder."""

    def __init__(self, ledger: Ledger, job: Job) -> None:
        self._ledger = ledger
        self._job = job
        self._began = time.monotonic()

    async def at(self, fraction: float) -> None:
        """This much (0 to 1) is done."""
        if time.monotonic() - self._began >= _TELL_AFTER:
            await self._ledger.progress(self._job, fraction)


async def _ensure_about_file(source: FileSource, refusal: NotAllowed) -> None:
    """Raise `Unavailable` when the user is let in nowhere: then the refusal says nothing about the file."""
    try:
        await source.stat("/")
    except NotAllowed:
        raise Unavailable(refusal.message) from refusal


def _document(task: Task, language: str) -> Document:
    return Document(
        file_id=task.file_id,
        path=task.path,
        title=PurePosixPath(task.path).name,
        mime=task.mime,
        modified=task.modified,
        language=language,
        path_ids=task.path_ids,
    )


def _sample(pages: Iterable[Page]) -> str:
    sample = ""
    for page in pages:
        sample += page.text[:_SAMPLE]
        if len(sample) >= _SAMPLE:
            break
    return sample


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

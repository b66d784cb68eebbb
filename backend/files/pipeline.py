"""Makes the index true for one file: fetch, read, cut, embed, store; or move, or remove.

Several files are on their way at once. Each stage takes a bounded number of them, so that while one is embedded the
next ones are fetched and read: the embedding engine waits for nothing but the first file.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Protocol

import structlog

from backend.egress.gate import Withheld
from backend.errors import BadInput, NotAllowed, NotFound, RateLimited, Unavailable, VoiceAssistError
from backend.files.extraction.extracted import Extracted, Page
from backend.files.extraction.limits import MAX_TEXT_CHARS
from backend.files.extraction.reasons import (
    EMPTY,
    NO_SPEECH,
    NO_TEXT,
    NO_TEXT_AFTER_OCR,
    NOT_RECOGNISED,
    NOT_TRANSCRIBED,
    not_a_document,
)
from backend.files.records import FileRecords, Outcome, Task
from backend.files.sources import Sources
from backend.files.stages import Stage, Told
from backend.files.tables import FileState
from backend.files.transcription import Progress, is_recording
from backend.files.work import INDEX
from backend.jobs.ledger import Job, JobState, Ledger, NewJob
from backend.nextcloud.files import FileSource
from backend.search.chunk import Chunk, Document
from backend.telemetry import files_indexed

log = structlog.get_logger(__name__)

# Two files in the last stage: while one is written to the store, the other keeps the embedding engine busy.
_STORING = 2
_FETCHING = 4

# What the database and the vectors need to go on working must never be taken by a download, in bytes.
DISK_RESERVE = 200 * 2**20

# A download may take this long, and in addition what it takes at this rate (bytes per second); a server slower than
# that is treated as gone, so that it does not hold the places of files from elsewhere.
_FETCH_SECONDS = 60.0
_SLOWEST = 50_000.0

# Language is told from the first so many characters.
_SAMPLE = 4_000

# Reasons for which a file is rightly not in the index, as opposed to one that should be and cannot.
_NOTHING_TO_INDEX = (EMPTY, NO_TEXT, NO_TEXT_AFTER_OCR, NO_SPEECH, NOT_TRANSCRIBED, not_a_document("").rstrip(" ()"))

# Recognitions waited for at the same time: each keeps one of the places for files on their way.
_RECOGNISING = 2

# Recordings transcribed at the same time. One may take hours, and keeps a place for files on their way as well.
_TRANSCRIBING = 2
# A recording for which there is no place gives its own back and asks again after so many seconds for each of those
# that wait, but sooner than after the longest.
_TURN_SECONDS = 5.0
_LONGEST_TURN = 300.0
# How much of the way transcription is.
_TRANSCRIBED = 0.8

# A download needs so much room: the sound of a recording may be so many times as large as the file, up to four hours.
_SOUND_FACTOR = 64
_MOST_SOUND_BYTES = 440 * 2**20

_NOBODY_TRANSCRIBES = f"{NOT_TRANSCRIBED}: nobody is set up here who would (RECORDINGS_BY)"


class Extractor(Protocol):
    """Reads a file in a process of its own."""

    async def extract(self, path: Path, name: str, mime: str | None, sound: Path | None = None) -> Extracted:
        """The text of the file at `path`, or why there is none. What a recording sounds like goes to `sound`."""
        ...


class Recognition(Protocol):
    """Recognises the text of scans elsewhere."""

    async def recognise(self, user_id: str, file_id: int) -> str:
        """The text of a file that this user can open."""
        ...


class Transcription(Protocol):
    """Writes down what is said in recordings."""

    async def transcribe(self, user_id: str, sound: Path, progress: Progress) -> tuple[Page, ...]:
        """What is said in the sound of this user's recording."""
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


class Unrecognised(VoiceAssistError):
    """A scan or recording could not be recognised at the moment. Unlike `Unavailable` it holds up no other file."""

    code = Unavailable.code
    status = Unavailable.status
    retryable = True


class Pipeline:
    """Handler of `work.INDEX` jobs. `scratch` is a folder of its own for downloads, emptied by `prepare`.

    So many files as `reading` are read at the same time, and `RESERVED` more that are urgent. `recognition` reads the
    scans that the extractor does not, `transcription` what is said in recordings.
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
        self._fetching = Stage(_FETCHING)
        self._reading = Stage(reading)
        self._storing = Stage(_STORING)
        self.transcription: Transcription | None = None
        self._transcribing = Stage(min(_TRANSCRIBING, reading))
        self._queued: set[int] = set()
        self._recognising = asyncio.Semaphore(_RECOGNISING)

    async def prepare(self) -> None:
        """Make the scratch folder and empty it: a process that was killed leaves downloads behind."""
        await asyncio.to_thread(_empty, self._scratch)

    async def run(self, job: Job) -> None:
        """See `Handler.run`."""
        task = await self._records.begin(int(job.key))
        self._queued.discard(int(job.key))
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
        if not is_recording(task.mime):
            await self._put_in(job, task)
        elif self.transcription is None:
            await self._settle(task, FileState.SKIPPED, _NOBODY_TRANSCRIBES)
        elif (place := self._transcribing.place(job.priority)).locked():
            await self._queue(job, task)
        else:
            async with place:
                await self._put_in(job, task, self.transcription)

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

    async def _queue(self, job: Job, task: Task) -> None:
        """Let others have this place: the job runs once more when some of those before it may be done."""
        self._queued.add(task.file_id)
        delay = min(_LONGEST_TURN, _TURN_SECONDS * len(self._queued))
        await self._records.put_off(task.file_id)
        await self._ledger.put([NewJob(INDEX, job.key, job.user_id, job.payload, job.priority, delay)])

    async def _put_in(self, job: Job, task: Task, transcription: Transcription | None = None) -> None:
        local = self._scratch / f"{task.file_id}-{job.fence}"
        sound = local.with_suffix(".pcm") if transcription else None
        try:
            await self._read(job, task, local, sound, transcription)
        finally:
            for path in (local, sound):
                if path is not None:
                    path.unlink(missing_ok=True)

    async def _read(
        self, job: Job, task: Task, local: Path, sound: Path | None, transcription: Transcription | None
    ) -> None:
        source = self._sources.of(task.user_id)
        told = Told(self._ledger, job)
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
            extracted = await self._extractor.extract(local, PurePosixPath(task.path).name, task.mime, sound)
        try:
            if extracted.is_scan and self.recognition is not None:
                extracted = await self._recognised(self.recognition, task, extracted)
            elif extracted.is_recording and transcription is not None and sound is not None:
                extracted = await self._transcribed(transcription, task, extracted, sound, told)
        except Withheld as error:
            unread = NOT_RECOGNISED if extracted.is_scan else NOT_TRANSCRIBED
            await self._settle(task, FileState.SKIPPED, f"{unread}: {error.message}")
            return
        if not extracted.ok:
            reason = extracted.reason or NO_TEXT
            nothing = extracted.is_scan or reason.startswith(_NOTHING_TO_INDEX)
            await self._settle(task, FileState.SKIPPED if nothing else FileState.FAILED, reason)
            return
        language = await self._languages.detect_async(_sample(extracted.pages))
        chunks = await asyncio.to_thread(self._chunker, extracted.pages)
        await told.at(_TRANSCRIBED + 0.1 if transcription else 0.4)
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
        sound = min(_MOST_SOUND_BYTES, task.size * _SOUND_FACTOR) if is_recording(task.mime) else 0
        if free < task.size + sound + DISK_RESERVE:
            raise Unavailable(f"The disk of VoiceAssist is full: {free // 2**20} MB are left.")
        async with self._fetching.place(job.priority):
            try:
                async with asyncio.timeout(_FETCH_SECONDS + task.size / _SLOWEST):
                    got = await source.download(task.path, local, max_bytes=self.max_bytes)
                    await _ensure_same_file(source, task, got.etag)
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

    async def _transcribed(
        self, transcription: Transcription, task: Task, recording: Extracted, sound: Path, told: Told
    ) -> Extracted:
        async def heard(fraction: float) -> None:
            await told.at(0.2 + (_TRANSCRIBED - 0.2) * fraction)

        try:
            pages = await transcription.transcribe(task.user_id, sound, heard)
        except Withheld:
            raise
        except (RateLimited, Unavailable) as error:
            raise Unrecognised(error.message, retry_after=error.retry_after) from error
        return Extracted(recording.format, pages, None if pages else NO_SPEECH, recording.seconds)

    async def _settle(self, task: Task, state: FileState, reason: str) -> None:
        """This version of the file has nothing for the index: `SKIPPED` if rightly so, `FAILED` if it should have."""
        if task.in_index and state == FileState.SKIPPED:
            await self._take_out(task)
        elif task.in_index:
            reason = f"{reason}. The version before it stays searchable."
        await self._records.settled(task, state, reason)
        files_indexed.labels(outcome=state.value).inc()


async def _ensure_same_file(source: FileSource, task: Task, etag: str) -> None:
    """Raise `NotFound` when another file has come to the task's path: its words are not for the readers of this one."""
    if etag == task.etag:
        return
    # Another version of it, another file, or a proxy that writes ETags of its own.
    if (await source.stat(task.path)).file_id != task.file_id:
        raise NotFound(f"Another file lies at {task.path!r} by now.")


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

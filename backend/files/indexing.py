"""Puts the parts of this slice together and keeps them running: watching, working, and what users ask of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from backend.database import Database
from backend.files.changes import Changes
from backend.files.crawl_log import CrawlLog
from backend.files.hints import LOOK, Hints, Looks
from backend.files.pipeline import (
    Chunker,
    Extractor,
    Languages,
    Pipeline,
    Recognition,
    SearchIndex,
    Transcription,
)
from backend.files.reconcile import IndexContents, Reconciler
from backend.files.records import FileRecords
from backend.files.rules import RulesOf
from backend.files.service import FilesService
from backend.files.sources import Sources
from backend.files.stages import RESERVED
from backend.files.status import Status
from backend.files.view import Views
from backend.files.watch import Forget, Watcher, no_rules
from backend.files.work import FRESH, INDEX
from backend.jobs.ledger import Ledger
from backend.jobs.shift import Shift
from backend.jobs.worker import Reserve, Workers

# Hints acted on at the same time; each takes no time.
_LOOKS = 8


def files_read_at_once(workers: int) -> int:
    """Of so many files on their way half are being read; the others are fetched, embedded or stored."""
    return max(1, workers // 2)


class WholeIndex(SearchIndex, IndexContents, Protocol):
    """An index that can be written to and compared with."""


class Indexing:
    """Keeps the files of all users of `sources` searchable while it is started.

    `storage` is the folder on whose disk downloads are kept for a moment; no second process may use the same one.
    `workers` files are on their way at the same time, half of them being read, and `RESERVED` more that somebody
    changed just now; the `extractor` should take as many. `lease` (seconds) is how long work that a killed process had
    begun stays untouched. `rules_of` and `forget` are as in `Watcher`.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        sources: Sources,
        extractor: Extractor,
        chunker: Chunker,
        languages: Languages,
        index: WholeIndex,
        *,
        storage: Path,
        crawl_interval: float,
        max_bytes: int,
        workers: int,
        lease: float = 30.0,
        rules_of: RulesOf = no_rules,
        forget: Forget | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.views = Views(database, sources)
        self.hints = Hints(database, ledger)
        self._changes = changes = Changes(database, ledger, max_bytes=max_bytes)
        self._pipeline = Pipeline(
            FileRecords(database, clock),
            ledger,
            sources,
            extractor,
            chunker,
            languages,
            index,
            scratch=storage / "scratch",
            max_bytes=max_bytes,
            reading=files_read_at_once(workers),
        )
        self._watcher = Watcher(
            sources,
            changes,
            Reconciler(database, ledger, index, clock=clock),
            CrawlLog(database, clock),
            interval=crawl_interval,
            rules_of=rules_of,
            forget=forget,
        )
        jobs = Workers(
            ledger,
            {LOOK: (Looks(self.hints, self._watcher.wake), _LOOKS), INDEX: (self._pipeline, workers)},
            reserves={INDEX: Reserve(FRESH, RESERVED)},
            lease=lease,
        )
        self._shift = Shift("files", jobs, self._watcher.run)
        status = Status(database, ledger, sources, storage=storage)
        self.service = FilesService(database, ledger, sources, self.views, status, changes, self._watcher.wake)

    def limit(self, max_bytes: int) -> None:
        """From now on list larger files without indexing them; what is in the index stays."""
        self._changes.max_bytes = self._pipeline.max_bytes = max_bytes

    def recognise_by(self, recognition: Recognition | None) -> None:
        """From now on have scans that the extractor does not read recognised by this, or by nobody."""
        self._pipeline.recognition = recognition

    def transcribe_by(self, transcription: Transcription | None) -> None:
        """From now on have recordings transcribed by this, or by nobody."""
        self._pipeline.transcription = transcription

    async def start(self) -> None:
        """Begin to watch and to work."""
        await self._pipeline.prepare()
        self._shift.start()

    async def stop(self) -> None:
        """Finish what is nearly done, put the rest back, and end."""
        await self._shift.stop()

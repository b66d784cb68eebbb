"""Tells users of files that could not be indexed: of many in one notification, of each failure once.

What was told is remembered by file, so a restart tells nothing twice. When all of a user's failures are mended, the
notification is withdrawn.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import and_, case, delete, func, insert, select, update

from backend.database import Database
from backend.errors import NotAllowed, NotFound, VoiceAssistError
from backend.files.rules import RulesOf
from backend.files.tables import FileRow, FileState, NoticeRow, Presence, ToldFailureRow
from backend.nextcloud.notifications import Notice
from backend.trouble import told, where

log = structlog.get_logger(__name__)

# Between two looks, in seconds. Failures are told when the second look finds as many as the first.
_INTERVAL = 60.0
# Nobody hears of failures more often than this, and nobody whose files keep failing waits longer.
_AT_MOST_EVERY = timedelta(hours=1)

_FAILED_FILES = "#/files?state=failed"

# By language: the subject for one file and for more, and the message.
_TEXTS = {
    "en": (
        "A file could not be made searchable",
        "{number} files could not be made searchable",
        "VoiceAssist does not find their content. Open the list to see why and to try again.",
    ),
    "de": (
        "Eine Datei konnte nicht durchsuchbar gemacht werden",
        "{number} Dateien konnten nicht durchsuchbar gemacht werden",
        "VoiceAssist findet ihren Inhalt nicht. Die Liste zeigt, woran es liegt; dort lässt es sich erneut versuchen.",
    ),
}


class Notifier(Protocol):
    """A way to tell users something. Raises `NotAllowed` for a user who is disabled or gone."""

    async def send(self, user_id: str, notice: Notice) -> str: ...

    async def withdraw(self, user_id: str, notice_id: str) -> None: ...


@dataclass(slots=True)
class _Failures:
    """A user's failed files: all, and those of which nothing was told."""

    total: int
    new: int


class FailureNotices:
    """Looks for failed files while `run` runs. Users who opted out are told nothing.

    `language_of` gives a user's language as Nextcloud's code.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        rules_of: RulesOf,
        language_of: Callable[[str], Awaitable[str]],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._rules_of = rules_of
        self._language_of = language_of
        self._clock = clock
        # How many failures the last look found, and since when some of them are new.
        self._before: dict[str, int] = {}
        self._since: dict[str, datetime] = {}

    async def run(self) -> None:
        """Look again and again until cancelled; no trouble ends it."""
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                await self.look()
            except Exception as error:
                log.warning("notices.trouble", error=told(error), where=where(error))

    async def look(self) -> None:
        """Tell of what has failed and settled, and withdraw what is mended."""
        await self._drop_mended()
        failures = await self._failures()
        rows = await self._rows()
        for user_id in failures.keys() | rows.keys():
            try:
                await self._serve(user_id, failures.get(user_id), rows.get(user_id))
            except VoiceAssistError as error:  # one user's trouble is not the others'
                log.warning("notices.not_sent", error=type(error).__name__)
        now = self._clock()
        self._before = {user_id: found.total for user_id, found in failures.items()}
        self._since = {user_id: self._since.get(user_id, now) for user_id, found in failures.items() if found.new}

    async def _serve(self, user_id: str, found: _Failures | None, row: NoticeRow | None) -> None:
        if found is None:
            if row is not None:
                await self._withdraw(row)
        elif found.new and self._is_due(user_id, found, row) and not (await self._rules_of(user_id)).opt_out:
            language = await self._language_of(user_id)
            if row is not None and row.notice_id:
                await self._notifier.withdraw(user_id, row.notice_id)
            notice_id = await self._notifier.send(user_id, _notice(language, found.total))
            await self._record(user_id, notice_id)

    def _is_due(self, user_id: str, found: _Failures, row: NoticeRow | None) -> bool:
        now = self._clock()
        if row is not None and now - row.told_at < _AT_MOST_EVERY:
            return False
        return self._before.get(user_id) == found.total or now - self._since.get(user_id, now) >= _AT_MOST_EVERY

    async def _withdraw(self, row: NoticeRow) -> None:
        """Take back what is shown; that something was told stays known until something may be told again."""
        mine = NoticeRow.user_id == row.user_id
        if row.notice_id:
            # Who is gone or disabled has nothing that could be withdrawn.
            with suppress(NotAllowed, NotFound):
                await self._notifier.withdraw(row.user_id, row.notice_id)
            async with self._database.transaction() as session:
                await session.execute(update(NoticeRow).where(mine).values(notice_id=""))
        elif self._clock() - row.told_at >= _AT_MOST_EVERY:
            async with self._database.transaction() as session:
                await session.execute(delete(NoticeRow).where(mine))

    async def _record(self, user_id: str, notice_id: str) -> None:
        """All failures of this user have been told now."""
        untold = select(FileRow.file_id).where(
            _FAILED, FileRow.user_id == user_id, FileRow.file_id.not_in(select(ToldFailureRow.file_id))
        )
        async with self._database.transaction() as session:
            await session.merge(NoticeRow(user_id=user_id, notice_id=notice_id, told_at=self._clock()))
            await session.execute(insert(ToldFailureRow).from_select(["file_id"], untold))

    async def _drop_mended(self) -> None:
        """What does not count as failed any more is told again when it fails again."""
        still = select(FileRow.file_id).where(_FAILED)
        async with self._database.transaction() as session:
            await session.execute(delete(ToldFailureRow).where(ToldFailureRow.file_id.not_in(still)))

    async def _failures(self) -> dict[str, _Failures]:
        untold = func.sum(case((ToldFailureRow.file_id.is_(None), 1), else_=0))
        counted = (
            select(FileRow.user_id, func.count(), untold)
            .outerjoin(ToldFailureRow, ToldFailureRow.file_id == FileRow.file_id)
            .where(_FAILED)
            .group_by(FileRow.user_id)
        )
        async with self._database.reading() as session:
            return {user_id: _Failures(total, new) for user_id, total, new in await session.execute(counted)}

    async def _rows(self) -> dict[str, NoticeRow]:
        async with self._database.reading() as session:
            return {row.user_id: row for row in await session.scalars(select(NoticeRow))}


_FAILED = and_(FileRow.state == FileState.FAILED, FileRow.presence == Presence.HERE)


def _notice(language: str, number: int) -> Notice:
    one, many, message = _TEXTS.get(language.partition("_")[0].partition("-")[0], _TEXTS["en"])
    return Notice(one if number == 1 else many.format(number=number), message, _FAILED_FILES)

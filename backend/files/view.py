"""What part of all files a user sees: everything below a small set of root nodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.errors import NotFound
from backend.files.sources import Sources
from backend.files.tables import FileRow, FolderRow, Presence, RootRow, ancestry, below

# SQLite takes expressions up to a depth of 1,000. Who has more roots than this in other people's homes finds the files
# below the rest by search, which knows no such limit, and not in the list of files.
_MOST_PREFIXES = 500
_BATCH = 500


@dataclass(frozen=True, slots=True)
class View:
    """A user's roots, by id, at this moment. Without roots nothing is visible.

    `mine` are the ancestries of the home and of the mounts of this user, `others` those of roots that somebody else's
    crawl covers.
    """

    user_id: str
    home: int | None
    roots: tuple[int, ...]
    mine: tuple[str, ...]
    others: tuple[str, ...]

    def own(self) -> ColumnElement[bool]:
        """The condition for rows of `files` that this user's own crawl saw: this user's to count.

        To be shown, those that are not `at_home` must be checked live: the rules of a group folder or of an external
        storage may have taken a part of it away since.
        """
        return and_(FileRow.user_id == self.user_id, _below_any(self.mine), FileRow.presence != Presence.GONE)

    def at_home(self, row: FileRow) -> bool:
        """Whether a row is of this user's own home, from which nobody takes anything away."""
        below_home = self.home is not None and row.ancestry.startswith(ancestry((self.home,)))
        return row.user_id == self.user_id and below_home

    def shared(self) -> ColumnElement[bool]:
        """The condition for rows that somebody else's crawl saw. Each must be checked live before it is shown."""
        return and_(FileRow.user_id != self.user_id, _below_any(self.others), FileRow.presence != Presence.GONE)


class Views:
    """Finds a user's roots: the home folder, once the first crawl has seen it, and what the crawl met beside it.

    Roots beside the home are asked for each time, as that user, in one request: an unshare, the end of a share or of a
    membership takes effect at once, before any crawl.
    """

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database = database
        self._sources = sources

    async def of(self, user_id: str, *, home_only: bool = False) -> View:
        """This user's view. With `home_only`, without what would have to be asked for.

        Raises `Unavailable` when Nextcloud cannot be asked.
        """
        home, live = await self._roots(user_id, home_only=home_only)
        roots = _together(home, live)
        others: list[str] = []
        if live:
            async with self._database.reading() as session:
                others = await _ancestries(session, live)
        return View(user_id, home, roots, tuple(ancestry((node_id,)) for node_id in roots), tuple(others))

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """The roots of this user's view alone. Raises as `of` does."""
        return _together(*await self._roots(user_id))

    async def _roots(self, user_id: str, *, home_only: bool = False) -> tuple[int | None, list[int]]:
        """The home, and those beside it that are there at this moment."""
        homes = select(FolderRow.folder_id).where(
            FolderRow.user_id == user_id, FolderRow.parent_id.is_(None), FolderRow.presence == Presence.HERE
        )
        async with self._database.reading() as session:
            home = await session.scalar(homes)
            known = (await session.scalars(select(RootRow.node_id).where(RootRow.user_id == user_id))).all()
        return home, [] if home_only else sorted(await self._live(user_id, known))

    async def _live(self, user_id: str, node_ids: Sequence[int]) -> Iterable[int]:
        if not node_ids:
            return ()
        try:
            source = self._sources.of(user_id)
        except NotFound:
            return ()
        return await source.readable(node_ids)


def _together(home: int | None, live: Sequence[int]) -> tuple[int, ...]:
    return (*((home,) if home is not None else ()), *live)


async def _ancestries(session: AsyncSession, node_ids: Sequence[int]) -> list[str]:
    """The ancestries of nodes in whoever's home or mount they lie, without those inside of each other."""
    found: set[str] = set()
    for start in range(0, len(node_ids), _BATCH):
        batch = node_ids[start : start + _BATCH]
        found.update(await session.scalars(select(FolderRow.ancestry).where(FolderRow.folder_id.in_(batch))))
        found.update(await session.scalars(select(FileRow.ancestry).where(FileRow.file_id.in_(batch))))
    outermost: list[str] = []
    for prefix in sorted(found):
        if not outermost or not prefix.startswith(outermost[-1]):
            outermost.append(prefix)
    return outermost[:_MOST_PREFIXES]


def _below_any(prefixes: Sequence[str]) -> ColumnElement[bool]:
    if not prefixes:
        return false()
    return or_(*(below(FileRow.ancestry, prefix) for prefix in prefixes[:_MOST_PREFIXES]))

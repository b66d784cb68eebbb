"""What search and the assistant may know of a user's files: where the view starts, what is readable, how to open it."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.database import Database
from backend.errors import NotFound
from backend.files.sources import Sources
from backend.files.tables import FileRow, FolderRow, Presence, RootRow, ancestry, below
from backend.files.view import Views

# Files or folders of one name that a question may mean; more say nothing.
_MOST_NAMED = 50
# Folders that are called after a kind of document; more than these are an archive by date.
_MOST_CALLED = 500

_WORD = re.compile(r"[^\W\d_]+")


class Library:
    """Every answer is about one user, and what is not known for sure is not given."""

    def __init__(self, database: Database, sources: Sources, views: Views) -> None:
        self._database = database
        self._sources = sources
        self._views = views

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """Ids of the nodes below which the user sees everything at this moment."""
        return await self._views.roots(user_id)

    async def home(self, user_id: str) -> int | None:
        """Id of the user's home folder, None before the first crawl has seen it."""
        return (await self._views.of(user_id, home_only=True)).home

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        """Those that the user can read at this moment, with their paths in this user's home; asked as that user."""
        if not node_ids:
            return {}
        try:
            source = self._sources.of(user_id)
        except NotFound:
            return {}
        return await source.readable(node_ids)

    async def tagged(self, user_id: str, tags: Sequence[str]) -> Sequence[Collection[int]]:
        """See `FileSource.tagged`; asked as that user. Raises `NotFound` for somebody without files."""
        return await self._sources.of(user_id).tagged(tags)

    async def unknown(self, user_id: str, node_ids: Collection[int]) -> set[int]:
        """Those of these files and folders that the user does not have, or may not see."""
        if not node_ids:
            return set()
        home = await self.home(user_id)
        # Nextcloud's search finds everything below the home, but not the home itself.
        return set(node_ids) - {home} - (await self.readable(user_id, node_ids)).keys()

    def link(self, user_id: str, file_id: int, path: str) -> str:
        """An address that opens the file in the user's browser."""
        return self._sources.of(user_id).link(file_id, path)

    async def named(
        self, user_id: str, files: Collection[str], folders: Collection[str]
    ) -> tuple[list[int], list[int]]:
        """Ids of the files and the folders with these names (case is ignored) that the user can read at this moment."""
        view = await self._views.of(user_id)
        file_ids: set[int] = set()
        folder_ids: set[int] = set()
        async with self._database.reading() as session:
            if files:
                seen = or_(view.own(), view.shared())
                named = select(FileRow.file_id).where(seen, _is_named(FileRow.path, files)).limit(_MOST_NAMED)
                file_ids.update(await session.scalars(named))
            if folders:
                mine = (FolderRow.user_id == user_id, FolderRow.presence == Presence.HERE)
                named = select(FolderRow.folder_id).where(*mine, _is_named(FolderRow.path, folders)).limit(_MOST_NAMED)
                folder_ids.update(await session.scalars(named))
        allowed = await self.readable(user_id, file_ids | folder_ids)
        return sorted(file_ids & allowed.keys()), sorted(folder_ids & allowed.keys())

    async def recent_names(self, user_id: str, most: int) -> list[str]:
        """Names of this user's own folders, those near the top first, and of the own files changed last; each once.

        At most `most`, half of them folders. Shared ones are left out: they would have to be asked for one by one.
        """
        view = await self._views.of(user_id, home_only=True)
        if view.home is None:
            return []
        # Nothing else: a team folder that this user's crawl covers may have been closed to the user since.
        below_home = below(FolderRow.ancestry, ancestry((view.home,))), FolderRow.folder_id != view.home
        mine = FolderRow.user_id == user_id, FolderRow.presence == Presence.HERE, *below_home
        folders = select(FolderRow.path).where(*mine).order_by(func.length(FolderRow.ancestry), FolderRow.path)
        files = select(FileRow.path).where(view.own()).order_by(FileRow.modified.desc(), FileRow.path)
        async with self._database.reading() as session:
            paths = [*await session.scalars(folders.limit(most // 2))]
            paths += await session.scalars(files.limit(most - len(paths)))
        return list(dict.fromkeys(PurePosixPath(path).name for path in paths))

    async def folders_called(self, user_id: str, words: Collection[str]) -> list[int]:
        """Ids of the folders and received shares whose names have one of these words (in small letters).

        Those that the user can read at this moment, and that are folders or roots in this user's own home.
        """
        if not words:
            return []
        folders = select(FolderRow.folder_id, FolderRow.path).where(
            FolderRow.user_id == user_id, FolderRow.presence == Presence.HERE, _has_part(FolderRow.path, words)
        )
        roots = select(RootRow.node_id, RootRow.path).where(
            RootRow.user_id == user_id, RootRow.presence == Presence.HERE, _has_part(RootRow.path, words)
        )
        async with self._database.reading() as session:
            found = [*(await session.execute(folders)).tuples(), *(await session.execute(roots)).tuples()]
        wanted = set(words)
        called = {
            node_id
            for node_id, path in found
            if not wanted.isdisjoint(_WORD.findall(PurePosixPath(path).name.casefold()))
        }
        return sorted(await self.readable(user_id, sorted(called)[:_MOST_CALLED]))


def _has_part(path: InstrumentedAttribute[str], parts: Collection[str]) -> ColumnElement[bool]:
    return or_(*(func.lower(path).contains(part.lower(), autoescape=True) for part in parts))


def _is_named(path: InstrumentedAttribute[str], names: Collection[str]) -> ColumnElement[bool]:
    low = func.lower(path)
    return or_(*(low.endswith(f"/{name.lower()}", autoescape=True) for name in names))

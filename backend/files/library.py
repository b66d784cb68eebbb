"""What search and the assistant may know of a user's files: where the view starts, what is readable, how to open it."""

from collections.abc import Collection, Mapping

from backend.errors import NotFound
from backend.files.sources import Sources
from backend.files.view import Views


class Library:
    """Every answer is about one user, and what is not known for sure is not given."""

    def __init__(self, sources: Sources, views: Views) -> None:
        self._sources = sources
        self._views = views

    async def roots(self, user_id: str) -> tuple[int, ...]:
        """Ids of the nodes below which the user sees everything at this moment."""
        return (await self._views.of(user_id)).roots

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

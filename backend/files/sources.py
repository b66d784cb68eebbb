"""Whose files there are, and how to reach them."""

from collections.abc import Sequence
from typing import Protocol

from backend.errors import NotFound
from backend.nextcloud.files import FileSource


class Sources(Protocol):
    """A file source for each user; the sources belong to it and are not closed by those who borrow them."""

    async def users(self) -> Sequence[str]:
        """The users whose files are kept searchable."""
        ...

    def of(self, user_id: str) -> FileSource:
        """This user's files. Raises `NotFound` for somebody who is not a user of ours."""
        ...


class OneUser:
    """`Sources` of a VoiceAssist that serves one person."""

    def __init__(self, source: FileSource) -> None:
        self._source = source

    async def users(self) -> Sequence[str]:
        """See `Sources.users`."""
        return [self._source.user_id]

    def of(self, user_id: str) -> FileSource:
        """See `Sources.of`."""
        if user_id != self._source.user_id:
            raise NotFound(f"{user_id!r} is not the user of this VoiceAssist.")
        return self._source

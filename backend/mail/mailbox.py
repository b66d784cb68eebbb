"""One user's mailbox, whichever way it is reached."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from backend.mail.folders import Folder, Role
from backend.mail.message import MailId, Message, Page, Person, Query, Summary

Flag = Literal["seen", "flagged", "answered", "forwarded"]


class MailBox(Protocol):
    """Reads and changes. Reading never marks a mail as read.

    All raise `NotFound` for what is not there (any more), `NotAllowed`, `Conflict` for what the server refuses,
    `Unavailable`. What changes something raises `OutcomeUnknown` when the line broke meanwhile.
    """

    @property
    def me(self) -> Person: ...

    async def folders(self) -> Sequence[Folder]:
        """All folders."""
        ...

    async def messages(self, query: Query) -> Page:
        """A page of a folder, the newest first."""
        ...

    async def changed(self, folder: str, mark: str, seconds: float) -> str:
        """Wait until a folder is not as it was at `mark`, or for so long; its mark then."""
        ...

    async def summary(self, mail: MailId) -> Summary:
        """What a list shows of a mail."""
        ...

    async def read(self, mail: MailId) -> Message:
        """A mail with its text."""
        ...

    async def part(self, mail: MailId, number: str, max_bytes: int) -> bytes:
        """The content of a part, decoded. Raises `BadInput` when it is larger."""
        ...

    async def thread(self, mail: MailId) -> Sequence[Summary]:
        """The mails of its thread in this mailbox, the oldest first."""
        ...

    async def find(self, message_id: str, folders: Sequence[str]) -> Sequence[MailId]:
        """The mails with this Message-ID in these folders, named by role or path; those that are missing are passed."""
        ...

    async def append(self, role: Role, content: bytes, message_id: str, *, at: datetime) -> MailId | None:
        """Put a mail into the folder of a role, unless it holds one of this Message-ID; None where there is no such
        folder or its place there is not told."""
        ...

    async def keeps_sent(self) -> bool:
        """Whether the server puts a copy of what is sent into the folder by itself."""
        ...

    async def flag(self, mail: MailId, flag: Flag, on: bool) -> None:
        """Set or take a flag."""
        ...

    async def move(self, mail: MailId, folder: str) -> MailId | None:
        """Move to a folder (its path); where it is now, None when the server does not tell."""
        ...

    async def remove(self, mail: MailId) -> None:
        """Remove a mail for good. For drafts only."""
        ...

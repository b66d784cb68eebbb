"""The question of one turn, with all that its turn has to know."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from backend.assistant.questions.choice import Chosen
from backend.assistant.questions.followups import Past
from backend.assistant.questions.lookup import FindNamed, nothing_named
from backend.assistant.shown import Link
from backend.search.chunk import Filters

FindFolders = Callable[[Collection[str]], Awaitable[Sequence[int]]]
"""Finds folders of the user who asks by words of their names."""


async def no_folders(_words: Collection[str]) -> Sequence[int]:
    """A `FindFolders` for those without a list of folders."""
    return ()


@dataclass(frozen=True, slots=True)
class Question:
    """What one turn answers. `past` are the turns before it, `chosen` the answer to a clarification.

    `zone` is the time zone of the user, in which "yesterday" is meant. `missed` says where it was looked for before, in
    vain, as a whole sentence: "I find no such event in your calendar."
    """

    turn_id: str
    conversation_id: str
    user_id: str
    text: str
    filters: Filters
    link: Link
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    zone: tzinfo = UTC
    past: tuple[Past, ...] = ()
    chosen: Chosen | None = None
    find_named: FindNamed = nothing_named
    find_folders: FindFolders = no_folders
    missed: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether the user has chosen files or folders to answer from."""
        return bool(self.filters.file_ids or self.filters.folder_ids)


def written_text(text: str) -> str:
    """Without what no person types and no database takes: NUL characters and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()

"""What of a user's files is indexed at all: the administrator's patterns and the user's own wishes."""

import hashlib
import re
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

# A file of this name keeps the folder that it is in, and all below, out of the index.
NO_INDEX = ".noindex"
# How the names of files end that VoiceAssist itself wrote. They are never indexed, wherever they lie: an answer would
# come back as a source, and before the files it was made from, since it holds the question as well.
OWN_FILE = ".voiceassist.md"


@dataclass(frozen=True)
class Rules:
    """For one user. Paths are in the user's home.

    `exclude` are patterns in which `*` stands for any text, slashes included, and everything else for itself; case is
    ignored. A pattern that names a folder leaves out all that is in it. `include`, when it is not empty, are the only
    folders that are indexed. `opt_out` takes all that was indexed out again. Without `indexing`, what is indexed stays
    and nothing new is read. `everybodys` are those of the patterns that hold for all users.
    """

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    opt_out: bool = False
    indexing: bool = True
    everybodys: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, exclude: str = "", include: str = "", *, opt_out: bool = False, indexing: bool = True, everybodys: str = ""
    ) -> "Rules":
        """From settings, which separate patterns and folders by commas. `everybodys` are added to `exclude`.

        Whoever writes `Private` means `/Private`.
        """
        for_all = _patterns(everybodys)
        return cls((*for_all, *_patterns(exclude)), _split(include), opt_out, indexing, for_all)

    @cached_property
    def digest(self) -> str:
        """Differs between rules by which different files are indexed."""
        told = repr((sorted(self.exclude), sorted(self.include), self.opt_out))
        return hashlib.sha256(told.encode()).hexdigest()

    @cached_property
    def everybodys_digest(self) -> str:
        """The digest of the rules of a user without own wishes, who has no less indexed than anybody else."""
        return Rules(self.everybodys).digest

    def admits(self, path: str, *, is_folder: bool) -> bool:
        """Whether a file is indexed, or a folder looked into."""
        folded = path.casefold()
        if not is_folder and folded.endswith(OWN_FILE):
            return False
        if self._excluded is not None and self._excluded.fullmatch(folded):
            return False
        if not self.include:
            return True
        return any(_is_below(folded, folder) or (is_folder and _is_below(folder, folded)) for folder in self._included)

    @cached_property
    def _excluded(self) -> re.Pattern[str] | None:
        patterns = [pattern.rstrip("/") or "/" for pattern in self.exclude]
        expressions = (".*".join(map(re.escape, pattern.casefold().split("*"))) for pattern in patterns)
        return re.compile("|".join(expressions), re.DOTALL) if patterns else None

    @cached_property
    def _included(self) -> tuple[str, ...]:
        return tuple("/" + folder.strip("/").casefold() for folder in self.include)


NO_RULES = Rules()

RulesOf = Callable[[str], Awaitable[Rules]]
"""Gives the rules in force for a user. Asked before every look at the user's files, so it keeps what it knows."""


def _split(text: str) -> tuple[str, ...]:
    # Nextcloud composes the letters of names; not every keyboard does (macOS).
    return tuple(part for part in map(str.strip, unicodedata.normalize("NFC", text).split(",")) if part)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part if part.startswith(("/", "*")) else f"/{part}" for part in _split(text))


def _is_below(path: str, folder: str) -> bool:
    return folder == "/" or path == folder or path.startswith(f"{folder}/")

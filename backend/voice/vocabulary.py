"""What a user is likely to say by voice: the names of their people, calendars, folders and files."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.calendar.service import Calendars
from backend.contacts.service import Contacts
from backend.errors import VoiceAssistError
from backend.files.library import Library
from backend.speech.protocol import Vocabulary
from backend.trouble import told
from backend.voice.words import turn_words

log = structlog.get_logger(__name__)

# More names make recognition slower, and more of them sound alike.
MOST_NAMES = 2_000
# Of these, names of folders and files: people are spoken of more often.
MOST_FILES = 800
MOST_CALENDARS = 50
# A vocabulary is as good as new for this time; then its sources are asked again.
_FRESH = timedelta(minutes=2)
# A source that has not answered after this time (seconds) is left out: a session begins.
_PATIENCE = 2.0
# Users whose vocabulary is kept; 2,000 names take some 200 kB.
_KEPT = 200

# What is said while the assistant speaks is short, and heard well only where it is expected: elsewhere "no" is "now".
# Not the ways to say yes: beside each other the engine is never sure of one (0.07 instead of 1.0), and then it is none.
# English: the engine that makes a language model of phrases knows nothing else.
_YES = frozenset({"yes", "yeah", "yep", "yup", "ya"})
_PHRASES = tuple(sorted((turn_words("en").backchannels | turn_words("en").stops) - _YES))
# Of whoever has no names, or whose names are not known yet.
EVERYBODYS = Vocabulary("everybody", (), _PHRASES, everybodys=True)

# The names of one kind that a user's things have, the most used first.
Names = Callable[[str], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    vocabulary: Vocabulary


class Vocabularies:
    """Composes each user's vocabulary from what the house knows, and keeps it for a while."""

    def __init__(self, people: Names, calendars: Names, files: Names, now: Callable[[], datetime]) -> None:
        self._people = people
        self._calendars = calendars
        self._files = files
        self._now = now
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def of(self, user_id: str) -> Vocabulary:
        """This user's vocabulary. A source that fails or is slow is left out, and what it last said stays unknown."""
        kept = self._kept.get(user_id)
        if kept is not None and self._now() - kept.at < _FRESH:
            return kept.vocabulary
        people, calendars, files = await asyncio.gather(
            self._asked("contacts", self._people(user_id)),
            self._asked("calendars", self._calendars(user_id)),
            self._asked("files", self._files(user_id)),
        )
        calendars, files = calendars[:MOST_CALENDARS], files[:MOST_FILES]
        names = _distinct([*calendars, *people[: MOST_NAMES - len(files) - len(calendars)], *files])
        version = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        vocabulary = Vocabulary(version, tuple(names), _PHRASES) if names else EVERYBODYS
        self._kept[user_id] = _Kept(self._now(), vocabulary)
        self._kept.move_to_end(user_id)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return vocabulary

    def forget_user(self, user_id: str) -> None:
        """Forget a user who is no more."""
        self._kept.pop(user_id, None)

    async def _asked(self, source: str, answer: Awaitable[Sequence[str]]) -> Sequence[str]:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await answer
        except (VoiceAssistError, TimeoutError) as error:
            log.warning("vocabulary.source_failed", source=source, error=told(error))
            return ()


def open_vocabularies(
    contacts: Contacts, calendars: Calendars, library: Library, now: Callable[[], datetime]
) -> Vocabularies:
    """Vocabularies from the services of the house."""

    async def calendar_names(user_id: str) -> Sequence[str]:
        return [calendar.name for calendar in await calendars.calendars(user_id)]

    async def file_names(user_id: str) -> Sequence[str]:
        return await library.recent_names(user_id, MOST_FILES)

    return Vocabularies(contacts.names, calendar_names, file_names, now)


def _distinct(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(name.strip() for name in names) if name]

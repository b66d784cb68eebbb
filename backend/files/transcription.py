"""Recordings: what is said in them, in pages of about half a minute that know when it is said."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

from backend.errors import RateLimited, Unavailable
from backend.files.extraction.extracted import Page
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, Listening, Transcript, Word
from backend.speech.recording import Heard
from backend.speech.router import Hearing

# By the type that Nextcloud derives from a file's name: what browsers record it calls a film. Notes and lists of
# titles are no sound.
_FILM_OR_NOT = "video/webm"
_NO_SOUND = frozenset(
    {"audio/midi", "audio/x-midi", "audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls", "audio/x-ms-wax"}
)

# A page ends at the first sentence end or pause after so many seconds, and in any case after so many more: whoever
# follows a citation listens for half a minute at most. A window whose words have no times is a page of its own.
_PAGE_SECONDS = 25.0
_MOST_SECONDS = 40.0
# Between words of one sentence it is seldom quiet for so long (seconds).
_PAUSE_SECONDS = 0.8
_SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")
# How far ahead (characters) in the text a word is looked for: numbers and signs may be written otherwise than timed.
_AHEAD = 60

# Read at a time: half a minute.
_PIECE_BYTES = 30 * HEARD_RATE * BYTES_PER_SAMPLE

# Recordings whose beginning is kept; the transcript of an hour is 60 kB.
_BEGUN = 16

Progress = Callable[[float], Awaitable[None]]


def is_recording(mime: str) -> bool:
    """Whether a file of this type is a recording by its name."""
    return mime == _FILM_OR_NOT or (mime.startswith("audio/") and mime not in _NO_SOUND)


class HeardTranscription:
    """Has recordings heard by engines of `grade`; empty: by any.

    Of a recording in the middle of which they fail, what was heard is kept for the next attempt.
    """

    def __init__(self, hearing: Hearing, grade: str) -> None:
        self._hearing = hearing
        self._grade = grade
        self._begun: OrderedDict[tuple[str, str], list[Heard]] = OrderedDict()

    async def transcribe(self, user_id: str, sound: Path, progress: Progress) -> tuple[Page, ...]:
        """What is said in samples (16-bit mono at `HEARD_RATE`), which are a file of this user's.

        Nobody knows the language before: the engine finds out. Raises `Withheld` when the sound may go nowhere,
        `Unavailable` when nobody hears it at the moment.
        """
        recording = (user_id, await asyncio.to_thread(_digest, sound))
        heard = self._begun.pop(recording, [])
        listening = Listening(user_id, language="", grade=self._grade)
        try:
            async with aclosing(_pieces(sound, progress)) as pieces:
                return tuple(pages(await self._hearing.transcribe(pieces, listening, heard)))
        except (RateLimited, Unavailable):
            self._begun[recording] = heard
            if len(self._begun) > _BEGUN:
                self._begun.popitem(last=False)
            raise


def _digest(sound: Path) -> str:
    with sound.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _pieces(sound: Path, progress: Progress) -> AsyncGenerator[bytes, None]:
    with await asyncio.to_thread(sound.open, "rb") as file:
        size = max(1, (await asyncio.to_thread(sound.stat)).st_size)
        read = 0
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
            read += len(piece)
            await progress(read / size)


def pages(transcript: Transcript) -> Iterator[Page]:
    """A transcript by time. Lines end where the speaker makes a pause; spelling and signs are those of its text."""
    text: list[str] = []
    begin = end = 0.0
    for word, written in _written(transcript):
        pause = word.start - end
        if text:
            whole = pause >= _PAUSE_SECONDS or text[-1].endswith(_SENTENCE_ENDS)
            if (whole and end - begin >= _PAGE_SECONDS) or word.end - begin > _MOST_SECONDS:
                yield _page(text, begin)
                text = []
        if not text:
            begin = word.start
        text.append(f"\n{written}" if len(text) > 0 and pause >= _PAUSE_SECONDS else written)
        end = word.end
    if text:
        yield _page(text, begin)


def _page(text: list[str], begin: float) -> Page:
    return Page(None, None, " ".join(text).replace(" \n", "\n"), time=int(begin))


def _written(transcript: Transcript) -> Iterator[tuple[Word, str]]:
    """Each word as the text writes it, with the signs behind it: engines give times of bare words."""
    text, folded = transcript.text, transcript.text.casefold()
    if len(folded) != len(text):  # letters that casefold makes two of
        folded = text
    placed: list[tuple[Word, int]] = []
    after = 0
    for word in transcript.words:
        bare = word.text.strip().casefold()
        at = folded.find(bare, after, after + len(bare) + _AHEAD) if bare else -1
        if at >= 0:
            placed.append((word, at))
            after = at + len(bare)
    if not placed and text.strip():
        first = transcript.words[0] if transcript.words else Word("", 0.0, 0.0)
        placed.append((first, 0))
    starts = [0, *(at for _, at in placed[1:])]
    for (word, _), start, end in zip(placed, starts, [*starts[1:], len(text)], strict=False):
        yield word, text[start:end].strip()

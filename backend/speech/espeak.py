"""The built-in engine that speaks: the program espeak-ng, a process for each clause."""

import asyncio
import re
import shutil
import struct
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from backend.egress.gate import Destination
from backend.errors import BadInput, Unavailable
from backend.speech.protocol import SPOKEN_RATE, EngineInfo, Voice
from backend.speech.resampling import Resampler

# A clause has some 200 characters. espeak-ng writes a minute of speech in some 60 ms, but nobody should wait for more.
LONGEST_TEXT = 5_000
# espeak-ng's own usual pace, and the paces it can be understood at.
_WORDS_PER_MINUTE = 175
_SLOWEST, _FASTEST = 80, 450
# It answers within 15 ms when nothing else runs; a machine that is short of memory may need seconds.
_STALL_SECONDS = 5.0
# What is read at a time: 93 ms of sound at espeak-ng's 22,050 Hz.
_PIECE_BYTES = 4_096

# What espeak-ng writes for `--stdout`: RIFF and WAVE, the chunk "fmt " (PCM, channels, rate, …, bits per sample), then
# "data". The lengths in it mean nothing, since it does not know them yet.
_HEADER = struct.Struct("<4s4x4s4s4xHHI4x2xH4s4x")
_PCM = 1

# espeak-ng takes [[…]] for names of phonemes, and what follows a control character for a command (new pitch, voice).
_PHONEMES = re.compile(r"\[(?=\[)")
# In English it takes a spelled "A" for the article; "eh" is the letter's name in its phonemes.
_LETTER_A = re.compile(r"(?<!\w)A(?=-\w)|(?<=\w-)A(?!\w)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

INSTALL = "espeak-ng is not installed: nothing can be spoken on this machine. Debian, Ubuntu: apt install espeak-ng"


class Espeak:
    """Speaks with espeak-ng. `program` is its name or path; `stall_seconds` how long it may give no sound."""

    def __init__(self, program: str = "espeak-ng", *, stall_seconds: float = _STALL_SECONDS) -> None:
        self._program = program
        self._stall_seconds = stall_seconds
        self._voices: frozenset[str] = frozenset()
        self._running: set[Process] = set()

    @property
    def info(self) -> EngineInfo:
        """What is known of it; `languages` is open, since it has a voice for more than a hundred."""
        return EngineInfo(name="espeak-ng", destination=Destination("localhost"), streaming=True)

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        """The sound of `text`. Raises `BadInput` when it is longer than `LONGEST_TEXT` characters, else as agreed.

        A voice that espeak-ng does not have is spoken in the usual one of the language.
        """
        if len(text) > LONGEST_TEXT:
            raise BadInput(f"{len(text)} characters are too many to be spoken at once; at most {LONGEST_TEXT}.")
        plain = _plain(text, voice.language)
        if not plain:
            return
        process = await self._start(*_options(voice, await self._named(voice)))
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            async with asyncio.timeout(self._stall_seconds):
                rate = await self._begin(process, plain)
            resampler = Resampler(rate, SPOKEN_RATE)
            while True:
                async with asyncio.timeout(self._stall_seconds):
                    read = await process.stdout.read(_PIECE_BYTES)
                if not read:
                    break
                if sound := resampler.feed(read):
                    yield sound
            if sound := resampler.finish():
                yield sound
            async with asyncio.timeout(self._stall_seconds):
                status = await process.wait()
            if status != 0:
                raise Unavailable(f"espeak-ng broke off (status {status}).")
        except TimeoutError:
            raise Unavailable(f"espeak-ng gave no sound for {self._stall_seconds:g} s and was stopped.") from None
        finally:
            await self._end(process)

    async def voices(self) -> Sequence[str]:
        """The voices that can be had, by language tag ("de", "en-us"), in alphabetical order."""
        if not self._voices:
            process = await self._start("--voices")
            try:
                async with asyncio.timeout(self._stall_seconds):
                    listed, _ = await process.communicate()
            except TimeoutError:
                raise Unavailable(f"espeak-ng listed no voices within {self._stall_seconds:g} s.") from None
            finally:
                await self._end(process)
            self._voices = frozenset(_tags(listed.decode("utf-8", "replace")))
        return sorted(self._voices)

    async def close(self) -> None:
        """End what still speaks."""
        for process in list(self._running):
            await self._end(process)

    async def _named(self, voice: Voice) -> str:
        """The voice for `-v`: only names that espeak-ng itself gave ever become an option."""
        offered = await self.voices()
        tag = voice.language.lower().replace("_", "-")
        for name in (voice.name, tag, tag.partition("-")[0]):
            if name in offered:
                return name
        raise Unavailable(f"espeak-ng has no voice for the language {voice.language!r}.")

    async def _start(self, *options: str) -> Process:
        path = shutil.which(self._program)
        if path is None:
            raise Unavailable(INSTALL)
        try:
            process = await asyncio.create_subprocess_exec(path, *options, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        except OSError as error:
            raise Unavailable(f"espeak-ng cannot be started: {error.strerror}.") from error
        self._running.add(process)
        return process

    async def _begin(self, process: Process, text: str) -> int:
        """Give the text and read the header of the sound; the rate of what follows."""
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError, ConnectionResetError):  # then it gives no header either
            process.stdin.write(text.encode("utf-8", "replace"))
            await process.stdin.drain()
        process.stdin.close()
        try:
            header = await process.stdout.readexactly(_HEADER.size)
        except asyncio.IncompleteReadError:
            raise Unavailable(f"espeak-ng gave no sound (status {await process.wait()}).") from None
        riff, wave, fmt, coding, channels, rate, bits, data = _HEADER.unpack(header)
        if (riff, wave, fmt, coding, channels, bits, data) != (b"RIFF", b"WAVE", b"fmt ", _PCM, 1, 16, b"data"):
            raise Unavailable("espeak-ng gave something else than 16-bit mono sound.")
        return int(rate)

    async def _end(self, process: Process) -> None:
        assert process.stdout is not None
        with suppress(ProcessLookupError):
            process.kill()
        # asyncio waits until the pipe has been read to its end, too. Somebody else may be doing that already.
        with suppress(RuntimeError):
            await process.stdout.read()
        await process.wait()
        self._running.discard(process)


def _plain(text: str, language: str) -> str:
    """The text with nothing in it that espeak-ng takes for anything but text."""
    plain = _PHONEMES.sub("[ ", _CONTROLS.sub(" ", text)).strip()
    return _LETTER_A.sub("eh", plain) if language.startswith("en") else plain


def _options(voice: Voice, name: str) -> list[str]:
    pace = min(max(round(_WORDS_PER_MINUTE * voice.speed), _SLOWEST), _FASTEST)
    return ["--stdout", "--stdin", "-b", "1", "-s", str(pace), "-v", name]


def _tags(listed: str) -> list[str]:
    """The language tags of the table that `--voices` prints, without voices of MBROLA, which is another program."""
    rows = [line.split() for line in listed.splitlines()[1:]]
    tags = [row[1] for row in rows if len(row) > 4 and not row[4].startswith("mb/")]
    # "en" is not in the column, but every espeak-ng takes it.
    return [*tags, *{tag.partition("-")[0] for tag in tags}]

"""How text is pronounced, as Piper and Kokoro were taught it: in the phonemes of espeak-ng, with punctuation.

sherpa-onnx 2 leaves this to its caller. The program is asked, not linked: it is under the GPL.
"""

import asyncio
import contextlib
import re
import textwrap
import unicodedata
from asyncio.subprocess import DEVNULL, PIPE

from backend.errors import Unavailable

# The voices whose phonemes the models were trained on.
_VOICES = {"en": "en-us", "de": "de"}

# A text is a clause or two: a process takes some 10 ms.
_SECONDS = 5.0

# Where a pause is (not within a number), and where a sentence ends.
_PAUSE = re.compile(r"(?<=[.,;:!?…])\s+")
_ENDS = (".", "!", "?")

# Kokoro takes 510 symbols at once, and sherpa-onnx ends the process on more. What is longer is cut between words.
_LONGEST = 300

# espeak-ng takes [[…]] for names of phonemes, and control characters for commands.
_COMMANDS = re.compile(r"\[\[|[\x00-\x1f\x7f-\x9f]")
# How it tells that a word is of another language: (en)…(de).
_SWITCH = re.compile(r"\([a-z-]+\)")


async def phonemes(text: str, language: str) -> list[str]:
    """The sentences of a text in phonemes, decomposed (NFD). Raises `Unavailable` when espeak-ng cannot tell."""
    clauses = [
        (clause, mark)
        for clause, mark in map(_parts, _PAUSE.split(_COMMANDS.sub(" ", text)))
        if any(letter.isalnum() for letter in clause)
    ]
    sounds = await asyncio.gather(*(_ask(clause, _VOICES.get(language, language)) for clause, _ in clauses))
    sentences = [""]
    for sound, (_, mark) in zip(sounds, clauses, strict=True):
        sentences[-1] += f"{' ' if sentences[-1] else ''}{sound}{mark}"
        if mark in _ENDS:
            sentences.append("")
    return [part for sentence in sentences for part in textwrap.wrap(unicodedata.normalize("NFD", sentence), _LONGEST)]


def _parts(clause: str) -> tuple[str, str]:
    """The words, and the one mark behind them that counts."""
    words = clause.rstrip(".,;:!?… ")
    mark = clause[len(words) :].strip()[:1]
    return words.strip(), "." if mark in ("", "…") else mark


async def _ask(clause: str, voice: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            "espeak-ng", "-q", "--ipa", "-v", voice, "--stdin", stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
    except FileNotFoundError as error:
        raise Unavailable("espeak-ng is not installed: apt-get install espeak-ng") from error
    try:
        async with asyncio.timeout(_SECONDS):
            told, _ = await process.communicate(clause.encode())
    except TimeoutError as error:
        raise Unavailable("espeak-ng does not answer.") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Unavailable(f"espeak-ng does not know the language {voice!r}.")
    return _SWITCH.sub("", " ".join(told.decode().split()))

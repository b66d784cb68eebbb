"""Commands about speech."""

import asyncio
import struct
import sys
import wave
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from backend.errors import BadInput
from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE, Synthesiser, Voice

app = typer.Typer()

# Who reads from a pipe cannot be told the length beforehand: the largest one stands for "until it ends".
_UNKNOWN_LENGTH = 0xFFFFFFFF
_SLOWEST, _FASTEST = 0.5, 2.5


@app.command()
def speak(
    text: str,
    output: Annotated[str, typer.Option("-o", "--output", help="The WAV file to write, - for standard output.")],
    language: Annotated[str, typer.Option(help="The language of the text, such as en or de.")] = "en",
    voice: Annotated[str, typer.Option(help="One of the engine's voices (default: its usual one).")] = "",
    speed: Annotated[float, typer.Option(min=_SLOWEST, max=_FASTEST, help="1 is normal.")] = 1.0,
) -> None:
    """Speak a text as an answer is spoken, into a WAV file (24,000 Hz, 16 bit, mono)."""
    asyncio.run(_speak(text, output, Voice(language, voice, speed)))


async def _speak(text: str, output: str, voice: Voice) -> None:
    from backend.speech.espeak import Espeak  # loads FFmpeg, which no other command needs

    engine = Espeak()
    try:
        async with aclosing(_sound(text, engine, voice)) as pieces:
            first = await anext(pieces, b"")  # what cannot be spoken leaves no file behind
            if not first:
                raise BadInput("There is nothing in the text that could be spoken.")
            with _writing(output) as write:
                write(first)
                async for piece in pieces:
                    write(piece)
    finally:
        await engine.close()


async def _sound(text: str, engine: Synthesiser, voice: Voice) -> AsyncGenerator[bytes, None]:
    """The sound of all clauses, one behind the other."""
    from backend.speech.clauses import Clauses

    clauses = Clauses(voice.language)
    for clause in [*clauses.feed(text), *clauses.flush()]:
        if clause.spoken:
            async with aclosing(engine.speak(clause.spoken, voice, "")) as pieces:
                async for piece in pieces:
                    yield piece


@contextmanager
def _writing(output: str) -> Iterator[Callable[[bytes], None]]:
    """Takes samples and makes a WAV file of them. Raises `BadInput` when it cannot be written."""
    if output == "-":
        sys.stdout.buffer.write(_endless_header())
        yield _to_standard_output
        return
    try:
        opened = Path(output).open("wb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise BadInput(f"{output} cannot be written: {error.strerror}.") from None
    with opened, wave.open(opened, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(BYTES_PER_SAMPLE)
        file.setframerate(SPOKEN_RATE)
        yield file.writeframesraw


def _to_standard_output(samples: bytes) -> None:
    sys.stdout.buffer.write(samples)
    sys.stdout.buffer.flush()


def _endless_header() -> bytes:
    """The header of a WAV file of unknown length (RIFF, "fmt " for PCM, "data")."""
    per_second = SPOKEN_RATE * BYTES_PER_SAMPLE
    fmt = struct.pack("<HHIIHH", 1, 1, SPOKEN_RATE, per_second, BYTES_PER_SAMPLE, 8 * BYTES_PER_SAMPLE)
    head = struct.pack("<4sI4s", b"RIFF", _UNKNOWN_LENGTH, b"WAVE")
    return head + struct.pack("<4sI", b"fmt ", len(fmt)) + fmt + struct.pack("<4sI", b"data", _UNKNOWN_LENGTH)

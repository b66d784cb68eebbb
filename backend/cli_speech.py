"""Commands about speech."""

import asyncio
import json
import struct
import sys
import time
import wave
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.errors import BadInput
from backend.speech.protocol import (
    BYTES_PER_SAMPLE,
    SPOKEN_RATE,
    Listening,
    Recogniser,
    Synthesiser,
    Vocabulary,
    Voice,
)

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


@app.command()
def transcribe(
    files: list[Path],
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each file instead of text.")] = False,
    language: Annotated[str, typer.Option(help="The language that is spoken, such as en or de.")] = "en",
    name: Annotated[
        list[str] | None, typer.Option(help="Commands are said, with this name in them; may be given again.")
    ] = None,
) -> None:
    """Write down what is said in recordings."""
    asyncio.run(_transcribe(files, as_json, Listening("", language, _vocabulary(name or ()))))


def _vocabulary(names: Sequence[str]) -> Vocabulary:
    """Who names somebody expects commands; without names, anything may be said."""
    return Vocabulary("named", tuple(names)) if names else Vocabulary()


async def _transcribe(files: list[Path], as_json: bool, listening: Listening) -> None:
    from backend.speech.builtin.recogniser import BuiltinRecogniser  # loads what no other command needs

    engine = BuiltinRecogniser()
    try:
        await engine.prepare(listening)
        for file in files:
            report = await _heard(file, engine, listening)
            if as_json:
                line = json.dumps(report, ensure_ascii=False)
            else:
                facts = (
                    f"{report['engine']}, {report['seconds']} s of sound, {report['real_time_factor']} of its length"
                )
                line = f"{report['file']} ({facts})\n{report['text'] or 'Nothing was heard.'}"
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    finally:
        await engine.close()


async def _heard(file: Path, engine: Recogniser, listening: Listening) -> dict[str, Any]:
    """What is said in a recording, in windows of at most half a minute; of its sound one window is held."""
    from backend.speech.audio import decode
    from backend.speech.recording import Heard, Window, Windows, joined

    async def hear(window: Window) -> None:
        if not window.is_silent:
            recognition = await engine.listen(listening)
            await recognition.feed(window.samples)
            heard.append(Heard(window.begin, window.end, await recognition.finish()))

    began = time.monotonic()
    heard: list[Heard] = []
    windows, size = Windows(), 0.0
    pieces = decode(file)
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        for window in windows.add(piece):
            size = window.end
            await hear(window)
    for window in windows.rest():
        size = window.end
        await hear(window)
    took = time.monotonic() - began
    transcript = joined(heard, listening.language)
    return {
        "file": str(file),
        "engine": transcript.engine or engine.info.name,
        "language": transcript.language,
        "text": transcript.text,
        "words": [asdict(word) for word in transcript.words],
        "seconds": round(size, 2),
        "real_time_factor": round(took / size, 3) if size else 0.0,
    }

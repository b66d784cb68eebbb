"""Commands about speech."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.speech.protocol import Listening, Recogniser, Vocabulary

app = typer.Typer()


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

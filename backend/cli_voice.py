"""Commands about conversations by voice."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer()


@app.command()
def vad(file: Path, as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False) -> None:
    """Show where somebody speaks in a recording, in seconds."""
    found = _spoken(file)
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    table = Table("start", "end", "seconds", box=None)
    for segment in found["segments"]:
        table.add_row(*(f"{number:.2f}" for number in (segment["start"], segment["end"], _length(segment))))
    out = Console(highlight=False)
    out.print(table)
    spoken = sum(map(_length, found["segments"]))
    out.print(f"{len(found['segments'])} segments, {spoken:.2f} of {found['seconds']:.2f} seconds")


def _length(segment: dict[str, float]) -> float:
    return segment["end"] - segment["start"]


def _spoken(file: Path) -> dict[str, Any]:
    from backend.speech.audio import decode  # loads FFmpeg, which few commands need
    from backend.voice.activity import Activity

    activity = Activity()
    segments: list[dict[str, float]] = []
    for samples in decode(file):
        for change in activity.feed(samples):
            if change.kind == "started":
                segments.append({"start": round(change.at, 3)})
            else:
                segments[-1]["end"] = round(change.at, 3)
    if activity.speaking:  # the recording ends in the middle of a word
        segments[-1]["end"] = round(activity.heard, 3)
    return {"file": str(file), "seconds": round(activity.heard, 3), "segments": segments}

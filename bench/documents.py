"""Extraction measured on a folder of real and hostile documents: `python -m bench.documents EVALDIR`.

EVALDIR (or the environment variable EVAL), or `documents` in it, holds any of
- `markitdown/expected_strings.json` with `markitdown/test_files/`: strings that must or must not be found,
- `unstructured/`: files of which most have text,
- `hostile/`: files that must each be answered, with text or a reason, within the limits.
Prints one JSON object.
"""

import argparse
import asyncio
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from backend.files.extraction.extracted import Extracted
from backend.files.extraction.limits import Limits
from backend.files.extraction.pool import Extractor
from backend.telemetry import configure_logging

_LINK = re.compile(r"!?\[([^\]]*)\]\((?:[^()\s]|\([^)]*\))*(?:\s+\"[^\"]*\")?\)")
_SIGNS = re.compile(r"[#*_`>|\[\]\\]+|-{3,}|(?<!\w)[-+](?=\s)")
_SPACES = re.compile(r"\s+")
_SAMPLE_SECONDS = 0.02


def plain(text: str) -> str:
    """`text` without Markdown signs and with single spaces, so that only words are compared."""
    return _SPACES.sub(" ", _SIGNS.sub(" ", _LINK.sub(r"\1", text))).strip()


def words_of(extracted: Extracted) -> str:
    """All text of a file in the same form."""
    return plain("\n".join(page.text for page in extracted.pages))


async def expected_strings(folder: Path, extractor: Extractor) -> dict[str, object]:
    """How many of the strings that must be found are found; strings of nothing but signs or image data do not count."""
    entries = json.loads((folder / "expected_strings.json").read_text(encoding="utf-8"))
    found, missed, unwanted = 0, [], []
    for entry in entries:
        path = folder / "test_files" / entry["filename"]
        text = words_of(await extractor.extract(path, path.name, entry["mimetype"]))
        for expected in entry["must_include"]:
            wanted = plain(expected)
            if not wanted or "data:image" in expected:
                continue
            if wanted in text:
                found += 1
            else:
                missed.append([entry["filename"], expected])
        unwanted += [
            [entry["filename"], forbidden]
            for forbidden in entry["must_not_include"]
            if "data:" not in forbidden and "](" not in forbidden and plain(forbidden) in text
        ]
    total = found + len(missed)
    return {"strings": total, "found": found, "share": round(found / total, 4), "missed": missed, "unwanted": unwanted}


async def answers(files: Sequence[Path], extractor: Extractor, limits: Limits) -> dict[str, object]:
    """Whether each file is answered with text or a reason in time."""

    async def one(path: Path) -> tuple[Path, Extracted]:
        return path, await extractor.extract(path, path.name, None)

    results = await asyncio.gather(*(one(path) for path in files))
    slowest = max(results, key=lambda result: result[1].seconds)
    return {
        "files": len(results),
        "with_text": sum(extracted.ok for _, extracted in results),
        "with_reason_only": sum(not extracted.ok and extracted.reason is not None for _, extracted in results),
        "without_answer": [path.name for path, extracted in results if not extracted.ok and not extracted.reason],
        "over_time": [path.name for path, extracted in results if extracted.seconds > limits.seconds + 1],
        "max_seconds": round(slowest[1].seconds, 2),
        "slowest": slowest[0].name,
        "reasons": {path.name: extracted.reason for path, extracted in results if extracted.reason},
    }


def peak_memory(status: Path) -> int:
    """The most memory in bytes that a process has had (proc(5), VmHWM)."""
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(fields.get("VmHWM", "0 kB").split()[0]) * 1024


async def watch(extractor: Extractor, peak: dict[str, int]) -> None:
    """Note the largest memory that any child has."""
    while True:
        for pid in extractor.children:
            status = Path(f"/proc/{pid}/status")
            try:
                peak["bytes"] = max(peak["bytes"], peak_memory(status))
            except OSError:
                continue  # it has ended
        await asyncio.sleep(_SAMPLE_SECONDS)


async def measure(folder: Path, limits: Limits) -> dict[str, object]:
    """All measurements that the folder allows."""
    report: dict[str, object] = {}
    peak = {"bytes": 0}
    async with Extractor(limits) as extractor:
        watcher = asyncio.create_task(watch(extractor, peak))
        if (folder / "markitdown" / "expected_strings.json").is_file():
            report["expected_strings"] = await expected_strings(folder / "markitdown", extractor)
        for name in ("unstructured", "hostile"):
            files = sorted(path for path in (folder / name).rglob("*") if path.is_file())
            if files:
                began = time.monotonic()
                report[name] = await answers(files, extractor, limits)
                report[f"{name}_wall_seconds"] = round(time.monotonic() - began, 2)
        watcher.cancel()
    report["max_child_mb"] = peak["bytes"] // 2**20
    return report


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=os.environ.get("EVAL"))
    parser.add_argument("--seconds", type=float, default=60.0, help="limit per file")
    arguments = parser.parse_args()
    if arguments.folder is None:
        parser.error("name the folder of documents, or set EVAL")
    configure_logging("ERROR", json=False)
    inner = Path(arguments.folder) / "documents"
    report = asyncio.run(
        measure(inner if inner.is_dir() else Path(arguments.folder), Limits(seconds=arguments.seconds))
    )
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()

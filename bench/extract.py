"""Speed of reading and chunking a folder of files: `python -m bench.extract FOLDER`. Prints one JSON object.

Per format: files, characters, chunks, seconds in the child (reading) and of processor time here (chunking, without the
tokenizer, whose cost belongs to the model). `chunks_per_second` is what both together would feed to an embedder.
"""

import argparse
import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from backend.files.chunking import chunk
from backend.files.extraction.limits import Limits
from backend.files.extraction.pool import Extractor
from backend.telemetry import configure_logging

_CHARS_PER_TOKEN = 4.5  # of English text under WordPiece


class Estimate:
    """Guesses token counts from lengths, at no cost."""

    def count(self, text: str) -> int:
        return int(len(text) / _CHARS_PER_TOKEN) + 1

    def count_many(self, texts: Sequence[str]) -> list[int]:
        return [self.count(text) for text in texts]


async def measure(files: Sequence[Path], workers: int) -> dict[str, object]:
    """Read and chunk each file."""
    formats: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    began = time.monotonic()
    async with Extractor(Limits(), workers) as extractor:

        async def one(path: Path) -> None:
            extracted = await extractor.extract(path, path.name, None)
            cpu = time.process_time()
            chunks = chunk(extracted.pages, Estimate())
            row = formats[extracted.format]
            row["chunking_cpu_seconds"] += time.process_time() - cpu
            row["files"] += 1
            row["chars"] += sum(len(page.text) for page in extracted.pages)
            row["chunks"] += len(chunks)
            row["reading_seconds"] += extracted.seconds

        await asyncio.gather(*map(one, files))
    for row in formats.values():
        row["chunks_per_second"] = row["chunks"] / max(1e-9, row["reading_seconds"] + row["chunking_cpu_seconds"])
    return {
        "files": len(files),
        "wall_seconds": round(time.monotonic() - began, 2),
        "formats": {
            name: {key: round(value, 4) for key, value in row.items()} for name, row in sorted(formats.items())
        },
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    configure_logging("ERROR", json=False)
    files = sorted(path for path in arguments.folder.rglob("*") if path.is_file())
    print(json.dumps(asyncio.run(measure(files, arguments.workers)), indent=1))


if __name__ == "__main__":
    main()

"""What writing abbreviations out adds to search: `python -m bench.abbreviations`.

`questions/abbreviations.tsv` asks with abbreviations about the documents of `questions/written_out`, which hold none.
`plain` is the share of questions whose document comes first, and among the first three, by the search alone, `with` by
the lookup that the assistant uses. That it does not hurt elsewhere is seen in `bench.quality`, on and off.
"""

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path

from backend.assistant.questions.lookup import WIDE, Lookup
from backend.assistant.questions.understood import understand
from backend.search.chunk import Filters, Passage
from bench.clarification import house_over

_FOLDER = Path(__file__).parent / "questions"


async def main() -> dict[str, object]:
    """The shares, by the search alone and with abbreviations written out."""
    with (_FOLDER / "abbreviations.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    ranks: dict[str, list[int]] = {"plain": [], "with": []}
    async with house_over(_FOLDER / "written_out") as (house, user):
        for row in rows:
            plain = await house.search.search(user, row["question"], limit=WIDE)
            understood = understand(row["question"], [], datetime.now(UTC))
            found = await Lookup(house.search, user, Filters()).find(understood)
            ranks["plain"].append(_rank(plain, row["file"]))
            ranks["with"].append(_rank(found.passages, row["file"]))
    shares = {
        name: {f"in_top_{top}": round(sum(rank <= top for rank in found) / len(rows), 3) for top in (1, 3)}
        for name, found in ranks.items()
    }
    return {"bench": "abbreviations", "questions": len(rows), **shares}


def _rank(passages: list[Passage], name: str) -> int:
    """The place of the document among those found, from 1."""
    names = list(dict.fromkeys(passage.document.path.lstrip("/") for passage in passages))
    return names.index(name) + 1 if name in names else len(names) + 1


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main()), indent=2))

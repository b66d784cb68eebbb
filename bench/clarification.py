"""When the assistant asks back, and when it should: `python -m bench.clarification [--errors]`.

`questions/clarification.tsv` holds questions over the small documents of `questions/subjects`, which are indexed in a
VoiceAssist of their own and asked about as a user does. Half of the questions have several readings (`kinds` names
them), half have one. `precision` is the share of rightly asked among all asked, `recall` of asked among those with
several readings, `options` the share of questions rightly asked whose options name at least two of the kinds. The
gold questions about the sample documents all have one reading: `bench.quality` counts how often it is asked back there.

Other benches call `clarification_figures()`.
"""

import argparse
import asyncio
import csv
import json
import re
import shutil
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.assistant.events import TurnDone, TurnError
from backend.house import House, open_house
from backend.settings import AnswersBy, Settings

_HERE = Path(__file__).parent
QUESTIONS = _HERE / "questions" / "clarification.tsv"
SUBJECTS = _HERE / "questions" / "subjects"
OUT = _HERE / "out" / "clarification"
HALVES = ("tuning", "held_back")
_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Asked:
    """A question, the kinds between which it leaves open what is meant, and the options that were offered."""

    question: str
    kinds: tuple[str, ...]
    half: str
    options: tuple[str, ...]

    @property
    def named(self) -> int:
        """How many of the kinds are among the options."""
        texts = [option.casefold() for option in self.options]
        return sum(any(re.search(rf"\b{re.escape(kind)}", text) for text in texts) for kind in self.kinds)


@asynccontextmanager
async def house_over(documents: Path) -> AsyncIterator[tuple[House, str]]:
    """A VoiceAssist over a folder of documents, indexed anew, and its user."""
    storage = OUT / documents.name
    shutil.rmtree(storage, ignore_errors=True)
    shutil.copytree(documents, storage / "demo" / "files")
    settings = Settings(app_persistent_storage=storage, nextcloud_url="", answers_by=AnswersBy.EXTRACTIVE)
    async with open_house(settings) as house:
        assert house.visitor is not None
        user = house.visitor.user_id
        while True:
            summary = await house.indexing.service.summary(user)
            if summary.total and not (summary.waiting or summary.running or summary.crawling):
                yield house, user
                return
            await asyncio.sleep(0.2)


async def ask(house: House, user: str, question: str) -> TurnDone:
    """Ask as a user does, in a conversation of its own."""
    taken = await house.assistant.ask(user, question, None, None)
    after = 0
    while True:
        for event in (await house.assistant.events(user, taken.turn_id, after, _WAIT_SECONDS)).events:
            after = event.seq
            if isinstance(event, TurnDone):
                return event
            if isinstance(event, TurnError):
                raise RuntimeError(f"{question}: {event.message}")


def figures(asked: list[Asked]) -> dict[str, object]:
    """Precision and recall of asking back, and how well the options name the kinds."""
    back = [one for one in asked if one.options]
    right = [one for one in back if one.kinds]
    open_ = [one for one in asked if one.kinds]
    return {
        "questions": len(asked),
        "precision": round(len(right) / len(back), 3) if back else None,
        "recall": round(len(right) / len(open_), 3) if open_ else None,
        "options": round(statistics.fmean(one.named >= 2 for one in right), 3) if right else None,
    }


async def clarification_figures(*, errors: bool = False) -> dict[str, dict[str, object]]:
    """The figures of both halves; with `errors`, the mistakes of the tuning half on standard error."""
    with QUESTIONS.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    asked = []
    async with house_over(SUBJECTS) as (house, user):
        for row in rows:
            done = await ask(house, user, row["question"])
            options = tuple(option.label for option in done.clarification.options) if done.clarification else ()
            kinds = tuple(row["kinds"].split(",")) if row["kinds"] else ()
            asked.append(Asked(row["question"], kinds, row["split"], options))
    if errors:
        for one in asked:
            if one.half == "tuning" and (bool(one.kinds) != bool(one.options) or (one.kinds and one.named < 2)):
                print(f"{one.question} -> {one.options} (wanted {one.kinds})", file=sys.stderr)
    return {half: figures([one for one in asked if one.half == half]) for half in HALVES}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--errors", action="store_true")
    measured = asyncio.run(clarification_figures(errors=parser.parse_args().errors))
    print(json.dumps({"bench": "clarification", **measured}, indent=2))

"""How well follow-ups are told from new questions, and made to stand alone: `python -m bench.followups [--errors]`.

`questions/dialogues.tsv` holds short dialogues, half of them with a follow-up (`f`), half with a new question (`n`).
A hash of the question puts each into the half for tuning or the one held back. `told` is the share that was rightly
taken for a follow-up or a new question; `whole` the share of follow-ups whose stand-alone question has every word it
needs and none that the follow-up replaced; `untouched` the share of new questions that stayed exactly as they were.
"""

import argparse
import csv
import hashlib
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from backend.assistant.questions.followups import Past, stand_alone
from backend.assistant.questions.language import LANGUAGES, language_of

DIALOGUES = Path(__file__).parent / "questions" / "dialogues.tsv"
HALVES = ("tuning", "held_back")


@dataclass(frozen=True)
class Dialogue:
    """A question after a turn. `needs` must and `never` must not be in the stand-alone question."""

    followup: bool
    language: str
    before: Past
    question: str
    needs: tuple[str, ...]
    never: tuple[str, ...]

    @property
    def half(self) -> str:
        return HALVES[hashlib.sha256(self.question.encode()).digest()[0] % 2]


def load() -> list[Dialogue]:
    """All dialogues."""
    with DIALOGUES.open(encoding="utf-8", newline="") as lines:
        return [
            Dialogue(
                row["kind"] == "f",
                row["language"],
                Past(row["before"], row["answer"]),
                row["question"],
                tuple(row["needs"].casefold().split()),
                tuple((row["never"] or "").casefold().split()),
            )
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def main(errors: bool) -> dict[str, object]:
    """The figures of both halves; with `errors`, the mistakes of the tuning half on standard error."""
    told: dict[str, list[bool]] = {half: [] for half in HALVES}
    whole: dict[str, list[bool]] = {half: [] for half in HALVES}
    untouched: dict[str, list[bool]] = {half: [] for half in HALVES}
    languages: list[bool] = []
    milliseconds = []
    for dialogue in load():
        began = time.perf_counter()
        language = language_of(dialogue.question)
        made = stand_alone(dialogue.question, [dialogue.before], LANGUAGES[language])
        milliseconds.append((time.perf_counter() - began) * 1000)
        languages.append(language == dialogue.language)
        text = (made or dialogue.question).casefold()
        told[dialogue.half].append((made is not None) == dialogue.followup)
        right = all(word in text for word in dialogue.needs) and not any(word in text for word in dialogue.never)
        (whole if dialogue.followup else untouched)[dialogue.half].append(right if dialogue.followup else made is None)
        if errors and dialogue.half == "tuning" and not (right and told["tuning"][-1]):
            print(f"{'f' if dialogue.followup else 'n'} {dialogue.question} -> {made}", file=sys.stderr)
    return {
        "bench": "followups",
        **{
            half: {
                "dialogues": len(told[half]),
                "told": round(statistics.fmean(told[half]), 3),
                "whole": round(statistics.fmean(whole[half]), 3),
                "untouched": round(statistics.fmean(untouched[half]), 3),
            }
            for half in HALVES
        },
        "language": round(statistics.fmean(languages), 3),
        "milliseconds_p95": round(statistics.quantiles(milliseconds, n=20)[18], 3),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--errors", action="store_true")
    print(json.dumps(main(parser.parse_args().errors), indent=2))

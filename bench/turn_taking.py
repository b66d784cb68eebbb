"""How well turns are taken: what is speech, when a turn is over, who interrupts; prints JSON.

    python -m bench.turn_taking [--speech FOLDER] [--seconds 600] [--only activity endings interruptions]

Speech is made by flite and espeak-ng and mixed with noises made of numbers. FOLDER holds recordings of people
(`ljspeech`, `silero-vad`). Shares are of frames of 10 ms; what is speech is read off the clean clip.

activity       misses and false alarms per noise, how late a start is noticed, starts in so many `--seconds` of each
               noise, recordings of people, and what an idle and a busy microphone cost
endings        on labelled transcripts, how long a silence ends the turn: `waits_s` for complete ones (the product
               promises 0.5), `cut_off` the share of incomplete ones that a pause of 0.6, 1.0 or 1.4 s would end
interruptions  on labelled clips, the share that is judged rightly (see `bench.interruptions`)

`held` halves were not looked at while the rules were made.
"""

import argparse
import asyncio
import csv
import json
import os
import sys
from pathlib import Path

import numpy as np

from backend.voice.ending import AdaptiveSilence, EndOfTurn, FixedSilence
from bench import interruptions, voice_activity

_ENDINGS = Path(__file__).parent / "spoken" / "endings.tsv"
_PROMISED = 0.5
_PAUSES = (0.6, 1.0, 1.4)
_PARTS = ("activity", "endings", "interruptions")


def activity(seconds: float, speech: Path | None) -> dict[str, object]:
    """Everything about speech and other sound."""
    return {
        "frames": voice_activity.frames(),
        f"starts_in_{seconds:.0f}_s": voice_activity.noises(seconds),
        "recordings": voice_activity.outside(speech) if speech else None,
        "costs": voice_activity.costs(),
    }


def endings() -> dict[str, object]:
    """Both strategies on the labelled transcripts."""
    return {"fixed": _ends(FixedSilence()), "adaptive": _ends(AdaptiveSilence())}


def _ends(strategy: EndOfTurn) -> dict[str, object]:
    with _ENDINGS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    report: dict[str, object] = {}
    for half in ("tuning", "held"):
        for language in ("en", "de"):
            waits: dict[str, list[float]] = {"complete": [], "incomplete": []}
            for row in rows:
                if (row["half"], row["language"]) == (half, language):
                    waits[row["label"]].append(strategy.patience(row["text"], language))
            complete, incomplete = np.array(waits["complete"]), np.array(waits["incomplete"])
            report[f"{half} {language}"] = {
                "complete": len(complete),
                "waits_s": {
                    "mean": round(float(complete.mean()), 2),
                    "p95": round(float(np.percentile(complete, 95)), 2),
                },
                "within_promise": round(float((complete <= _PROMISED).mean()), 3),
                "incomplete": len(incomplete),
                "cut_off": {str(pause): round(float((incomplete < pause).mean()), 3) for pause in _PAUSES},
            }
    return report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", nargs="*", choices=_PARTS, default=_PARTS)
    chosen = parser.parse_args()
    report: dict[str, object] = {"load": os.getloadavg()[0]}
    if "activity" in chosen.only:
        report["activity"] = activity(chosen.seconds, chosen.speech)
    if "endings" in chosen.only:
        report["endings"] = endings()
    if "interruptions" in chosen.only:
        report["interruptions"] = asyncio.run(interruptions.measure())
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()

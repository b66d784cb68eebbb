"""How soon and how fast clauses are spoken by the built-in engine; prints JSON.

    python -m bench.speaking [--clauses 60]

The clauses are those that answers of the kind of `_ANSWERS` are cut into, in both languages, one after the other.

prepared    milliseconds to make a clause for speaking (numbers, units and dates in words)
first       milliseconds from the clause to its first sound: starting the program, speaking, resampling
real_time   seconds of work for a second of sound, to the end of the clause

`load` is the machine's load average, since a busy machine measures itself.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from backend.speech.clauses import Clauses
from backend.speech.espeak import Espeak
from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE, Voice
from backend.speech.spoken import speakable

_ANSWERS = {
    "en": (
        "Metformin is started at 500 mg twice daily with meals, and raised by 500 mg each week. [1]"
        " With an eGFR below 30 mL/min/1.73 m² it is not given, and between 30 and 45 no more than 1,000 mg a day. [2]"
        " The next visit is on 12.03.2026 at 14:30. Blood pressure was 138/84 mmHg, SpO2 97%, temperature 36.8 °C. [3]"
        " Please call +49 30 1234567."
    ),
    "de": (
        "Metformin wird mit 500 mg 2x tgl. zu den Mahlzeiten begonnen und jede Woche um 500 mg gesteigert. [1]"
        " Bei einer eGFR unter 30 ml/min/1,73 m² wird es nicht gegeben, darüber höchstens 1.000 mg am Tag. [2]"
        " Die nächste Kontrolle ist am 12.03.2026 um 14:30 Uhr. Der Blutdruck lag bei 138/84 mmHg, die Temperatur bei"
        " 36,8 °C. [3] Tel. 030 1234567."
    ),
}
# The first of each language loads what the system then keeps.
_WARM_UP = 2


def _clauses() -> list[tuple[str, str]]:
    """The clauses of all answers with their languages, as written."""
    found = []
    for language, answer in _ANSWERS.items():
        clauses = Clauses(language)
        found += [(clause.text, language) for clause in [*clauses.feed(answer), *clauses.flush()] if clause.spoken]
    return found


async def _spoken(engine: Espeak, text: str, language: str) -> tuple[float, float, float]:
    began = time.perf_counter()
    spoken = speakable(text, language)
    prepared = time.perf_counter()
    first, heard = 0.0, 0
    async for sound in engine.speak(spoken, Voice(language), ""):
        first = first or time.perf_counter() - prepared
        heard += len(sound)
    seconds = heard / BYTES_PER_SAMPLE / SPOKEN_RATE
    return 1000 * (prepared - began), 1000 * first, (time.perf_counter() - prepared) / seconds


def _percentiles(column: NDArray[np.float64], digits: int) -> dict[str, float]:
    return {f"p{share}": round(float(np.percentile(column, share)), digits) for share in (50, 95)}


async def main(count: int) -> None:
    """Measure and print."""
    engine = Espeak()
    spoken = [
        await _spoken(engine, text, language)
        for text, language in islice(cycle(_clauses()), count + _WARM_UP * len(_ANSWERS))
    ]
    await engine.close()
    columns = np.array(spoken[_WARM_UP * len(_ANSWERS) :]).T
    figures = zip(("prepared_ms", "first_ms", "real_time"), columns, (2, 1, 4), strict=True)
    report = {
        "bench": "speaking",
        "engine": engine.info.name,
        "clauses": count,
        "load": os.getloadavg()[0],
        **{name: _percentiles(column, digits) for name, column, digits in figures},
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clauses", type=int, default=60)
    asyncio.run(main(parser.parse_args().clauses))

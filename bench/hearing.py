"""How well and how fast the built-in engine hears: `python -m bench.hearing [--eval DIR] [--half held]`, JSON out.

Commands: the sentences of `bench/spoken/commands.tsv`, most with names of `bench/spoken/people.tsv`, spoken by several
voices of flite, heard with the language model of a user who has these contacts and a few calendars, folders and files.
They were written before the language model was tuned; `--half tuning --errors` shows what goes wrong in the half that
it was tuned on. Natural speech, with `--eval`: LJ Speech (one reader, written English) and the test recordings of
pocketsphinx, with the same user's model: what a command engine makes of free speech.

Word errors are substitutions, insertions and deletions over the words said; case and accents do not count, names that
sound alike do. The time from the last sample to the final transcript is measured on sound that comes in real time.
"""

import argparse
import asyncio
import csv
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from backend.speech.audio import decode
from backend.speech.builtin.recogniser import BuiltinRecogniser
from backend.speech.builtin.vocabulary import plain
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, Listening, Transcript, Vocabulary
from tests.sounds import pcm, say, silence

DATA = Path(__file__).with_name("spoken")
VOICES = ("slt", "rms", "awb", "kal16")
# What else the user has.
THINGS = ("Private", "Ward rota", "Equipment", "Finance", "Meetings", "Patients", "Protocols", "Hygiene plan.pdf")
# Utterances that are heard in real time for their delay, and the frames in which a browser sends sound (seconds).
TIMED = 40
FRAME = 0.02
# Quiet before and behind an utterance (seconds), as a voice session passes it on.
BEFORE, BEHIND = 0.3, 0.5


@dataclass
class Score:
    """Word errors and times of some utterances."""

    words: int = 0
    errors: int = 0
    utterances: int = 0
    without_error: int = 0
    seconds: float = 0.0
    took: list[float] = field(default_factory=list)

    def add(self, said: str, heard: str, seconds: float, took: float) -> int:
        """Count an utterance; its word errors."""
        errors = distance(words(said), words(heard))
        self.words += len(words(said))
        self.errors += errors
        self.utterances += 1
        self.without_error += errors == 0
        self.seconds += seconds
        self.took.append(took)
        return errors

    def report(self) -> dict[str, float]:
        """The figures."""
        return {
            "utterances": self.utterances,
            "words": self.words,
            "word_error_rate": round(self.errors / max(1, self.words), 4),
            "without_error": round(self.without_error / max(1, self.utterances), 4),
            "real_time_factor": round(sum(self.took) / max(1.0, self.seconds), 3),
        }


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return plain(text).replace("-", " ").replace(",", " ").replace(".", " ").replace(";", " ").split()


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to change, add and leave out (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(said, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(heard, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]


def names() -> tuple[str, ...]:
    """What the user's people and things are called."""
    with (DATA / "people.tsv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file, delimiter="\t"))
    found = [f"{one['given'] or ''} {one['family'] or ''}".strip() for one in people]
    found += [name for one in people for name in (*(one["nicknames"] or "").split(";"), one["organisation"] or "")]
    return tuple(dict.fromkeys(name for name in (*found, *THINGS) if name))


def commands(half: str) -> list[str]:
    """What is said."""
    with (DATA / "commands.tsv").open(encoding="utf-8", newline="") as file:
        return [row["said"] for row in csv.DictReader(file, delimiter="\t") if row["half"] == half]


async def hear(engine: BuiltinRecogniser, listening: Listening, samples: bytes) -> tuple[Transcript, float]:
    """What is heard, and how long it took."""
    began = time.perf_counter()
    recognition = await engine.listen(listening)
    await recognition.feed(samples)
    transcript = await recognition.finish()
    return transcript, time.perf_counter() - began


async def delay(engine: BuiltinRecogniser, listening: Listening, samples: bytes) -> float:
    """Seconds from the last sample to the final transcript, of sound that comes in real time."""
    recognition = await engine.listen(listening)
    size = int(FRAME * HEARD_RATE) * BYTES_PER_SAMPLE
    began = time.perf_counter()
    for number, place in enumerate(range(0, len(samples), size)):
        await asyncio.sleep(max(0.0, began + number * FRAME - time.perf_counter()))
        await recognition.feed(samples[place : place + size])
    last = time.perf_counter()
    await recognition.finish()
    return time.perf_counter() - last


def spoken(text: str, voice: str) -> bytes:
    """A sentence as flite says it, which reads no accents."""
    sound = say(plain(text), f"flite:{voice}")
    return pcm(np.concatenate([silence(BEFORE), sound, silence(BEHIND)]))


def natural(folder: Path) -> list[tuple[str, Path, str]]:
    """Recordings of people: (collection, file, what is said)."""
    found: list[tuple[str, Path, str]] = []
    lj = folder / "ljspeech"
    for line in (lj / "transcripts.tsv").read_text(encoding="utf-8").splitlines():
        name, said = line.split("\t", 1)
        found.append(("ljspeech", lj / name, said.split("\t")[-1]))
    data = folder / "pocketsphinx" / "test" / "data"
    for collection, listing in (("librivox", "transcription"), ("cards", "cards.transcription")):
        for line in (data / collection / listing).read_text(encoding="utf-8").splitlines():
            said, _, name = line.rpartition("(")
            file = data / collection / f"{name.strip(' )')}.wav"
            if file.exists():
                found.append((collection, file, said.replace("<s>", "").replace("</s>", "")))
    return found


async def measure(given: argparse.Namespace) -> dict[str, object]:
    """Everything."""
    engine = BuiltinRecogniser()
    listening = Listening("bench", "en", Vocabulary("1", names()))
    began = time.perf_counter()
    await engine.prepare(listening)
    report: dict[str, object] = {"first_preparation_seconds": round(time.perf_counter() - began, 2)}
    other = Listening("another", "en", Vocabulary("2", names()))
    began = time.perf_counter()
    await engine.prepare(other)
    report["preparation_seconds"] = round(time.perf_counter() - began, 2)
    said = commands(given.half)[: given.limit]
    total, voices, delays = Score(), {voice: Score() for voice in given.voices}, []
    for number, sentence in enumerate(said):
        for voice in given.voices:
            samples = await asyncio.to_thread(spoken, sentence, voice)
            heard, took = await hear(engine, listening, samples)
            length = len(samples) / HEARD_RATE / BYTES_PER_SAMPLE
            voices[voice].add(sentence, heard.text, length, took)
            if total.add(sentence, heard.text, length, took) and given.errors:
                sys.stderr.write(f"{voice}\t{sentence}\t{heard.text}\n")
        if number < given.timed:
            voice = given.voices[number % len(given.voices)]
            delays.append(await delay(engine, listening, await asyncio.to_thread(spoken, sentence, voice)))
    report["commands"] = total.report() | {"half": given.half}
    report["voices"] = {voice: score.report()["word_error_rate"] for voice, score in voices.items()}
    if len(delays) > 1:
        cuts = statistics.quantiles(delays, n=20, method="inclusive")
        report["last_sample_to_transcript_ms"] = {"p50": round(cuts[9] * 1000), "p95": round(cuts[18] * 1000)}
    if given.eval:
        collections: dict[str, Score] = {}
        for collection, file, text in natural(given.eval / "speech"):
            samples = b"".join(await asyncio.to_thread(list, decode(file)))
            heard, took = await hear(engine, listening, samples)
            score = collections.setdefault(collection, Score())
            score.add(text, heard.text, len(samples) / HEARD_RATE / BYTES_PER_SAMPLE, took)
        report["natural"] = {name: score.report() for name, score in collections.items()}
    await engine.close()
    return report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--eval", type=Path)
    parser.add_argument("--half", choices=("tuning", "held"), default="held")
    parser.add_argument("--voices", nargs="+", default=list(VOICES))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--timed", type=int, default=TIMED)
    parser.add_argument("--errors", action="store_true")
    given = parser.parse_args()
    if given.errors and given.half != "tuning":
        parser.error("--errors shows the tuning half only: the held one must stay unseen")
    print(json.dumps(asyncio.run(measure(given)), indent=2))


if __name__ == "__main__":
    main()

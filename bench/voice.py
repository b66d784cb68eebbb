"""How fast the spoken conversation is: `python -m bench.voice [--only turns interruptions crowd costs]`.

JSON on standard output, a table on standard error. flite speaks in real time into the real WebSocket of the product in
a process of its own; the engines are the built-in ones. Times of a turn run from the last sample of speech, as it was
recorded, to what the client receives; those of a start and of speaking over an answer from the first sample.

first          the first turn of a process, and the start of its first session
turns          one session after the other, by voice: commands, questions about the sample documents, and for the first
               a command that is confirmed by a spoken yes
interruptions  real speech over an answer must stop it, a backchannel must not: `right` is the share of both
crowd          the same questions with so many sessions at once (`--sessions`), each of which hears a room all the time;
               of fifty, five speak
costs          memory and processor time of an open session on which nobody speaks: of the first `--sessions` and by
               microphone (`quiet`: below the gate of voice activity, `noisy`: above it)

What a machine is doing beside it decides much: `load` is that of the last minute, before and after.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from bench.processes import Used, children, used
from bench.spoken_user import SpokenUser, Stages, room, spoken_user
from tests import sounds
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.exapp import ExApp
from tests.servers.product import all_indexed, product

_PARTS = ("turns", "interruptions", "crowd", "costs")
_VOICES = ("flite:slt", "flite:rms", "flite:awb", "flite:kal16")
_COMMANDS = ("add a meeting tomorrow at two p m", "what is on my calendar tomorrow")
_QUESTIONS = (
    "when is the practice closed at christmas",
    "how much is paid for a mile by car",
    "when is the flu vaccine delivered",
)
_CONFIRMED = "add a meeting on friday at ten a m"
_YES = "yes please"
_LONG_ANSWER = "what does the protocol say about the vaccine fridge"
_BACKCHANNELS = ("okay", "yeah okay", "i see", "uh huh")
_INTERRUPTIONS = ("stop", "wait a moment please", "no what about the budget", "how long does it take to clean it")
# A quiet room after a browser's noise suppression, and one without it (dB relative to full scale).
_QUIET_DB, _NOISY_DB = -75.0, -50.0
_AT_MOST_SPEAKING = 10
_SPEAKING_OF_MANY = 5
_TURNS_IN_A_CROWD = 3
_COST_SECONDS = 12.0
# What a session does when it begins (names are looked up) is done by then.
_SETTLING_SECONDS = 4.0
_PER_USER = 4
# Files that the stand-in for Nextcloud can serve as they are.
_DOCUMENTS = Path(__file__).parents[1] / "samples" / "documents"
_PLAIN = {".md", ".txt", ".html"}


async def turns(address: str, quiet: bytes) -> dict[str, object]:
    """One user at a time, over the product with its sample documents."""
    stages: Stages = defaultdict(list)
    first: Stages = defaultdict(list)
    lost = []
    async with spoken_user(address, quiet, first) as user:
        await user.ask(sounds.say(_QUESTIONS[0]))
    for voice in _VOICES:
        async with spoken_user(address, quiet, stages) as user:
            for text in (*_COMMANDS, *_QUESTIONS):
                if not await user.ask(sounds.say(text, voice)):
                    lost.append(f"{voice}: {text} (heard: {user.heard})")
                await user.quieten()
            if voice == _VOICES[0] and not await _confirmed(user, voice):
                lost.append(f"{voice}: {_CONFIRMED}; {_YES} (heard: {user.heard})")
    return {"first_of_a_process": summary(first), "stages": summary(stages), "not_one_turn": lost}


async def _confirmed(user: SpokenUser, voice: str) -> bool:
    """A command, heard out, and a yes: whether it was done."""
    if not (await user.ask(sounds.say(_CONFIRMED, voice)) and await user.listened_to()):
        return False
    await user.ask(sounds.say(_YES, voice))
    await user.listened_to()
    return "action.done" in user.client.kinds


async def interruptions(address: str, quiet: bytes) -> dict[str, object]:
    """Backchannels and real speech over answers that are being said."""
    stages: Stages = defaultdict(list)
    right, wrong = 0, []
    for number, voice in enumerate(_VOICES):
        async with spoken_user(address, quiet, stages) as user:
            for round_ in range(2):
                pick = (number + 2 * round_) % len(_BACKCHANNELS)
                for text, wanted in ((_BACKCHANNELS[pick], "resumed"), (_INTERRUPTIONS[pick], "stopped")):
                    await user.ask(sounds.say(_LONG_ANSWER, voice))
                    await asyncio.sleep(0.5)
                    got = await user.interrupt(sounds.say(text, voice))
                    if got == wanted:
                        right += 1
                    else:
                        wrong.append(f"{voice}: {text}: {got}")
                    await user.quieten()
    kept = {name: times for name, times in stages.items() if name.startswith("speaking over it")}
    return {"right": round(right / (right + len(wrong)), 3), "wrong": wrong, "stages": summary(kept)}


async def crowd(server: ExApp, sessions: int, quiet: bytes) -> dict[str, object]:
    """So many sessions at once, of which some speak."""
    stages: Stages = defaultdict(list)
    asked = answered = 0
    speaking = sessions if sessions <= _AT_MOST_SPEAKING else _SPEAKING_OF_MANY

    async def speak(user: SpokenUser, number: int) -> None:
        nonlocal asked, answered
        chance = random.Random(number)
        for turn in range(_TURNS_IN_A_CROWD):
            await asyncio.sleep(chance.uniform(0.0, 4.0))
            asked += 1
            text = _QUESTIONS[(number + turn) % len(_QUESTIONS)]
            one_turn = await user.ask(sounds.say(text, _VOICES[number % len(_VOICES)]))
            answered += one_turn  # behind the wait: others count as well
            await user.quieten()

    async with _open(server, sessions, quiet, stages) as users:
        before = _all_used(server)
        began = time.monotonic()
        await asyncio.gather(*(speak(user, number) for number, user in enumerate(users[:speaking])))
        cost = _cost(before, _all_used(server), time.monotonic() - began, sessions)
    return {"speaking": speaking, "asked": asked, "one_turn_each": answered, "stages": summary(stages), **cost}


async def costs(server: ExApp, sessions: int, quiet: bytes) -> dict[str, object]:
    """What sessions take on which nobody speaks."""
    assert server.process is not None
    pid = server.process.pid
    before = used(pid)
    async with _open(server, sessions, quiet, defaultdict(list)):
        await asyncio.sleep(_SETTLING_SECONDS)
        middle, began = used(pid), time.monotonic()
        await asyncio.sleep(_COST_SECONDS)
        after = used(pid)
        cost = _cost(middle, after, time.monotonic() - began, sessions)
    return {"memory_mb_each": round((after.memory - before.memory) / sessions / 1e6, 2), **cost}


def _cost(before: Used, after: Used, seconds: float, sessions: int) -> dict[str, object]:
    return {"processor_percent_each": round(100 * (after.seconds - before.seconds) / seconds / sessions, 2)}


def _all_used(server: ExApp) -> Used:
    """Of the server and its engines."""
    assert server.process is not None
    every = [used(pid) for pid in (server.process.pid, *children(server.process.pid))]
    return Used(sum(one.seconds for one in every), sum(one.memory for one in every))


@asynccontextmanager
async def _open(server: ExApp, sessions: int, quiet: bytes, stages: Stages) -> AsyncIterator[list[SpokenUser]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                spoken_user(server.address, quiet, stages, server.headers(_name(number // _PER_USER)))
            )
            for number in range(sessions)
        ]


@asynccontextmanager
async def _practice(storage: Path, users: int) -> AsyncIterator[ExApp]:
    """An ExApp whose users share a folder of sample documents, all indexed."""
    cloud = Cloud(tuple(map(_name, range(users))))
    cloud.groups["staff"] = set(cloud.homes)
    cloud.group_folder("Practice", "staff")
    for path in sorted(_DOCUMENTS.rglob("*")):
        if path.suffix in _PLAIN:
            cloud.write(_name(0), f"/Practice/{path.name}", path.read_bytes())
    with AppApiServer(cloud).serving() as nextcloud:
        server = ExApp(storage, nextcloud.url, SECRET)
        await server.start()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                await server.call(http, "", "PUT", "/enabled?enabled=1")
                await _indexed(server, http, list(cloud.homes))
            yield server
        finally:
            await server.stop()


async def _indexed(server: ExApp, http: httpx.AsyncClient, users: Sequence[str]) -> None:
    await server.call(http, users[0], "POST", "/api/v1/files/crawl")
    async with asyncio.timeout(120):
        while True:
            # The folder counts for the one user whose crawl covers it.
            if any([await _has_all(server, http, user) for user in users]):
                return
            await asyncio.sleep(0.2)


async def _has_all(server: ExApp, http: httpx.AsyncClient, user: str) -> bool:
    summary = (await server.call(http, user, "GET", "/api/v1/files/summary")).json()["data"]
    return bool(summary["total"]) and not any(summary[state] for state in ("waiting", "running", "crawling"))


def _name(number: int) -> str:
    return f"user{number}"


def summary(stages: Stages) -> dict[str, object]:
    """Number, p50 and p95 (milliseconds) of each stage."""
    return {
        stage: {
            "n": len(times),
            "p50_ms": round(float(np.percentile(times, 50)) * 1000),
            "p95_ms": round(float(np.percentile(times, 95)) * 1000),
        }
        for stage, times in stages.items()
    }


def table(report: dict[str, Any]) -> str:
    """The figures, for people."""
    lines: list[str] = []

    def add(value: object, names: tuple[str, ...]) -> None:
        if isinstance(value, dict) and "p50_ms" in value:
            *group, stage = (name for name in names if name != "stages")
            lines.append(f"{' '.join(group):34} {stage:36} {value['n']:5} {value['p50_ms']:8} {value['p95_ms']:8}")
        elif isinstance(value, dict):
            for name, inner in value.items():
                add(inner, (*names, str(name)))
        else:
            lines.append(f"{' '.join(names[:-1]):34} {names[-1]:36} {value}")

    add(report, ())
    return "\n".join(lines) + "\n"


async def measure(parts: Sequence[str], sessions: Sequence[int]) -> dict[str, Any]:
    """The parts, in their order."""
    quiet, noisy = room(_QUIET_DB), room(_NOISY_DB)
    report: dict[str, Any] = {}

    def done(part: str, figures: object) -> None:
        report[part] = figures
        sys.stderr.write(table({part: figures}))

    sys.stderr.write(f"{'part':34} {'stage':36} {'n':>5} {'p50 ms':>8} {'p95 ms':>8}\n")
    done("load_before", os.getloadavg()[0])
    alone: dict[str, Callable[[str, bytes], Awaitable[dict[str, object]]]] = {
        "turns": turns,
        "interruptions": interruptions,
    }
    with tempfile.TemporaryDirectory(prefix="bench-voice-") as folder:
        if set(alone) & set(parts):
            (Path(folder) / "alone").mkdir()
            async with product(Path(folder) / "alone") as address:
                await all_indexed(address)
                for part, measured in alone.items():
                    if part in parts:
                        done(part, await measured(address, quiet))
        if {"crowd", "costs"} & set(parts):
            async with _practice(Path(folder), 1 + max(sessions) // _PER_USER) as server:
                if "costs" in parts:
                    # What all sessions share is there before.
                    await costs(server, 1, noisy)
                    for name, heard in (("quiet", quiet), ("noisy", noisy)):
                        done(f"costs_{name}", await costs(server, max(sessions), heard))
                if "crowd" in parts:
                    for number in sessions:
                        done(f"crowd_{number}", await crowd(server, number, quiet))
    done("load_after", os.getloadavg()[0])
    return report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=_PARTS, default=_PARTS)
    parser.add_argument("--sessions", nargs="*", type=int, default=(1, 10, 50))
    chosen = parser.parse_args()
    report = asyncio.run(measure(chosen.only, chosen.sessions))
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()

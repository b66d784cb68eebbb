"""What VoiceAssist adds to the time until a language model's first words are shown; prints JSON.

    python -m bench.model_latency [--questions 40]

The product runs as its users start it, over its sample documents, with a scripted model on loopback that thinks for
0.2 s and then sends its first two sentences at once. Milliseconds, over HTTP from outside:

before   from the question's arrival at the product to the request's arrival at the model: search, access, prompt;
         without the time that the model itself takes where it is asked first whether the words are a command (`helped`)
after    from the model's first sentence to that sentence on the event stream: checked against the passages, cited
added    both: first words shown minus the model's own; the target is 60 at the 95th percentile

A model that writes slowly delays its first sentence by itself: nothing is shown before it can be checked, and that time
is the model's, not counted here. `load` is the machine's load average, since a busy machine measures itself.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from backend.models.sentences import split
from tests.servers.openai import ChatServer, Reply, chat_server
from tests.servers.product import all_indexed, product

OUT = Path(__file__).parent / "out" / "model_latency"
TARGET_MS = 60.0
_THINKS_SECONDS = 0.2
_NOTHING = "{}"
_QUESTIONS = (
    "What is the INR target after a mechanical mitral valve?",
    "When does the clinic open?",
    "How should warfarin be taken?",
    "How long is parental leave?",
)


def supported(request: dict[str, Any]) -> str:
    """An answer that the passages support: a whole sentence of the first one that has any, and its passage's number.

    Nothing to whoever asks something else than for an answer.
    """
    prompt = request["messages"][-1]["content"]
    for number, passage in re.findall(r'number="(\d+)"[^>]*>\n(.*?)\n</passage', prompt, flags=re.DOTALL):
        for span in split(passage):
            sentence = " ".join(span.of(passage).split())
            if span.kind == "sentence" and 40 <= len(sentence) <= 200 and sentence.endswith("."):
                return f"{sentence} [{number}] That is what your files say."
    return _NOTHING


async def ask(client: httpx.AsyncClient, question: str) -> tuple[float, float]:
    """When the question was sent, and when its first words were there."""
    asked = time.monotonic()
    taken = (await client.post("/api/v1/chat/turns", json={"text": question})).json()["data"]
    events = f"/api/v1/chat/turns/{taken['turn_id']}/events"
    first = 0.0
    async with client.stream("GET", events, headers={"Accept": "text/event-stream"}) as stream:
        async for line in stream.aiter_lines():
            if line == "event: answer.delta" and not first:
                first = time.monotonic()
            if line.startswith("data: ") and '"turn.done"' in line:
                done = json.loads(line.removeprefix("data: "))
                assert done["model"]["name"] == "scripted", done["note"]
    return asked, first


async def measure(model: ChatServer, address: str, count: int) -> dict[str, Any]:
    """Ask `count` questions, one after the other."""
    rows, helped = [], 0
    headers = {"X-Requested-With": "voiceassist"}
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=60) as client:
        for number in range(count + len(_QUESTIONS)):
            known = len(model.times)
            asked, shown = await ask(client, _QUESTIONS[number % len(_QUESTIONS)])
            streams = list(zip(model.requests, model.times, strict=True))[known:]
            answering = next(at for at, (request, _) in enumerate(streams) if supported(request) != _NOTHING)
            arrived, sent = streams[answering][1]
            help_seconds = sum(first - came for _, (came, first) in streams[:answering])
            helped += answering > 0 and number >= len(_QUESTIONS)
            before, after = 1000 * (arrived - asked - help_seconds), 1000 * (shown - sent)
            rows.append((before, after, before + after))
    taken = np.array(rows[len(_QUESTIONS) :])  # the first of each warm caches and connections up
    return {"helped": helped} | {
        name: {"p50": round(float(np.percentile(column, 50)), 1), "p95": round(float(np.percentile(column, 95)), 1)}
        for name, column in zip(("before", "after", "added"), taken.T, strict=True)
    }


async def main(count: int) -> None:
    """Measure and print."""
    OUT.mkdir(parents=True, exist_ok=True)
    async with chat_server() as model:
        model.reply = Reply(text=supported, piece=10_000, first_delay=_THINKS_SECONDS)
        async with product(OUT, LLM_BASE_URL=model.base_url, LLM_MODEL="scripted") as address:
            await all_indexed(address, 600)
            figures = await measure(model, address, count)
    report = {"questions": count, "load": os.getloadavg()[0], "milliseconds": figures, "target_ms": TARGET_MS}
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=40)
    asyncio.run(main(parser.parse_args().questions))

"""The product itself, spoken to: what flite says goes through the real WebSocket into the real engines and back."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import pytest_asyncio

from tests.integration.voice.client import Client, connected
from tests.servers.embeddings import embedding_server
from tests.servers.ports import free_port
from tests.servers.product import PROGRAM, all_indexed, product
from tests.sounds import frame_power, say, silence, wav

QUESTION = "when is the flu vaccine delivered"

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A running product over the sample calendar, with one document: nothing here is asked about documents."""
    storage = tmp_path_factory.mktemp("spoken")
    files = storage / "demo" / "files"
    files.mkdir(parents=True)
    (files / "Note.txt").write_text("The autoclave is in the cellar.\n")
    async with product(storage, VOICE_WEBRTC="true") as address:
        await all_indexed(address)
        yield address


async def said(client: Client, text: str, answers: int = 1) -> dict[str, Any]:
    """Say something in real time, and hear the answer out; gives the last event of its turn."""
    number = client.kinds.count("transcript.done") + 1
    await client.say(say(text), pace=1.0)
    heard = await client.event("transcript.done", number)
    assert heard["turn_id"], heard["text"]
    done = await client.event("turn.done", turn_id=heard["turn_id"])
    speech = (await client.event("audio.started", turn_id=heard["turn_id"]))["speech"]
    ended = await client.event("audio.ended", speech=speech)
    await client.send("playback", speech=speech, samples=ended["samples"], ended=True)
    await client.until(lambda: client.events[-1] == {"type": "session.state", "state": "listening"})
    samples = np.frombuffer(bytes(client.sound[speech]), "<i2")
    assert len(samples) == ended["samples"] > 12_000
    assert np.abs(samples).max() > 1_000, "it is heard"
    return done


async def test_a_spoken_command_is_read_back_and_a_spoken_yes_does_it(address: str) -> None:
    async with connected(address) as client:
        await client.start(zone="Europe/Berlin")
        proposed = await said(client, "add a meeting tomorrow at two p m")
        [card] = proposed["actions"]
        assert card["kind"] == "calendar.create"
        assert "T14:00" in next(field["value"] for field in card["fields"] if field["name"] == "start")
        await said(client, "yes please")
        done = await client.event("action.done")
        assert done["action"]["state"] == "done"
    headers = {"X-Requested-With": "test"}
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers, trust_env=False) as http:
        question = {"text": "what is on my calendar tomorrow", "zone": "Europe/Berlin"}
        taken = (await http.post("/chat/turns", json=question)).json()["data"]
        while not (news := (await http.get(f"/chat/turns/{taken['turn_id']}/events")).json()["data"])["done"]:
            pass
    assert re.search(r"14:00|2\W?pm", news["events"][-1]["text"], re.IGNORECASE), news["events"][-1]["text"]


async def test_a_question_is_prepared_while_its_user_is_silent(address: str) -> None:
    before = await preparations(address)
    async with connected(address) as client:
        await client.start()
        await said(client, QUESTION)
    assert await preparations(address) > before


async def test_nothing_is_prepared_where_an_endpoint_embeds_questions(tmp_path: Path) -> None:
    async with (
        embedding_server(free_port()) as embedding,
        product(tmp_path, EMBEDDING_BASE_URL=embedding.url, EMBEDDING_MODEL="tiny") as address,
    ):
        await all_indexed(address)
        embedding.requests.clear()
        async with connected(address) as client:
            await client.start()
            await client.say(say(QUESTION), pace=1.0)
            heard = await client.event("transcript.done")
            await client.event("turn.done", turn_id=heard["turn_id"])
        assert await preparations(address) == 0
        assert embedding.requests == [[heard["text"]]]


async def preparations(address: str) -> float:
    """How many were begun."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        metrics = (await http.get("/metrics")).text
    found = re.search(r'^voiceassist_preparations_total\{outcome="begun"\} (\S+)$', metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_one_spoken_turn_runs_from_the_command_line(address: str, tmp_path: Path) -> None:
    file = tmp_path / "said.wav"
    file.write_bytes(wav(np.concatenate([say("what is on my calendar tomorrow"), silence(0.2)])))
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "talk",
        file,
        env={**os.environ, "APP_PORT": str(urlsplit(address).port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    events = [json.loads(line) for line in output.splitlines()]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "session.ready"
    assert {"transcript.done", "turn.done", "audio.started", "audio.ended"} <= set(kinds)
    assert "calendar" in next(event["text"] for event in events if event["type"] == "transcript.done")


async def test_a_command_is_spoken_and_answered_over_webrtc(address: str) -> None:
    pytest.importorskip("aiortc", reason="the extra `webrtc` is not installed")
    from aioice.ice import get_host_addresses

    from tests.integration.voice.webrtc_client import calling

    if not get_host_addresses(use_ipv4=True, use_ipv6=True):
        pytest.skip("aioice does not use the loopback, and this machine has no other network")
    headers = {"X-Requested-With": "test"}
    async with (
        httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers, trust_env=False) as http,
        calling(http) as client,
    ):
        await client.start(zone="Europe/Berlin")
        client.say(say("add a meeting tomorrow at two p m"))
        heard = await client.event("transcript.done")
        assert heard["turn_id"], heard["text"]
        [card] = (await client.event("turn.done", turn_id=heard["turn_id"]))["actions"]
        assert "T14:00" in next(field["value"] for field in card["fields"] if field["name"] == "start")
        ended = await client.event("audio.ended")
        await client.until(lambda: client.events[-1] == {"type": "session.state", "state": "listening"})
        sounding = (frame_power(client.sound) > 1e-5).sum() * 0.01
        assert sounding > ended["samples"] / 24_000 / 2, "it is heard"

"""The product as a newcomer meets it: started over the sample documents, asked over HTTP and on the command line."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from tests.servers.product import PROGRAM, all_indexed, product

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("product")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(storage: Path) -> AsyncIterator[str]:
    """A running product that has started from nothing and indexed the sample documents."""
    async with product(storage, MODEL_STORAGE="") as address:
        await all_indexed(address)
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"X-Requested-With": "voiceassist"}
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=30) as client:
        yield client


async def voiceassist(address: str, *arguments: str) -> tuple[int, str]:
    """Run a command against the running product; returns its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *arguments,
        env={"PATH": os.environ["PATH"], "APP_PORT": str(urlsplit(address).port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def turn(client: httpx.AsyncClient, question: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask, and read the events to the end by polling."""
    taken = (await client.post("/api/v1/chat/turns", json=question)).json()["data"]
    events: list[dict[str, Any]] = []
    while True:
        after = events[-1]["seq"] if events else 0
        page = (await client.get(f"/api/v1/chat/turns/{taken['turn_id']}/events", params={"after": after})).json()
        events += page["data"]["events"]
        if page["data"]["done"]:
            return events


async def test_every_sample_document_is_indexed(client: httpx.AsyncClient) -> None:
    summary = (await client.get("/api/v1/files/summary")).json()["data"]
    assert summary["total"] >= 25
    assert summary["indexed"] == summary["total"]
    assert summary["error"] is None


async def test_names_and_places_of_files_and_folders_are_told_by_id(client: httpx.AsyncClient) -> None:
    inside = (await client.get("/api/v1/folders", params={"path": "/"})).json()["data"]
    folder = next(entry for entry in inside if entry["is_folder"])
    file = next(entry for entry in inside if not entry["is_folder"])
    ids = f"{file['file_id']},{folder['file_id']},987654321,{file['file_id']}"
    assert (await client.get("/api/v1/nodes", params={"ids": ids})).json()["data"] == [file, folder]
    assert (await client.get("/api/v1/nodes", params={"ids": ""})).json()["data"] == []
    for refused in ("1;2", "-1", "١", ",".join(map(str, range(1, 66))), "9" * 19):
        answer = await client.get("/api/v1/nodes", params={"ids": refused})
        assert (refused, answer.status_code) == (refused, 422)
        assert answer.json()["error"]["field"] == "ids"


async def test_a_question_is_answered_with_a_citation_that_opens_its_passage(client: httpx.AsyncClient) -> None:
    events = await turn(client, {"text": "What is the INR target after a mechanical mitral valve?"})
    done = events[-1]
    assert done["type"] == "turn.done"
    assert "3.0" in done["text"]
    assert "[1]" in done["text"]
    cited = done["citations"][0]
    assert cited["path"] == "/Protocols/Anticoagulation protocol.docx"
    passage = (await client.get(f"/api/v1/passages/{cited['passage_id']}", params={"q": "INR"})).json()["data"]
    assert passage["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert passage["highlights"]
    assert (await client.get(passage["content_url"])).content.startswith(b"PK")


async def test_what_the_files_do_not_say_is_said_not_to_be_there(client: httpx.AsyncClient) -> None:
    done = (await turn(client, {"text": "Who won the football world cup in 1974?"}))[-1]
    assert done["answered"] is False
    assert "do not seem to answer" in done["text"]


async def test_a_scoped_question_is_answered_from_the_scope_only(client: httpx.AsyncClient) -> None:
    folders = (await client.get("/api/v1/folders", params={"path": "/"})).json()["data"]
    leaflets = next(entry["file_id"] for entry in folders if entry["name"] == "Leaflets")
    question = {"text": "How should warfarin be taken?", "scope": {"folder_ids": [leaflets]}}
    events = await turn(client, question)
    cited = [event for event in events if event["type"] == "citation"]
    assert cited
    assert all(event["path"].startswith("/Leaflets/") for event in cited)


async def test_events_come_as_a_stream_too(client: httpx.AsyncClient) -> None:
    question = {"text": "When does the clinic open?"}
    taken = (await client.post("/api/v1/chat/turns", json=question)).json()["data"]
    events = f"/api/v1/chat/turns/{taken['turn_id']}/events"
    async with client.stream("GET", events, headers={"Accept": "text/event-stream"}) as response:
        kinds = [line.removeprefix("event: ") async for line in response.aiter_lines() if line.startswith("event: ")]
    assert kinds[0] == "turn.started"
    assert kinds[-1] == "turn.done"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 100_000}, "text"),
        ({}, "text"),
        ({"text": "hello", "scope": {"folder_ids": [987654321]}}, "scope.folder_ids"),
    ],
)
async def test_a_bad_question_gets_a_clear_error(client: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    response = await client.post("/api/v1/chat/turns", json=body)
    assert response.status_code in (404, 422)
    assert response.json()["error"]["field"] == field


async def test_a_request_from_a_foreign_page_is_refused(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/files/crawl", headers={"X-Requested-With": ""})
    rebound = await client.get("/api/v1/status", headers={"Host": "evil.example"})
    allowed = await client.post("/api/v1/files/crawl")
    assert (refused.status_code, rebound.status_code, allowed.status_code) == (403, 403, 200)


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http" not in page.text.replace("http-equiv", "")
    assert (await client.get("/js/voiceassist-main.js")).status_code == 200


async def test_openapi_describes_the_routes(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/api/v1/search", "/api/v1/chat/turns", "/api/v1/files", "/api/v1/passages/{passage_id}"} <= set(paths)


async def test_metrics_count_what_was_done(client: httpx.AsyncClient) -> None:
    metrics = (await client.get("/metrics")).text
    assert 'voiceassist_files_indexed_total{outcome="indexed"}' in metrics
    assert "warfarin" not in metrics


async def test_the_command_line_asks_and_searches(address: str) -> None:
    code, output = await voiceassist(
        address, "ask", "What is the INR target after a mechanical mitral valve?", "--json"
    )
    assert code == 0
    assert json.loads(output)["citations"][0]["path"] == "/Protocols/Anticoagulation protocol.docx"
    code, output = await voiceassist(address, "search", "vaccine fridge", "--json")
    assert code == 0
    assert json.loads(output)[0]["path"].startswith("/Protocols/")
    code, output = await voiceassist(address, "index", "status", "--json")
    assert code == 0
    assert json.loads(output)["failed"] == 0


async def test_an_upload_is_answerable_moments_later_and_gone_after_its_deletion(
    client: httpx.AsyncClient, storage: Path
) -> None:
    note = storage / "demo/files/Quokka.md"
    note.write_text("# Quokka\n\nThe practice's quokka is called Bartholomew.\n")
    found: list[str] = []
    async with asyncio.timeout(30):
        while "/Quokka.md" not in found:
            found = await _paths(client, "What is the quokka called?")
            await asyncio.sleep(0.2)
    note.unlink()
    async with asyncio.timeout(30):
        while "/Quokka.md" in found:
            found = await _paths(client, "What is the quokka called?")
            await asyncio.sleep(0.2)


async def _paths(client: httpx.AsyncClient, query: str) -> list[str]:
    results = (await client.post("/api/v1/search", json={"query": query})).json()["data"]["results"]
    return [result["path"] for result in results]


async def test_a_command_without_a_running_product_says_so() -> None:
    code, output = await voiceassist("http://localhost:1", "ask", "Anybody there?")
    assert code == 1
    assert "make run" in output


async def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        "serve",
        env={"PATH": os.environ["PATH"], "NEXTCLOUD_URL": "cloud.example.org"},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"NEXTCLOUD_URL" in said

"""Conversations, polling and server-sent events over real HTTP, and who may see what."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from backend.assistant.tables import MessageRow
from tests.integration.assistant.conftest import BuildWorld, World
from tests.servers.openai import Reply

FLU = "When is the flu vaccine offered?"


async def sse(world: World, turn_id: str, **headers: str) -> tuple[list[dict[str, Any]], str, dict[str, str]]:
    """All events of a turn as a stream, its raw text, and the headers of the answer."""
    client = world.client()
    async with client.stream(
        "GET", f"/chat/turns/{turn_id}/events", headers={"Accept": "text/event-stream", **headers}
    ) as answer:
        raw = "".join([chunk async for chunk in answer.aiter_text()])
    events = []
    for block in raw.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if lines:
            data = json.loads(lines["data"])
            assert lines["id"] == str(data["seq"])
            assert lines["event"] == data["type"]
            events.append(data)
    return events, raw, dict(answer.headers)


async def test_a_stream_and_a_poll_tell_the_same_and_resume_where_they_were(world: World) -> None:
    polled = await world.ask(FLU)
    turn_id = polled[0]["turn_id"]
    streamed, _, headers = await sse(world, turn_id)
    assert streamed == polled
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    resumed, _, _ = await sse(world, turn_id, **{"Last-Event-ID": "2"})
    assert resumed == polled[2:]
    rest = (await world.client().get(f"/chat/turns/{turn_id}/events", params={"after": len(polled)})).json()["data"]
    assert rest == {"events": [], "done": True}


async def test_a_quiet_stream_is_kept_open_by_comments(world: World) -> None:
    world.search.may_end.clear()
    client = world.client()
    taken = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]
    lines: list[str] = []
    async with client.stream(
        "GET", f"/chat/turns/{taken['turn_id']}/events", headers={"Accept": "text/event-stream"}
    ) as answer:
        async for line in answer.aiter_lines():
            lines.append(line)
            if lines.count(": still here") == 2:
                world.search.may_end.set()
    assert lines.count(": still here") >= 2
    assert "event: turn.done" in lines


async def test_a_poll_returns_as_soon_as_there_is_news_and_not_before(world: World) -> None:
    world.search.may_end.clear()
    client = world.client()
    turn_id = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]["turn_id"]
    first = (await client.get(f"/chat/turns/{turn_id}/events")).json()["data"]
    assert [event["type"] for event in first["events"]] == ["turn.started"]
    waiting = asyncio.create_task(client.get(f"/chat/turns/{turn_id}/events", params={"after": 1}))
    assert not (await asyncio.wait([waiting], timeout=0.3))[0], "it answers empty at once"
    began = time.monotonic()
    world.search.may_end.set()
    second = (await waiting).json()["data"]
    assert second["events"][0]["type"] == "retrieval.done"
    assert time.monotonic() - began < 3.5, "it waits its full time"


async def test_a_turn_goes_on_when_its_client_goes_away(world: World) -> None:
    world.search.may_end.clear()
    client = world.client()
    taken = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]
    async with client.stream(
        "GET", f"/chat/turns/{taken['turn_id']}/events", headers={"Accept": "text/event-stream"}
    ) as answer:
        await anext(answer.aiter_lines())
    world.search.may_end.set()
    events = await world.poll(world.client(), taken["turn_id"])
    assert events[-1]["type"] == "turn.done"


async def test_a_conversation_is_stored_with_its_answer_and_citations(world: World) -> None:
    events = await world.ask(FLU, scope={"file_ids": [104]})
    client = world.client()
    (summary,) = (await client.get("/conversations")).json()["data"]
    assert summary["title"] == FLU
    stored = (await client.get(f"/conversations/{summary['id']}")).json()["data"]
    assert stored["scope"] == {"file_ids": [104], "folder_ids": []}
    question, answer = stored["messages"]
    assert (question["role"], question["text"], question["status"]) == ("user", FLU, "done")
    assert (answer["role"], answer["text"], answer["status"]) == ("assistant", events[-1]["text"], "done")
    assert answer["citations"] == events[-1]["citations"]
    assert answer["turn_id"] == events[0]["turn_id"]
    assert answer["model"]["name"] == "extractive"


async def test_a_second_question_keeps_the_conversation_and_its_scope(world: World) -> None:
    first = await world.ask(FLU, scope={"file_ids": [105]})
    conversation_id = first[0]["conversation_id"]
    second = await world.ask("Is a second dose planned?", conversation_id=conversation_id)
    assert second[0]["conversation_id"] == conversation_id
    assert world.search.calls[1][2].file_ids == (105,)
    await world.ask("Who is the fire warden?", conversation_id=conversation_id, scope={})
    assert world.search.calls[2][2].file_ids == ()
    messages = (await world.client().get(f"/conversations/{conversation_id}")).json()["data"]["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 3


async def test_conversations_are_paged_renamed_and_deleted(world: World) -> None:
    client = world.client()
    for text in ("First question about vaccines?", FLU, "Who is the hygiene officer?"):
        await world.ask(text)
    page = (await client.get("/conversations", params={"offset": 1, "limit": 1})).json()
    assert [row["title"] for row in page["data"]] == [FLU]
    assert page["metadata"]["pagination"] == {"offset": 1, "limit": 1, "total": 3}
    conversation_id = page["data"][0]["id"]
    renamed = (await client.put(f"/conversations/{conversation_id}", json={"title": "  Flu \n 2026 "})).json()
    assert renamed["data"]["title"] == "Flu 2026"
    assert (await client.delete(f"/conversations/{conversation_id}")).status_code == 200
    assert (await client.get(f"/conversations/{conversation_id}")).status_code == 404
    assert (await client.get("/conversations")).json()["metadata"]["pagination"]["total"] == 2


async def test_deleting_a_conversation_stops_what_runs_in_it(world: World) -> None:
    world.search.may_end.clear()
    client = world.client()
    taken = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]
    assert (await client.delete(f"/conversations/{taken['conversation_id']}")).status_code == 200
    events = await world.poll(client, taken["turn_id"])
    assert events[-1]["type"] == "turn.cancelled"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"text": ""}, 422, "VALIDATION_ERROR", "text"),
        ({"text": " \n\x00 "}, 422, "VALIDATION_ERROR", "text"),
        ({"text": "x" * 10_001}, 422, "VALIDATION_ERROR", "text"),
        ({"text": "é" * 100_000}, 422, "VALIDATION_ERROR", "text"),
        ({}, 422, "VALIDATION_ERROR", "text"),
        ({"text": "ok?", "conversation_id": "nope"}, 404, "NOT_FOUND", "conversation_id"),
        ({"text": "ok?", "scope": {"file_ids": [100, 555]}}, 404, "NOT_FOUND", "scope.file_ids"),
        ({"text": "ok?", "scope": {"folder_ids": [777]}}, 404, "NOT_FOUND", "scope.folder_ids"),
        ({"text": "ok?", "scope": {"file_ids": ["x"]}}, 422, "VALIDATION_ERROR", "scope.file_ids.0"),
        ({"text": "ok?", "scope": {"files": [1]}}, 422, "VALIDATION_ERROR", "scope.files"),
    ],
)
async def test_a_bad_question_is_answered_with_the_field_at_fault(
    world: World, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    client = world.client()
    answer = await client.post("/chat/turns", json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, field)
    assert len(answer.text) < 2_000, "the question is not sent back"
    assert (await client.get("/conversations")).json()["data"] == []
    assert world.search.calls == []


async def test_a_question_of_10000_characters_is_taken(world: World) -> None:
    events = await world.ask("flu " * 2_500)
    assert events[-1]["type"] == "turn.done"


async def test_only_the_owner_sees_a_conversation_or_a_turn(world: World) -> None:
    events = await world.ask(FLU, user="anna")
    turn_id, conversation_id = events[0]["turn_id"], events[0]["conversation_id"]
    anna, bert = world.client("anna"), world.client("Anna")
    for method, path, body in (
        ("GET", f"/chat/turns/{turn_id}/events", None),
        ("POST", f"/chat/turns/{turn_id}/cancel", None),
        ("GET", f"/conversations/{conversation_id}", None),
        ("PUT", f"/conversations/{conversation_id}", {"title": "mine"}),
        ("POST", "/chat/turns", {"text": FLU, "conversation_id": conversation_id}),
        ("DELETE", f"/conversations/{conversation_id}", None),
    ):
        refused = await bert.request(method, path, json=body)
        assert refused.status_code == 404, (method, path)
        assert (await anna.get(f"/conversations/{conversation_id}")).json()["data"]["title"] == FLU
    stream = await bert.get(f"/chat/turns/{turn_id}/events", headers={"Accept": "text/event-stream"})
    assert stream.status_code == 404
    assert (await bert.get("/conversations")).json()["data"] == []


async def test_who_is_not_signed_in_gets_nothing(world: World) -> None:
    client = world.client()
    del client.headers["X-User"]
    assert (await client.post("/chat/turns", json={"text": FLU})).status_code == 401
    assert (await client.get("/conversations")).status_code == 401


async def test_a_conversation_answers_one_question_at_a_time_and_a_user_a_few(world: World) -> None:
    world.search.may_end.clear()
    client = world.client()
    taken = [(await client.post("/chat/turns", json={"text": FLU})).json()["data"] for _ in range(4)]
    crowded = await client.post("/chat/turns", json={"text": FLU})
    assert crowded.status_code == 429
    assert crowded.headers["Retry-After"] == "2"
    assert (await world.client("bert").post("/chat/turns", json={"text": FLU})).status_code == 201
    await client.post(f"/chat/turns/{taken[0]['turn_id']}/cancel")
    busy = await client.post("/chat/turns", json={"text": FLU, "conversation_id": taken[1]["conversation_id"]})
    assert busy.status_code == 409
    assert (await client.post("/chat/turns", json={"text": FLU})).status_code == 201


async def test_cancelling_at_once_is_recorded_as_well(world: World) -> None:
    client = world.client()
    taken = await world.assistant.ask("anna", FLU, None, None)
    await world.assistant.cancel("anna", taken.turn_id)
    stored = (await client.get(f"/conversations/{taken.conversation_id}")).json()["data"]["messages"][1]
    assert stored["status"] == "cancelled"


async def test_after_a_crash_an_unfinished_answer_is_shown_as_interrupted(
    build_world: BuildWorld, world: World
) -> None:
    events = await world.ask(FLU)
    async with world.database.transaction() as session:  # what a killed process leaves behind
        await session.execute(
            update(MessageRow).where(MessageRow.role == "assistant").values(status="running", text="")
        )
    again = await build_world()
    stored = (await again.client().get(f"/conversations/{events[0]['conversation_id']}")).json()["data"]
    assert stored["messages"][1]["status"] == "interrupted"
    told = await again.client().get(f"/chat/turns/{events[0]['turn_id']}/events", params={"after": 3})
    assert told.json()["data"]["done"] is True
    assert told.json()["data"]["events"][0]["type"] == "error"
    assert told.json()["data"]["events"][0]["seq"] > 3
    more = await again.ask(FLU, conversation_id=events[0]["conversation_id"])
    assert more[-1]["type"] == "turn.done"


async def test_a_restart_answers_for_turns_that_ended_before_it(build_world: BuildWorld, world: World) -> None:
    events = await world.ask(FLU)
    again = await build_world()
    client = again.client()
    told = (await client.get(f"/chat/turns/{events[0]['turn_id']}/events")).json()["data"]
    assert told["done"] is True
    assert told["events"][0]["text"] == events[-1]["text"]
    assert told["events"][0]["seq"] == events[-1]["seq"]
    assert (await client.post(f"/chat/turns/{events[0]['turn_id']}/cancel")).status_code == 200
    assert (await client.get("/chat/turns/unknown/events")).status_code == 404


async def test_closing_the_application_records_running_turns_as_interrupted(build_world: BuildWorld) -> None:
    world = await build_world(with_model=True)
    world.model.reply = Reply(silent=True)
    client = world.client()
    taken = (await client.post("/chat/turns", json={"text": FLU})).json()["data"]
    await client.get(f"/chat/turns/{taken['turn_id']}/events")
    await world.assistant.close()
    stored = (await client.get(f"/conversations/{taken['conversation_id']}")).json()["data"]["messages"][1]
    assert stored["status"] == "interrupted"
    last = (await client.get(f"/chat/turns/{taken['turn_id']}/events")).json()["data"]["events"][-1]
    assert last["type"] == "error"


async def test_an_answer_that_was_lost_does_not_block_its_conversation_for_ever(world: World) -> None:
    events = await world.ask(FLU)
    conversation_id = events[0]["conversation_id"]

    async def lose(age: timedelta) -> int:
        async with world.database.transaction() as session:
            await session.execute(
                update(MessageRow)
                .where(MessageRow.role == "assistant")
                .values(status="running", created_at=datetime.now(UTC) - age)
            )
        answer = await world.client().post("/chat/turns", json={"text": FLU, "conversation_id": conversation_id})
        return answer.status_code

    assert await lose(timedelta(minutes=1)) == 409
    assert await lose(timedelta(minutes=6)) == 201
    await asyncio.sleep(0)

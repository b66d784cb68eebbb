"""What users do with what was answered: find it, judge it, ask for it again, branch, export and share it. Over HTTP."""

import json
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.integration.assistant.conftest import World

FLU = "When is the flu vaccine offered?"
WARDEN = "Who is the fire warden?"
UNKNOWN = "6a1c0f3e-58a5-4a3e-9d43-0a8a1d5f6f10"


async def stored(client: httpx.AsyncClient, conversation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/conversations/{conversation_id}")).json()["data"]
    return found


async def titles(client: httpx.AsyncClient, words: str) -> list[str]:
    answer = (await client.get("/conversations", params={"q": words})).json()
    assert answer["metadata"]["pagination"]["total"] == len(answer["data"])
    return [row["title"] for row in answer["data"]]


async def test_conversations_are_found_by_words_of_titles_and_messages_of_their_owner_only(world: World) -> None:
    anna, bert = world.client("anna"), world.client("bert")
    events = await world.ask(FLU)
    await world.ask("Wo stehen die Ärztekittel für Übergröße?")
    await world.ask(FLU, user="bert")
    word = next(word for word in events[-1]["text"].split() if word.isalpha() and word not in FLU and len(word) > 4)
    assert await titles(anna, word.upper()) == [FLU], "a word of the answer"
    assert await titles(anna, "ubergrosse arztekittel") == ["Wo stehen die Ärztekittel für Übergröße?"]
    assert await titles(anna, "flu arztekittel") == []
    assert len(await titles(anna, "")) == 2
    assert await titles(anna, "%") == []
    assert await titles(bert, "arztekittel") == []
    assert await titles(bert, "vaccine") == [FLU]
    conversation_id = events[0]["conversation_id"]
    await anna.put(f"/conversations/{conversation_id}", json={"title": "Winter season"})
    assert await titles(anna, "season winter") == ["Winter season"]


async def test_feedback_is_kept_changed_and_taken_back(world: World) -> None:
    events = await world.ask(FLU)
    conversation_id, place = events[0]["conversation_id"], f"/chat/turns/{events[0]['turn_id']}/feedback"
    client = world.client()
    given = await client.put(place, json={"rating": "down", "words": "  too \x00 short "})
    assert given.json()["data"] == {"rating": "down", "words": "too  short"}
    assert (await stored(client, conversation_id))["messages"][1]["feedback"] == {
        "rating": "down",
        "words": "too  short",
    }
    await client.put(place, json={"rating": "up"})
    assert (await stored(client, conversation_id))["messages"][1]["feedback"] == {"rating": "up", "words": None}
    assert (await client.delete(place)).status_code == 200
    assert (await stored(client, conversation_id))["messages"][1]["feedback"] is None


@pytest.mark.parametrize("body", [{"rating": "sideways"}, {"words": "x"}, {"rating": "up", "words": "x" * 2_001}])
async def test_feedback_that_says_nothing_is_refused(world: World, body: dict[str, str]) -> None:
    events = await world.ask(FLU)
    answer = await world.client().put(f"/chat/turns/{events[0]['turn_id']}/feedback", json=body)
    assert answer.status_code == 422


async def test_a_regenerated_answer_stands_behind_its_question_and_the_older_ones_stay(world: World) -> None:
    first = await world.ask(FLU)
    conversation_id = first[0]["conversation_id"]
    await world.ask(WARDEN, conversation_id=conversation_id, scope={"file_ids": [105]})
    client = world.client()
    again = await client.post(f"/chat/turns/{first[0]['turn_id']}/regenerate")
    assert again.status_code == 201
    taken = again.json()["data"]
    assert taken["conversation_id"] == conversation_id
    events = await world.poll(client, taken["turn_id"])
    assert events[-1]["type"] == "turn.done"
    assert world.search.calls[-1][1] == FLU
    assert world.search.calls[-1][2].file_ids == (105,), "within what the conversation is narrowed to now"
    question, old, new, other, _ = (await stored(client, conversation_id))["messages"]
    assert (question["text"], other["text"]) == (FLU, WARDEN)
    assert (old["turn_id"], new["turn_id"]) == (first[0]["turn_id"], taken["turn_id"])
    assert old["question_id"] == new["question_id"] == question["id"]
    assert old["text"] == first[-1]["text"]
    third = (await client.post(f"/chat/turns/{taken['turn_id']}/regenerate")).json()["data"]["turn_id"]
    await world.poll(client, third)
    versions = [m["turn_id"] for m in (await stored(client, conversation_id))["messages"][1:4]]
    assert versions == [first[0]["turn_id"], taken["turn_id"], third]


async def test_a_conversation_that_is_answering_is_not_asked_again(world: World) -> None:
    first = await world.ask(FLU)
    world.search.may_end.clear()
    client = world.client()
    again = await client.post(f"/chat/turns/{first[0]['turn_id']}/regenerate")
    assert (await client.post(f"/chat/turns/{first[0]['turn_id']}/regenerate")).status_code == 409
    await client.post(f"/chat/turns/{again.json()['data']['turn_id']}/cancel")
    messages = (await stored(client, first[0]["conversation_id"]))["messages"]
    assert [message["status"] for message in messages] == ["done", "done", "cancelled"]


async def test_a_branch_has_all_up_to_an_answer_and_leaves_its_origin_alone(world: World) -> None:
    first = await world.ask(FLU, scope={"folder_ids": [1]})
    conversation_id = first[0]["conversation_id"]
    client = world.client()
    again = (await client.post(f"/chat/turns/{first[0]['turn_id']}/regenerate")).json()["data"]["turn_id"]
    await world.poll(client, again)
    await client.put(f"/chat/turns/{again}/feedback", json={"rating": "up"})
    await world.ask(WARDEN, conversation_id=conversation_id)
    before = await stored(client, conversation_id)

    made = await client.post(f"/conversations/{conversation_id}/branch", json={"turn_id": again})
    assert made.status_code == 201
    branch = await stored(client, made.json()["data"]["id"])
    assert branch["title"] == f"{FLU} (2)"
    assert branch["scope"] == {"file_ids": [], "folder_ids": [1]}
    assert [message["text"] for message in branch["messages"]] == [FLU, before["messages"][2]["text"]]
    assert branch["messages"][1]["citations"] == before["messages"][2]["citations"]
    assert branch["messages"][1]["feedback"] is None
    ids = {message["id"] for message in branch["messages"]} | {m["turn_id"] for m in branch["messages"]}
    assert not ids & {value for m in before["messages"] for value in (m["id"], m["turn_id"])}

    await world.ask("Is a second dose planned?", conversation_id=branch["id"])
    await client.post(f"/chat/turns/{branch['messages'][1]['turn_id']}/regenerate")
    assert await stored(client, conversation_id) == before
    second = await client.post(
        f"/conversations/{branch['id']}/branch", json={"turn_id": branch["messages"][1]["turn_id"]}
    )
    assert second.json()["data"]["title"] == f"{FLU} (3)"
    assert await titles(client, "flu (3)") == [f"{FLU} (3)"]


async def test_an_answer_under_way_or_of_another_conversation_begins_no_branch(world: World) -> None:
    first, other = await world.ask(FLU), await world.ask(WARDEN)
    world.search.may_end.clear()
    client = world.client()
    place = f"/conversations/{first[0]['conversation_id']}/branch"
    running = (await client.post(f"/chat/turns/{first[0]['turn_id']}/regenerate")).json()["data"]["turn_id"]
    assert (await client.post(place, json={"turn_id": running})).status_code == 409
    assert (await client.post(place, json={"turn_id": other[0]["turn_id"]})).status_code == 404
    assert (await client.post(place, json={"turn_id": first[0]["turn_id"]})).status_code == 201


async def test_a_conversation_is_exported_as_markdown_and_as_json_with_a_safe_name(world: World) -> None:
    events = await world.ask(FLU)
    conversation_id = events[0]["conversation_id"]
    client = world.client()
    await client.put(f"/conversations/{conversation_id}", json={"title": 'Flu/"2026"\\..\u202e Ärzte'})
    place = f"/conversations/{conversation_id}/export"
    text = await client.get(place, params={"format": "markdown"})
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"
    assert text.headers["cache-control"] == "no-store"
    assert text.headers["x-content-type-options"] == "nosniff"
    kind, _, name = text.headers["content-disposition"].partition("filename*=UTF-8''")
    assert (kind, unquote(name)) == ("attachment; ", "Flu 2026 .. Ärzte.md")
    cited = events[-1]["citations"][0]
    assert f"## {FLU}" in text.text
    assert f"](<{cited['link']}>)" in text.text
    data = await client.get(place, params={"format": "json"})
    assert json.loads(data.content) == await stored(client, conversation_id)
    assert (await client.get(place, params={"format": "pdf"})).status_code == 422


async def test_a_share_writes_a_new_file_as_that_user_and_never_over_another(world: World) -> None:
    events = await world.ask(FLU)
    place = f"/conversations/{events[0]['conversation_id']}/share"
    client = world.client()
    shared = await client.post(place, json={})
    assert shared.status_code == 201
    first = shared.json()["data"]
    name = "When is the flu vaccine offered"
    assert first["path"] == f"/VoiceAssist/{name}.voiceassist.md"
    assert first["link"] == f"https://cloud.example.org/f/{first['file_id']}"
    written = world.cloud.at("anna", first["path"])
    assert written is not None
    assert written.item.file_id == first["file_id"]
    exported = await client.get(f"/conversations/{events[0]['conversation_id']}/export", params={"format": "markdown"})
    assert written.item.content == exported.content
    assert world.cloud.at("bert", "/VoiceAssist") is None

    second = (await client.post(place, json={"folder": "/VoiceAssist"})).json()["data"]
    assert second["path"] == f"/VoiceAssist/{name} (2).voiceassist.md"
    assert second["file_id"] != first["file_id"]

    world.cloud.write("anna", "/Letters", None)
    mine = world.cloud.write("anna", f"/Letters/{name}.voiceassist.md", b"my own words")
    third = (await client.post(place, json={"folder": "/Letters/", "turn_id": events[0]["turn_id"]})).json()["data"]
    assert third["path"] == f"/Letters/{name} (2).voiceassist.md"
    assert mine is not None
    assert mine.content == b"my own words"


async def test_what_a_user_can_no_longer_read_is_in_no_export_share_or_branch(world: World) -> None:
    events = await world.ask(FLU)
    turn_id, place = events[0]["turn_id"], f"/conversations/{events[0]['conversation_id']}"
    cited = {int(citation["document_id"]) for citation in events[-1]["citations"]}
    quote, title = events[-1]["citations"][0]["quote"], events[-1]["citations"][0]["title"]
    client = world.client()
    branch = (await client.post(f"{place}/branch", json={"turn_id": turn_id})).json()["data"]["id"]

    async def copies() -> list[str]:
        shared = (await client.post(f"{place}/share", json={})).json()["data"]["path"]
        seen = world.cloud.at("anna", shared)
        assert seen is not None
        found = [(seen.item.content or b"").decode(), (await client.get(f"/conversations/{branch}")).text]
        for kind in ("markdown", "json"):
            found.append((await client.get(f"{place}/export", params={"format": kind})).text)
        return [copy.replace("\\", "") for copy in found]

    assert all(quote[:40] in copy and title in copy for copy in await copies())
    world.library.hidden = cited
    assert not any(quote[:40] in copy or title in copy for copy in await copies())


@pytest.mark.parametrize(
    "folder", ["Letters", "/a/../b", "/./x", "/a\x00b", "/ a", "/" + "/".join("x" * 30), "/letter.txt"]
)
async def test_a_folder_that_cannot_be_is_refused_and_nothing_is_written(world: World, folder: str) -> None:
    events = await world.ask(FLU)
    world.cloud.write("anna", "/letter.txt", b"Dear")
    before = [seen.path for seen in world.cloud.everything("anna")]
    answer = await world.client().post(f"/conversations/{events[0]['conversation_id']}/share", json={"folder": folder})
    assert answer.status_code == 422
    assert [seen.path for seen in world.cloud.everything("anna")] == before


async def test_only_the_owner_reaches_an_answer_or_a_conversation(world: World) -> None:
    events = await world.ask(FLU, user="anna")
    turn_id, conversation_id = events[0]["turn_id"], events[0]["conversation_id"]
    requests: list[tuple[str, str, Any]] = [
        ("PUT", f"/chat/turns/{turn_id}/feedback", {"rating": "up"}),
        ("DELETE", f"/chat/turns/{turn_id}/feedback", None),
        ("POST", f"/chat/turns/{turn_id}/regenerate", None),
        ("POST", f"/conversations/{conversation_id}/branch", {"turn_id": turn_id}),
        ("POST", f"/conversations/{conversation_id}/share", {}),
        ("GET", f"/conversations/{conversation_id}/export?format=json", None),
    ]
    for user, refused in (("bert", True), ("anna", False)):
        client = world.client(user)
        for method, path, body in requests:
            assert ((await client.request(method, path, json=body)).status_code == 404) is refused, (user, path)
    assert world.cloud.at("bert", "/VoiceAssist") is None
    unknown = await world.client().post(f"/conversations/{conversation_id}/branch", json={"turn_id": UNKNOWN})
    assert unknown.status_code == 404


async def test_the_last_event_says_why_who_answered_in_which_steps_and_what_was_read(world: World) -> None:
    done = (await world.ask(FLU))[-1]
    assert done["model"]["reason"] == "No language model is configured."
    assert [step["name"] for step in done["steps"]] == ["understand", "retrieve", "clarify", "extract"]
    considered = done["considered"]
    assert considered["passages"] == 8
    assert considered["cited"] == len({cited["passage_id"] for cited in done["citations"]})
    assert len(considered["not_cited"]) == 8 - considered["cited"]
    assert considered["not_cited"][0]["title"]


async def test_a_reload_shows_the_same_but_for_the_titles_of_what_was_not_cited(world: World) -> None:
    events = await world.ask(FLU)
    done = events[-1]
    answer = (await stored(world.client(), events[0]["conversation_id"]))["messages"][1]
    for name in ("model", "confidence", "answered", "note", "steps", "timings"):
        assert answer[name] == done[name], name
    assert answer["considered"] == done["considered"] | {"not_cited": []}


async def test_without_passages_the_reason_says_that_nobody_was_asked(written: World) -> None:
    done = (await written.ask(FLU, scope={"file_ids": [199]}))[-1]
    assert done["considered"] == {"passages": 0, "cited": 0, "not_cited": [], "gone": 0}
    assert "nothing to ask" in done["model"]["reason"]
    assert written.model.requests == []


async def test_every_route_is_described_with_examples(world: World) -> None:
    from fastapi import FastAPI

    from backend.assistant.routes import build_router

    app = FastAPI()
    app.include_router(build_router(world.assistant))
    described = app.openapi()
    schemas = described["components"]["schemas"]
    for name in ("TurnRequest", "Feedback", "Rename", "Branch", "Share"):
        assert schemas[name]["examples"], name
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), (method, path)

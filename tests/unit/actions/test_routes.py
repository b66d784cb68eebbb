"""The HTTP side of actions."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend.actions.routes import build_router
from backend.envelope import install
from backend.identity.principal import Principal, guard_with
from tests import policy
from tests.unit.actions.board import SEND, World, note


@pytest.fixture
async def app(world: World) -> FastAPI:
    async def authenticate(request: HTTPConnection) -> Principal:
        return Principal(request.headers.get("x-user", "ann"))

    app = FastAPI()
    install(app)
    guard_with(app, authenticate, policy.shipped())
    app.include_router(build_router(world.actions), prefix="/api/v1")
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client:
        yield client


async def data(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_card_shows_every_field_and_nothing_that_is_its_performers(
    client: httpx.AsyncClient, world: World
) -> None:
    (action,) = await world.propose()
    card = await data(await client.get(f"/actions/{action.id}"))
    assert card["fields"][3] == {
        "name": "colour",
        "label": "Colour",
        "kind": "choice",
        "value": "red",
        "editable": True,
        "options": [{"value": "red", "label": "Red"}, {"value": "blue", "label": "Blue"}],
    }
    del card["fields"]
    assert card == {
        "id": action.id,
        "group": action.group,
        "kind": "notes.put",
        "sentence": "Put 'call the lab' on the board.",
        "warnings": [],
        "state": "proposed",
        "created_at": "2026-03-06T09:00:00Z",
        "due": None,
        "said": None,
        "link": None,
        "can_undo": False,
        "undo_until": None,
        "reason": None,
    }
    done = await client.post(f"/actions/{action.id}/confirm", json={"key": "k1"})
    for answer in (await client.get("/actions"), done, await client.get(f"/actions/{action.id}")):
        assert action.id in answer.text
        assert action.key not in answer.text
        assert "etag-17" not in answer.text


async def test_from_the_edit_to_the_undo(client: httpx.AsyncClient, world: World) -> None:
    (action,) = await world.propose()
    edited = await data(await client.put(f"/actions/{action.id}", json={"values": {"text": "call Bob"}}))
    assert edited["sentence"] == "Put 'call Bob' on the board."
    body = {"key": "k1", "values": {"text": "call Eve"}}
    done = await data(await client.post(f"/actions/{action.id}/confirm", json=body))
    assert (done["state"], done["said"], done["can_undo"]) == ("done", "call Eve is on the board.", True)
    assert done["undo_until"] == "2026-03-06T09:10:00Z"
    assert await data(await client.post(f"/actions/{action.id}/confirm", json=body)) == done
    refused = await client.post(f"/actions/{action.id}/confirm", json={"key": "k2"})
    assert (refused.status_code, refused.json()["error"]["details"]) == (409, {"state": "done"})
    undone = await data(await client.post(f"/actions/{action.id}/undo"))
    assert (undone["state"], undone["said"], undone["can_undo"]) == ("undone", "call Eve is off the board.", False)


async def test_a_waiting_one_says_when_and_can_be_stopped(client: httpx.AsyncClient, world: World) -> None:
    (action,) = await world.propose(note(kind=SEND))
    waiting = await data(await client.post(f"/actions/{action.id}/confirm", json={"key": "k1"}))
    assert (waiting["state"], waiting["due"], waiting["can_undo"]) == ("waiting", "2026-03-06T09:00:10Z", True)
    assert (await data(await client.post(f"/actions/{action.id}/undo")))["state"] == "undone"


async def test_a_list_is_confirmed_or_dismissed_as_one(client: httpx.AsyncClient, world: World) -> None:
    first, second = await world.propose(note("1"), note("2"))
    await data(await client.post(f"/actions/{first.id}/dismiss"))
    after = await data(await client.post(f"/actions/groups/{first.group}/confirm", json={"key": "k1"}))
    assert [(one["id"], one["state"]) for one in after] == [(first.id, "dismissed"), (second.id, "done")]
    (third,) = await world.propose()
    (dismissed,) = await data(await client.post(f"/actions/groups/{third.group}/dismiss"))
    assert dismissed["state"] == "dismissed"


async def test_lists_have_pages_and_states(client: httpx.AsyncClient, world: World) -> None:
    (action, _) = await world.propose(note("1"), note("2"))
    await client.post(f"/actions/{action.id}/dismiss")
    answer = (await client.get("/actions", params={"limit": 1, "offset": 1})).json()
    assert [one["fields"][0]["value"] for one in answer["data"]] == ["2"]
    assert answer["metadata"]["pagination"] == {"offset": 1, "limit": 1, "total": 2}
    assert [one["id"] for one in await data(await client.get("/actions?state=dismissed"))] == [action.id]


async def test_nobody_else_sees_or_decides_it(client: httpx.AsyncClient, world: World) -> None:
    (action,) = await world.propose()
    ben = {"x-user": "ben"}
    asked = [
        ("GET", f"/{action.id}", None),
        ("PUT", f"/{action.id}", {"values": {"text": "x"}}),
        ("POST", f"/{action.id}/confirm", {"key": "k"}),
        ("POST", f"/{action.id}/dismiss", None),
        ("POST", f"/{action.id}/undo", None),
        ("POST", f"/groups/{action.group}/confirm", {"key": "k"}),
        ("POST", f"/groups/{action.group}/dismiss", None),
    ]
    for method, path, body in asked:
        answer = await client.request(method, f"/actions{path}", json=body, headers=ben)
        assert (path, answer.status_code) == (path, 404)
    assert await data(await client.get("/actions", headers=ben)) == []
    assert (await data(await client.get(f"/actions/{action.id}")))["state"] == "proposed"


async def test_wrong_requests_are_refused_with_the_field(client: httpx.AsyncClient, world: World) -> None:
    (action,) = await world.propose()
    for method, path, body, field in (
        ("PUT", "", {"values": {"zone": "Mars"}}, "zone"),
        ("PUT", "", {"values": {"nothing": 1}}, "nothing"),
        ("PUT", "", {}, "values"),
        ("POST", "/confirm", {}, "key"),
        ("POST", "/confirm", {"key": ""}, "key"),
        ("POST", "/confirm", {"key": "k", "values": {"colour": "green"}}, "colour"),
        ("POST", "/confirm", {"key": "k", "draft": {}}, "draft"),
    ):
        answer = await client.request(method, f"/actions/{action.id}{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert (await client.get("/actions?state=lost")).status_code == 422
    assert world.board.effects == []


async def test_too_much_says_how_long_to_wait(client: httpx.AsyncClient, world: World) -> None:
    for _ in range(60):
        (action,) = await world.propose()
        await client.post(f"/actions/{action.id}/confirm", json={"key": "k"})
    (action,) = await world.propose()
    answer = await client.post(f"/actions/{action.id}/confirm", json={"key": "k"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")


async def test_every_route_is_described_with_examples(app: FastAPI) -> None:
    described = app.openapi()
    for name in ("ActionView", "Confirmation", "Edit", "GroupConfirmation"):
        assert described["components"]["schemas"][name]["examples"], name

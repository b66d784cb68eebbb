"""Keys for programs, over HTTP, on SQLite and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from backend import envelope
from backend.database import Database
from backend.errors import NotAllowed
from backend.identity.doorkeeper import Doorkeeper
from backend.identity.keys.routes import build_router as keys_routes
from backend.identity.keys.service import MOST_KEYS
from backend.identity.me import build_router as me_routes
from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy
from backend.identity.principal import (
    Action,
    CurrentPrincipal,
    Principal,
    Resource,
    Role,
    Way,
    guard_with,
    require,
)
from backend.identity.roles import Rights
from backend.identity.sessions.routes import build_router as sessions_routes
from tests.integration.identity.desk import Clock, Desk
from tests.servers.listening import listening

ME, KEYS = "/api/v1/auth/me", "/api/v1/auth/keys"
Caller = Callable[[str], httpx.AsyncClient]


class EveryName:
    """Everybody has what is theirs; the desk says whom it shuts out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def roles_of(self, name: str, account: frozenset[Role] = frozenset()) -> frozenset[Role]:
        return account | await self._desk.roles_of(name)

    def acts_as(self, name: str) -> str:
        return f"{name}'s files"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(records: Database, clock: Clock) -> Desk:
    return Desk(records, clock)


@pytest.fixture
async def calling(desk: Desk) -> AsyncIterator[Caller]:
    """Gives a client that sends this token. One route reads, one writes, one is the audit, one reveals."""
    policy = RegoPolicy(SHIPPED)
    router = APIRouter(prefix="/api/v1")
    for routes in (me_routes(), keys_routes(desk.keys), sessions_routes(desk.sessions, desk.limit)):
        router.include_router(routes)

    @router.get("/audit")
    @router.post("/mail")
    @router.delete("/auth/second-factors/one")
    async def done(_principal: CurrentPrincipal) -> str:
        return "done"

    @router.get("/files/name")
    async def name(principal: CurrentPrincipal) -> str:
        await require(policy, principal, Action.REVEAL, Resource("phi", principal.user_id))
        return "a patient's name"

    app = FastAPI()
    envelope.install(app)
    app.include_router(router)
    rights = Rights({}, {"ann": frozenset({"phi:reveal"})})
    guard_with(app, Doorkeeper(desk.sessions, desk.keys, None, EveryName(desk), rights), policy)
    clients: list[httpx.AsyncClient] = []

    def client_of(token: str) -> httpx.AsyncClient:
        headers = {b"Authorization": f"Bearer {token}".encode("latin-1")}
        clients.append(httpx.AsyncClient(base_url=home, headers=headers, trust_env=False))
        return clients[-1]

    async with listening() as (home, serve), serve(app):
        yield client_of
        for client in clients:
            await client.aclose()


async def made(client: httpx.AsyncClient, **wanted: Any) -> tuple[str, str]:
    """A new key: its id, and what its program sends."""
    answer = await client.post(KEYS, json={"name": "backup", **wanted})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    return data["info"]["id"], data["key"]


async def refusal(client: httpx.AsyncClient, method: str = "GET", path: str = ME, **more: Any) -> tuple[int, str]:
    answer = await client.request(method, path, **more)
    return answer.status_code, (answer.json()["error"] or {"code": ""})["code"]


async def test_a_key_serves_as_its_user_until_it_is_revoked(desk: Desk, calling: Caller) -> None:
    ann = calling((await desk.begin()).access)
    key_id, key = await made(ann)
    program = calling(key)
    me = (await program.get(ME)).json()["data"]
    assert me == {
        "user_id": "ann's files",
        "signed_in_as": "ann",
        "roles": ["user"],
        "way": "service",
        "session_id": None,
    }
    assert (await program.post("/api/v1/mail")).status_code == 200
    bob = calling((await desk.begin("bob")).access)
    assert (await bob.get(KEYS)).json()["data"] == []
    assert await refusal(bob, "DELETE", f"{KEYS}/{key_id}") == (404, "NOT_FOUND")
    assert (await program.get(ME)).status_code == 200
    assert (await ann.delete(f"{KEYS}/{key_id}")).status_code == 200
    assert await refusal(program) == (401, "TOKEN_REVOKED")
    assert (await ann.get(KEYS)).json()["data"] == []
    assert [kind for kind in desk.kinds if kind.startswith("key.")] == ["key.made", "key.used", "key.revoked"]


async def test_a_key_is_told_once_and_only_its_hash_is_kept(desk: Desk, calling: Caller, records: Database) -> None:
    ann = calling((await desk.begin()).access)
    key_id, key = await made(ann)
    secret = key.removeprefix(f"vak_{key_id}_")
    assert len(secret) == 43
    listed = (await ann.get(KEYS)).text
    async with records.engine.connect() as connection:
        stored = str((await connection.exec_driver_sql("SELECT * FROM keys")).all())
    assert key_id in listed
    assert key_id in stored
    assert secret not in listed + stored + repr(desk.events)


async def test_a_key_is_over_when_it_was_said_to_be(desk: Desk, calling: Caller, clock: Clock) -> None:
    ann = calling((await desk.begin()).access)
    _, key = await made(ann, expires_at=(clock() + timedelta(minutes=1)).isoformat())
    _, endless = await made(ann)
    clock.move(59)
    assert (await calling(key).get(ME)).status_code == 200
    clock.move(1)
    assert await refusal(calling(key)) == (401, "TOKEN_EXPIRED")
    clock.move(400 * 86_400)
    assert (await calling(endless).get(ME)).status_code == 200
    fresh = calling((await desk.begin()).access)
    await made(fresh)  # what is over for long is forgotten
    assert await refusal(calling(key)) == (401, "UNAUTHORIZED")


async def test_what_is_nearly_a_key_is_refused(desk: Desk, calling: Caller) -> None:
    ann = calling((await desk.begin()).access)
    key_id, key = await made(ann)
    _, other = await made(ann)
    last = "A" if key[-1] != "A" else "Q"
    nearly = (
        key[:-1], key + "A", key[:-1] + last, key[:37] + other[37:], f"vak_{key_id}_", f"vak_{key_id}", "vak_",
        key.upper(), key.replace("vak_", "vak-"), key + "\u00e9", "vak_" + "0" * 32 + key[36:], "vak_" + "x" * 10_000,
    )  # fmt: skip
    for token in nearly:
        assert (await refusal(calling(token)))[0] == 401, token[:90]
    assert (await calling(key).get(ME)).status_code == 200


async def test_signing_out_everywhere_ends_the_keys_of_that_user_only(desk: Desk, calling: Caller) -> None:
    ann, bob = calling((await desk.begin()).access), calling((await desk.begin("bob")).access)
    (_, anns), (_, again), (_, bobs) = await made(ann), await made(ann), await made(bob)
    assert (await ann.post("/api/v1/auth/logout", json={"everywhere": False})).status_code == 200
    assert (await calling(anns).get(ME)).status_code == 200
    ann = calling((await desk.begin()).access)
    assert (await ann.post("/api/v1/auth/logout", json={"everywhere": True})).status_code == 200
    assert await refusal(calling(anns)) == await refusal(calling(again)) == (401, "TOKEN_REVOKED")
    assert (await calling(bobs).get(ME)).status_code == 200


async def test_a_key_of_a_disabled_user_is_refused(desk: Desk, calling: Caller) -> None:
    _, key = await made(calling((await desk.begin()).access))
    desk.shut_out.add("ann")
    assert await refusal(calling(key)) == (403, "FORBIDDEN")
    desk.shut_out.clear()
    assert (await calling(key).get(ME)).status_code == 200


async def test_a_key_has_the_rights_of_its_user_as_they_are_now_and_one_for_reading_none(
    desk: Desk, calling: Caller
) -> None:
    everything = {("GET", "/api/v1/audit"): 200, ("POST", "/api/v1/mail"): 200, ("GET", "/api/v1/files/name"): 200}

    async def answers(key: str) -> dict[tuple[str, str], int]:
        return {asked: (await calling(key).request(*asked)).status_code for asked in everything}

    desk.roles["ann"] = frozenset({Role.USER, Role.ADMIN})
    ann = calling((await desk.begin()).access)
    _, full = await made(ann)
    _, reader = await made(ann, read_only=True)
    assert await answers(full) == everything
    assert set((await answers(reader)).values()) == {403}
    assert (await calling(reader).get(ME)).json()["data"]["roles"] == ["user"]
    desk.roles["ann"] = frozenset({Role.USER})
    assert await answers(full) == everything | {("GET", "/api/v1/audit"): 403}


async def test_a_program_makes_no_key_and_changes_no_second_factor(desk: Desk, calling: Caller) -> None:
    desk.roles["ann"] = frozenset(Role)
    ann = calling((await desk.begin()).access)
    key_id, key = await made(ann)
    other_id, _ = await made(ann)
    program = calling(key)
    factor = "/api/v1/auth/second-factors/one"
    assert (await refusal(program, "POST", KEYS, json={"name": "offspring"}))[0] == 403
    assert (await refusal(program, "DELETE", f"{KEYS}/{other_id}"))[0] == 403
    assert (await refusal(program, "DELETE", f"/api/v1/auth/sessions/{key_id}"))[0] == 403
    assert (await refusal(program, "DELETE", factor))[0] == 403
    assert {listed["id"] for listed in (await program.get(KEYS)).json()["data"]} == {key_id, other_id}
    assert (await ann.delete(factor)).status_code == 200


@pytest.mark.parametrize("way", [Way.SERVICE, Way.BEARER])
async def test_a_program_makes_no_key_whatever_the_policy_says(desk: Desk, way: Way) -> None:
    """Neither with a key nor with a token that an issuer gave to some application."""

    async def program(_request: object) -> Principal:
        return Principal("ann", frozenset(Role), way)

    class AllowsAll:
        async def decide(self, *_asked: object) -> Any:
            return await RegoPolicy(SHIPPED).decide(Principal("ann"), Action.READ, Resource("auth", "ann"))

    app = FastAPI()
    envelope.install(app)
    app.include_router(keys_routes(desk.keys), prefix="/api/v1")
    guard_with(app, program, AllowsAll())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get(KEYS)).status_code == 200
        assert (await client.post(KEYS, json={"name": "offspring"})).status_code == 403


async def test_no_key_is_made_used_or_revoked_without_a_record(desk: Desk, calling: Caller) -> None:
    ann = calling((await desk.begin()).access)
    key_id, key = await made(ann)
    desk.records = False
    assert await refusal(ann, "POST", KEYS, json={"name": "second"}) == (503, "UNAVAILABLE")
    assert await refusal(calling(key)) == (503, "UNAVAILABLE")
    assert await refusal(ann, "DELETE", f"{KEYS}/{key_id}") == (503, "UNAVAILABLE")
    desk.records = True
    assert [listed["id"] for listed in (await ann.get(KEYS)).json()["data"]] == [key_id]
    assert (await calling(key).get(ME)).status_code == 200


async def test_its_use_is_recorded_once_in_a_quarter_of_an_hour(desk: Desk, calling: Caller, clock: Clock) -> None:
    ann = calling((await desk.begin()).access)
    _, key = await made(ann)
    assert [listed["used_at"] for listed in (await ann.get(KEYS)).json()["data"]] == [None]
    program, first = calling(key), clock()
    for _ in range(4):
        assert (await program.get(ME)).status_code == 200
        clock.move(299)
    (listed,) = (await calling((await desk.begin()).access).get(KEYS)).json()["data"]
    assert listed["used_at"].startswith(first.strftime("%Y-%m-%dT%H:%M:%S"))
    assert desk.kinds.count("key.used") == 1
    await program.get(ME)
    assert desk.kinds.count("key.used") == 2


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""}, {"name": "  "}, {"name": "x" * 101}, {"name": "a\0b"}, {"name": None}, {},
        {"name": "late", "expires_at": "2026-03-06T10:00:00Z"}, {"name": "naive", "expires_at": "2027-03-06T10:00:00"},
        {"name": "far", "expires_at": "9999-12-31T23:59:59-12:00"}, {"name": "x", "read_only": "perhaps"},
    ],
)  # fmt: skip
async def test_a_key_that_makes_no_sense_is_not_made(desk: Desk, calling: Caller, wanted: dict[str, Any]) -> None:
    ann = calling((await desk.begin()).access)
    assert await refusal(ann, "POST", KEYS, json=wanted) == (422, "VALIDATION_ERROR")
    assert (await ann.get(KEYS)).json()["data"] == []


async def test_nobody_has_more_than_fifty_keys(desk: Desk, calling: Caller) -> None:
    ann = calling((await desk.begin()).access)
    for _ in range(MOST_KEYS):
        info, _ = await desk.keys.make("ann", "backup", None, read_only=False)
    assert await refusal(ann, "POST", KEYS, json={"name": "another"}) == (409, "CONFLICT")
    await ann.delete(f"{KEYS}/{info.id}")
    await made(ann)


async def test_nobody_who_may_not_enter_makes_a_key(desk: Desk) -> None:
    desk.shut_out.add("ann")
    with pytest.raises(NotAllowed):
        await desk.keys.make("ann", "backup", None, read_only=False)
    assert desk.events == []


async def test_what_is_open_in_another_process_asks_again_when_a_key_is_revoked(
    records: Database, desk: Desk, clock: Clock
) -> None:
    other = Desk(records, clock)
    told = asyncio.Event()
    other.sessions.on_ended(told.set)
    other.revocations.start()
    try:
        info, _ = await desk.keys.make("ann", "backup", None, read_only=False)
        await desk.keys.revoke("ann", info.id)
        await asyncio.wait_for(told.wait(), 30)
    finally:
        await other.revocations.close()

"""The directory by its routes: asked as AppAPI passes requests on, under the policy, with the audit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.directory.conftest import ACCOUNT, KEEPER
from tests.integration.directory.desk import Desk, desk_at
from tests.servers.appapi import AppApiServer

ZOE = {"user_id": "zoe", "password": "zoe-Pass-12345", "email": "zoe@clinic.example", "groups": ["Doctors"]}


@pytest.fixture
async def desk(nextcloud: AppApiServer, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(nextcloud, tmp_path, **ACCOUNT) as desk:
        yield desk


async def test_an_administrator_sees_users_and_groups(desk: Desk) -> None:
    told = await desk.tell("root", "GET", "/users/ANN")
    assert told.pop("index")["known"] is False
    assert told == {
        "user_id": "ann",
        "display_name": "Ann Ärzt",
        "email": "ann@clinic.example",
        "enabled": True,
        "groups": ["Doctors"],
        "language": "de",
        "last_login_at": "2025-10-09T08:53:20Z",
        "quota": {"limit": 5 * 2**30, "used": 4096},
    }
    page = (await desk.ask("root", "GET", "/users", params={"offset": 2, "limit": 2})).json()
    assert [user["user_id"] for user in page["data"]] == [KEEPER, "root"]
    assert page["metadata"]["pagination"] == {"offset": 2, "limit": 2, "total": 5}
    whole = (await desk.ask("root", "GET", "/users", params={"search": "ärzt"})).json()
    assert whole["metadata"]["pagination"]["total"] == len(whole["data"]) == 1
    groups = (await desk.ask("root", "GET", "/groups", params={"search": "doc"})).json()
    assert groups["data"] == [{"group_id": "Doctors", "display_name": "Doctors", "users": 1, "disabled": 0}]
    assert groups["metadata"]["pagination"]["total"] == 1
    assert await desk.refusal("root", "GET", "/users/nobody") == (404, "NOT_FOUND")


@pytest.mark.parametrize("user", ["ann", "ward"])
async def test_nobody_else_sees_or_changes_anything(desk: Desk, nextcloud: AppApiServer, user: str) -> None:
    before = {group: set(members) for group, members in nextcloud.cloud.groups.items()}
    for method, path, body in (
        ("GET", "/users", None),
        ("GET", "/users/ann", None),
        ("GET", "/groups", None),
        ("POST", "/users", ZOE),
        ("PUT", "/users/ann", {"quota": "none"}),
        ("PUT", "/users/ann", {"quota": "none"}),
        ("DELETE", "/users/ben", None),
        ("POST", "/users/ben/disable", None),
        ("POST", "/users/ben/enable", None),
        ("PUT", f"/users/{user}/groups/admin", None),
        ("DELETE", "/users/ann/groups/Doctors", None),
    ):
        assert await desk.refusal(user, method, path, json=body) == (403, "FORBIDDEN"), (method, path)
    assert nextcloud.cloud.groups == before
    assert nextcloud.cloud.disabled == set()
    assert "ben" in nextcloud.cloud.homes


async def test_an_administrator_makes_changes_and_removes_a_user_and_the_audit_says_so(
    desk: Desk, nextcloud: AppApiServer
) -> None:
    created = await desk.ask("root", "POST", "/users", json=ZOE)
    assert created.status_code == 201
    assert created.json()["data"]["groups"] == ["Doctors"]
    changed = await desk.tell("root", "PUT", "/users/ZOE", json={"quota": "3 GB", "password": "Other-Pass-123"})
    assert changed["quota"]["limit"] == 3 * 2**30
    assert nextcloud.provisioning.records["zoe"].password == "Other-Pass-123"
    joined = await desk.tell("root", "PUT", "/users/zoe/groups/Night / day")
    assert joined["groups"] == ["Doctors", "Night / day"]
    left = await desk.tell("root", "DELETE", "/users/zoe/groups/Doctors")
    assert left["groups"] == ["Night / day"]
    for _ in range(2):
        assert (await desk.tell("root", "POST", "/users/Zoe/disable"))["enabled"] is False
    assert (await desk.tell("root", "POST", "/users/zoe/enable"))["enabled"] is True
    assert await desk.tell("root", "DELETE", "/users/zoe") == {"user_id": "zoe"}
    assert await desk.refusal("root", "GET", "/users/zoe") == (404, "NOT_FOUND")
    assert await desk.refusal("root", "DELETE", "/users/zoe") == (404, "NOT_FOUND")

    entries = await desk.audit(resource="user:zoe")
    kinds = [entry["kind"].removesuffix(".begun") for entry in entries[::2]]
    assert kinds == [
        "user.create", "user.change", "group.add", "group.remove",
        "user.disable", "user.disable", "user.enable", "user.delete",
    ]  # fmt: skip
    assert [entry["kind"] for entry in entries[1::2]] == [f"{kind}.done" for kind in kinds]
    assert {entry["user_id"] for entry in entries} == {"root"}
    assert {entry["outcome"] for entry in entries} == {"success"}
    assert entries[0]["details"] == {"groups": "Doctors"}
    assert entries[2]["details"] == {"fields": "quota, password"}
    assert entries[4]["details"] == {"group": "Night / day"}
    assert "Pass-1" not in str(await desk.audit())


async def test_what_nextcloud_refuses_is_told_by_its_field_and_recorded_as_failed(
    desk: Desk, nextcloud: AppApiServer
) -> None:
    assert await desk.refusal("root", "POST", "/users", json={**ZOE, "user_id": "ann"}) == (409, "CONFLICT")
    weak = await desk.ask("root", "POST", "/users", json={**ZOE, "password": "short"})
    assert (weak.status_code, weak.json()["error"]["code"]) == (422, "WEAK_PASSWORD")
    assert weak.json()["error"]["field"] == "password"
    half = await desk.ask("root", "PUT", "/users/ann", json={"display_name": "A", "language": "xx"})
    assert (half.status_code, half.json()["error"]["field"]) == (422, "language")
    assert half.json()["error"]["details"] == {"changed": ["display_name"]}
    none = {"display_name": "B", "password": "short"}
    refused = await desk.ask("root", "PUT", "/users/ann", json=none)
    assert refused.json()["error"]["details"] == {"changed": []}
    assert nextcloud.provisioning.records["ann"].display_name == "A"
    for bad in ({}, {"quota": ""}, {"display_name": ""}, {"email": "a b@c"}, {"password": ""}, {"password": "x" * 470}):
        assert await desk.refusal("root", "PUT", "/users/ann", json=bad) == (422, "VALIDATION_ERROR"), bad
    for odd in ({"user_id": "zoë"}, {"user_id": ""}, {"user_id": "x" * 65}, {"groups": [""]}):
        assert await desk.refusal("root", "POST", "/users", json={**ZOE, **odd}) == (422, "VALIDATION_ERROR"), odd
    failed = [entry for entry in await desk.audit(resource="user:ann") if entry["outcome"] == "failed"]
    assert [entry["kind"] for entry in failed] == ["user.create.failed", "user.change.failed", "user.change.failed"]
    assert failed[1]["details"] == {"fields": "display_name, language", "changed": "display_name"}
    assert failed[1]["reason"] == "Invalid language"


async def test_administrators_do_not_shut_themselves_or_the_account_that_changes_users_out(
    desk: Desk, nextcloud: AppApiServer
) -> None:
    for method, path in (
        ("POST", "/users/root/disable"),
        ("POST", "/users/ROOT/disable"),
        ("DELETE", "/users/root"),
        ("DELETE", "/users/root/groups/admin"),
        ("POST", f"/users/{KEEPER}/disable"),
        ("DELETE", f"/users/{KEEPER}"),
        ("DELETE", f"/users/{KEEPER}/groups/admin"),
    ):
        assert await desk.refusal("root", method, path) == (409, "CONFLICT"), path
    assert nextcloud.cloud.groups["admin"] == {"root", KEEPER}
    assert nextcloud.cloud.disabled == set()


async def test_without_an_account_users_are_seen_and_changes_say_what_to_set(
    nextcloud: AppApiServer, tmp_path: Path
) -> None:
    async with desk_at(nextcloud, tmp_path) as desk:
        assert len(await desk.tell("root", "GET", "/users")) == 5
        refused = await desk.ask("root", "POST", "/users/ann/disable")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
        assert "NEXTCLOUD_ADMIN_USER" in refused.json()["error"]["message"]
        assert nextcloud.cloud.disabled == set()


async def test_who_administers_voiceassist_alone_gets_no_rights_over_nextcloud_by_it(
    nextcloud: AppApiServer, tmp_path: Path
) -> None:
    async with desk_at(nextcloud, tmp_path, **ACCOUNT, role_groups="admin=admin, helpers=admin") as desk:
        # Of Nextcloud's own, `ward` may look at the doctors, and no more.
        assert [user["user_id"] for user in await desk.tell("ward", "GET", "/users")] == ["ann"]
        assert await desk.refusal("ward", "PUT", "/users/ann/groups/admin") == (403, "FORBIDDEN")
        assert await desk.refusal("ward", "POST", "/users", json=ZOE) == (403, "FORBIDDEN")
        assert nextcloud.cloud.groups["admin"] == {"root", KEEPER}
        assert "zoe" not in nextcloud.cloud.homes
        refused = [entry for entry in await desk.audit(user="ward") if entry["outcome"] == "refused"]
        assert [entry["kind"] for entry in refused] == ["group.add.refused", "user.create.refused"]


async def test_an_app_password_that_nextcloud_34_refuses_is_told_as_what_it_is(
    nextcloud: AppApiServer, tmp_path: Path
) -> None:
    app_password = nextcloud.provisioning.app_passwords[KEEPER]
    async with desk_at(nextcloud, tmp_path, **{**ACCOUNT, "nextcloud_admin_password": app_password}) as desk:
        refused = await desk.ask("root", "POST", "/users/ann/disable")
        assert refused.status_code == 409
        assert "app password" in refused.json()["error"]["message"]
        kinds = [entry["kind"] for entry in await desk.audit(resource="user:ann")]
        assert kinds == ["user.disable.begun", "user.disable.failed"]
        assert nextcloud.cloud.disabled == set()

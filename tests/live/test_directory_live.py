"""The directory on a real Nextcloud: an administrator looks at users, makes, changes, disables and removes one.

The environment is that of `test_journey`. VoiceAssist is registered as `va_people`, and changes users by `va_keeper`;
that user, `va_gus` and the group `va_wards` are made and removed. That Nextcloud 34 lets nobody change users by an app
password is proved here as well, where it is that new.
"""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.live.nextcloud import occ
from tests.live.test_journey import ADMIN, URL, User, pytestmark  # noqa: F401 - the marks hold here as well
from tests.servers.exapp import ExApp

APP = "va_people"
KEEPER = ("va_keeper", "va_keeper-Own-Pass-1")
GUS = ("va_gus", "va_gus-Pass-1")
GROUP = "va_wards"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exapp(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ExApp]:
    """VoiceAssist, with an account of its own that administers Nextcloud."""
    await occ("user:add", "--password-from-env", "--group", "admin", KEEPER[0], check=False, OC_PASS=KEEPER[1])
    await occ("user:enable", KEEPER[0])
    await occ("group:add", GROUP, check=False)
    await occ("user:delete", GUS[0], check=False)
    exapp = ExApp(
        tmp_path_factory.mktemp("people"),
        URL,
        app=APP,
        NEXTCLOUD_ADMIN_USER=KEEPER[0],
        NEXTCLOUD_ADMIN_PASSWORD=KEEPER[1],
    )
    try:
        await exapp.start()
        await exapp.register()
        yield exapp
    finally:
        await occ("app_api:app:unregister", APP, "--force", check=False)
        await exapp.stop()
        for user in (KEEPER[0], GUS[0]):
            await occ("user:delete", user, check=False)
        await occ("group:delete", GROUP, check=False)


def browser() -> httpx.AsyncClient:
    """One for each user: Nextcloud goes by a cookie before it goes by a password."""
    return httpx.AsyncClient(base_url=URL, timeout=180, trust_env=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(exapp: ExApp) -> AsyncIterator[User]:
    async with browser() as http:
        yield User(http, ADMIN, APP)


async def test_users_and_groups_are_seen_as_the_asking_administrator(admin: User) -> None:
    people = await admin.api("GET", "/users", params={"search": KEEPER[0]})
    assert [one["user_id"] for one in people] == [KEEPER[0]]
    assert people[0]["enabled"] is True
    assert people[0]["groups"] == ["admin"]
    one = await admin.api("GET", f"/users/{KEEPER[0].upper()}")
    assert one["user_id"] == KEEPER[0]
    assert [group["group_id"] for group in await admin.api("GET", "/groups", params={"search": GROUP})] == [GROUP]
    everybody = await admin.request("GET", f"{admin.proxy}/api/v1/users", params={"limit": 1})
    counted = everybody.json()["metadata"]["pagination"]["total"]
    assert counted == len(await admin.api("GET", "/users", params={"limit": 100})) or counted > 100
    missing = await admin.request("GET", f"{admin.proxy}/api/v1/users/va_nobody")
    assert missing.status_code == 404


async def test_a_user_is_made_changed_disabled_enabled_and_removed(admin: User) -> None:
    created = await admin.request(
        "POST",
        f"{admin.proxy}/api/v1/users",
        json={"user_id": GUS[0], "password": GUS[1], "display_name": "Gus", "groups": [GROUP], "quota": "1 GB"},
    )
    assert created.status_code == 201, created.text
    assert created.json()["data"]["groups"] == [GROUP]

    async def gets_in(password: str) -> int:
        async with browser() as http:
            return (await User(http, (GUS[0], password), APP).request("GET", "/ocs/v2.php/cloud/user")).status_code

    assert await gets_in(GUS[1]) == 200
    again = await admin.request(
        "POST", f"{admin.proxy}/api/v1/users", json={"user_id": GUS[0].upper(), "password": GUS[1]}
    )
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT")

    async def change(**fields: str) -> httpx.Response:
        return await admin.request("PUT", f"{admin.proxy}/api/v1/users/{GUS[0]}", json=fields)

    changed = (
        await change(
            display_name="Gustav", email="gus@clinic.example", quota="2 GB", language="de", password="Neu-Pass-9!"
        )
    ).json()["data"]
    assert (changed["display_name"], changed["email"], changed["language"]) == ("Gustav", "gus@clinic.example", "de")
    assert changed["quota"]["limit"] == 2 * 2**30
    assert await gets_in(GUS[1]) == 401
    assert await gets_in("Neu-Pass-9!") == 200
    for field, value in (("quota", "much"), ("language", "xx"), ("email", "gus@clinic@example")):
        refused = await change(**{field: value})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR"), (
            field,
            refused.text,
        )

    for _ in range(2):
        assert (await admin.api("DELETE", f"/users/{GUS[0]}/groups/{GROUP}"))["groups"] == []
    for _ in range(2):
        assert (await admin.api("PUT", f"/users/{GUS[0]}/groups/{GROUP}"))["groups"] == [GROUP]
    nowhere = await admin.request("PUT", f"{admin.proxy}/api/v1/users/{GUS[0]}/groups/va_nowhere")
    assert nowhere.status_code == 404

    for _ in range(2):
        assert (await admin.api("POST", f"/users/{GUS[0]}/disable"))["enabled"] is False
    assert await gets_in("Neu-Pass-9!") == 401
    assert (await admin.api("POST", f"/users/{GUS[0]}/enable"))["enabled"] is True
    assert await admin.api("DELETE", f"/users/{GUS[0]}") == {"user_id": GUS[0]}
    gone = await admin.request("GET", f"{admin.proxy}/api/v1/users/{GUS[0]}")
    assert gone.status_code == 404
    entries = await admin.api("GET", "/audit", params={"resource": f"user:{GUS[0]}", "limit": 500})
    assert {"user.create.done", "user.change.failed", "user.disable.done", "user.delete.done"} <= {
        entry["kind"] for entry in entries
    }
    assert "Pass-9" not in str(entries)


async def test_the_account_that_changes_users_and_the_asker_stay(admin: User) -> None:
    for user in (KEEPER[0], ADMIN[0]):
        refused = await admin.request("POST", f"{admin.proxy}/api/v1/users/{user}/disable")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")


async def test_users_who_administer_nothing_are_refused(admin: User) -> None:
    await occ("user:add", "--password-from-env", GUS[0], check=False, OC_PASS=GUS[1])
    async with browser() as http:
        gus = User(http, GUS, APP)
        for method, path in (("GET", "/users"), ("GET", "/groups"), ("POST", f"/users/{KEEPER[0]}/disable")):
            assert (await gus.request(method, f"{gus.proxy}/api/v1{path}")).status_code == 403


async def test_from_nextcloud_34_on_an_app_password_does_not_serve_and_that_is_told(exapp: ExApp, admin: User) -> None:
    version = re.search(r"version: (\d+)", await occ("status"))
    if version is None or int(version[1]) < 34:
        pytest.skip("before Nextcloud 34 an app password serves")
    said = await occ("user:auth-tokens:add", "--password-from-env", KEEPER[0], NC_PASS=KEEPER[1])
    app_password = said.split()[-1]
    await exapp.stop()
    await exapp.start(NEXTCLOUD_ADMIN_PASSWORD=app_password)
    refused = await admin.request("POST", f"{admin.proxy}/api/v1/users/{GUS[0]}/disable")
    assert refused.status_code == 409, refused.text
    assert "app password" in refused.json()["error"]["message"]

"""The directory in the whole house: how users stand with the index, and the one person of a Nextcloud account."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.app import create_app
from backend.house import open_house
from backend.settings import Settings
from ex_app.door import open_door
from tests.integration.directory.conftest import ACCOUNT
from tests.integration.directory.desk import Desk, as_user
from tests.servers.appapi import SECRET, AppApiServer
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(180)


async def test_an_administrator_sees_how_users_stand_with_the_index(nextcloud: AppApiServer, tmp_path: Path) -> None:
    nextcloud.wishes["ben"] = {"opt_out": "1"}
    given = {"app_secret": SECRET, "nextcloud_url": nextcloud.url, "app_persistent_storage": tmp_path}
    async with open_door(Settings.model_validate({**given, "aa_version": "34.0.0"})) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://exapp", timeout=60) as http:
            desk = Desk(http)
            await http.put("/enabled", params={"enabled": 1}, headers=as_user(""))

            async def index() -> dict[str, Any]:
                return {user["user_id"]: user["index"] for user in await desk.tell("root", "GET", "/users")}

            async def all_looked_at() -> bool:
                found = await index()
                return bool(found["ann"]["last_crawl_at"] and found["ben"]["opted_out"])

            await until(all_looked_at, 60)
            nextcloud.cloud.add_user("new")
            nextcloud.cloud.disabled.add("ward")
            found = await index()
            assert (found["ann"]["known"], found["ann"]["opted_out"], found["ann"]["trouble"]) == (True, False, False)
            assert (found["ben"]["known"], found["ben"]["last_crawl_at"]) == (True, None)
            assert found["new"] == {
                "known": False,
                "crawling": False,
                "last_crawl_at": None,
                "trouble": False,
                "opted_out": None,
            }


async def test_the_one_person_of_a_nextcloud_account_sees_and_changes_what_that_account_may(
    nextcloud: AppApiServer, tmp_path: Path
) -> None:
    nextcloud.provisioning.app_passwords["root"] = "root-appPa-sswor-d1234"
    settings = {
        "nextcloud_url": nextcloud.url,
        "nextcloud_user": "root",
        "nextcloud_app_password": "root-appPa-sswor-d1234",
        "app_persistent_storage": tmp_path,
        "indexing": False,
    }
    async with open_house(Settings.model_validate({**settings, **ACCOUNT})) as house:
        transport = httpx.ASGITransport(create_app(house))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            desk = Desk(http)
            assert len(await desk.tell("", "GET", "/users")) == 5
            assert (await desk.tell("", "POST", "/users/ann/disable"))["enabled"] is False
            assert nextcloud.cloud.disabled == {"ann"}
            nextcloud.cloud.groups["admin"].remove("root")
            assert await desk.refusal("", "GET", "/users") == (403, "FORBIDDEN")
            assert await desk.refusal("", "POST", "/users/ann/enable") == (403, "FORBIDDEN")

""" "Remind me at five to call the lab", from the confirmation in the page to the bell of Nextcloud's header."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from backend.actions.service import Actions
from backend.database import Database
from backend.jobs.sql import SqlLedger
from backend.reminders.performer import ReminderPerformer
from backend.reminders.service import Reminders
from backend.settings import Settings
from ex_app.door import open_door
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud
from tests.unit.jobs.waiting import until

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def nextcloud() -> Iterator[AppApiServer]:
    with AppApiServer(Cloud(("ann",))).serving() as server:
        yield server


def as_user(user: str) -> dict[str, str]:
    return {
        "AUTHORIZATION-APP-API": base64.b64encode(f"{user}:{SECRET}".encode()).decode(),
        "EX-APP-ID": "voiceassist",
        "X-Requested-With": "voiceassist",
    }


async def test_a_confirmed_reminder_ends_in_a_notification(nextcloud: AppApiServer, tmp_path: Path) -> None:
    given = {"app_secret": SECRET, "nextcloud_url": nextcloud.url, "app_persistent_storage": tmp_path}
    settings = Settings.model_validate({**given, "aa_version": "34.0.0"})
    async with open_door(settings) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://exapp", timeout=60) as door:
            assert (await door.put("/enabled?enabled=1", headers=as_user(""))).json() == {"error": ""}
            card = await _propose(settings.records_url)
            asked = f"/api/v1/actions/{card}/confirm"
            done = (await door.post(asked, json={"key": "yes"}, headers=as_user("ann"))).json()["data"]
            assert done["state"] == "done"
            await until(lambda: bool(nextcloud.notifications.get("ann")), 30)
            (told,) = nextcloud.notifications["ann"]
            assert told["subject"] == "call the lab"
            assert told["message"].startswith("You wanted to be reminded of this: ")
            assert told["link"].endswith("#/reminders")

            async def listed() -> bool:
                (shown,) = (await door.get("/api/v1/reminders", headers=as_user("ann"))).json()["data"]
                return bool(shown["state"] == "told")

            await until(listed)


async def _propose(records: str) -> str:
    """What the assistant would do, beside the running app."""
    database = Database(records)
    ledger = SqlLedger(database)
    performer = ReminderPerformer(Reminders(database, ledger), lambda: datetime.now(UTC))
    actions = Actions(database, ledger, [performer], alone=False)
    draft = performer.draft_set("call the lab", datetime.now(UTC) + timedelta(minutes=5), "UTC")
    (action,) = await actions.propose("ann", [draft])
    soon = (datetime.now(UTC) + timedelta(seconds=5)).replace(tzinfo=None)
    await actions.edit("ann", action.id, {"moment": soon.isoformat()})
    await database.close()
    return action.id

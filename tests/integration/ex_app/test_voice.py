"""A spoken session with the ExApp as HaRP passes it on: AppAPI's headers come with the upgrade."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.integration.voice.client import Client, connected
from tests.servers.appapi import SECRET, AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.exapp import ExApp

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def exapp(tmp_path: Path) -> AsyncIterator[tuple[ExApp, Cloud]]:
    cloud = Cloud(("ann", "ben"))
    with AppApiServer(cloud).serving() as nextcloud:
        exapp = ExApp(tmp_path, nextcloud.url, SECRET)
        await exapp.start()
        try:
            yield exapp, cloud
        finally:
            await exapp.stop()


async def refused(exapp: ExApp, headers: dict[str, str]) -> int:
    """The status with which a session is refused."""
    with pytest.raises(InvalidStatus) as refusal:
        async with connected(exapp.address, headers=headers):
            pass
    return refusal.value.response.status_code


async def test_users_of_the_nextcloud_speak_and_others_do_not(exapp: tuple[ExApp, Cloud]) -> None:
    app, cloud = exapp
    ann = {**app.headers("ann"), "Origin": "https://cloud.example", "X-Forwarded-Host": "cloud.example"}
    async with connected(app.address, headers=ann) as client:
        ready = await client.start(zone="Europe/Berlin")
        assert ready["hears"]["grade"] == "command"
        await client.send("say", text="What does my calendar say?", option=None)
        await client.event("turn.started")
        assert await refused(app, {}) == 403
        assert await refused(app, {**ann, **ExApp(app.storage, app.url, "wrong").headers("ann")}) == 403
        assert await refused(app, {**ann, "Origin": "https://evil.example"}) == 403
        cloud.disabled.add("ben")
        assert await refused(app, {**ann, **app.headers("ben")}) == 403
        await stopped(app, client)


async def stopped(app: ExApp, client: Client) -> None:
    """A process that stops says goodbye."""
    await app.stop()
    error: dict[str, Any] = await client.event("error", code="UNAVAILABLE")
    assert error["fatal"]
    assert (await client.gone())[0] == 1001

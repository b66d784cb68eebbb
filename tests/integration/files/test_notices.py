"""Notifications about files that failed, over the stand-in's notifications endpoint. Time is the test's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from backend.database import Database
from backend.files.notices import FailureNotices
from backend.files.rules import Rules
from backend.files.tables import FileRow, FileState, Presence
from backend.nextcloud.appapi import Clients
from backend.nextcloud.notifications import Notifications
from backend.nextcloud.users import Users
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Desk:
    """What sends the notices, and the clock and rules that it goes by."""

    server: AppApiServer
    database: Database
    notifications: Notifications
    now: datetime = START
    opted_out: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """A process that remembers nothing but what is recorded."""
        notifications = self.notifications
        self.notices = FailureNotices(
            self.database, notifications, self.rules_of, notifications.language, lambda: self.now
        )

    async def rules_of(self, user_id: str) -> Rules:
        return Rules(opt_out=user_id in self.opted_out)

    async def fail(self, user: str, first: int, number: int) -> None:
        rows = [
            {
                "file_id": file_id,
                "user_id": user,
                "parent_id": 1,
                "path": f"/{file_id}.pdf",
                "ancestry": f"/1/{file_id}/",
                "etag": "e",
                "size": 1,
                "mime": "application/pdf",
                "modified": START,
                "presence": Presence.HERE,
                "version": 1,
                "state": FileState.FAILED,
                "reason": "damaged",
                "moved": False,
                "chunks": 0,
            }
            for file_id in range(first, first + number)
        ]
        async with self.database.transaction() as session:
            await session.execute(insert(FileRow), rows)

    async def set_state(self, state: FileState) -> None:
        async with self.database.transaction() as session:
            await session.execute(update(FileRow).values(state=state))

    async def look(self, times: int = 2) -> None:
        for _ in range(times):
            await self.notices.look()
            self.now += timedelta(minutes=1)

    def told(self, user: str = "ann") -> list[str]:
        return [one["subject"] for one in self.server.notifications.get(user, [])]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    with AppApiServer(Cloud(("ann", "ben"))).serving() as server:
        clients = Clients(server.appapi)
        yield Desk(server, database, Notifications(clients, Users(clients), "app"))
        await clients.close()


async def test_a_thousand_failures_are_one_notification_that_opens_the_failed_files(desk: Desk) -> None:
    await desk.fail("ann", 10, 600)
    await desk.look(1)
    assert desk.told() == []  # they may still be coming
    await desk.fail("ann", 1000, 400)
    await desk.look(1)
    assert desk.told() == []
    await desk.look(5)
    assert desk.told() == ["1000 files could not be made searchable"]
    assert desk.told("ben") == []
    [notification] = desk.server.notifications["ann"]
    assert notification["link"] == (
        f"{desk.server.url}/index.php/apps/app_api/embedded/voiceassist/app#/files?state=failed"
    )


async def test_what_was_told_is_not_told_again_not_even_after_a_restart(desk: Desk) -> None:
    await desk.fail("ann", 10, 3)
    await desk.look()
    desk.server.notifications["ann"].clear()  # dismissed by the user
    desk.now += timedelta(days=1)
    desk.restart()
    await desk.look()
    assert desk.told() == []


async def test_further_failures_are_told_after_an_hour_in_place_of_the_first(desk: Desk) -> None:
    await desk.fail("ann", 10, 1)
    await desk.look()
    assert desk.told() == ["A file could not be made searchable"]
    await desk.fail("ann", 20, 1)
    await desk.look()
    assert desk.told() == ["A file could not be made searchable"]
    desk.now += timedelta(hours=1)
    await desk.look()
    assert desk.told() == ["2 files could not be made searchable"]


async def test_failures_that_never_end_are_told_after_an_hour(desk: Desk) -> None:
    for minute in range(64):
        await desk.fail("ann", 10 + minute, 1)
        await desk.look(1)
    assert len(desk.told()) == 1


async def test_when_all_is_mended_the_notification_is_withdrawn_and_a_new_failure_is_told(desk: Desk) -> None:
    await desk.fail("ann", 10, 2)
    await desk.look()
    await desk.set_state(FileState.INDEXED)
    await desk.look(1)
    assert desk.told() == []
    await desk.set_state(FileState.FAILED)
    await desk.look()
    assert desk.told() == []  # a file that comes and goes does not ring every minute
    desk.now += timedelta(hours=1)
    await desk.look()
    assert desk.told() == ["2 files could not be made searchable"]


async def test_the_user_is_told_in_the_users_language(desk: Desk) -> None:
    desk.server.languages = {"ann": "de_DE", "ben": "fr"}
    await desk.fail("ann", 10, 1)
    await desk.fail("ben", 20, 2)
    await desk.look()
    assert desk.told("ann") == ["Eine Datei konnte nicht durchsuchbar gemacht werden"]
    assert desk.told("ben") == ["2 files could not be made searchable"]


async def test_who_opted_out_is_told_nothing_and_others_are(desk: Desk) -> None:
    desk.opted_out = frozenset({"ann"})
    await desk.fail("ann", 10, 1)
    await desk.fail("ben", 20, 1)
    await desk.look()
    assert (desk.told("ann"), len(desk.told("ben"))) == ([], 1)


async def test_a_disabled_user_does_not_keep_the_others_from_hearing(desk: Desk) -> None:
    desk.server.cloud.disabled.add("ann")
    await desk.fail("ann", 10, 1)
    await desk.fail("ben", 20, 1)
    await desk.look()
    assert (desk.told("ann"), len(desk.told("ben"))) == ([], 1)
    desk.server.cloud.disabled.clear()
    await desk.look(1)
    assert len(desk.told("ann")) == 1

"""Calendars of a real Nextcloud: scheduling, free-busy times, series, tasks, undo.

NEXTCLOUD_URL and OCC name it, as in `test_journey`; VoiceAssist need not be registered. Users `va_ida` and `va_jo` are
made when they are missing; what is written goes into calendars of their own, which are removed at the end.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from requests.auth import HTTPBasicAuth

from backend.calendar.event import Answer, NewEvent, NewTask, Occurrence, Person, Scope
from backend.database import Base, Database
from backend.nextcloud.dav import account_at
from tests.integration.calendar.office import BERLIN, Office, berlin, starts
from tests.live.nextcloud import OCC, URL, occ
from tests.servers.caldav_servers import CalDavServer

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (URL and OCC), reason="no NEXTCLOUD_URL and OCC given"),
]

IDA, JO = ("va_ida", "va_ida-Pass-1"), ("va_jo", "va_jo-Pass-1")
JO_PERSON = Person("Jo", "va_jo@clinic.example")
# Nextcloud schedules within the request; its own jobs may take a moment.
_PATIENCE = 30.0


@pytest.fixture
async def offices(tmp_path: Path) -> AsyncIterator[tuple[Office, Office]]:
    """Ida and Jo, each with a calendar of this test."""
    opened: list[Office] = []
    contexts = []
    for user, password in (IDA, JO):
        # What a broken run left behind has the same UIDs, and Nextcloud would send answers there.
        await occ("user:delete", user, check=False)
        await occ("user:add", "--password-from-env", user, check=False, OC_PASS=password)
        await occ("user:setting", user, "settings", "email", f"{user}@clinic.example")
        database = Database(f"sqlite+aiosqlite:///{tmp_path / user}.db")
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        account = account_at(URL, user, HTTPBasicAuth(user, password))
        server = CalDavServer(account.url, account.principal, user, password)
        made = await asyncio.to_thread(server.make_calendar, f"test-{uuid4().hex[:8]}")
        context = Office.open(server, database, made)
        opened.append(await context.__aenter__())
        contexts.append((context, made, database, server))
    yield opened[0], opened[1]
    for context, made, database, server in contexts:
        await context.__aexit__(None, None, None)
        await asyncio.to_thread(made.delete)
        await database.close()
        server.close()


async def _invited(office: Office, title: str, there: bool = True) -> list[Occurrence]:
    """What of this title is in any of the user's calendars, once it is there (or gone)."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            start, end = berlin(3, 1), berlin(5, 1)
            found = await office.calendars.events(office.who.user_id, start, end, BERLIN, text=title)
            live = [one for one in found if not one.event.cancelled]
            if bool(live) is there:
                return live
            await asyncio.sleep(0.2)


async def test_people_are_invited_answer_and_are_told_of_the_end_by_nextcloud_itself(
    offices: tuple[Office, Office],
) -> None:
    ida, jo = offices
    assert (await ida.calendars.host(ida.who.user_id)).by_server
    title = f"Board {uuid4().hex[:8]}"
    event = NewEvent(title, berlin(3, 3, 14), berlin(3, 3, 15), people=(JO_PERSON,), calendar=ida.href)
    await ida.do(await ida.drafts.draft_create(ida.who, event))
    (invitation,) = await _invited(jo, title)
    assert invitation.event.zone == "Europe/Berlin"

    await jo.do(await jo.drafts.draft_respond(jo.who, invitation, Answer.ACCEPTED))
    async with asyncio.timeout(_PATIENCE):
        while (await ida.one(berlin(3, 3))).event.attendees[-1].status != "accepted":  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    busy = await ida.calendars.busy_others(ida.who.user_id, [JO_PERSON], berlin(3, 3, 8), berlin(3, 3, 18))
    spans = busy[JO_PERSON.address]
    assert spans is not None
    assert any(span.start <= berlin(3, 3, 14) and span.end >= berlin(3, 3, 15) for span in spans)

    action, performed = await ida.do(await ida.drafts.draft_cancel(ida.who, await ida.one(berlin(3, 3))))
    await _invited(jo, title, there=False)
    await ida.undo(action, performed)
    await _invited(jo, title)
    await ida.do(await ida.drafts.draft_cancel(ida.who, await ida.one(berlin(3, 3))))
    await _invited(jo, title, there=False)


async def test_a_series_is_moved_and_cancelled_in_part_and_undone(offices: tuple[Office, Office]) -> None:
    ida, _ = offices
    event = NewEvent("Series", berlin(3, 3, 10), berlin(3, 3, 11), rule="FREQ=WEEKLY;COUNT=6", calendar=ida.href)
    await ida.do(await ida.drafts.draft_create(ida.who, event))
    third = (await ida.happening(berlin(3, 1), 40))[2]
    draft = await ida.drafts.draft_move(ida.who, third, berlin(3, 18, 8), berlin(3, 18, 9), Scope.FOLLOWING)
    action, performed = await ida.do(draft)
    times = ["03-03 10:00", "03-10 10:00", "03-18 08:00", "03-25 08:00", "04-01 08:00", "04-08 08:00"]
    assert starts(await ida.happening(berlin(3, 1), 40)) == times
    assert await ida.performer.find(action) is not None
    await ida.undo(action, performed)
    assert len(await ida.happening(berlin(3, 1), 40)) == 6
    second = (await ida.happening(berlin(3, 1), 40))[1]
    await ida.do(await ida.drafts.draft_cancel(ida.who, second, Scope.THIS))
    assert len(await ida.happening(berlin(3, 1), 40)) == 5


async def test_tasks_and_calendars_that_are_read_only(offices: tuple[Office, Office]) -> None:
    ida, _ = offices
    add = await ida.tasks.draft_task_add(ida.who, NewTask("Order gloves", calendar=ida.href))
    action, _performed = await ida.do(add)
    (mine,) = [one for one in await ida.calendars.tasks(ida.who.user_id, BERLIN) if one.uid == action.key]
    await ida.do(await ida.tasks.draft_task_complete(ida.who, mine))
    assert action.key in {one.uid for one in await ida.calendars.tasks(ida.who.user_id, BERLIN, done=True)}
    birthdays = [one for one in await ida.calendars.calendars(ida.who.user_id) if "birthday" in one.href]
    assert all(not one.writable for one in birthdays)

"""Talking in headless Chromium: to the running product, and to the mock server of js/dev over lines that break.

What is said is made by flite and sox when the test runs. The built-in engines hear and speak; the sentences are such
that they hear them, since how well they hear is the bench's matter and not this test's.
"""

import asyncio
from pathlib import Path

import pytest

from backend.nextcloud.demo.people import CALENDAR
from backend.nextcloud.demo.server import DemoServer
from tests.browser.scenarios import run_scenarios
from tests.servers.product import all_indexed, product

# Long enough to be spoken over.
_NOTICE = (
    "The vaccine is offered on Mondays and on Thursdays between eight in the morning and noon, from the first week of "
    "October until the end of February, in the treatment room on the ground floor.\n"
)


@pytest.mark.timeout(800)
async def test_a_person_asks_interrupts_and_confirms_a_meeting_by_voice(tmp_path: Path) -> None:
    served, storage = tmp_path / "served", tmp_path / "storage"
    storage.mkdir()
    async with DemoServer(served, samples=None) as demo:
        (served / "files" / "Vaccine.txt").write_text(_NOTICE, encoding="utf-8")
        settings = {
            "NEXTCLOUD_URL": demo.url,
            "NEXTCLOUD_USER": demo.user_id,
            "NEXTCLOUD_APP_PASSWORD": demo.password,
        }
        async with product(storage, **settings) as address:
            await all_indexed(address)
            environment = {
                "VOICEASSIST_URL": f"{address}/",
                "CALENDAR": f"{demo.url}/remote.php/dav/calendars/{demo.user_id}/{CALENDAR}/",
                "DAV_USER": demo.user_id,
                "DAV_PASSWORD": demo.password,
            }
            await asyncio.to_thread(run_scenarios, "voice.test.mjs", environment, at_least=1)


@pytest.mark.timeout(800)
def test_the_page_to_talk_on_stays_usable_over_lines_that_break_and_inside_nextcloud() -> None:
    run_scenarios("voice-page.test.mjs", {}, at_least=14)

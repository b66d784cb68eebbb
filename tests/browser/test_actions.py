"""Commands in the page: the running product over its sample server, driven in Chromium (js/tests/browser).

The sample server is started here and named to the product as its Nextcloud, so that the test knows its password: to put
somebody into the address book by CardDAV, and to look by CalDAV for what was done. It sends no invitations, and what
Nextcloud makes of an attendee is not proved here.
"""

import asyncio
from pathlib import Path

import httpx
import pytest

from backend.nextcloud.demo.people import ADDRESS_BOOK, CALENDAR
from backend.nextcloud.demo.server import DemoServer
from tests.browser.scenarios import run_scenarios
from tests.servers.product import product

# The sample address book has Dr. Laura Smith.
_OTHER_SMITH = """BEGIN:VCARD
VERSION:3.0
UID:another-smith
FN:Dr. Anneke Smith
N:Smith;Anneke;;Dr.;
EMAIL;TYPE=WORK:anneke.smith@millbrook.example
END:VCARD
"""


@pytest.mark.timeout(800)
async def test_a_person_has_a_meeting_put_into_the_calendar_and_taken_back(tmp_path: Path) -> None:
    served, storage = tmp_path / "served", tmp_path / "storage"
    storage.mkdir()
    async with DemoServer(served, samples=None) as demo:
        user, dav = demo.user_id, f"{demo.url}/remote.php/dav"
        async with httpx.AsyncClient(auth=(user, demo.password), trust_env=False) as client:
            card = f"{dav}/addressbooks/users/{user}/{ADDRESS_BOOK}/another-smith.vcf"
            answer = await client.put(card, content=_OTHER_SMITH, headers={"Content-Type": "text/vcard"})
            assert answer.status_code == 201, answer.text
        settings = {"NEXTCLOUD_URL": demo.url, "NEXTCLOUD_USER": user, "NEXTCLOUD_APP_PASSWORD": demo.password}
        async with product(storage, **settings) as address:
            environment = {
                "VOICEASSIST_URL": f"{address}/",
                "CALENDAR": f"{dav}/calendars/{user}/{CALENDAR}/",
                "DAV_USER": user,
                "DAV_PASSWORD": demo.password,
            }
            await asyncio.to_thread(run_scenarios, "actions.test.mjs", environment, at_least=4)

"""A local account in the page, from its registration on, in Chromium (js/tests/browser) over the whole product."""

import asyncio
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

import pytest

from tests.browser.scenarios import run_scenarios
from tests.servers.local_accounts import local_accounts


@pytest.mark.timeout(800)
async def test_a_person_makes_an_account_secures_it_and_gets_in_again(tmp_path: Path) -> None:
    storage, mails = tmp_path / "storage", tmp_path / "mails"
    storage.mkdir()
    mails.mkdir()

    def write(mail: bytes) -> None:
        text = message_from_bytes(mail).get_payload(decode=True)
        assert isinstance(text, bytes)
        whole = tmp_path / "mail"
        whole.write_bytes(text)
        whole.rename(mails / uuid4().hex)

    async with local_accounts(storage) as accounts:
        accounts.postbox.on_taken = write
        environment = {"VOICEASSIST_URL": f"{accounts.address}/", "MAILS": str(mails)}
        await asyncio.to_thread(run_scenarios, "accounts.test.mjs", environment, at_least=4)

"""Spoken-style commands about mail, from end to end: text in, and what mail servers and another program then have."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.commands.clinic import Clinic, clinic
from tests.integration.commands.mailbox import Held, Mailbox, Written
from tests.integration.commands.scenarios import Scenario, parts, say_all, scenarios
from tests.servers.caldav_servers import CalDavServer, radicale
from tests.servers.mail import Dovecot, SmtpServer, dovecot, smtp_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="module")
def imap() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def sink() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
async def user(server: CalDavServer, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(server, tmp_path) as made:
        yield made


@pytest.mark.parametrize("scenario", list(scenarios("spoken_mail.txt")), ids=lambda scenario: scenario.name)
async def test_what_is_said_is_done_to_mails_and_nothing_else(
    user: Clinic, imap: Dovecot, sink: SmtpServer, scenario: Scenario
) -> None:
    mailbox = Mailbox(imap, sink, f"ida{scenario.line}@riverside.example")
    await mailbox.open(user)
    mails, entries = mailbox.held(), user.entries()
    await say_all(user, scenario)
    sent, drafts = mailbox.sent(), mailbox.drafts()
    saved = {path for path, item in user.files.tree().items() if item.text is not None}
    for line in scenario.expected:
        if line == "nothing":
            continue
        _, kind, (name, *rest) = parts(line)
        if kind in ("sent", "draft"):
            _take(sent if kind == "sent" else drafts, name, *rest)
        elif kind == "file":
            saved.remove(name)
        else:
            mails = _changed(mails, name, rest[0])
    assert (sent, drafts, saved) == ([], [], set()), user.text
    written = {"Entwürfe", "Gesendet"}
    assert {one for one in mailbox.held() if one.folder not in written} == {
        one for one in mails if one.folder not in written
    }, user.text
    assert user.entries() == entries


async def test_without_an_account_it_is_said_where_to_add_one_and_nothing_is_proposed(user: Clinic) -> None:
    for words in (
        "do I have new mail",
        "read my latest email",
        "send an email to Anna saying I will be late",
        "delete the last email",
    ):
        assert await user.say(words) is not None
        assert "No mail account is set up" in user.text
        assert not user.cards


def _take(written: list[Written], to: str, subject: str, *texts: str) -> None:
    """Take out the one mail to these people with this subject and these texts or files in it."""
    recipients = frozenset(one.strip() for one in to.split(",") if one.strip())
    fitting = [one for one in written if (one.to, one.subject) == (recipients, subject)]
    assert len(fitting) == 1, (to, subject, written)
    for text in texts:
        assert text in fitting[0].text or text in fitting[0].files, fitting[0]
    written.remove(fitting[0])


def _changed(mails: set[Held], subject: str, change: str) -> set[Held]:
    [mail] = [one for one in mails if one.subject == subject and one.folder == "INBOX"]
    name, _, value = change.partition("=")
    if name == "folder":
        changed = replace(mail, folder=value)
    elif name == "flagged":
        changed = replace(mail, flagged=True)
    else:
        changed = replace(mail, seen=name == "seen")
    return (mails - {mail}) | {changed}

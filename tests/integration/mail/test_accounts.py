"""Accounts: both servers are logged in to, passwords are sealed, and the inside of a network is out of reach."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend.database import Database
from backend.errors import BadInput, NotAllowed, NotFound, Unavailable, VoiceAssistError
from backend.mail.accounts import DEFAULT, FixedServers
from backend.mail.faults import OutcomeUnknown
from backend.mail.message import Person, Query
from backend.mail.servers import Security, Server, server_of
from backend.mail.service import Mail
from backend.preferences import Preferences
from tests.integration.mail.world import ADDRESS, USER, account, action, mail, mail_service, no_files
from tests.servers.mail import PASSWORD, Dovecot, SmtpServer, make_certificate, smtp_server
from tests.servers.ports import free_port


@pytest.fixture
async def service(database: Database) -> AsyncIterator[Mail]:
    """Without any account."""
    made = mail_service(database, no_files())
    yield made
    await made.close()


async def test_a_wrong_password_is_told_and_nothing_is_kept(
    service: Mail, imap_server: Dovecot, smtp: SmtpServer
) -> None:
    with pytest.raises(NotAllowed, match="does not accept this login and password") as raised:
        await service.add_account(USER, account(imap_server, smtp.port, password="wrong"))
    assert raised.value.field == "password"
    assert await service.accounts(USER) == []
    await service.add_account(USER, account(imap_server, smtp.port))
    assert len(await service.accounts(USER)) == 1


@pytest.mark.parametrize("login", ["{5}", "a b", "KLINIK\\ada", 'a"b', "müller"])
async def test_any_login_name_is_let_in_or_refused_and_never_a_command(
    service: Mail, imap_server: Dovecot, smtp: SmtpServer, login: str
) -> None:
    with suppress(NotAllowed):
        await service.check_account(USER, account(imap_server, smtp.port, login=login))


async def test_a_password_of_any_letters_is_checked(service: Mail, imap_server: Dovecot, smtp: SmtpServer) -> None:
    with pytest.raises(NotAllowed, match="does not accept"):
        await service.check_account(USER, account(imap_server, smtp.port, password='größe {5} \\ "'))


async def test_a_server_that_is_not_there_is_told(service: Mail, imap_server: Dovecot, smtp: SmtpServer) -> None:
    port = free_port()
    for changed in (
        {"imap": Server("127.0.0.1", port, Security.NONE)},
        {"smtp": Server("127.0.0.1", port, Security.NONE)},
    ):
        with pytest.raises(Unavailable, match=f"does not answer on port {port}"):
            await service.check_account(USER, account(imap_server, smtp.port, **changed))


async def test_the_password_is_stored_sealed(
    service: Mail, database: Database, imap_server: Dovecot, smtp: SmtpServer, tmp_path: Path
) -> None:
    await service.add_account(USER, account(imap_server, smtp.port))
    with sqlite3.connect(tmp_path / "test.db") as connection:
        stored = str(connection.execute("select * from mail_accounts").fetchall())
    connection.close()
    assert ADDRESS in stored
    assert PASSWORD not in stored
    assert PASSWORD not in repr(await service.accounts(USER))


async def test_the_same_account_again_replaces_it_and_the_default_comes_first(
    service: Mail, database: Database, imap_server: Dovecot, smtp: SmtpServer
) -> None:
    first = await service.add_account(USER, account(imap_server, smtp.port))
    again = await service.add_account(USER, account(imap_server, smtp.port, name="Dr. Ada"))
    assert again.id == first.id
    other = await service.add_account(USER, account(imap_server, smtp.port, address="team@klinik.example"))
    for default, second in ((other, first), (first, other)):
        await Preferences(database).put(USER, DEFAULT, default.id)
        assert [one.id for one in await service.accounts(USER)] == [default.id, second.id]
    with pytest.raises(NotFound):
        await service.remove_account("eve", first.id)
    await service.forget_user(USER)
    assert await service.accounts(USER) == []


async def test_encrypted_lines_are_used_and_a_certificate_that_nobody_signed_is_refused(
    database: Database, imap_server: Dovecot, tmp_path: Path
) -> None:
    other = make_certificate(tmp_path, "another")
    trusting = mail_service(database, no_files(), imap_server.certificate.client())
    distrusting = mail_service(database, no_files())
    with smtp_server(imap_server.certificate) as known, smtp_server(other) as unknown:
        for imap in (
            Server("localhost", imap_server.imaps, Security.TLS),
            Server("localhost", imap_server.imap, Security.STARTTLS),
        ):
            new = account(imap_server, 0, imap=imap, smtp=Server("localhost", known.port, Security.STARTTLS))
            await trusting.check_account(USER, new)
            with pytest.raises(Unavailable, match="certificate of 'localhost' is not valid"):
                await distrusting.check_account(USER, new)
        new = account(imap_server, 0, imap=imap, smtp=Server("localhost", unknown.port, Security.STARTTLS))
        with pytest.raises(Unavailable, match="certificate of 'localhost' is not valid"):
            await trusting.check_account(USER, new)
        new = account(imap_server, 0, imap=imap, smtp=Server("localhost", known.port, Security.TLS))
        with pytest.raises(Unavailable, match="does not speak TLS on port"):
            await trusting.check_account(USER, new)
    await trusting.close()
    await distrusting.close()


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (Server("127.0.0.1", 993, Security.TLS), "private network"),
        (Server("10.1.2.3", 993, Security.TLS), "private network"),
        (Server("169.254.169.254", 993, Security.TLS), "private network"),
        (Server("::ffff:127.0.0.1", 993, Security.TLS), "private network"),
        (Server("localhost", 993, Security.TLS), "private network"),
        (Server("8.8.8.8", 6379, Security.TLS), "not a port of mail servers"),
        (Server("8.8.8.8", 143, Security.NONE), "unencrypted"),
        (Server("a b", 993, Security.TLS), "not the name of a server"),
    ],
)
async def test_a_server_inside_the_network_is_refused_unless_listed(
    database: Database, imap_server: Dovecot, smtp: SmtpServer, server: Server, words: str
) -> None:
    closed = mail_service(database, no_files(), hosts="")
    with pytest.raises(BadInput, match=words):
        await closed.check_account(USER, account(imap_server, smtp.port, imap=server))
    await closed.close()
    half_open = mail_service(database, no_files(), hosts="127.0.0.0/8, ::1")
    allowed = "127.0.0.1" in server.host or server.host == "localhost"
    with pytest.raises(Unavailable if allowed else BadInput, match="does not answer" if allowed else words):
        await half_open.check_account(USER, account(imap_server, smtp.port, smtp=server))
    await half_open.close()


async def test_servers_of_the_administrator_are_used_for_everybody(
    database: Database, imap_server: Dovecot, smtp: SmtpServer
) -> None:
    fixed = FixedServers(
        server_of(f"imap+plain://127.0.0.1:{imap_server.imap}"), server_of(f"smtp+plain://127.0.0.1:{smtp.port}")
    )
    service = mail_service(database, no_files(), hosts="", fixed=fixed)
    elsewhere = Server("8.8.8.8", 993, Security.TLS)
    await service.add_account(USER, account(imap_server, smtp.port, imap=elsewhere, smtp=elsewhere))
    assert (await service.messages(USER, Query())).mails == []
    await service.close()


async def test_the_log_names_nobody_and_quotes_nothing(
    service: Mail,
    imap_server: Dovecot,
    smtp: SmtpServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    await service.add_account(USER, account(imap_server, smtp.port))
    imap_server.deliver(ADDRESS, mail("Geheim", "Diagnose F32").as_bytes())
    found = (await service.messages(USER, Query())).mails[0]
    await service.read(USER, str(found.id))
    draft = await service.drafts.send(USER, "en", [Person("Bob", "bob@labor.example")], "Geheim", "Diagnose F32")
    performer = next(one for one in service.performers if draft.kind in one.kinds)
    await performer.perform(action(draft))
    smtp.postbox.refused = {"bob@labor.example"}
    with pytest.raises(VoiceAssistError):
        await performer.perform(action(draft, "key2"))
    # The test's own SMTP server logs in this process as well.
    ours = [one.getMessage() for one in caplog.records if one.name != "mail.log"]
    written = "\n".join([*ours, *capsys.readouterr()])
    assert "mail.sent" in written  # the control: this is where the log goes
    for secret in ("bob@", ADDRESS, "Geheim", "F32", "Diagnose", PASSWORD):
        assert secret not in written


async def test_a_slow_server_is_given_up(
    database: Database, imap_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.mail.smtp._DATA_SECONDS", 0.5)

    with smtp_server() as slow:
        service = mail_service(database, no_files())
        await service.add_account(USER, account(imap_server, slow.port))
        slow.postbox.silent = True
        draft = await service.drafts.send(USER, "en", [Person("Bob", "bob@labor.example")], "Hallo", "x")
        performer = next(one for one in service.performers if draft.kind in one.kinds)
        with pytest.raises(OutcomeUnknown):
            await performer.perform(action(draft))
        await service.close()

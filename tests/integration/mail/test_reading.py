"""Lists, searches, reading, marks, moves and attachments, at a real Dovecot."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from backend.database import Database
from backend.errors import BadInput, Conflict, NotFound
from backend.files.sources import OneUser
from backend.mail.message import Attachment, MailId, Query
from backend.nextcloud.webdav import WebDavSource
from tests.integration.mail.world import ADDRESS, USER, World, account, action, mail, mail_service
from tests.servers.dav import demo_server, demo_source
from tests.servers.mail import Dovecot, SmtpServer

__all__ = ["demo_server", "demo_source"]


def _with_pdf(name: str = "Blutbild.pdf", content: bytes = b"%PDF-1.7 \x00\xff") -> EmailMessage:
    made = mail("Mit Anhang")
    made.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return made


async def test_a_list_shows_the_newest_first_page_by_page_and_leaves_mails_unread(world: World) -> None:
    world.deliver(*(mail(f"Nummer {number}") for number in range(1, 8)))
    seen: list[str] = []
    below: int | None = None
    for _ in range(5):
        page = await world.mail.messages(USER, Query(limit=3, below=below))
        seen += [one.subject for one in page.mails]
        assert all(one.unread for one in page.mails)
        if (below := page.next) is None:
            break
    assert seen == [f"Nummer {number}" for number in range(7, 0, -1)]
    await world.mail.read(USER, str((await world.list())[0].id))
    assert (await world.list())[0].unread


async def test_gaps_between_uids_hide_no_mail(world: World) -> None:
    world.deliver(mail("alt"), *(mail(f"weg {number}") for number in range(200)))
    with world.dovecot.connected(ADDRESS) as client:
        client.select_folder("INBOX")
        client.delete_messages(range(2, 202))
        client.expunge()
    assert [one.subject for one in await world.list(Query(limit=5))] == ["alt"]


async def test_a_mail_in_a_list_is_told_with_everything_about_it(world: World) -> None:
    world.deliver(_with_pdf())
    found = await world.only()
    assert found.sender is not None
    assert (found.sender.name, found.sender.address) == ("Bob Beispiel", "bob@labor.example")
    assert found.date == datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert found.attachments == (Attachment("2", "Blutbild.pdf", "application/pdf", found.attachments[0].size),)
    assert abs(found.attachments[0].size - 11) <= 3


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        (Query(sender="labor.example"), ["Bericht", "Größe"]),
        (Query(subject="Größe"), ["Größe"]),
        (Query(text="Kalium"), ["Bericht"]),
        (Query(since=date(2026, 11, 28)), []),
        (Query(unread=True, sender="eve"), ["Mit Anhang"]),
        (Query(with_attachment=True), ["Mit Anhang"]),
        (Query(recipient="ada@klinik"), ["Mit Anhang", "Bericht", "Größe"]),
    ],
)
async def test_a_search_finds_what_matches_and_nothing_else(world: World, query: Query, subjects: list[str]) -> None:
    pdf = _with_pdf()
    del pdf["From"]
    pdf["From"] = "eve@praxis.example"
    with world.dovecot.connected(ADDRESS) as client:
        for one in (mail("Größe"), mail("Bericht", "Kalium 4,2 mmol/l"), pdf):
            client.append("INBOX", one.as_bytes(), msg_time=datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert [one.subject for one in await world.list(query)] == subjects


@pytest.mark.parametrize(
    "word",
    [
        'x"\r\nA9 DELETE Ablage\r\n',
        "x\nA9 DELETE Ablage",
        'a" OR ALL "',
        "{5}",
        "(",
        "*",
        "]",
        "NOT",
        "Größe\r\nA9 NOOP",
    ],
)
async def test_a_word_that_is_looked_for_is_never_a_command(world: World, word: str) -> None:
    world.deliver(mail())
    assert await world.list(Query(text=word)) == []
    assert await world.list(Query(folder="Ablage")) == []


async def test_a_folder_is_known_by_its_role_and_by_its_name(world: World) -> None:
    world.deliver(mail("Alt"), folder="Ablage")
    for name in ("archive", "ablage", "Ablage"):
        assert [one.subject for one in await world.list(Query(folder=name))] == ["Alt"]
    with pytest.raises(NotFound, match=r"no folder 'Rechnungen'. There are: .*Entwürfe"):
        await world.list(Query(folder="Rechnungen"))


async def test_a_mail_is_read_without_its_quotation_and_signature(world: World) -> None:
    world.deliver(
        mail(text="Ja, um drei.\n\nAm 26.11. schrieb Ada Muster:\n> Kommst du?\n\n-- \nBob Beispiel\nLabor\n")
    )
    message = await world.mail.read(USER, str((await world.only()).id))
    assert message.spoken == "Ja, um drei."
    assert "> Kommst du?" in message.text


async def test_a_mail_of_ten_thousand_parts_is_listed_and_read(world: World) -> None:
    bomb = MIMEMultipart("mixed")
    bomb["Subject"], bomb["From"] = "Viele Teile", "eve@praxis.example"
    for number in range(10_000):
        bomb.attach(MIMEText(f"Teil {number}", "plain"))
    world.deliver(mail("Davor"), bomb.as_bytes())
    found = await world.list()
    assert [one.subject for one in found] == ["Viele Teile", "Davor"]
    message = await world.mail.read(USER, str(found[0].id))
    assert message.spoken.startswith("Teil 0")
    assert message.truncated


async def test_a_mail_nested_a_thousand_deep_hides_no_other(world: World) -> None:
    part = "Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n"
    deep = "Subject: Tief\nFrom: eve@praxis.example\nMIME-Version: 1.0\n" + "".join(map(part.format, range(1000)))
    world.deliver(mail("Davor"), (deep + "\nHallo\n").encode())
    found = await world.list()
    assert [one.subject for one in found] == ["Tief", "Davor"]
    await world.mail.read(USER, str(found[0].id))


async def test_headers_that_hide_line_breaks_come_out_as_one_line(world: World) -> None:
    raw = b"From: =?utf-8?q?Eve=0ABcc=3A_x?= <eve@praxis.example>\r\nSubject: =?utf-8?q?a=0D=0ABcc:_b?=\r\n\r\nx\r\n"
    world.deliver(raw)
    found = await world.only()
    assert found.subject == "a Bcc: b"
    assert found.sender is not None
    assert found.sender.name == "Eve Bcc: x"


async def test_a_mark_is_set_looked_up_and_taken_back(world: World) -> None:
    world.deliver(mail())
    place = str((await world.only()).id)
    marked = action(await world.mail.drafts.flag(USER, "en", place, "flagged"))
    assert marked.draft.sentence == "Mark “Befund (Bob Beispiel)” as important."
    assert await world.find(marked) is None
    performed = await world.perform(marked)
    assert (await world.only()).flagged
    assert await world.find(marked) == performed
    await world.undo(marked, performed)
    assert not (await world.only()).flagged
    with pytest.raises(Conflict, match="changed since"):
        await world.undo(marked, performed)


@pytest.mark.parametrize("kind", ["mail.delete", "mail.move"])
async def test_a_mail_is_moved_and_moved_back(world: World, kind: str) -> None:
    world.deliver(mail("Bleibt"), mail("Geht"))
    place = str((await world.list())[0].id)
    drafts = world.mail.drafts
    draft = await (
        drafts.delete(USER, "de", place) if kind == "mail.delete" else drafts.move(USER, "de", place, "trash")
    )
    moved = action(draft)
    assert await world.find(moved) is None
    performed = await world.perform(moved)
    assert [one.subject for one in await world.list()] == ["Bleibt"]
    assert (await world.only("trash")).id.folder == "Papierkorb"
    assert await world.find(moved) == performed
    with pytest.raises(Conflict, match="in the trash already"):
        await drafts.delete(USER, "de", str((await world.only("trash")).id))
    assert await world.undo(moved, performed) == "„Geht (Bob Beispiel)“ ist wieder in INBOX."
    assert sorted(one.subject for one in await world.list()) == ["Bleibt", "Geht"]
    with pytest.raises(Conflict, match="moved or deleted since"):
        await world.undo(moved, performed)


async def test_a_mail_that_is_gone_is_not_confused_with_another(world: World) -> None:
    world.deliver(mail())
    found = await world.only()
    with pytest.raises(NotFound, match="not in its folder any more"):
        await world.mail.read(USER, str(replace(found.id, uid=found.id.uid + 1)))
    with pytest.raises(NotFound, match="not in its folder any more"):
        await world.mail.read(USER, str(replace(found.id, validity=found.id.validity + 1)))
    with pytest.raises(NotFound, match="no such mail"):
        await world.mail.read(USER, "rubbish")
    for folder in ("{5}", "Nirgends", 'x"\r\nA9 DELETE Ablage', "*"):
        with pytest.raises(NotFound, match="no such folder"):
            await world.mail.read(USER, str(replace(found.id, folder=folder)))


async def test_nobody_reads_the_mail_of_another_user(world: World) -> None:
    world.deliver(mail())
    found = await world.only()
    with pytest.raises(NotFound, match="no such mail"):
        await world.mail.read("eve", str(found.id))
    with pytest.raises(NotFound, match="no such mail"):
        await world.mail.drafts.delete("eve", "en", str(found.id))
    with pytest.raises(NotFound, match="no such mail"):
        await world.mail.read(USER, str(MailId("other", "INBOX", found.id.validity, found.id.uid)))
    await world.mail.read(USER, str(found.id))  # the control


@pytest.fixture
async def saving(
    database: Database, imap_server: Dovecot, sink: SmtpServer, demo_source: WebDavSource
) -> AsyncIterator[World]:
    """A user whose files are at a real WebDAV server."""
    service = mail_service(database, OneUser(demo_source))
    await service.add_account(demo_source.user_id, account(imap_server, imap_server.submission))
    yield World(service, imap_server, sink)
    await service.close()


async def test_an_attachment_becomes_a_file_under_a_safe_name_and_never_over_another(
    saving: World, demo_source: WebDavSource
) -> None:
    user = demo_source.user_id
    saving.deliver(_with_pdf("../../Blut/bild:1.pdf"))
    (found,) = (await saving.mail.messages(user, Query())).mails
    draft = await saving.mail.drafts.save_attachment(user, "en", str(found.id), "2", "/Befunde")
    assert draft.sentence == "Save Blut bild 1.pdf to /Befunde."
    saved = replace(action(draft), user_id=user, created_at=datetime.now(UTC))
    assert await saving.find(saved) is None
    performed = await saving.perform(saved)
    assert performed.said == "The file is saved: /Befunde/Blut bild 1.pdf."
    assert await saving.find(saved) == performed
    await saving.perform(saved)
    names = sorted(node.path for node in await demo_source.children("/Befunde"))
    assert names == ["/Befunde/Blut bild 1 (2).pdf", "/Befunde/Blut bild 1.pdf"]
    content = b"".join([piece async for piece in demo_source.stream("/Befunde/Blut bild 1.pdf")])
    assert content == b"%PDF-1.7 \x00\xff"
    fields = tuple(replace(one, value="/../x") if one.name == "folder" else one for one in draft.fields)
    with pytest.raises(BadInput, match="not a path from the home folder"):
        await saving.performer(draft.kind).check(user, replace(draft, fields=fields))


async def test_a_connection_that_the_server_ended_is_made_again_for_reading(world: World) -> None:
    world.deliver(mail())
    await world.only()
    world.dovecot.end_sessions()
    assert (await world.only()).subject == "Befund"

"""Mails as they are built: what is put in comes out, and nothing steers a header."""

import string
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.errors import BadInput
from backend.files.extraction.writer import one_line
from backend.mail.composing import (
    File,
    Outgoing,
    answer_to,
    checked_person,
    compose,
    shown,
    subject_of,
)
from backend.mail.headers import Headers
from backend.mail.message import MailId, Message, Person, Summary

ADA = Person("Ada", "ada@klinik.example")
BOB = Person("Bob", "bob@labor.example")
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)

# What can be typed into one line: everything but control characters, separators of lines and halves of characters.
_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=150)
_ANY = st.text(st.characters(), max_size=150)


def outgoing(**changed: object) -> Outgoing:
    values: dict[str, object] = {
        "message_id": "<voiceassist.k@klinik.example>",
        "sender": ADA,
        "to": (BOB,),
        "cc": (),
        "bcc": (),
        "subject": "Hallo",
        "text": "Text",
        "at": NOW,
    }
    return Outgoing(**{**values, **changed})  # type: ignore[arg-type]


def _names(raw: bytes) -> list[str]:
    return [name.lower() for name in message_from_bytes(raw, policy=policy.compat32).keys()]  # noqa: SIM118


_EXPECTED = _names(compose(outgoing()))


@given(subject=_LINE, name=_LINE, text=_ANY.filter(lambda text: not any("\ud800" <= one <= "\udfff" for one in text)))
@example(subject="=?utf-8?q?a=0Ab?=", name="=?utf-8?q?a?=", text="")
@settings(deadline=None)
def test_names_subjects_and_text_come_out_as_they_went_in(subject: str, name: str, text: str) -> None:
    raw = compose(outgoing(subject=subject, to=(Person(name, BOB.address),), text=text))
    headers = Headers(raw.split(b"\r\n\r\n")[0])
    assert headers.text("Subject") == one_line(subject)
    (to,) = headers.people("To")
    assert (to.name, to.address) == (one_line(name), BOB.address)
    content = message_from_bytes(raw, policy=policy.default).get_content()
    assert content.splitlines() == text.replace("\0", "").splitlines()
    assert all(len(line) < 999 for line in raw.split(b"\r\n"))


@given(evil=_ANY, where=st.sampled_from(["subject", "name", "address", "file", "type"]))
@example(evil="text/x\r\nBcc: eve@x.example", where="type")
@example(evil="multipart/mixed", where="type")
@settings(deadline=None, max_examples=300)
def test_nothing_that_is_put_in_adds_a_header(evil: str, where: str) -> None:
    changed: dict[str, object] = {
        "subject": {"subject": evil},
        "name": {"to": (Person(evil, BOB.address),)},
        "address": {"to": (Person("", evil),)},
        "file": {"files": (File(evil, "text/plain", b"x"),)},
        "type": {"files": (File("a", evil, b"x"), File("a", f"text/{evil}", b"x"))},
    }[where]  # type: ignore[assignment]
    try:
        raw = compose(outgoing(**changed))
    except BadInput:
        return
    assert {*_names(raw)} - {"content-transfer-encoding"} == {*_EXPECTED} - {"content-transfer-encoding"}
    assert len(_names(raw)) == len(set(_names(raw)))
    for part in message_from_bytes(raw, policy=policy.compat32).walk():
        assert {name.lower() for name in part.keys()} & {"bcc", "x-evil"} == set()  # noqa: SIM118


@given(st.binary(max_size=400))
@example(
    b"Message-ID: <a@b>\r\nReferences: <c@d>\r\n\t<e\r\n f@g> =?utf-8?q?=0D=0ABcc:_eve@x.example?= <h@i\x00>\r\n\r\n"
)
@settings(deadline=None)
def test_what_a_foreign_mail_calls_itself_and_follows_adds_no_header(raw_header: bytes) -> None:
    headers = Headers(b"References: " + raw_header)
    followed = (*headers.references(), headers.message_id() or "<a@b>")
    raw = compose(outgoing(in_reply_to=followed[-1], references=followed))
    assert {*_names(raw)} == {*_EXPECTED, "in-reply-to", "references"}
    assert not any(line for line in raw.split(b"\r\n") if b"\n" in line or b"\r" in line)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\0", "\x0b"])
@pytest.mark.parametrize("where", ["subject", "name", "address"])
def test_a_line_end_in_a_header_is_refused(end: str, where: str) -> None:
    evil = f"x{end}Bcc: eve@x.example"
    changed: dict[str, object] = (
        {"subject": evil}
        if where == "subject"
        else {"to": (Person(evil, BOB.address) if where == "name" else Person("", f"b{end}@x.example"),)}
    )
    with pytest.raises(BadInput):
        compose(outgoing(**changed))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bob",
        "bob@",
        "@x.example",
        "a b@x.example",
        "a@b@x.example",
        "a..b@x.example",
        ".a@x.example",
        "a@-x.example",
        "a@x..example",
        "a@x_y.example",
        "<a@x.example>",
        "a@x.example,c@x.example",
        "ü@x.example",
        "a" * 65 + "@x.example",
        "a@" + "x." * 130 + "example",
        "a@[10.0.0.1]",
        '"a b"@x.example',
        "a@x.example\nBcc: c@x.example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadInput):
        checked_person(Person("", address), "to")


def test_an_address_is_written_as_servers_read_it() -> None:
    assert checked_person(Person("Jörg", " j.m+x@Müller.example "), "to").address == "j.m+x@xn--mller-kva.example"


def test_bcc_is_in_our_own_copy_only() -> None:
    mail = outgoing(bcc=(Person("", "secret@x.example"),))
    assert b"secret@" not in compose(mail)
    assert b"secret@" in compose(mail, with_bcc=True)
    assert mail.recipients == ("bob@labor.example", "secret@x.example")


@given(name=_LINE, content=st.binary(max_size=300))
@settings(deadline=None)
def test_attached_files_come_out_as_they_went_in(name: str, content: bytes) -> None:
    raw = compose(outgoing(files=(File(name, "application/pdf", content),)))
    (part,) = message_from_bytes(raw, policy=policy.default).iter_attachments()
    assert part.get_content() == content


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Befund", "Re: Befund"),
        ("AW: Re[2]: WG: Befund", "Re: Befund"),
        ("Research", "Re: Research"),
        ("a\nb", "Re: a b"),
    ],
)
def test_an_answer_has_one_prefix(subject: str, expected: str) -> None:
    assert subject_of(subject, "Re") == expected


def _message(
    sender: Person | None = BOB,
    to: tuple[Person, ...] = (ADA,),
    cc: tuple[Person, ...] = (),
    reply_to: tuple[Person, ...] = (),
    followup_to: tuple[Person, ...] = (),
) -> Message:
    place = MailId("1", "INBOX", 1, 1)
    summary = Summary(place, "<m@x>", "Hallo", sender, to, cc, NOW, True, False, False, 1, ())
    return Message(summary, "x", "x", False, reply_to, followup_to, ())


CARL, DORA, LIST = Person("Carl", "carl@x.example"), Person("Dora", "dora@x.example"), Person("", "list@x.example")


@pytest.mark.parametrize(
    ("original", "everybody", "to", "cc"),
    [
        (_message(), False, (BOB,), ()),
        (_message(reply_to=(CARL,)), False, (CARL,), ()),
        (_message(to=(ADA, CARL), cc=(DORA, ADA, BOB)), True, (BOB, CARL), (DORA,)),
        (_message(to=(ADA, CARL), cc=(DORA,)), False, (BOB,), ()),
        (_message(followup_to=(LIST, ADA)), True, (LIST,), ()),
        (_message(sender=ADA, to=(CARL,)), False, (CARL,), ()),
        (_message(sender=ADA, to=(ADA,)), False, (ADA,), ()),
        (_message(sender=None), False, (), ()),
    ],
)
def test_an_answer_goes_to_whom_it_should(
    original: Message, everybody: bool, to: tuple[Person, ...], cc: tuple[Person, ...]
) -> None:
    assert answer_to(original, ["ADA@klinik.example"], everybody=everybody) == (to, cc)


@given(text=st.text(string.printable))
def test_a_line_of_another_mail_is_one_line(text: str) -> None:
    assert len(shown(text).splitlines()) <= 1

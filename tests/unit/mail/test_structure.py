"""Parts of mails, and headers that nobody should write."""

from hypothesis import given, settings
from hypothesis import strategies as st
from imapclient.response_types import BodyData

from backend.mail.headers import Headers
from backend.mail.message import Attachment
from backend.mail.structure import attachments_of, decoded, parts_of, texts_of


def _leaf(kind: bytes, subtype: bytes, *more: object, parameters: object = None) -> tuple[object, ...]:
    return (kind, subtype, parameters, None, None, b"7bit", 100, *more)


def _structure(raw: object) -> BodyData:
    return BodyData.create(raw)


def test_of_alternatives_the_plain_one_is_the_text_and_pictures_of_html_are_not_attached() -> None:
    html = (_leaf(b"text", b"html", 3, None, None), _leaf(b"image", b"png", None, (b"inline", None)), b"related")
    body = _structure(
        (
            (_leaf(b"text", b"plain", 3, None, None), html, b"alternative"),
            _leaf(b"application", b"pdf", None, (b"attachment", (b"filename*", b"UTF-8''Gr%C3%B6%C3%9Fe.pdf"))),
            _leaf(b"message", b"rfc822", (), (), 5, None, None, None),
            b"mixed",
        )
    )
    parts = parts_of(body)
    assert [part.number for part in parts] == ["1.1", "1.2.1", "1.2.2", "2", "3"]
    assert [part.number for part in texts_of(parts)] == ["1.1"]
    assert attachments_of(parts) == (
        Attachment("2", "Größe.pdf", "application/pdf", 100),
        Attachment("3", "mail.eml", "message/rfc822", 100),
    )


def test_html_is_the_text_where_it_stands_alone() -> None:
    parts = parts_of(_structure(_leaf(b"TEXT", b"HTML", 3, None, None, parameters=(b"CHARSET", b"utf-8"))))
    assert [(part.number, part.charset) for part in texts_of(parts)] == [("1", "utf-8")]


_VALUES = st.none() | st.binary(max_size=20) | st.integers(0, 99)
_LEAVES = st.lists(_VALUES, max_size=13).map(lambda more: (b"text", b"plain", *more))
_BODIES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda some: (*some, b"mixed"))
)


@given(raw=_BODIES)
@settings(deadline=None)
def test_any_structure_can_be_looked_at(raw: object) -> None:
    parts = parts_of(_structure(raw))
    texts_of(parts)
    attachments_of(parts)


@given(content=st.binary(max_size=200), encoding=st.sampled_from(["base64", "quoted-printable", "7bit", "x"]))
def test_any_content_can_be_decoded(content: bytes, encoding: str) -> None:
    decoded(content, encoding)


@given(
    raw=st.binary(max_size=300),
    value=st.sampled_from([b"=?utf-8?b?", b"=?x?q?=", b"<", b"a@b, ", b'"', b"\r\n ", b"("]),
)
@settings(deadline=None)
def test_any_header_can_be_read(raw: bytes, value: bytes) -> None:
    for name in (b"From", b"Date", b"Subject", b"References", b"Message-ID"):
        headers = Headers(name + b": " + value + raw + b"\r\n\r\n")
        headers.people("From")
        headers.date()
        headers.references()
        assert len(headers.text("Subject").splitlines()) <= 1
        assert len(headers.message_id().splitlines()) <= 1

"""Names of files in the header of a download: whatever a user called a file, it is one header, and says that name."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st

from backend.assistant.export import file_stem
from backend.files.routes import _headers
from backend.files.service import Content


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.text(max_size=40))
@example('a"; filename="b.exe', "text/html")
@example("a\r\nSet-Cookie: x=y", "text/plain\r\nX: y")
@example("../../etc/passwd", "image/png;x=\r\n")
def test_a_name_and_a_type_stay_what_they_are(name: str, mime: str) -> None:
    headers = _headers(Content(name, mime, 0, _nothing()))
    for value in headers.values():
        assert value.isascii()
        assert value.isprintable()
    how, _, told = headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert how in ("inline", "attachment")
    assert not set(told) & set("\"'/\\; ")
    assert unquote(told) == name
    if how == "attachment":
        assert headers["Content-Type"] == "application/octet-stream"


@given(st.text(max_size=300))
@example("../..")
@example("con")
@example("\ud800/\0")
def test_a_conversations_title_becomes_a_name_without_a_path(title: str) -> None:
    stem = file_stem(title)
    assert stem not in ("", ".", "..")
    assert not set(stem) & set('/\\:*?"<>|')
    assert stem.isprintable()
    assert len(stem.encode()) <= 255

"""What a file is taken for, how bytes become text, how numbers are shown, what the reasons say."""

import contextlib
import zipfile
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.files.extraction.cells import is_date_format, shown
from backend.files.extraction.decode import decode, is_text
from backend.files.extraction.detect import Format, detect
from backend.files.extraction.extracted import Heading, Page, page_from
from backend.files.extraction.reasons import Unreadable, explain
from backend.files.extraction.writer import PageWriter, clean


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"words", Format.TXT),
        ("a.txt", b"<!DOCTYPE html><p>x", Format.HTML),
        ("a.doc", b"{\\rtf1 x}", Format.RTF),
        ("a.docx", b"%PDF-1.7 x", Format.PDF),
        ("a.xls", b"a\tb\n1\t2\n", Format.CSV),
        ("a.csv", b"\x89PNG\r\n\x1a\n....", Format.IMAGE),
        ("a.dat", b"BEGIN:VCALENDAR\n", Format.ICS),
        ("a.ics", b"nothing of the kind", Format.TXT),
        ("a.bin", b'{"a": [1, 2]}', Format.JSON),
        ("a.log", b"[12:01] started {", Format.TXT),
        ("a.txt", b'{"a": 1}\n{"a": 2}\n', Format.JSONL),
        ("a.json", b'{"cells": [], "nbformat": 4}', Format.IPYNB),
        ("a.md", b"<div>x</div>\n\n# y", Format.MD),
        ("a.py", b"def f():\n    return 1\n", Format.TXT),
        ("a.rss", b"<rss><channel/></rss>", Format.XML),
        ("a", b"<?xml version='1.0'?><html xmlns='x'/>", Format.HTML),
        ("note.txt", b"Subject: tea\nTo: all\nnobody wrote this as a mail\nbut as a note\n", Format.TXT),
        ("a.tif", b"II*\0aaaa", Format.TIFF),
        ("a.mp3", b"ID3\x04\0\0", Format.AUDIO),
        ("a.bin", b"\xff\xfb\x90\0", Format.AUDIO),
        ("a.bin", b"RIFF\0\0\0\0WAVEfmt ", Format.AUDIO),
        ("a.webm", b"\x1aE\xdf\xa3\x01\0", Format.AUDIO),
        ("a.mp4", b"\0\0\0 ftypM4A \0\0", Format.AUDIO),
        ("a.txt", b"OggS is how Ogg pages begin.", Format.TXT),
        ("a.txt", "ä".encode("utf-16"), Format.TXT),
    ],
)
def test_a_file_is_what_its_content_says(tmp_path: Path, name: str, content: bytes, expected: Format) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert detect(path, name, None) is expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("ppt/presentation.xml", "pptx")],
)
def test_an_office_document_is_known_by_its_parts_whatever_its_name(tmp_path: Path, member: str, expected: str) -> None:
    with zipfile.ZipFile(tmp_path / "file", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(member, "<x/>")
    assert detect(tmp_path / "file", "picture.png", "image/png") == expected


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mp4", b"\0\0\0 ftypisom\0\0", "not a document we can read (video/mp4)"),
        ("a.wav", bytes(range(256)), "damaged: its content is not what .wav files hold"),
        ("a.bin", bytes(range(256)), "not a document we can read (application/octet-stream)"),
        ("a.pdf", bytes(range(256)), "damaged: its content is not what .pdf files hold"),
        ("a.gz", b"\x1f\x8b\x08\x00", "not a document we can read (application/gzip)"),
        ("a.docx", b"PK\x03\x04 and no more", "damaged: the file is cut off or its table of contents is broken"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        detect(tmp_path / "file", name, None)
    assert str(refusal.value) == reason


@given(st.binary(max_size=3000), st.sampled_from(["a.txt", "a.csv", "a", "a.xml", "a.json"]))
def test_detection_never_fails_otherwise(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    with contextlib.suppress(Unreadable):
        assert detect(path, name, None) in Format


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Grüße"),
        ("utf-16", "Grüße aus dem Haus"),
        ("utf-16-le", "Greetings from the house"),
        ("utf-16-be", "Greetings from the house"),
        ("utf-32", "Grüße"),
        ("cp1252", "Grüße – “quoted” aus Köln, mit freundlichem Gruß"),
        ("shift_jis", "これは日本語の文章です。読みやすさを確認するために書きました。"),
        ("cp1251", "Пациент поступил с жалобами на боль в груди и одышку."),
    ],
)
def test_text_is_decoded_without_being_told_its_encoding(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    assert is_text(data)
    assert decode(data) == text


def test_a_declared_charset_is_used_and_nonsense_is_not() -> None:
    assert decode("Łódź".encode("iso-8859-2"), "iso-8859-2") == "Łódź"
    assert decode("Köln".encode("cp1252"), "no-such-charset") == "Köln"
    assert decode("Köln".encode("cp1252"), "unicode_escape") == "Köln"


def test_a_few_wrong_bytes_do_not_spoil_utf_8() -> None:
    text = "Größe und Gewicht, süß, Übung. " * 20
    assert decode(text.encode() + b"\xff").startswith("Größe und Gewicht")


@given(st.binary(max_size=500))
def test_decoding_never_fails(data: bytes) -> None:
    assert isinstance(decode(data), str)


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (1234.5, "General", "1234.5"),
        (3.0, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0.00", "1,234.50"),
        (-5, "0;(0)", "-5"),
        (0.256, "0%", "26%"),
        (12, '0.0" mg"', "12.0 mg"),
        (9.9, "[$€-407] #,##0.00", "€ 9.90"),
        (2.5, "0.##", "2.5"),
        (7, "@", "7"),
        (True, None, "TRUE"),
        (None, None, ""),
        (datetime(2024, 3, 5), None, "2024-03-05"),
        (datetime(2024, 3, 5, 9, 5, 7), None, "2024-03-05 09:05:07"),
        (time(9, 5), None, "09:05"),
        (timedelta(hours=30), None, "1 day, 6:00:00"),
        ("words", "0.00", "words"),
    ],
)
def test_a_cell_is_shown_as_its_format_says(value: object, number_format: str | None, expected: str) -> None:
    assert shown(value, number_format) == expected


@pytest.mark.parametrize(
    ("number_format", "is_date"),
    [
        ("yyyy-mm-dd", True),
        ("[h]:mm", True),
        ("0.00", False),
        ("General", False),
        ('0 "days"', False),
        ("[Red]0", False),
    ],
)
def test_date_formats_are_known(number_format: str, is_date: bool) -> None:
    assert is_date_format(number_format) is is_date


@pytest.mark.parametrize(
    ("reason", "format_name", "pages", "expected"),
    [
        ("damaged", "pdf", 3, "damaged after page 3: the first 3 pages are searchable"),
        ("damaged", "pptx", 1, "damaged after slide 1: the first slide is searchable"),
        ("damaged", "docx", 1, "damaged: the text before that is searchable"),
        ("damaged", "pdf", 0, "damaged: no text could be read from it"),
        ("password-protected", "xlsx", 2, "password-protected: the first 2 sheets are searchable"),
        ("only the first 5 characters are searchable", "txt", 1, "only the first 5 characters are searchable"),
    ],
)
def test_a_reason_says_what_is_searchable_all_the_same(
    reason: str, format_name: str, pages: int, expected: str
) -> None:
    assert explain(reason, format_name, pages) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(["heading", "paragraph", "line", "row", "gap"]), st.text(max_size=40)), max_size=20
    )
)
def test_a_page_has_its_headings_where_it_says(steps: list[tuple[str, str]]) -> None:
    writer = PageWriter()
    for step, text in steps:
        match step:
            case "heading":
                writer.heading(text, 2)
            case "row":
                writer.row([text, text])
            case "gap":
                writer.gap()
            case _:
                getattr(writer, step)(text)
    page = writer.page()
    if page is None:
        assert len(writer) == 0
        return
    assert len(writer) == len(page.text)
    assert page.text == clean(page.text)
    assert "\n\n\n" not in page.text
    for heading in page.headings:
        assert heading.end == len(page.text) or page.text[heading.end] == "\n"
    assert page_from(page.message()) == page
    page.text.encode()  # no lone surrogates are left


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"number": "1", "section": None, "text": "", "headings": []},
        {"number": True, "section": None, "text": "", "headings": []},
        {"number": 1, "section": 2, "text": "", "headings": []},
        {"number": 1, "section": None, "text": 3, "headings": []},
        {"number": 1, "section": None, "text": "abc", "headings": [[0, 9, 1]]},
        {"number": 1, "section": None, "text": "abc", "headings": [["0", 1, 1]]},
    ],
)
def test_a_page_that_is_not_as_agreed_is_refused(message: object) -> None:
    with pytest.raises(ValueError, match=r"page|heading"):
        page_from(message)
    assert page_from({"number": 1, "section": None, "text": "abc", "headings": [[0, 3, 1]]}) == Page(
        1, None, "abc", (Heading(0, 3, 1),)
    )

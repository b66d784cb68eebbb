"""Mails, archives and books: files with files inside."""

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from backend.files.extraction.limits import Limits
from tests.unit.files.reading import Result


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def mail(body: str, html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ann Nürnberg <ann@clinic.example>"
    message["To"] = "bob@clinic.example"
    message["Subject"] = "Überweisung"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_a_mail_has_its_header_its_body_and_its_attachments(tmp_path: Path) -> None:
    message = mail("Plain body")
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="values.csv")
    message.add_attachment(mail("The forwarded one"))
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    result = Result(tmp_path / "a.eml")
    assert result.format == "eml"
    assert result.headings[0] == (1, "Überweisung")
    assert "From: Ann Nürnberg <ann@clinic.example>\nTo: bob@clinic.example" in result.pages[0].text
    assert "Plain body" in result.pages[0].text
    assert [page.section for page in result.pages[1:]] == ["values.csv", "attachment 2"]
    assert "The forwarded one" in result.pages[2].text


def test_of_two_versions_of_a_text_one_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail("same words", "<h2>Head</h2><p>same words</p>").as_bytes())
    result = Result(tmp_path / "a.eml")
    assert result.text.count("same words") == 1
    assert (2, "Head") in result.headings


def test_a_mail_without_a_name_is_known_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "export").write_bytes(mail("hello").as_bytes())
    assert Result(tmp_path / "export").format == "eml"


@pytest.mark.parametrize("broken", ["=?utf-8?b?abcde?=", "=?\udcff?b?YQ?=", "=?nowhere?q?a?="])
def test_an_encoded_word_that_is_broken_stays_as_it_stands_and_the_mail_is_read(tmp_path: Path, broken: str) -> None:
    raw = f"Subject: {broken}\nFrom: Ada <ada@example.org>\n\nThe report is ready.\n"
    file = tmp_path / "broken.eml"
    file.write_bytes(raw.encode("utf-8", "surrogateescape"))
    result = Result(file)
    assert "Ada <ada@example.org>" in result.text
    assert "The report is ready." in result.text


def test_an_archive_gives_the_text_of_the_files_inside(tmp_path: Path) -> None:
    inner = zipped({"deep.txt": b"deep words"})
    (tmp_path / "a.zip").write_bytes(
        zipped({"one.txt": b"first", "two.zip": inner, "__MACOSX/._one.txt": b"x", "e.txt": b""})
    )
    result = Result(tmp_path / "a.zip")
    assert [(page.section, page.text) for page in result.pages] == [
        ("one.txt", "first"),
        ("two.zip: deep.txt", "deep words"),
    ]
    assert result.missed == []


def test_files_inside_files_are_bounded_in_depth_number_and_size(tmp_path: Path) -> None:
    data = b"leaf"
    for level in range(6):
        data = zipped({f"{level}.zip" if level else "leaf.txt": data})
    (tmp_path / "deep.zip").write_bytes(data)
    deep = Result(tmp_path / "deep.zip", limits=Limits(depth=3))
    assert deep.pages == []
    assert deep.missed == ["2.zip: too deeply nested to read"]
    (tmp_path / "many.zip").write_bytes(zipped({f"{number}.txt": b"words" for number in range(9)}))
    many = Result(tmp_path / "many.zip", limits=Limits(attachments=4))
    assert len(many.pages) == 4
    assert many.missed == ["only the first 4 files inside were read"]
    (tmp_path / "large.zip").write_bytes(zipped({"in.zip": zipped({"a.txt": b"a" * 600}), "b.txt": b"b" * 600}))
    large = Result(tmp_path / "large.zip", limits=Limits(unpacked_bytes=1_000))
    assert any("decompression bomb" in missed for missed in large.missed)


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.zip").write_bytes(zipped({"zeros.txt": bytes(40 * 2**20)}))
    assert (Result(tmp_path / "bomb.zip").reason or "").startswith("too large when unpacked")


def test_a_damaged_file_inside_leaves_the_others_readable(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"bad.docx": b"PK\x03\x04broken", "good.txt": b"words"}))
    result = Result(tmp_path / "a.zip")
    assert result.text == "words"
    assert result.missed == ["bad.docx: damaged: the file is cut off or its table of contents is broken"]


def test_a_book_has_a_page_per_chapter(tmp_path: Path) -> None:
    opf = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Nursing</dc:title>'
        "<dc:creator>A. Author</dc:creator></metadata><manifest>"
        '<item id="b" href="two%20.xhtml"/><item id="a" href="one.xhtml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="missing"/></spine></package>'
    )
    (tmp_path / "a.epub").write_bytes(
        zipped(
            {
                "mimetype": b"application/epub+zip",
                "META-INF/container.xml": b'<c><rootfiles><rootfile full-path="OPS/p.opf"/></rootfiles></c>',
                "OPS/p.opf": opf.encode(),
                "OPS/one.xhtml": b"<html><body><h1>Start</h1><p>Begin here.</p></body></html>",
                "OPS/two .xhtml": b"<html><body><h1>End</h1><p>Stop there.</p></body></html>",
            }
        )
    )
    result = Result(tmp_path / "a.epub")
    assert result.format == "epub"
    assert [(page.section, page.text) for page in result.pages] == [
        (None, "Nursing\n\nAuthors: A. Author"),
        ("Start", "Start\n\nBegin here."),
        ("End", "End\n\nStop there."),
    ]

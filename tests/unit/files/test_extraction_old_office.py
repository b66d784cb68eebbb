"""Office documents of the nineties: doc, ppt, xls and Outlook messages."""

from pathlib import Path

import pytest

from backend.files.extraction.formats.rtf_compression import decompress
from tests.unit.files.compound import write_compound, write_doc, write_msg, write_ppt, write_xls
from tests.unit.files.reading import Result


def test_doc_keeps_headings_and_hides_field_codes(tmp_path: Path) -> None:
    paragraphs = [
        ("Findings", 1),
        ('See \x13 HYPERLINK "x" \x14the link\x15 below.', 0),
        ("Details", 2),
        ("a\x07b\x07\x07", 0),
    ]
    result = Result(write_doc(tmp_path / "old.doc", paragraphs))
    assert result.format == "doc"
    assert result.headings == [(1, "Findings"), (2, "Details")]
    assert "See the link below." in result.text
    assert "a | b" in result.text


def test_encrypted_doc_is_said_to_be_password_protected(tmp_path: Path) -> None:
    assert Result(write_doc(tmp_path / "old.doc", [("x", 0)], encrypted=True)).reason == "password-protected"


def test_doc_with_missing_text_is_said_to_be_damaged_and_keeps_the_rest(tmp_path: Path) -> None:
    result = Result(write_doc(tmp_path / "old.doc", [("still here", 0)], announce=100))
    assert result.text == "still here"
    assert result.reason == "damaged"


def test_ppt_has_a_page_per_slide(tmp_path: Path) -> None:
    result = Result(write_ppt(tmp_path / "old.ppt", [("Welcome", "one\rtwo"), ("Goodbye", "three")]))
    assert [(page.number, page.section, page.text) for page in result.pages] == [
        (1, "Welcome", "Welcome\n\none\ntwo"),
        (2, "Goodbye", "Goodbye\n\nthree"),
    ]


def test_ppt_without_its_directory_gives_the_text_that_is_found(tmp_path: Path) -> None:
    result = Result(write_ppt(tmp_path / "old.ppt", [("Welcome", "one")], broken=True))
    assert "Welcome" in result.text
    assert result.reason is not None
    assert result.reason.startswith("damaged: the pieces of text")


def test_encrypted_ppt_is_said_to_be_password_protected(tmp_path: Path) -> None:
    assert Result(write_ppt(tmp_path / "old.ppt", [("x", "y")], encrypted=True)).reason == "password-protected"


def test_xls_shows_its_sheet_as_a_table(tmp_path: Path) -> None:
    result = Result(write_xls(tmp_path / "old.xls", [["Drug", "mg"], ["Aspirin", 100.0], ["Ibuprofen", 2.5]]))
    assert result.pages[0].section == "Doses"
    assert result.text == "Doses\n\nDrug | mg\nAspirin | 100\nIbuprofen | 2.5"


def test_msg_has_its_header_its_body_and_its_attachments(tmp_path: Path) -> None:
    result = Result(
        write_msg(tmp_path / "mail.msg", "Please see him.", {"note.txt": b"attached", "x.csv": b"a,b\n1,2"})
    )
    assert result.pages[0].text == (
        "Referral of a patient\n\nSubject: Referral of a patient\nFrom: Ann Nurse <ann@clinic.example>\n"
        "To: Bob Doctor <bob@clinic.example>\nDate: 2024-03-04 08:30 UTC\n\nPlease see him."
    )
    assert [(page.section, page.text) for page in result.pages[1:]] == [
        ("note.txt", "attached"),
        ("x.csv", "a | b\n1 | 2"),
    ]


def test_an_office_file_behind_a_password_is_said_to_be_so(tmp_path: Path) -> None:
    path = write_compound(tmp_path / "new.docx", {"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y"})
    assert Result(path).reason == "password-protected"


def test_a_compound_file_of_something_else_is_not_a_document(tmp_path: Path) -> None:
    result = Result(write_compound(tmp_path / "thumbs.db", {"Catalog": b"x"}))
    assert result.reason == "not a document we can read (application/x-ole-storage)"


@pytest.mark.parametrize("size", [0, 600, 3000])
def test_a_truncated_compound_file_is_said_to_be_damaged(tmp_path: Path, size: int) -> None:
    path = write_doc(tmp_path / "old.doc", [("text", 0)])
    path.write_bytes(path.read_bytes()[:size])
    result = Result(path)
    assert result.reason is not None
    assert result.reason.startswith("empty" if size == 0 else "damaged")


def test_compressed_rtf_is_unpacked_as_in_the_specification() -> None:
    # The example of [MS-OXRTFCP] section 3.1.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    assert decompress(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(b"short") == b""

"""PDF and pictures, with text recognition by the real tesseract."""

import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from backend.files.extraction import ocr
from backend.files.extraction.extracted import Extracted
from backend.files.extraction.formats.pdf import reflow
from backend.files.extraction.limits import Limits
from backend.files.extraction.reasons import NOT_RECOGNISED
from tests.unit.files.reading import Result

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


def picture(words: str) -> Image.Image:
    image = Image.new("RGB", (1200, 240), "white")
    ImageDraw.Draw(image).text((40, 80), words, fill="black", font=ImageFont.load_default(60))
    return image


def write_pdf(path: Path, pages: list[str], scans: dict[int, Image.Image] | None = None, password: str = "") -> Path:
    canvas = Canvas(str(path), pagesize=A4, encrypt=StandardEncryption(password, strength=128) if password else None)
    for number, text in enumerate(pages, start=1):
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(f"Chapter {number}", f"p{number}")
        if scans and number in scans:
            file = path.with_name(f"scan{number}.png")
            scans[number].save(file)
            canvas.drawImage(str(file), 50, 500, width=500, height=100)
        for line, words in enumerate(text.split("\n")):
            canvas.drawString(72, 760 - 14 * line, words)
        canvas.showPage()
    canvas.save()
    return path


def test_a_pdf_has_its_pages_and_bookmarks(tmp_path: Path) -> None:
    result = Result(write_pdf(tmp_path / "a.pdf", ["First page of it.", "", "Third page of it."]))
    assert [(page.number, page.section, page.text) for page in result.pages] == [
        (1, "Chapter 1", "First page of it."),
        (3, "Chapter 3", "Third page of it."),
    ]


def test_an_encrypted_pdf_is_said_to_be_password_protected(tmp_path: Path) -> None:
    assert Result(write_pdf(tmp_path / "a.pdf", ["secret"], password="pw")).reason == "password-protected"


def test_a_pdf_of_rubbish_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nrubbish")
    assert Result(tmp_path / "a.pdf").reason == "damaged"


@needs_tesseract
def test_only_a_scanned_page_is_recognised(tmp_path: Path) -> None:
    scans = {2: picture("Blood pressure 120")}
    result = Result(write_pdf(tmp_path / "a.pdf", ["Typed page with enough letters.", ""], scans))
    assert [page.number for page in result.pages] == [1, 2]
    assert "Blood pressure 120" in result.pages[1].text


def test_without_tesseract_a_scanned_page_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ocr._languages.cache_clear()
    result = Result(write_pdf(tmp_path / "a.pdf", ["Typed page with enough letters.", ""], {2: picture("x")}))
    ocr._languages.cache_clear()
    assert [page.number for page in result.pages] == [1]
    assert result.missed == ["page 2 is scanned, and text recognition is not installed (tesseract)"]


def test_where_no_text_is_to_be_recognised_a_scan_is_named_as_one_and_typed_pages_are_read(tmp_path: Path) -> None:
    limits = Limits(ocr_languages="")
    picture("x").save(tmp_path / "a.png")
    assert Result(tmp_path / "a.png", limits=limits).reason == NOT_RECOGNISED
    scans = {1: picture("x"), 2: picture("x")}
    scan = Result(write_pdf(tmp_path / "a.pdf", ["", ""], scans), limits=limits)
    assert (scan.pages, len(scan.missed)) == ([], 2)
    assert Extracted("pdf", (), "; ".join(scan.missed)).is_scan
    mixed = Result(write_pdf(tmp_path / "b.pdf", ["Typed page with enough letters.", ""], scans), limits=limits)
    assert [page.number for page in mixed.pages] == [1]
    assert not Extracted("pdf", tuple(mixed.pages), "; ".join(mixed.missed)).is_scan


@needs_tesseract
@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp", "gif", "bmp"])
def test_the_text_in_a_picture_is_recognised(tmp_path: Path, suffix: str) -> None:
    picture("Ward round at nine").save(tmp_path / f"a.{suffix}")
    result = Result(tmp_path / f"a.{suffix}")
    assert result.format in ("image", "tiff")
    assert "Ward round at nine" in result.text


@needs_tesseract
def test_a_scanned_tiff_has_a_page_per_picture(tmp_path: Path) -> None:
    picture("Page one").save(tmp_path / "a.tiff", save_all=True, append_images=[picture("Page two")])
    result = Result(tmp_path / "a.tiff")
    assert [(page.number, page.text) for page in result.pages] == [(1, "Page one"), (2, "Page two")]


@needs_tesseract
def test_an_empty_picture_is_said_to_have_no_text(tmp_path: Path) -> None:
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert Result(tmp_path / "a.png").reason == "no text found in it, even by text recognition (OCR)"


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "a.png")
    assert (Result(tmp_path / "a.png").reason or "").startswith("too large to read")


def test_a_picture_that_is_cut_off_is_said_to_be_damaged(tmp_path: Path) -> None:
    picture("x").save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    assert Result(tmp_path / "a.jpg").reason == "damaged"


def test_wrapped_lines_become_paragraphs_and_rows_and_lists_stay_lines() -> None:
    text = (
        "Anticoagulation\r\n"
        "Patients with atrial fibrillation should be assessed for their risk of stroke and for their risk of ble\x02"
        "eding before any treatment begins. Renal function is checked at the start and once a year after that in\r\n"
        "all of them.\r\n"
        "1. Warfarin, with a target INR between two and three, for those with a mechanical heart valve and\r\n"
        "2. Apixaban for everybody else, five milligrams twice a day, reduced in renal impairment as noted in\r\n"
        "Day 1 measured values of potassium and of sodium and of creatinine in the blood, all of them 4.1 3.2\r\n"
        "Day 2 measured values of potassium and of sodium and of creatinine in the blood, all of them 4.0 3.3\r\n"
        "Contents ........................ 12"
    )
    assert reflow(text).split("\n") == [
        "Anticoagulation",
        "Patients with atrial fibrillation should be assessed for their risk of stroke and for their risk of bleeding "
        "before any treatment begins. Renal function is checked at the start and once a year after that in "
        "all of them.",
        "1. Warfarin, with a target INR between two and three, for those with a mechanical heart valve and",
        "2. Apixaban for everybody else, five milligrams twice a day, reduced in renal impairment as noted in "
        "Day 1 measured values of potassium and of sodium and of creatinine in the blood, all of them 4.1 3.2",
        "Day 2 measured values of potassium and of sodium and of creatinine in the blood, all of them 4.0 3.3",
        "Contents … 12",
    ]

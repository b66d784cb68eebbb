"""The sample documents: what is there, that it is what the sources say, and that it is harmless."""

import re
from pathlib import Path

import pypdfium2
import pytest
import vobject

from samples.build import ROOT, SOURCES, build, content, sources, target
from samples.render import office
from samples.render.blocks import Items, Note, Paragraph, Table, parse, sections
from tests.unit.samples.readers import pages

DOCUMENTS = ROOT / "documents"
FILES = sorted(path for path in DOCUMENTS.rglob("*") if path.is_file())
HANDBOOK = DOCUMENTS / "Staff" / "Staff handbook 2026.pdf"

# Numbers set aside for drama: 01632 960000 to 960999, 07700 900000 to 900999 (Ofcom), and 0808 157 0000 to 0999.
FICTIONAL = re.compile(r"01632 960\d{3}|07700 900\d{3}|0808 157 0\d{3}")
TELEPHONE = re.compile(r"\b0\d{3,4} \d{3} ?\d{3,4}\b")


def test_there_are_at_least_thirty_files_in_fourteen_formats_below_four_megabytes() -> None:
    assert len(FILES) >= 30
    assert len({path.suffix for path in FILES}) >= 14
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < 4_000_000


def test_the_handbook_has_forty_numbered_pages_and_twelve_thousand_words() -> None:
    texts = pages(HANDBOOK)
    assert len(texts) >= 40
    assert sum(len(text.split()) for text in texts) >= 12_000
    for number, text in enumerate(texts[1:], 2):
        assert text.split()[-1] == str(number)


def test_no_paragraph_of_the_handbook_is_repeated() -> None:
    folder = SOURCES / "documents" / "Staff" / "Staff handbook 2026.pdf.d"
    blocks = [block for part in folder.glob("*.md") for block in parse(part.read_text(encoding="utf-8"))]
    texts = [block.text for block in blocks if isinstance(block, Paragraph)]
    assert len(texts) > 200
    assert len(set(texts)) == len(texts)


def test_the_scanned_referral_is_a_picture_without_a_text_layer() -> None:
    document = pypdfium2.PdfDocument(DOCUMENTS / "Patients" / "Referral scan 2026-10-19.pdf")
    page = document[0]
    textpage = page.get_textpage()
    assert textpage.get_text_range() == ""
    textpage.close()
    page.close()
    document.close()
    assert "changing mole" in pages(DOCUMENTS / "Patients" / "Referral scan 2026-10-19.pdf")[0]


def test_the_committed_files_say_what_the_sources_say(tmp_path: Path) -> None:
    built = build(tmp_path)
    expected = {target(source).relative_to(SOURCES) for part in ("documents", "dav") for source in _sources(part)}
    present = {path.relative_to(ROOT) for part in ("documents", "dav") for path in (ROOT / part).rglob("*.*")}
    assert present == expected
    for path in built:
        same = (ROOT / path).read_bytes() == (tmp_path / path).read_bytes()
        # Another release of a library may write other bytes for the same text.
        assert same or pages(ROOT / path) == pages(tmp_path / path), path


def _sources(part: str) -> list[Path]:
    return list(sources(SOURCES / part))


@pytest.mark.parametrize("ending", [".pdf.md", ".docx.md", ".odt.md", ".xlsx.md", ".ods.md", ".epub.md", ".eml.txt"])
def test_building_a_file_twice_gives_the_same_bytes(ending: str) -> None:
    source = next(path for path in _sources("documents") if path.name.endswith(ending))
    assert content(source) == content(source)


def test_every_telephone_number_is_from_a_range_reserved_for_fiction() -> None:
    found = [
        number
        for path in SOURCES.rglob("*")
        if path.is_file()
        for number in TELEPHONE.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 30
    assert [number for number in found if not FICTIONAL.fullmatch(number)] == []


def test_the_readme_says_that_all_is_invented_and_no_medical_advice() -> None:
    text = (DOCUMENTS / "README.md").read_text(encoding="utf-8")
    assert "Everything in this folder is invented" in text
    assert "Nothing here is medical advice" in text


def test_the_address_book_has_fifteen_contacts_and_two_doctors_smith() -> None:
    text = (ROOT / "dav" / "contacts.vcf").read_text(encoding="utf-8")
    names = [card.fn.value for card in vobject.readComponents(text)]
    assert len(names) == 15
    assert [name for name in names if name.endswith("Smith")] == ["Dr. Anneke Smith", "Dr. Jonathan Smith"]


def test_the_calendar_holds_a_week_of_november_2026() -> None:
    calendar = vobject.readOne((ROOT / "dav" / "calendar.ics").read_text(encoding="utf-8"))
    days = {event.dtstart.value.strftime("%Y-%m-%d") for event in calendar.vevent_list}
    assert days == {f"2026-11-{day}" for day in range(23, 28)}


def test_a_table_row_with_a_missing_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="number of cells"):
        parse("| a | b |\n| --- | --- |\n| 1 |")


def test_blocks_keep_their_kind_and_their_numbers() -> None:
    blocks = parse("# One\n\ntext\nmore\n\n- a\n- b\n\n1. c\n\n> said\n\n| h |\n| --- |\n| v |")
    assert sections(blocks)[0].title == "One"
    assert blocks[1:] == [
        Paragraph("text more"),
        Items(("a", "b"), numbered=False),
        Items(("1. c",), numbered=True),
        Note("said"),
        Table(("h",), (("v",),)),
    ]


def test_text_before_the_first_heading_belongs_to_no_section() -> None:
    with pytest.raises(ValueError, match="level 1 heading"):
        sections(parse("text"))


def test_rich_text_refuses_tables_rather_than_losing_them() -> None:
    with pytest.raises(ValueError, match="tables"):
        office.rtf(parse("| h |\n| --- |\n| v |"))

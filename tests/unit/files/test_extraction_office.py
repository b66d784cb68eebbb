"""Office documents of today: docx, pptx, xlsx and OpenDocument, written by the libraries that others use."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import docx
import openpyxl
import pptx
from docx.oxml import parse_xml
from odf import draw, presentation, style, table, text
from odf.opendocument import OpenDocumentPresentation, OpenDocumentSpreadsheet, OpenDocumentText
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.unit.files.reading import Result

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_docx_keeps_headings_tables_margins_and_comments(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Discharge letter", 1)
    run = document.add_paragraph("The patient was admitted with fever.").runs[0]
    document.add_heading("Medication", 2)
    table_ = document.add_table(rows=2, cols=2)
    for cell, value in zip(table_._cells, ["Drug", "Dose", "Aspirin", "100 mg"], strict=True):
        cell.text = value
    document.add_paragraph("Drink water", style="List Bullet")
    document.add_paragraph("Rest", style="List Bullet")
    document.sections[0].header.paragraphs[0].text = "Clinic North"
    document.sections[0].footer.paragraphs[0].text = "Confidential"
    document.add_comment(run, text="Check the date", author="Ann")
    document.save(str(tmp_path / "letter.docx"))
    result = Result(tmp_path / "letter.docx")
    assert result.format == "docx"
    assert result.headings == [(1, "Discharge letter"), (2, "Medication"), (9, "Drug | Dose")]
    assert "Drug | Dose\nAspirin | 100 mg" in result.text
    for words in ("Clinic North", "Confidential", "Check the date", "Drink water", "Rest"):
        assert words in result.text


def test_docx_leaves_out_deleted_text_and_keeps_text_boxes_once(tmp_path: Path) -> None:
    document = docx.Document()
    body = document.element.body
    body.insert(
        0, parse_xml(f"<w:p {_W}><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>kept</w:t></w:r></w:p>")
    )
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    body.insert(
        1,
        parse_xml(
            f"<w:p {_W} {mc}><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
            "</mc:AlternateContent></w:r></w:p>"
        ),
    )
    document.save(str(tmp_path / "edited.docx"))
    result = Result(tmp_path / "edited.docx")
    assert "kept" in result.text
    assert "gone" not in result.text
    assert result.text.count("boxed") == 1


def test_pptx_keeps_titles_groups_tables_charts_and_notes(tmp_path: Path) -> None:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Stroke pathway"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "Inside a group"
    grid = slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for number, value in enumerate(["Step", "Time", "CT", "20 min"]):
        grid.cell(number // 2, number % 2).text = value
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["January", "February"]
    data.add_series("Admissions", (7, 11))  # type: ignore[no-untyped-call]
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(2), Inches(2), data)
    slide.notes_slide.notes_text_frame.text = "Say it slowly"
    show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = "Thank you"
    show.save(str(tmp_path / "show.pptx"))
    result = Result(tmp_path / "show.pptx")
    assert [(page.number, page.section) for page in result.pages] == [(1, "Stroke pathway"), (2, "Thank you")]
    assert result.pages[0].text.startswith("Stroke pathway")
    assert "Step | Time\nCT | 20 min" in result.text
    for words in ("Inside a group", "Admissions", "January", "11", "Say it slowly"):
        assert words in result.pages[0].text


def test_xlsx_shows_all_sheets_with_values_as_displayed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Lab values"
    first.append(["Name", "Date", "Share", "Price", "Flag"])
    first.append(["Potassium", date(2024, 3, 5), 0.125, 1234.5, True])
    first["C2"].number_format = "0.0%"
    first["D2"].number_format = '#,##0.00 "EUR"'
    first["B3"] = datetime(2024, 3, 5, 14, 30)
    first["A2"].comment = Comment("taken fasting", "Ann")
    second = book.create_sheet("Second")
    second["XFD1"] = "far right"
    second["A900000"] = "far down"
    book.save(tmp_path / "book.xlsx")
    result = Result(tmp_path / "book.xlsx")
    assert [page.section for page in result.pages] == ["Lab values", "Second"]
    assert "Name | Date | Share | Price | Flag\nPotassium | 2024-03-05 | 12.5% | 1,234.50 EUR | TRUE" in result.text
    assert "2024-03-05 14:30" in result.text
    assert "taken fasting" in result.text
    assert "far right" in result.text
    assert "far down" in result.text
    assert (9, "Name | Date | Share | Price | Flag") in result.headings


def test_a_damaged_sheet_keeps_the_rows_before_the_damage(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(100):
        sheet.append([f"row number {row}"])
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as cut:
        for name in whole.namelist():
            data = whole.read(name)
            cut.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    result = Result(tmp_path / "cut.xlsx")
    assert "row number 10" in result.text
    assert "row number 99" not in result.text
    assert result.reason == "damaged: not all rows of Sheet could be read"


def test_odt_keeps_headings_lists_tables_and_notes(tmp_path: Path) -> None:
    document = OpenDocumentText()
    document.text.addElement(text.H(outlinelevel=1, text="Care plan"))
    paragraph = text.P(text="Mobilise early")
    note = text.Note(noteclass="footnote")
    note.addElement(text.NoteBody())
    note.childNodes[0].addElement(text.P(text="Unless in pain"))
    paragraph.addElement(note)
    document.text.addElement(paragraph)
    items = text.List()
    for words in ("walk", "sit"):
        item = text.ListItem()
        item.addElement(text.P(text=words))
        items.addElement(item)
    document.text.addElement(items)
    grid = table.Table(name="t")
    for values in (("Day", "Goal"), ("Monday", "stand")):
        row = table.TableRow()
        for value in values:
            cell = table.TableCell()
            cell.addElement(text.P(text=value))
            row.addElement(cell)
        grid.addElement(row)
    document.text.addElement(grid)
    document.save(str(tmp_path / "plan.odt"))
    result = Result(tmp_path / "plan.odt")
    assert result.headings[0] == (1, "Care plan")
    assert "Mobilise early\n\nUnless in pain" in result.text
    assert "walk\nsit" in result.text
    assert "Day | Goal\nMonday | stand" in result.text


def test_ods_repeats_cells_but_not_the_empty_rest_of_the_sheet(tmp_path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    sheet = table.Table(name="Roster")
    row = table.TableRow()
    cell = table.TableCell(numbercolumnsrepeated=3, valuetype="string")
    cell.addElement(text.P(text="on call"))
    row.addElement(cell)
    sheet.addElement(row)
    empty = table.TableRow(numberrowsrepeated=1_048_000)
    empty.addElement(table.TableCell(numbercolumnsrepeated=16_000))
    sheet.addElement(empty)
    document.spreadsheet.addElement(sheet)
    document.save(str(tmp_path / "roster.ods"))
    result = Result(tmp_path / "roster.ods")
    assert result.pages[0].section == "Roster"
    assert result.text == "Roster\n\non call | on call | on call"


def test_odp_has_a_page_per_slide(tmp_path: Path) -> None:
    document = OpenDocumentPresentation()
    layout = style.PageLayout(name="layout")
    document.automaticstyles.addElement(layout)
    master = style.MasterPage(name="master", pagelayoutname=layout)
    document.masterstyles.addElement(master)
    for title, words in (("Hand hygiene", "Wash first"), ("Gloves", "Then gloves")):
        slide = draw.Page(masterpagename=master)
        for kind, content in (("title", title), ("outline", words)):
            frame = draw.Frame(attributes={"class": kind}) if kind == "title" else draw.Frame()
            box = draw.TextBox()
            box.addElement(text.P(text=content))
            frame.addElement(box)
            slide.addElement(frame)
        notes = presentation.Notes()
        frame = draw.Frame()
        box = draw.TextBox()
        box.addElement(text.P(text=f"Notes on {title}"))
        frame.addElement(box)
        notes.addElement(frame)
        slide.addElement(notes)
        document.presentation.addElement(slide)
    document.save(str(tmp_path / "show.odp"))
    result = Result(tmp_path / "show.odp")
    assert [(page.number, page.section) for page in result.pages] == [(1, "Hand hygiene"), (2, "Gloves")]
    assert result.pages[0].text == "Hand hygiene\n\nWash first\n\nNotes on Hand hygiene"


def test_encrypted_opendocument_is_said_to_be_password_protected(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "secret.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<m:file-entry m:full-path="content.xml"><m:encryption-data/></m:file-entry></m:manifest>',
        )
        archive.writestr("content.xml", b"\x00\x01\x02")
    assert Result(tmp_path / "secret.odt").reason == "password-protected"

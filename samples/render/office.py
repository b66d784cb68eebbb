"""Word, PowerPoint, rich text, HTML, and the old Word format by LibreOffice."""

import io
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

from docx import Document
from pptx import Presentation
from pptx.util import Cm, Pt

from samples.render.archive import repack
from samples.render.blocks import Block, Heading, Items, Note, Paragraph, Table, sections

# LibreOffice starts slowly on a cold disk; a conversion itself takes about two seconds.
_CONVERSION_SECONDS = 120


def docx(title: str, blocks: list[Block]) -> bytes:
    """A Word document with real heading, list and table styles."""
    document = Document()
    document.core_properties.title = title
    document.core_properties.author = "Lindenhof Practice"
    for block in blocks:
        match block:
            case Heading(level=level, text=text):
                document.add_heading(text, level)
            case Paragraph(text=text) | Note(text=text):
                document.add_paragraph(text)
            case Items(items=items, numbered=numbered):
                for item in items:
                    document.add_paragraph(item, style=None if numbered else "List Bullet")
            case Table(header=header, rows=rows):
                table = document.add_table(rows=0, cols=len(header), style="Table Grid")
                for row in (header, *rows):
                    for cell, text in zip(table.add_row().cells, row, strict=True):
                        cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return repack(buffer.getvalue())


def pptx(title: str, blocks: list[Block]) -> bytes:
    """A presentation: each level 1 heading is a slide, a `>` block its speaker notes."""
    presentation = Presentation()
    presentation.core_properties.title = title
    presentation.core_properties.author = "Lindenhof Practice"
    for section in sections(blocks):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = section.title
        for block in section.blocks:
            match block:
                case Heading(text=text) | Paragraph(text=text):
                    _text_box(slide, [text])
                case Items(items=items):
                    _text_box(slide, list(items))
                case Note(text=text):
                    slide.notes_slide.notes_text_frame.text = text
                case Table(header=header, rows=rows):
                    shape = slide.shapes.add_table(len(rows) + 1, len(header), Cm(2), Cm(5), Cm(21), Cm(6))
                    for row, texts in enumerate((header, *rows)):
                        for column, text in enumerate(texts):
                            shape.table.cell(row, column).text = text
    buffer = io.BytesIO()
    presentation.save(buffer)
    return repack(buffer.getvalue())


def _text_box(slide: object, lines: list[str]) -> None:
    frame = slide.shapes.add_textbox(Cm(2), Cm(5), Cm(21), Cm(10)).text_frame  # type: ignore[attr-defined]
    frame.word_wrap = True
    for index, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        paragraph.text = line
        paragraph.font.size = Pt(22)


def rtf(blocks: list[Block]) -> bytes:
    """Rich text (RTF 1.9), characters beyond ASCII as `\\uN?`.

    Raises:
        ValueError: a block has no counterpart here (tables).
    """
    lines = [r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Calibri;}}\f0\fs22"]
    for block in blocks:
        match block:
            case Heading(level=level, text=text):
                lines.append(rf"{{\pard\sb240\b\fs{36 - 8 * (level - 1)} {_rtf(text)}\par}}")
            case Paragraph(text=text) | Note(text=text):
                lines.append(rf"{{\pard\sa120 {_rtf(text)}\par}}")
            case Items(items=items, numbered=numbered):
                mark = "" if numbered else r"\bullet  "
                lines.extend(rf"{{\pard\li360\fi-360 {mark}{_rtf(item)}\par}}" for item in items)
            case Table():
                raise ValueError("tables are not written as rich text")
    return ("\n".join(lines) + "\n}").encode("ascii")


def _rtf(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}")
    return "".join(character if character.isascii() else rf"\u{ord(character)}?" for character in escaped)


def html(title: str, blocks: list[Block]) -> str:
    """Plain HTML of `blocks`."""
    parts = [f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head><body>']
    for block in blocks:
        match block:
            case Heading(level=level, text=text):
                parts.append(f"<h{level}>{escape(text)}</h{level}>")
            case Paragraph(text=text) | Note(text=text):
                parts.append(f"<p>{escape(text)}</p>")
            case Items(items=items, numbered=True):
                parts.extend(f"<p>{escape(item)}</p>" for item in items)
            case Items(items=items):
                parts.append("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>")
            case Table(header=header, rows=rows):
                cells = ["".join(f"<th>{escape(cell)}</th>" for cell in header)]
                cells += ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
                parts.append("<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>")
    return "\n".join([*parts, "</body></html>"])


def doc(title: str, blocks: list[Block]) -> bytes | None:
    """A Word 97 document made by LibreOffice, or None where LibreOffice is not installed.

    Raises:
        RuntimeError: LibreOffice is there but wrote no document.
    """
    program = shutil.which("libreoffice")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.html"
        source.write_text(html(title, blocks), encoding="utf-8")
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [program, profile, "--headless", "--convert-to", "doc:MS Word 97", "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=_CONVERSION_SECONDS)
        made = Path(folder) / "source.doc"
        if not made.exists():
            raise RuntimeError("LibreOffice wrote no document; is libreoffice-writer-nogui installed?")
        return made.read_bytes()

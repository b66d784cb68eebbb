"""PDF files with a text layer: leaflets of a few pages, and the handbook with cover, contents and page numbers."""

import io
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    ListFlowable,
    ListItem,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Flow
from reportlab.platypus import Table as Grid
from reportlab.platypus.tableofcontents import TableOfContents

from samples.render.blocks import Block, Heading, Items, Note, Paragraph, Table

_GREEN = HexColor("#2f5d3a")
_GREY = HexColor("#666666")
_MARGIN = 26 * mm
_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=12, leading=18.5, spaceAfter=7)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=9.5, leading=12, spaceAfter=0)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
_TITLES = {
    1: ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=20, leading=25, spaceAfter=12, textColor=_GREEN),
    2: ParagraphStyle(
        "h2", fontName="Helvetica-Bold", fontSize=13, leading=17, spaceBefore=6, spaceAfter=4, keepWithNext=1
    ),
}
_COVER = ParagraphStyle("cover", parent=_TITLES[1], fontSize=34, leading=42, alignment=1)
_UNDER = ParagraphStyle("under", parent=_BODY, fontSize=15, leading=22, alignment=1, textColor=_GREY)
_CONTENTS = ParagraphStyle("contents", parent=_BODY, fontSize=10.5, leading=14, spaceAfter=0)


class _Chaptered(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """A document that tells its table of contents where each level 1 heading has come to stand."""

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - the name that reportlab calls
        if isinstance(flowable, Flow) and flowable.style.name == "h1":
            self.notify("TOCEntry", (0, escape(flowable.getPlainText()), self.page))


def render(title: str, blocks: list[Block], *, as_book: bool = False) -> bytes:
    """A PDF of `blocks`. A book gets a cover, a table of contents and each chapter on a new page.

    The number printed at the foot is the number of the page in the file, counted from the cover.
    """
    buffer = io.BytesIO()
    document = _Chaptered(
        buffer,
        pagesize=A4,
        title=title,
        author="Lindenhof Practice",
        invariant=1,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
    )

    def foot(canvas: Canvas, page: BaseDocTemplate) -> None:
        if as_book and page.page == 1:
            return
        canvas.setFont("Helvetica", 9)
        canvas.setFillColor(_GREY)
        canvas.drawString(_MARGIN, 14 * mm, title)
        canvas.drawRightString(A4[0] - _MARGIN, 14 * mm, str(page.page))

    frame = Frame(_MARGIN, _MARGIN, A4[0] - 2 * _MARGIN, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("page", [frame], onPageEnd=foot)])
    story = _cover(title) if as_book else []
    for block in blocks:
        if as_book and isinstance(block, Heading) and block.level == 1:
            story.append(PageBreak())
        story.extend(_flow(block))
    document.multiBuild(story)
    return buffer.getvalue()


def _cover(title: str) -> list[Flowable]:
    contents = TableOfContents(levelStyles=[_CONTENTS], dotsMinLevel=0)
    return [
        Spacer(1, 80 * mm),
        Flow(escape(title), _COVER),
        Spacer(1, 8 * mm),
        Flow("Lindenhof Practice, Aldermere", _UNDER),
        Flow("Everything in this book is invented. Not medical advice.", _UNDER),
        PageBreak(),
        Flow("Contents", ParagraphStyle("contents title", parent=_TITLES[1])),
        contents,
    ]


def _flow(block: Block) -> list[Flowable]:
    match block:
        case Heading(level=level, text=text):
            return [Flow(escape(text), _TITLES[level])]
        case Paragraph(text=text) | Note(text=text):
            return [Flow(escape(text), _BODY)]
        case Items(items=items, numbered=numbered):
            flows = [Flow(escape(item), _BODY) for item in items]
            if numbered:
                return flows
            return [ListFlowable([ListItem(flow) for flow in flows], bulletType="bullet", start="•", bulletFontSize=9)]
        case Table(header=header, rows=rows):
            cells = [[Flow(escape(cell), _HEAD) for cell in header]]
            cells += [[Flow(escape(cell), _CELL) for cell in row] for row in rows]
            lines = ("GRID", (0, 0), (-1, -1), 0.4, _GREY)
            return [Grid(cells, style=[lines, ("VALIGN", (0, 0), (-1, -1), "TOP")], repeatRows=1), Spacer(1, 10)]

"""Web pages: headings, paragraphs, lists and tables; navigation, scripts and hidden parts left out."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from backend.files.extraction.decode import declared_charset, decode
from backend.files.extraction.extracted import Page
from backend.files.extraction.reasons import TOO_DEEP, Unreadable
from backend.files.extraction.source import Source
from backend.files.extraction.tree import Element, is_too_deep
from backend.files.extraction.writer import PageWriter, one_line

_SKIPPED = {
    *("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "audio", "video"),
    *("head", "nav", "button", "select", "input", "textarea", "datalist", "dialog"),
}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
    *("figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre"),
    *("section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "caption", "option"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NOT_CONTENT_ROLES = {"navigation", "search", "menu", "menubar", "dialog", "alertdialog"}
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_PRE_SPACES = re.compile(r"[ \t]+\n")


def read(source: Source) -> Iterator[Page]:
    """One page; the document's title is its first heading."""
    data = source.path.read_bytes()
    page = PageWriter()
    write_html(page, decode(data, declared_charset(data)), title=True)
    if (written := page.page()) is not None:
        yield written


def write_html(page: PageWriter, markup: str, *, title: bool = False) -> None:
    """Write the readable content of `markup`. With `title`, the head's title becomes a heading where no h1 says it."""
    markup = _XML_DECLARATION.sub("", markup).replace("\0", "")
    if not markup.strip():
        return
    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False)
    try:
        root = lxml_html.document_fromstring(markup, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        if is_too_deep(parser):
            raise Unreadable(TOO_DEEP) from None
        return  # nothing but comments or white space
    if title:
        head = one_line(root.findtext(".//head/title") or "")
        if head and head not in {one_line(h1.text_content()) for h1 in root.iter("h1")}:
            page.heading(head, 1)
    body = root.find("body")
    writer = _HtmlWriter(page)
    writer.write(root if body is None else body)
    writer.flush()
    if is_too_deep(parser) and not page.page():
        raise Unreadable(TOO_DEEP)


class _HtmlWriter:
    """Walks a tree and gathers inline text until a block ends."""

    def __init__(self, page: PageWriter) -> None:
        self._page = page
        self._inline: list[str] = []
        self._in_list = 0
        self._preformatted = 0

    def flush(self) -> None:
        """Write the inline text gathered so far as a paragraph, or as a line inside lists."""
        text = "".join(self._inline)
        self._inline.clear()
        if self._preformatted:
            self._page.paragraph(_PRE_SPACES.sub("\n", text))
            return
        for part in text.split("\n"):
            if self._in_list:
                self._page.line(part)
            elif part := one_line(part):
                self._page.paragraph(part)

    def _text(self, text: str | None) -> None:
        if text:
            # Outside <pre>, a line break in the source is a space; "\n" is kept for <br>.
            self._inline.append(text if self._preformatted else text.replace("\n", " ").replace("\r", " "))

    def write(self, element: Element) -> None:
        """Write an element and what is inside it."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED or _is_hidden(element):
            return
        if tag in _HEADINGS:
            self.flush()
            self._page.heading(element.text_content(), _HEADINGS[tag])
        elif tag == "br":
            self._inline.append("\n")
        elif tag == "img":
            self._text(f" {element.get('alt') or ''} ")
        elif tag == "table" and self._is_data_table(element):
            self.flush()
            self._table(element)
        elif tag in _BLOCKS:
            self._block(element, tag)
        else:
            self._inside(element)

    def _inside(self, element: Element) -> None:
        self._text(element.text)
        for child in element:
            self.write(child)
            self._text(child.tail)

    def _block(self, element: Element, tag: str) -> None:
        self.flush()
        in_list = tag in ("ul", "ol", "dl")
        if in_list and not self._in_list:
            self._page.gap()
        self._in_list += in_list
        self._preformatted += tag == "pre"
        self._inside(element)
        self.flush()
        self._preformatted -= tag == "pre"
        self._in_list -= in_list
        if in_list and not self._in_list:
            self._page.gap()

    @staticmethod
    def _is_data_table(table: Element) -> bool:
        """Whether a table holds rows of short cells; others lay out a page and are read as blocks."""
        return table.find(".//table") is None and not any(table.iter("h1", "h2", "h3", "pre"))

    def _table(self, table: Element) -> None:
        if (caption := table.find("caption")) is not None:
            self._page.paragraph(_cell(caption))
        rows = [row for row in table.iter("tr") if not _is_hidden(row)]
        named = bool(rows) and rows[0].find("td") is None
        cells = ([_cell(cell) for cell in row if cell.tag in ("td", "th")] for row in rows)
        self._page.table(cells, find_header=named)


def _cell(element: Element) -> str:
    """The text of a table cell, with spaces where blocks inside it end."""
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if not isinstance(node.tag, str) or node.tag in _SKIPPED:
                continue
            if node.tag == "img":
                parts.append(f" {node.get('alt') or ''} ")
            parts.append(" " if node.tag == "br" or node.tag in _BLOCKS else "")
            parts.append(node.text or "")
        else:
            parts.append(" " if node.tag in _BLOCKS else "")
            if node is not element:
                parts.append(node.tail or "")
    return one_line("".join(parts))


def _is_hidden(element: Element) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if element.get("role") in _NOT_CONTENT_ROLES:
        return True
    style = element.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))

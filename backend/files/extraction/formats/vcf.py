"""Address books: every contact as a block under its name (RFC 6350, vCard 2.1 and 3.0)."""

from collections.abc import Iterator

from backend.files.extraction.extracted import Page
from backend.files.extraction.formats.content_lines import ContentLine, content_lines
from backend.files.extraction.source import Source
from backend.files.extraction.writer import PageWriter

_LABELS = {
    "NICKNAME": "Nickname",
    "ORG": "Organization",
    "TITLE": "Title",
    "ROLE": "Role",
    "EMAIL": "Email",
    "TEL": "Phone",
    "ADR": "Address",
    "BDAY": "Birthday",
    "URL": "Link",
    "CATEGORIES": "Categories",
    "NOTE": "Note",
}
# The kinds that tell something; others (PREF, INTERNET, VOICE) are of no use to a reader.
_KINDS = {"HOME", "WORK", "CELL", "MOBILE", "FAX", "PAGER"}


def read(source: Source) -> Iterator[Page]:
    """One page for all contacts."""
    page = PageWriter()
    card: list[ContentLine] = []
    for line in content_lines(source.path.read_bytes()):
        if line.name in ("BEGIN", "END") and line.value.strip().upper() == "VCARD":
            _write(page, card)
            card = []
        else:
            card.append(line)
    _write(page, card)
    if (written := page.page()) is not None:
        yield written


def _write(page: PageWriter, card: list[ContentLine]) -> None:
    if not card:
        return
    page.gap()
    page.heading(_name(card), 1)
    for name, label in _LABELS.items():
        for line in card:
            if line.name == name:
                value = ", ".join(part for part in line.parts() if part.strip())
                if value:
                    page.line(f"{label}{_kind(line)}: {value}")
    page.gap()


def _name(card: list[ContentLine]) -> str:
    for line in card:
        if line.name == "FN" and line.text.strip():
            return line.text
    for line in card:
        if line.name == "N":
            family, given, middle, prefix, suffix = (*line.parts(), "", "", "", "", "")[:5]
            return " ".join(part for part in (prefix, given, middle, family, suffix) if part)
    return ""


def _kind(line: ContentLine) -> str:
    """The kind of an address or number as " (work)"."""
    given = {kind.strip().upper() for kind in line.parameters.get("TYPE", "").split(",")} | set(line.parameters)
    kinds = sorted(given & _KINDS)
    return f" ({', '.join(kinds).lower()})" if kinds else ""

"""What reading a file gives: pages of text with their headings, and a reason when something is missing."""

from dataclasses import dataclass

from backend.files.extraction.detect import Format
from backend.files.extraction.reasons import NOT_RECOGNISED, NOT_TRANSCRIBED

HEADER_ROW_LEVEL = 9
"""Level of a table's header row, below every heading of a document: it leads to the rows of its table, no further."""


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a heading stands in the text of its page: `text[start:end]`. Level 1 is the outermost."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page, slide, sheet, chapter or attachment, or the whole text where a format knows none of these.

    In `text`, blocks (headings, paragraphs, tables) are separated by an empty line; the rows of a table and the lines
    of a verse follow each other without one; cells are separated by " | ". `number` counts from 1 and is None where
    the format has no numbered pages; `section` names the sheet, slide, chapter or attachment. `time` is where in a
    recording it is said, in seconds from the beginning.
    """

    number: int | None
    section: str | None
    text: str
    headings: tuple[Heading, ...] = ()
    time: int | None = None

    def message(self) -> dict[str, object]:
        """This page as JSON can carry it; `page_from` reads it back."""
        return {
            "number": self.number,
            "section": self.section,
            "text": self.text,
            "headings": [[heading.start, heading.end, heading.level] for heading in self.headings],
        }


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file. `format` is a `detect.Format` value or "unknown".

    `reason` says, for the person whose file it is, why there is no text or why it is not all of the text. `seconds`
    is what reading took, without the wait for a free process.
    """

    format: str
    pages: tuple[Page, ...]
    reason: str | None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether there is text to search, be it all of it or a part."""
        return any(page.text for page in self.pages)

    @property
    def is_scan(self) -> bool:
        """Whether all of it is pictures whose text was not recognised here."""
        return not self.ok and self.reason is not None and NOT_RECOGNISED in self.reason

    @property
    def is_recording(self) -> bool:
        """Whether it is sound that can be heard, by somebody else than the extractor."""
        return self.format == Format.AUDIO and self.reason == NOT_TRANSCRIBED


def page_from(message: object) -> Page:
    """The page in a child's message. The child has parsed hostile data: `ValueError` when anything is not as agreed."""
    if not isinstance(message, dict):
        raise ValueError("a page is not an object")
    number, section, text, headings = (message.get(key) for key in ("number", "section", "text", "headings"))
    if not (number is None or type(number) is int) or not (section is None or isinstance(section, str)):
        raise ValueError("a page's number or section has a wrong type")
    if not isinstance(text, str) or not isinstance(headings, list):
        raise ValueError("a page's text or headings have a wrong type")
    return Page(number, section, text, tuple(_heading_from(item, len(text)) for item in headings))


def _heading_from(item: object, length: int) -> Heading:
    match item:
        case [int(start), int(end), int(level)] if 0 <= start < end <= length and level >= 1:
            return Heading(start, end, level)
    raise ValueError("a heading lies outside its page")

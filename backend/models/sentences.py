"""Cuts text into sentences, list items and table rows, with exact offsets.

Rule based: no model, no download. A full stop ends a sentence unless it belongs to an abbreviation, an initial, a
number or an ordinal. Line ends are boundaries when they separate list items, table rows, headings or paragraphs, and
plain spaces when they only wrap a paragraph (as PDF and e-mail text does).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["sentence", "item", "row", "heading"]

# Longer stretches without a full stop are cut at a space, so that no "sentence" fills a page.
_MAX_CHARACTERS = 800

# A line that fills this share of the paragraph's longest line was wrapped, not ended.
_WRAPPED_SHARE = 0.7
_SHORTEST_WRAPPED_LINE = 40
_LONGEST_HEADING = 90

# Never the end of a sentence.
_ABBREVIATIONS = frozenset(
    """
    dr drs mr mrs ms prof st fr hr sr jr rev hon gen col capt dipl med ing phil univ e.g i.e eg ie cf vs viz
    approx ca circa incl excl resp fig figs tab vol pp ed eds sec ch art par ref app dept ext no nr tel str bzw
    z.b d.h u.a i.d.r ggf evtl usw vgl sog abs max min temp po p.o q.d b.i.d t.i.d q.i.d bid tid qid prn p.r.n
    i.v i.m s.c tab tabs cap caps inj susp jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
# The end of a sentence when a capital letter follows ("take 5 mg. Then rest.", "until 5 p.m. Call us.").
_ABBREVIATIONS_THAT_MAY_END = frozenset(
    """
    etc al mg mcg µg g kg ml dl l cm mm km h hr hrs mins sec secs wk wks yr yrs a.m p.m am pm inc ltd co corp
    gmbh u.s u.k m.d ph.d b.sc m.sc usw max min tabs caps b.i.d t.i.d q.d q.i.d p.o p.r.n prn ext
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
# Words that start a sentence more often than they follow an initial: "vitamin C. The dose" ends after "C.".
_STARTERS = frozenset(
    """
    the this that these those it its he she we you they a an in on at if for from by as when while after before
    there here please do not no all each every any some der die das es er sie wir ihr ein eine im am wenn bei
    nach vor bitte le la les il elle un une el los las
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
# A number with a full stop behind one of these is "2nd": German writes ordinals so.
_LEAD_ORDINALS = frozenset(
    """
    im am der die das dem den des vom zum zur ab beim seit jede jeder jedem jeden
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
_MONTHS = frozenset(
    """
    january february march april may june july august september october november december januar februar märz
    mai juni juli oktober dezember
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)

_BULLET = re.compile(r"[ \t]*(?:[-*+•‣▪◦–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][)])[ \t]+(?=\S)")
_MARKDOWN_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+\S")
# Columns: separated by tabs or bars, or set apart by several spaces.
_ROW = re.compile(r"\S\t+\S|\S[ \t]*\|[ \t]*\S|^[ \t]*\||\S {3,}\S")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$|\[\d)|[。！？]+[」』”]*")
_MARKS = re.compile(r"(?:[ \t]?\[\d{1,4}\])+")
_LAST_WORD = re.compile(r"([^\s(\[\"'“„«/]+)$")
_NEXT_WORD = re.compile(r"[^\W\d_]+")
_TERMINAL = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch `text[start:end]` without white space at its ends."""

    start: int
    end: int
    kind: Kind

    def of(self, text: str) -> str:
        """The stretch of `text`, exactly."""
        return text[self.start : self.end]


def split(text: str, *, wrapped: bool = True) -> list[Span]:
    """Cut `text` into spans that are in order, do not overlap and hold every character that is not white space.

    With `wrapped` off every line end is a boundary, as in the output of a language model.
    """
    spans: list[Span] = []
    for start, end, block_kind in _blocks(text, wrapped):
        kind = block_kind
        pieces = [(start, end)] if kind in ("row", "heading") else list(_sentences(text, start, end))
        if kind == "sentence" and wrapped and len(pieces) == 1 and _looks_like_heading(text[start:end]):
            kind = "heading"
        for a, b in pieces:
            spans += [Span(c, d, kind) for c, d in _limited(text, a, b)]
    return spans


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    kind: Kind
    text: str


def _lines(text: str) -> Iterator[_Line | None]:
    """The lines without white space around them; None for an empty one."""
    position = 0
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            start = position + raw.index(stripped[0])
            kind: Kind = "sentence"
            if _MARKDOWN_HEADING.match(raw):
                kind = "heading"
            elif _ROW.search(raw.strip("\r\n")):
                kind = "row"
            elif _BULLET.match(raw):
                kind = "item"
            yield _Line(start, start + len(stripped), kind, stripped)
        else:
            yield None
        position += len(raw)


def _blocks(text: str, wrapped: bool) -> Iterator[tuple[int, int, Kind]]:
    """Stretches in which a line end is only a space."""
    paragraph: list[_Line] = []

    def flush() -> Iterator[tuple[int, int, Kind]]:
        if paragraph:
            yield paragraph[0].start, paragraph[-1].end, paragraph[0].kind
            paragraph.clear()

    for line in _lines(text):
        if line is None:
            yield from flush()
        elif line.kind in ("row", "heading"):
            yield from flush()
            yield line.start, line.end, line.kind
        elif line.kind == "item" or not wrapped or not paragraph or not _continues(paragraph, line):
            yield from flush()
            paragraph.append(line)
        else:
            paragraph.append(line)
    yield from flush()


def _looks_like_heading(stretch: str) -> bool:
    return len(stretch) <= _LONGEST_HEADING and "\n" not in stretch and not stretch.endswith((*_TERMINAL, ",", ";"))


def _continues(paragraph: list[_Line], line: _Line) -> bool:
    """Whether `line` goes on where the paragraph's last line was wrapped."""
    last = paragraph[-1].text
    if last.endswith(_TERMINAL):
        return True  # the full stop decides, wherever the line ends
    if line.text[0].islower() or last.endswith((",", "-", ";", "(", "/")):
        return True
    longest = max(len(part.text) for part in paragraph)
    return len(last) >= max(_SHORTEST_WRAPPED_LINE, _WRAPPED_SHARE * longest) and not last.endswith(":")


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    bullet = _BULLET.match(text, start, end)
    for found in _END.finditer(text, bullet.end() if bullet else start, end):
        stop = found.end()
        if stop <= begin or not _ends_here(text, begin, found.start(), stop, end):
            continue
        if marks := _MARKS.match(text, stop, end):
            stop = marks.end()
        yield begin, stop
        begin = stop
        while begin < end and text[begin].isspace():
            begin += 1
    if begin < end:
        yield begin, end


def _ends_here(text: str, begin: int, stop_sign: int, stop: int, end: int) -> bool:
    following = text[stop:end].lstrip()
    if marks := re.match(r"(?:\[\d{1,4}\]\s*)+", following):
        following = following[marks.end() :]
    if not following or text[stop_sign] in "。！？":
        return True
    opening = following.lstrip("\"'“„«([¿¡*_")
    head = opening[:1]
    if head.islower():
        return False
    if text[stop_sign] != "." or text[stop_sign : stop_sign + 2] == "..":
        return True
    before = _LAST_WORD.search(text, begin, stop_sign)
    if before is None:
        return True
    word = before.group(1).casefold()
    next_match = _NEXT_WORD.match(opening)
    next_word = next_match.group().casefold() if next_match else ""
    if word in _ABBREVIATIONS_THAT_MAY_END:
        return head.isupper()
    if word in ("no", "nr"):
        return not head.isdigit()
    if word in _ABBREVIATIONS:
        return False
    if len(word) == 1 and word.isalpha():
        return next_word in _STARTERS or not head.isupper()
    if re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word):
        return next_word in _STARTERS  # "z.B.", "U.S."
    if word.isdigit() and len(word) <= 2:
        led = _LAST_WORD.search(text, begin, before.start() - 1)  # "3. Januar", "im 2. Stock"
        return next_word not in _MONTHS and (led is None or led.group(1).casefold() not in _LEAD_ORDINALS)
    return True


def _limited(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _MAX_CHARACTERS:
        limit = start + _MAX_CHARACTERS
        cut = max(text.rfind(" ", start + 1, limit), text.rfind("\n", start + 1, limit))
        cut = cut if cut > start else limit
        stop = cut
        while stop > start and text[stop - 1].isspace():
            stop -= 1
        if stop > start:
            yield start, stop
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


class SentenceStream:
    """Collects the pieces of a growing text and hands out each sentence once no further piece can change it.

    A sentence comes with the white space in front of it reduced to what separates it from the one before: nothing, a
    space or a line end.
    """

    # So many characters of the next sentence settle where the one before it ends.
    _SETTLED = 12

    def __init__(self) -> None:
        self._text = ""
        self._first = True

    def feed(self, piece: str) -> list[tuple[str, str]]:
        """Add a piece; the (separator, sentence) pairs that are now settled."""
        self._text += piece
        spans = split(self._text, wrapped=False)
        settled = 0
        for index in range(len(spans) - 1):
            # Whether a full stop ends a sentence depends on the word after it, and on the marks.
            rest = self._text[spans[index + 1].start :]
            if len(rest) >= self._SETTLED or any(c.isspace() for c in rest) or "\n" in self._between(spans, index):
                settled = index + 1
        if settled == 0 and len(spans) == 1 and self._text.endswith("\n"):
            settled = 1
        ready = self._take(spans[:settled])
        if settled:
            keep = spans[settled - 1].end
            self._text = self._text[keep:]
        return ready

    def close(self) -> list[tuple[str, str]]:
        """The rest, which may be an unfinished sentence."""
        ready = self._take(split(self._text, wrapped=False))
        self._text = ""
        return ready

    def _between(self, spans: list[Span], index: int) -> str:
        return self._text[spans[index].end : spans[index + 1].start]

    def _take(self, spans: list[Span]) -> list[tuple[str, str]]:
        ready = []
        position = 0
        for span in spans:
            gap = self._text[position : span.start]
            separator = "" if self._first else "\n\n" if gap.count("\n") > 1 else "\n" if "\n" in gap else " "
            self._first = False
            ready.append((separator, span.of(self._text)))
            position = span.end
        return ready

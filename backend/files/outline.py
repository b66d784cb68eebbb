"""Which headings lead to a place in a page."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from backend.files.extraction.extracted import HEADER_ROW_LEVEL, Page

_MAX_TITLE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Place:
    """The headings above a place, outermost first, and the innermost of them that is no table's header row."""

    headings: tuple[str, ...] = ()
    section: str | None = None


class Outline:
    """The headings of a page. A heading counts from the start of its line; a header row to the end of its table."""

    def __init__(self, page: Page) -> None:
        self._starts = [0]
        self._places = [Place()]
        above: list[tuple[int, str]] = []
        for heading in page.headings:
            while above and above[-1][0] >= heading.level:
                above.pop()
            title = page.text[heading.start : heading.end][:_MAX_TITLE_CHARS]
            line_start = page.text.rfind("\n", 0, heading.start) + 1
            if heading.level < HEADER_ROW_LEVEL:
                above.append((heading.level, title))
                self._add(line_start, _place(above))
                continue
            around = _place(above)
            self._add(line_start, Place((*around.headings, title), around.section))
            table_end = page.text.find("\n\n", heading.end)
            if table_end >= 0:
                self._add(table_end, around)

    def _add(self, start: int, place: Place) -> None:
        self._starts.append(start)
        self._places.append(place)

    def within(self, start: int, end: int) -> Iterator[tuple[int, Place]]:
        """The places with another section that begin behind `start` and before `end`, with where they begin."""
        section = self.at(start).section
        for at in range(bisect.bisect_right(self._starts, start), bisect.bisect_left(self._starts, end)):
            if self._places[at].section != section:
                section = self._places[at].section
                yield self._starts[at], self._places[at]

    def at(self, position: int) -> Place:
        """The headings that lead to this place."""
        return self._places[bisect.bisect_right(self._starts, position) - 1]


def _place(above: list[tuple[int, str]]) -> Place:
    titles = tuple(title for _, title in above)
    return Place(titles, titles[-1] if titles else None)

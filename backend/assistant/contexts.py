"""Passages as an answer rests on them: not too many of one file, and neighbours of a file joined into one context."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backend.models.protocol import Source
from backend.search.chunk import Passage

# Of so many passages, no more than these come from one file, unless the others have nothing to say.
PER_FILE = 5
# A context grows no longer than this (characters): a model is shown no more of one source.
_LONGEST = 3_600


@dataclass(frozen=True, slots=True)
class Quote:
    """The stretch `passage.chunk.text[start:end]`."""

    passage: Passage
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A passage whose text from `skipped` on stands at `at` of its context's text."""

    passage: Passage
    at: int
    skipped: int

    @property
    def end(self) -> int:
        return self.at + len(self.passage.chunk.text) - self.skipped


@dataclass(frozen=True, slots=True)
class Context:
    """Passages of one file that follow each other, read as one text; often it is one passage alone.

    `headings` are those above all of it.
    """

    text: str
    headings: tuple[str, ...]
    parts: tuple[_Part, ...]

    @property
    def source(self) -> Source:
        """The context as an answerer sees it."""
        document = self.parts[0].passage.document
        score = max(part.passage.score for part in self.parts)
        return Source(self.text, document.title, self.headings, document.language, score, self._places)

    @property
    def _places(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Where in the text other headings begin."""
        found: dict[int, tuple[str, ...]] = {}
        for part in self.parts:
            found[part.at] = part.passage.chunk.place(part.skipped).headings
            shift = part.at - part.skipped
            found |= {
                place.at + shift: place.headings for place in part.passage.chunk.inside if place.at > part.skipped
            }
        return tuple(found.items())

    def quote(self, start: int, end: int) -> Quote:
        """Where `text[start:end]` stands: in the passage that holds most of it."""
        part = max(self.parts, key=lambda part: min(end, part.end) - max(start, part.at))
        shift = part.skipped - part.at
        return Quote(part.passage, max(start, part.at) + shift, min(end, part.end) + shift)


def alone(passages: Sequence[Passage]) -> list[Context]:
    """Each passage as a context of its own."""
    return [Context(p.chunk.text, p.chunk.headings, (_Part(p, 0, 0),)) for p in passages]


def joined(passages: Sequence[Passage]) -> list[Context]:
    """The passages with neighbours of one file joined, in the order of each one's best passage."""
    rank = {passage.id: place for place, passage in enumerate(passages)}
    found: list[tuple[int, Context]] = []
    for passage in sorted(passages, key=lambda p: (p.document.file_id, p.chunk.ordinal)):
        place = rank[passage.id]
        if found and (longer := _continued(found[-1][1], passage)) is not None:
            found[-1] = (min(found[-1][0], place), longer)
        else:
            found.append((place, alone([passage])[0]))
    return [context for _, context in sorted(found, key=lambda pair: pair[0])]


def _continued(context: Context, passage: Passage) -> Context | None:
    """The context with a passage behind it, what both have cut; None when it is not the next one, or too long."""
    last, chunk = context.parts[-1].passage, passage.chunk
    before = last.chunk
    if last.document.file_id != passage.document.file_id or chunk.ordinal != before.ordinal + 1:
        return None
    overlap = max(0, min(before.end - chunk.start, len(chunk.text)))
    if overlap and not before.text.endswith(chunk.text[:overlap]):
        return None  # not of one version of the file
    if len(context.text) + len(chunk.text) > _LONGEST:
        return None
    # What stands between two chunks is white space: a line end, an empty line, or nothing.
    gap = "\n" * max(0, min(2, chunk.start - before.end))
    text = f"{context.text}{gap}{chunk.text[overlap:]}"
    part = _Part(passage, len(context.text) + len(gap), overlap)
    return Context(text, _shared(context.headings, chunk.headings), (*context.parts, part))


def _shared(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    """What two lists begin with in common."""
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return tuple(one[:length])


def spread(passages: Sequence[Passage], limit: int, per_file: int = PER_FILE) -> list[Passage]:
    """The best `limit` passages, at most `per_file` of one file as long as other files have any."""
    counted: Counter[int] = Counter()
    kept: list[Passage] = []
    rest: list[Passage] = []
    for passage in passages:
        counted[passage.document.file_id] += 1
        (kept if counted[passage.document.file_id] <= per_file else rest).append(passage)
    chosen = {passage.id for passage in [*kept, *rest][:limit]}
    return [passage for passage in passages if passage.id in chosen]

"""The small part of Markdown that the sources use, as a list of blocks that every renderer understands."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Heading:
    """A heading; `level` is 1 for `#`, 2 for `##`."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text, its lines joined by single spaces."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list. Numbered items keep their number in the text, because that is what a reader sees."""

    items: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True)
class Table:
    """A table; every row has as many cells as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Note:
    """What a speaker says beside a slide."""

    text: str


Block = Heading | Paragraph | Items | Table | Note


@dataclass(frozen=True)
class Section:
    """A level 1 heading and the blocks below it: a sheet, a slide, or a chapter of a book."""

    title: str
    blocks: list[Block] = field(default_factory=list)


_NUMBERED = re.compile(r"\d+\. ")


def parse(text: str) -> list[Block]:
    """Blocks of `text`, which are separated by empty lines.

    Raises:
        ValueError: a table row has another number of cells than the header.
    """
    return [_block(group.splitlines()) for group in re.split(r"\n\s*\n", text.strip())]


def sections(blocks: list[Block]) -> list[Section]:
    """Blocks grouped by their level 1 heading.

    Raises:
        ValueError: the first block is not a level 1 heading.
    """
    found: list[Section] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            found.append(Section(block.text))
        elif not found:
            raise ValueError("the text must begin with a level 1 heading")
        else:
            found[-1].blocks.append(block)
    return found


def _block(lines: list[str]) -> Block:
    first = lines[0]
    if first.startswith("#"):
        marks, _, text = first.partition(" ")
        return Heading(len(marks), text.strip())
    if first.startswith("|"):
        header, _rule, *rows = (_cells(line) for line in lines)
        if any(len(row) != len(header) for row in rows):
            raise ValueError(f"a row of the table {header} has another number of cells")
        return Table(header, tuple(rows))
    if first.startswith("> "):
        return Note(" ".join(line.removeprefix("> ") for line in lines))
    if first.startswith("- "):
        return Items(tuple(line.removeprefix("- ") for line in lines), numbered=False)
    if _NUMBERED.match(first):
        return Items(tuple(lines), numbered=True)
    return Paragraph(" ".join(line.strip() for line in lines))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|"))

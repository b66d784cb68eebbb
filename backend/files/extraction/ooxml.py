"""The package around docx, pptx and xlsx: parts and the relationships between them (ECMA-376 part 2)."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from backend.files.extraction.archive import Archive
from backend.files.extraction.reasons import DAMAGED, Unreadable
from backend.files.extraction.tree import Element, attribute, children, descendants, parse


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link from one part to another: its id in the part, the last word of its type, the name of the target part."""

    id: str
    kind: str
    target: str


def relationships(archive: Archive, part: str) -> list[Relationship]:
    """The relationships of a part ("" for the package) to other parts; links to the outside are left out."""
    folder, name = posixpath.split(part)
    data = archive.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    if data is None:
        return []
    found = []
    for element in children(parse(data), "Relationship"):
        target = element.get("Target", "")
        if target and element.get("TargetMode") != "External":
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = element.get("Type", "").rpartition("/")[2]
            found.append(Relationship(element.get("Id", ""), kind, posixpath.normpath(path)))
    return found


def main_part(archive: Archive, usual: str) -> str:
    """The name of the document's main part; `usual` where the package does not say."""
    for relationship in relationships(archive, ""):
        if relationship.kind == "officeDocument" and relationship.target in archive:
            return relationship.target
    if usual in archive:
        return usual
    raise Unreadable(DAMAGED)


def related(archive: Archive, links: list[Relationship], kind: str) -> Iterator[tuple[str, Element]]:
    """Name and root of each part related by `kind`; those that cannot be read are left out."""
    for link in links:
        if link.kind == kind and (data := archive.get(link.target)) is not None:
            try:
                yield link.target, parse(data)
            except Unreadable:
                continue


def without_fallbacks(root: Element) -> Element:
    """`root` without the copies that Office keeps of shapes for older programs (part 3, markup compatibility)."""
    for element in list(descendants(root, "Fallback")):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return root


def chart_words(chart: Element) -> Iterator[str]:
    """Title, axis titles, series and category names and values of a chart part (DrawingML charts)."""
    for title in descendants(chart, "title"):
        words = "".join(element.text or "" for element in descendants(title, "t"))
        if words:
            yield words
    for series in descendants(chart, "ser"):
        values = []
        for kind in ("tx", "cat", "xVal", "val", "yVal"):
            for block in children(series, kind):
                values += [element.text or "" for element in descendants(block, "v")]
        if values:
            yield ", ".join(values)


def alternative_text(element: Element) -> str:
    """The description that an author gave to a picture or shape ("" when none)."""
    description = attribute(element, "descr") or ""
    return description if description and not _is_file_name(description) else ""


def _is_file_name(text: str) -> bool:
    return " " not in text and "." in text[-6:]

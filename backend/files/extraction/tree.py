"""XML parsed safely: no entities, no network, bounded depth, damage survived."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from backend.files.extraction.reasons import DAMAGED, ENTITIES, TOO_DEEP, Unreadable

Element = Any  # lxml has no types of its own; the name says what a signature takes


def parse(data: bytes, *, recover: bool = True) -> Element:
    """The root element of `data`.

    With `recover`, whatever can be read of damaged XML is returned. Raises `Unreadable` when nothing can be, and when
    the document declares entities (they make bombs, and office documents have none). libxml2's own limits on depth
    (256) and amplification stay on (`huge_tree=False`).
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        _check_memory(parser)
        raise Unreadable(DAMAGED) from error
    _check_memory(parser)
    if is_too_deep(parser):
        raise Unreadable(TOO_DEEP)
    if root is None:
        raise Unreadable(DAMAGED)
    # Asked of the parser, not looked for in the bytes: they may be UTF-16. It has resolved none of them by now.
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(declared.iterentities(), None) is not None:
        raise Unreadable(ENTITIES)
    return root


def _check_memory(parser: Any) -> None:
    """Raise the `MemoryError` that lxml reports as if the document were at fault."""
    if any(entry.type == etree.ErrorTypes.ERR_NO_MEMORY for entry in parser.error_log):
        raise MemoryError


def is_too_deep(parser: Any) -> bool:
    """Whether a parser gave up because elements were nested deeper than it allows."""
    return any("depth" in entry.message for entry in parser.error_log)


def local(element: Element) -> str:
    """The element's name without its namespace; "" for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """The attribute with this local name, whatever its namespace."""
    for key, value in element.attrib.items():
        if key == name or key.endswith("}" + name):
            return str(value)
    return None


def children(element: Element, name: str) -> Iterator[Element]:
    """Direct children with this local name."""
    return (child for child in element if local(child) == name)


def child(element: Element, name: str) -> Element | None:
    """The first direct child with this local name."""
    return next(children(element, name), None)


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """All elements below with one of these local names, in document order."""
    return iter(element.iter(*(f"{{*}}{name}" for name in names)))


def text_of(element: Element) -> str:
    """All text inside."""
    return "".join(element.itertext())

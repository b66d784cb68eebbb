"""Takes out of a text what is only for the eye: Markdown, HTML, citation marks, pictures in characters."""

import re
import unicodedata
from collections.abc import Iterable

_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:(?:[-*_][ \t]*){3,}|\|?[ \t:|-]*-{3,}[ \t:|-]*\|?)$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]\n]{0,200})\](?:\([^)\n]{0,500}\))?")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\([^)\n]{0,500}\)")
# "[1]", also "[1, 2]", "[1-3]" and "[^1]".
CITATION = r"\[\^?\d{1,4}(?:[ ]?[,;–-][ ]?\d{1,4}){0,20}\]"
_CITATION = re.compile(rf"[ \t]?{CITATION}")
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^\s<>]{1,500}|[^\s<>@]{1,64}@[^\s<>@]{1,200})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>|<!--.{0,500}?-->", re.DOTALL)
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": "\u00a0", "&#39;": "'"}
_ENTITY = re.compile("|".join(_ENTITIES))
_LEADING = re.compile(
    r"^[ \t]*(?:>(?![ \t]?[=\d])[ \t]?)*(?:#{1,6}[ \t]+|[-*+•‣▪◦][ \t]+(?:\[[ xX]\][ \t]+)?)?", re.MULTILINE
)
_STRONG = re.compile(r"\*\*|__|~~|`+")
# Emphasis; the asterisk of "3 * 4" and "Patient*innen" is none.
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<![\w_])_(?=\S)|(?<=\S)_(?![\w_])")
_INNER = re.compile(r"(?<=[^\W\d_])[*:](?=in(?:nen)?\b)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|~-])")
_HEADING_NUMBER = re.compile(r"[ \t]+#+[ \t]*$", re.MULTILINE)
_CELL = re.compile(r"[ \t]*\|[ \t]*")
# What joins characters to pictures: zero width joiner, variation selectors, the keycap, tags, colours of skin.
_JOINERS = re.compile("[\u200d\ufe00-\ufe0f\u20e3\U000e0020-\U000e007f\U0001f3fb-\U0001f3ff]")
# Symbols that have a name in a language, and are no pictures (Unicode category So).
_SPOKEN_SYMBOLS = frozenset("°©®™№℃℉")
_ENDS = (".", "!", "?", ":", ";", ",", "…")


def plain(text: str) -> str:
    """The text without markup; a line that ends without a sign ends with a full stop."""
    text = _ENTITY.sub(lambda found: _ENTITIES[found.group()], text)
    text = _FENCE.sub("", text)
    text = _RULE.sub("", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _CITATION.sub("", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = _LEADING.sub("", text)
    text = _HEADING_NUMBER.sub("", text)
    text = _STRONG.sub("", text)
    text = _INNER.sub("", text)
    text = _EMPHASIS.sub("", text)
    text = _ESCAPE.sub(r"\1", text)
    return _joined(line for line in _without_pictures(text).splitlines())


def _joined(lines: Iterable[str]) -> str:
    kept = [line for line in map(_cells, lines) if any(c.isalnum() for c in line)]
    ended = [line if line.endswith(_ENDS) else f"{line}." for line in kept[:-1]]
    return " ".join([*ended, *kept[-1:]])


def _cells(line: str) -> str:
    """The line; of a row of a table its cells."""
    line = line.strip()
    return _CELL.sub(", ", line.strip("| \t")) if line.startswith("|") or line.count("|") > 1 else line


def _without_pictures(text: str) -> str:
    text = _JOINERS.sub("", text)
    return "".join(" " if _is_picture(c) else c for c in text)


def _is_picture(character: str) -> bool:
    category = unicodedata.category(character)
    return (category in ("So", "Co", "Cs", "Cn") and character not in _SPOKEN_SYMBOLS) or (
        category in ("Cc", "Cf") and character not in "\n\t"
    )

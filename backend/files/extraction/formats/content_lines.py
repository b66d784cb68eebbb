"""The lines of which calendars and address books are made (RFC 5545 §3.1, RFC 6350 §3.2, vCard 2.1)."""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.files.extraction.decode import decode

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r'(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r';([^=;:]+)(?:=("[^"]*"|[^;:]*))?')


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A property: name in capitals, parameters with names in capitals, raw value."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value with its escapes undone."""
        return unescape(self.value)

    def parts(self, separator: str = ";") -> list[str]:
        """A structured value's parts."""
        return [unescape(part) for part in re.split(rf"(?<!\\){separator}", self.value)]


def unescape(value: str) -> str:
    """Undo the backslash escapes of a text value."""
    return _ESCAPE.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value)


def content_lines(data: bytes) -> Iterator[ContentLine]:
    """The properties in `data`, unfolded, quoted-printable values decoded. Lines that are none are left out."""
    lines = iter(_FOLD.sub("", decode(data)).replace("\r\n", "\n").split("\n"))
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        parameters = {
            found.group(1).strip().upper(): (found.group(2) or "").strip('"')
            for found in _PARAMETER.finditer(match.group(2))
        }
        value = match.group(3)
        quoted = parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE" or "QUOTED-PRINTABLE" in parameters
        if quoted:
            while value.endswith("="):  # a soft line break: the value goes on (vCard 2.1)
                value = value[:-1] + next(lines, "")
            raw = quopri.decodestring(value.encode("utf-8", "replace"))
            value = decode(raw, parameters.get("CHARSET")).replace("\\", "\\\\").replace("\n", "\\n")
        yield ContentLine(match.group(1).upper(), parameters, value)

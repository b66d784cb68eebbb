"""The lines of which calendars and address books are made (RFC 5545 §3.1, RFC 6350 §3.2, vCard 2.1)."""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from backend.files.extraction.decode import decode

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r'(?:([A-Za-z0-9-]+)\.)?([A-Za-z0-9-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
_TOKEN = re.compile(r"\\.|[^\\;,]+|.", re.DOTALL)  # a separator that is escaped belongs to the text
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r';([^=;:]+)(?:=("[^"]*"|[^;:]*))?')


@dataclass(frozen=True, slots=True)
class ContentLine:
    """A property: name in capitals, parameters with names in capitals, raw value.

    A parameter that is given several times has its values joined by commas. `group` is what stands before the name
    ("item1.EMAIL").
    """

    name: str
    parameters: dict[str, str]
    value: str
    group: str = ""

    @property
    def text(self) -> str:
        """The value with its escapes undone."""
        return unescape(self.value)

    def parts(self, separator: str = ";") -> list[str]:
        """A structured value's parts."""
        parts = [""]
        for token in _TOKEN.findall(self.value):
            if token == separator:
                parts.append("")
            else:
                parts[-1] += token
        return [unescape(part) for part in parts]


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
        group, name, rest, value = match.groups(default="")
        parameters: dict[str, str] = {}
        for found in _PARAMETER.finditer(rest):
            key, given = found.group(1).strip().upper(), (found.group(2) or "").strip('"')
            parameters[key] = f"{parameters[key]},{given}" if key in parameters else given
        quoted = parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE" or "QUOTED-PRINTABLE" in parameters
        if quoted:
            while value.endswith("="):  # a soft line break: the value goes on (vCard 2.1)
                value = value[:-1] + next(lines, "")
            raw = quopri.decodestring(value.encode("utf-8", "replace"))
            value = decode(raw, parameters.get("CHARSET")).replace("\\", "\\\\").replace("\n", "\\n")
        yield ContentLine(name.upper(), parameters, value, group.lower())

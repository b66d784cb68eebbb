"""vCards: read whatever version comes (2.1, 3.0, 4.0), written as 3.0, which every server and client takes.

RFC 2426 (3.0), RFC 6350 (4.0), and the properties that Apple, KDE and Evolution put beside them.
"""

import re
from collections.abc import Iterable

from backend.contacts.person import Person, Reach, Relation
from backend.files.extraction.formats.content_lines import ContentLine, content_lines

# Who the person is related to, by properties of their own.
_RELATED = {
    "X-SPOUSE": "spouse",
    "X-EVOLUTION-SPOUSE": "spouse",
    "X-KADDRESSBOOK-X-SPOUSESNAME": "spouse",
    "X-MANAGER": "manager",
    "X-EVOLUTION-MANAGER": "manager",
    "X-KADDRESSBOOK-X-MANAGERSNAME": "manager",
    "X-ASSISTANT": "assistant",
    "X-EVOLUTION-ASSISTANT": "assistant",
    "X-KADDRESSBOOK-X-ASSISTANTSNAME": "assistant",
}
# Properties that `read_card` looks at: a server that can sends no others, so no photos.
PROPERTIES = (
    *("VERSION", "UID", "FN", "N", "NICKNAME", "EMAIL", "TEL", "TITLE", "ROLE", "ORG", "CATEGORIES", "ADR", "BDAY"),
    *("GENDER", "KIND", "X-ADDRESSBOOKSERVER-KIND", "RELATED", "X-ABRELATEDNAMES", "X-ABLABEL"),
    *_RELATED,
)

# Longer values are no names and no addresses; they are cut.
_LONGEST = 500
# More lines of one card are read by nobody; a card that has more is damaged or made to hurt.
_MOST_LINES = 2_000
_FOLD_BYTES = 75  # RFC 2426 2.6

_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Parameters that say what an address or number is for. Versions 2.1 give them without "TYPE=".
_KINDS = {"home", "work", "cell", "mobile", "fax", "pager", "voice", "text", "main", "other", "internet", "pref"}


def read_card(data: bytes | str) -> Person | None:
    """The first person in `data`; None when it holds no card with a name or an address, or a group of contacts.

    Broken lines are left out. Never raises.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    lines: list[ContentLine] = []
    for line in content_lines(raw):
        if line.name == "END" and line.value.strip().upper() == "VCARD":
            break
        if line.name != "BEGIN" and len(lines) < _MOST_LINES:
            lines.append(line)
    return _person(lines)


def write_card(person: Person) -> bytes:
    """The card of a person, version 3.0. Relations, gender and categories are not written: no action sets them."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        "PRODID:-//VoiceAssist//EN",
        f"UID:{_escaped(person.uid)}",
        f"FN:{_escaped(person.name)}",
        "N:" + ";".join(map(_escaped, (person.family, person.given, person.additional, person.prefix, person.suffix))),
    ]
    if person.nicknames:
        lines.append("NICKNAME:" + ",".join(map(_escaped, person.nicknames)))
    if person.organisation or person.units:
        lines.append("ORG:" + ";".join(map(_escaped, (person.organisation, *person.units))))
    lines += [f"{name}:{_escaped(value)}" for name, value in (("TITLE", person.title), ("ROLE", person.role)) if value]
    for name, reaches in (("EMAIL", person.emails), ("TEL", person.phones)):
        for reach in reaches:
            kinds = [kind for kind in (*reach.kinds, *(("pref",) if reach.preferred else ())) if kind in _KINDS]
            types = f";TYPE={','.join(kinds).upper()}" if kinds else ""
            lines.append(f"{name}{types}:{_escaped(reach.value)}")
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCARD")).encode()


def _person(lines: list[ContentLine]) -> Person | None:
    first: dict[str, ContentLine] = {}
    for line in lines:
        first.setdefault(line.name, line)

    def text(name: str) -> str:
        return _clean(first[name].text) if name in first else ""

    if "group" in (text("KIND").lower(), text("X-ADDRESSBOOKSERVER-KIND").lower()):
        return None
    parts = first["N"].parts() if "N" in first else []
    family, given, additional, prefix, suffix = (_clean(part) for part in (*parts, "", "", "", "", "")[:5])
    organisation, *units = [_clean(part) for part in first["ORG"].parts()] if "ORG" in first else [""]
    emails = _reaches(lines, "EMAIL", "mailto:")
    built = " ".join(part for part in (prefix, given, additional, family, suffix) if part)
    name = text("FN") or built or organisation or (emails[0].value if emails else "")
    if not name:
        return None
    return Person(
        uid=text("UID").removeprefix("urn:uuid:"),
        name=name,
        family=family,
        given=given,
        additional=additional,
        prefix=prefix,
        suffix=suffix,
        nicknames=_lists(lines, "NICKNAME"),
        emails=emails,
        phones=_reaches(lines, "TEL", "tel:"),
        title=text("TITLE"),
        role=text("ROLE"),
        organisation=organisation,
        units=tuple(unit for unit in units if unit),
        categories=_lists(lines, "CATEGORIES"),
        relations=_relations(lines),
        addresses=_addresses(lines),
        birthday=text("BDAY"),
        gender=text("GENDER")[:1].upper(),
    )


def _reaches(lines: Iterable[ContentLine], name: str, scheme: str) -> tuple[Reach, ...]:
    found: dict[str, Reach] = {}
    for line in lines:
        value = _clean(line.text) if line.name == name else ""
        if value.lower().startswith(scheme):
            value = value[len(scheme) :]
        if value:
            kinds = _kinds(line)
            reach = Reach(value, tuple(kind for kind in kinds if kind not in ("pref", "internet")), _preferred(line))
            found.setdefault(value.casefold(), reach)
    return tuple(found.values())


def _kinds(line: ContentLine) -> tuple[str, ...]:
    typed = line.parameters.get("TYPE", "").lower().replace('"', "").split(",")
    bare = [name.lower() for name, value in line.parameters.items() if not value and name.lower() in _KINDS]
    return tuple(dict.fromkeys(kind.strip() for kind in (*typed, *bare) if kind.strip()))


def _preferred(line: ContentLine) -> bool:
    """By TYPE=PREF (3.0), by a bare PREF (2.1) or by PREF=1 (4.0)."""
    return "pref" in _kinds(line) or line.parameters.get("PREF", "").strip() == "1"


def _lists(lines: Iterable[ContentLine], name: str) -> tuple[str, ...]:
    values = (_clean(part) for line in lines if line.name == name for part in line.parts(","))
    return tuple(dict.fromkeys(value for value in values if value))


def _relations(lines: list[ContentLine]) -> tuple[Relation, ...]:
    labels = {line.group: _clean(line.text) for line in lines if line.name == "X-ABLABEL" and line.group}
    found: list[Relation] = []
    for line in lines:
        value = _clean(line.text)
        if not value:
            continue
        if line.name in _RELATED:
            found.append(Relation(_RELATED[line.name], value))
        elif line.name in ("RELATED", "X-ABRELATEDNAMES"):
            label = labels.get(line.group, "")
            kinds = [_APPLE_LABEL.sub(r"\1", label)] if label else [kind for kind in _kinds(line) if kind != "pref"]
            uid = value.removeprefix("urn:uuid:") if value.startswith("urn:uuid:") else ""
            found += [Relation(kind.lower(), "" if uid else value, uid) for kind in kinds]
    return tuple(found)


def _addresses(lines: Iterable[ContentLine]) -> tuple[str, ...]:
    found = (", ".join(part for part in map(_clean, line.parts()) if part) for line in lines if line.name == "ADR")
    return tuple(dict.fromkeys(address for address in found if address))


def _clean(text: str) -> str:
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()[:_LONGEST]


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return re.sub(r"\r\n|\r|\n", r"\\n", escaped)


def _folded(line: str) -> str:
    """Lines of at most 75 octets, the next ones led in by a space; no character is torn apart."""
    pieces = [""]
    room = _FOLD_BYTES
    for character in line:
        size = len(character.encode("utf-8", "replace"))
        if size > room:
            pieces.append("")
            room = _FOLD_BYTES - 1
        pieces[-1] += character
        room -= size
    return "\r\n ".join(pieces)

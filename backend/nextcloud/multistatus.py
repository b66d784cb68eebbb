"""WebDAV bodies: what we ask of the server (PROPFIND, RFC 4918; SEARCH, RFC 5323; REPORT, RFC 3253) and 207 answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from backend.errors import Unavailable
from backend.nextcloud.addresses import path_of
from backend.nextcloud.files import Node

_NAMESPACES = 'xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns"'
_D = "{DAV:}"
_OC = "{http://owncloud.org/ns}"
_NC = "{http://nextcloud.org/ns}"
_UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)


def _propfind(more: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?><d:propfind {_NAMESPACES}><d:prop><d:resourcetype/><d:getetag/><d:getcontenttype/>'
        "<d:getlastmodified/><d:getcontentlength/><oc:fileid/><oc:size/><oc:permissions/><oc:owner-id/>"
        f"<nc:mount-type/><nc:is-encrypted/>{more}</d:prop></d:propfind>"
    ).encode()


PROPFIND_NODE = _propfind()
# Whether advanced permissions are on is told of every node in a group folder, and costs the server half as much again
# as everything else about it: to be asked only where group folders may lie.
PROPFIND_NODE_AND_ACCESS_RULES = _propfind("<nc:acl-enabled/>")


def search_by_id(user_id: str, file_ids: Iterable[int]) -> bytes:
    """A SEARCH for nodes with one of these ids, anywhere in the user's home, with their kind and permissions."""
    wanted = "".join(
        f"<d:eq><d:prop><oc:fileid/></d:prop><d:literal>{file_id}</d:literal></d:eq>" for file_id in file_ids
    )
    return (
        f'<?xml version="1.0"?><d:searchrequest {_NAMESPACES}><d:basicsearch>'
        "<d:select><d:prop><d:resourcetype/><oc:fileid/><oc:permissions/></d:prop></d:select>"
        f"<d:from><d:scope><d:href>/files/{escape(user_id)}</d:href><d:depth>infinity</d:depth></d:scope></d:from>"
        f"<d:where><d:or>{wanted}</d:or></d:where><d:orderby/></d:basicsearch></d:searchrequest>"
    ).encode()


PROPFIND_TAGS = (
    f'<?xml version="1.0"?><d:propfind {_NAMESPACES}><d:prop><oc:id/><oc:display-name/></d:prop></d:propfind>'
).encode()


def bare_etag(etag: str) -> str:
    """An ETag without the mark of a weak one (RFC 9110 8.8.3) and without quotes."""
    return etag.strip().removeprefix("W/").strip('"')


def report_tagged(tag_id: int) -> bytes:
    """A REPORT (RFC 3253 3.6) of the files and folders that have a system tag, by Nextcloud's `filter-files`."""
    return (
        f'<?xml version="1.0"?><oc:filter-files {_NAMESPACES}><d:prop><oc:fileid/></d:prop>'
        f"<oc:filter-rules><oc:systemtag>{tag_id}</oc:systemtag></oc:filter-rules></oc:filter-files>"
    ).encode()


@dataclass(frozen=True, slots=True)
class Entry:
    """One `d:response`: what it is about, the HTTP status of the whole, and the properties that exist."""

    href: str
    status: int
    properties: dict[str, Element]

    def text(self, name: str) -> str:
        """The text of a property; empty when the property is empty or missing."""
        element = self.properties.get(name)
        return (element.text or "") if element is not None else ""

    def file_id(self) -> int | None:
        """`oc:fileid`, when it is a number."""
        return self._number(f"{_OC}fileid")

    def tag(self) -> tuple[int, str] | None:
        """Id (`oc:id`) and name of a system tag; None when it describes something else."""
        tag_id = self._number(f"{_OC}id")
        return None if tag_id is None else (tag_id, self.text(f"{_OC}display-name"))

    def _number(self, name: str) -> int | None:
        text = self.text(name).strip()
        return int(text) if text.isascii() and text.isdigit() else None

    def permissions(self) -> str:
        """`oc:permissions`: a letter for each right."""
        return self.text(f"{_OC}permissions").strip()

    def is_folder(self) -> bool:
        """Whether `d:resourcetype` is a collection."""
        kind = self.properties.get(f"{_D}resourcetype")
        return kind is not None and kind.find(f"{_D}collection") is not None

    def node(self, user_id: str) -> Node | None:
        """The file or folder it describes; None when it does not say enough (a node that the user cannot see)."""
        path = path_of(self.href, user_id)
        file_id = self.file_id()
        etag = self.text(f"{_D}getetag").strip()
        if path is None or file_id is None or not etag:
            return None
        size = self.text(f"{_OC}size").strip() or self.text(f"{_D}getcontentlength").strip()
        return Node(
            file_id=file_id,
            path=path,
            is_folder=self.is_folder(),
            etag=bare_etag(etag),
            size=int(size) if size.isascii() and size.isdigit() else 0,
            mime=self.text(f"{_D}getcontenttype").partition(";")[0].strip(),
            modified=_time(self.text(f"{_D}getlastmodified")),
            permissions=self.permissions(),
            mount_type=self.text(f"{_NC}mount-type").strip(),
            owner_id=self.text(f"{_OC}owner-id").strip(),
            encrypted=self.text(f"{_NC}is-encrypted").strip() == "1",
            access_rules=self.text(f"{_NC}acl-enabled").strip() == "1",
        )


def entries(body: bytes) -> list[Entry]:
    """The responses in a 207 body. Raises `Unavailable` when the body is not a complete multistatus."""
    return list(_responses(_multistatus(body)))


def changes(body: bytes) -> tuple[list[Entry], str]:
    """The responses in the answer to a sync-collection REPORT, and its new sync token (RFC 6578 3.2).

    Raises `Unavailable` when the body is not a complete multistatus.
    """
    root = _multistatus(body)
    return list(_responses(root)), (root.findtext(f"{_D}sync-token") or "").strip()


def _multistatus(body: bytes) -> Element:
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unavailable("Nextcloud sent an answer that is not complete WebDAV XML.") from error
    if root.tag != f"{_D}multistatus":
        raise Unavailable(f"Nextcloud sent <{root.tag}> where a WebDAV multistatus was expected.")
    return root


def _responses(root: Element) -> Iterator[Entry]:
    for response in root.iterfind(f"{_D}response"):
        href = (response.findtext(f"{_D}href") or "").strip()
        whole = response.find(f"{_D}status")
        properties = {
            element.tag: element
            for propstat in response.iterfind(f"{_D}propstat")
            if _status(propstat.findtext(f"{_D}status")) == 200
            for element in propstat.iterfind(f"{_D}prop/*")
        }
        yield Entry(href, 200 if whole is None else _status(whole.text), properties)


def _status(line: str | None) -> int:
    """The code in "HTTP/1.1 200 OK"; 0 when there is none."""
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdigit() else 0


def _time(text: str) -> datetime:
    """An HTTP date (RFC 9110) in UTC; 1970 when the server does not know or writes nonsense."""
    try:
        parsed = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return _UNKNOWN_TIME
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)

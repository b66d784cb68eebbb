"""One user's address books at a CardDAV server (RFC 6352), and what changed in them (RFC 6578)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit
from xml.sax.saxutils import escape

import structlog

from backend.contacts.cards import PROPERTIES, read_card
from backend.contacts.person import Contact, Person, Place
from backend.errors import Conflict, NotFound, Unavailable
from backend.nextcloud.dav import DavAccount
from backend.nextcloud.dav_requests import DavAnswer, DavRequests, TooLarge
from backend.nextcloud.multistatus import Entry, changes, entries

log = structlog.get_logger(__name__)

_D = "{DAV:}"
_CARD = "{urn:ietf:params:xml:ns:carddav}"
_CS = "{http://calendarserver.org/ns/}"
_NAMESPACES = 'xmlns:d="DAV:" xmlns:card="urn:ietf:params:xml:ns:carddav" xmlns:cs="http://calendarserver.org/ns/"'
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'

_XML = {"Content-Type": "application/xml; charset=utf-8"}
_VCARD = "text/vcard; charset=utf-8"

# A listed card takes about 300 bytes of XML: room for 200,000.
_LISTING_LIMIT = 64 * 2**20
# The cards of one request, photos included where a server sends them all the same.
_CARDS_LIMIT = 32 * 2**20
_CARDS_PER_REQUEST = 100
_ERROR_LIMIT = 64 * 1024
# A server that cuts its answers short (RFC 6578 3.6) is asked for the rest this often.
_MOST_PIECES = 1_000
# What servers answer to a sync token that they do not know any more (403 and 409 by RFC 6578 3.2, others in practice),
# or to a report that they do not have.
_NO_SYNC = {400, 403, 405, 409, 410, 412, 415, 422, 501}
_WRITING = (f"{_D}all", f"{_D}write", f"{_D}bind")

_HOME = f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><card:addressbook-home-set/></d:prop></d:propfind>"
_BOOKS = (
    f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><d:resourcetype/><d:displayname/><d:current-user-privilege-set/>"
    "<cs:getctag/></d:prop></d:propfind>"
)
_ETAGS = f"{_HEAD}<d:propfind {_NAMESPACES}><d:prop><d:getetag/></d:prop></d:propfind>"
_DATA = (
    "<d:prop><d:getetag/><card:address-data>"
    + "".join(f'<card:prop name="{name}"/>' for name in PROPERTIES)
    + "</card:address-data></d:prop>"
)


@dataclass(frozen=True, slots=True)
class Book:
    """An address book: its path at the server, and a tag that changes with its contents (empty when there is none)."""

    href: str
    name: str
    writable: bool
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """Cards that are new or changed (path and ETag) and those that are gone. `token` asks for what comes after."""

    changed: Mapping[str, str]
    gone: frozenset[str]
    token: str


class CardDav:
    """The address books of one account, over one connection of its own."""

    def __init__(self, account: DavAccount, requests: DavRequests) -> None:
        self._principal = _path(account.principal)
        self._requests = requests

    async def books(self) -> list[Book]:
        """All address books of the user: own ones, shared ones, and those that the server makes by itself."""
        found: dict[str, Book] = {}
        for home in await self._homes():
            for entry in await self._propfind(home, "1", _BOOKS):
                kind = entry.properties.get(f"{_D}resourcetype")
                if kind is None or kind.find(f"{_CARD}addressbook") is None:
                    continue
                href = _path(entry.href)
                name = entry.text(f"{_D}displayname").strip() or href.rstrip("/").rpartition("/")[2]
                found[href] = Book(href, name, _writable(entry), entry.text(f"{_CS}getctag").strip())
        return list(found.values())

    async def changes(self, book: str, token: str, known: Mapping[str, str]) -> Changes:
        """What changed in a book since `token`, or beside `known` (paths and ETags) where the token is of no use.

        Raises `NotFound` when the book is gone.
        """
        if token:
            since = await self._sync(book, token)
            if since is not None:
                return since
        whole = await self._sync(book, "") or Changes(await self._etags(book), frozenset(), "")
        # A server may have given another ETag to what is still the same; one that gives none may have changed it.
        changed = {href: etag for href, etag in whole.changed.items() if not etag or known.get(href) != etag}
        return Changes(changed, frozenset(known.keys() - whole.changed.keys()), whole.token)

    async def cards(self, book: str, hrefs: Collection[str]) -> tuple[dict[str, Contact | None], frozenset[str]]:
        """Cards by path, None where one is nobody's or cannot be read; and the paths of those that are gone."""
        found: dict[str, Contact | None] = {}
        ordered = sorted(hrefs)
        for start in range(0, len(ordered), _CARDS_PER_REQUEST):
            found |= await self._multiget(book, ordered[start : start + _CARDS_PER_REQUEST])
        return found, frozenset(set(hrefs) - found.keys())

    async def find(self, book: str, uid: str) -> Contact | None:
        """The card with this UID in a book, by the server's own search."""
        body = (
            f"{_HEAD}<card:addressbook-query {_NAMESPACES}><d:prop><d:getetag/><card:address-data/></d:prop>"
            '<card:filter><card:prop-filter name="UID">'
            f'<card:text-match collation="i;octet" match-type="equals">{escape(uid)}</card:text-match>'
            "</card:prop-filter></card:filter></card:addressbook-query>"
        )
        answer = await self._send("REPORT", book, body, "1", _CARDS_LIMIT)
        for entry in entries(self._good(answer).body):
            contact = _contact(book, entry)
            # Not every server has the collation or the match type; then it answers with more than was asked for.
            if contact is not None and contact.person.uid == uid:
                return contact
        return None

    async def create(self, book: str, name: str, card: bytes) -> str:
        """Put a new card under the file name `name`; its path. Raises `Conflict` when there is one already."""
        href = f"{book.rstrip('/')}/{_quoted(name)}"
        headers = {"If-None-Match": "*", "Content-Type": _VCARD}  # RFC 9110 13.1.2
        answer = await self._requests.send("PUT", href, card, headers, limit=_ERROR_LIMIT)
        if answer.status == 412:
            raise Conflict("There is a contact of this name at the server already.")
        self._good(answer)
        return href

    async def delete(self, href: str, etag: str) -> None:
        """Delete a card as it was read. Raises `Conflict` when it changed since, `NotFound` when it is gone."""
        answer = await self._requests.send("DELETE", href, headers={"If-Match": etag}, limit=_ERROR_LIMIT)
        if answer.status == 412:
            raise Conflict("The contact was changed since; it was left as it is.")
        if answer.status in (404, 410):
            raise NotFound("The contact is gone already.")
        self._good(answer)

    async def _homes(self) -> list[str]:
        for entry in await self._propfind(self._principal, "0", _HOME):
            home = entry.properties.get(f"{_CARD}addressbook-home-set")
            if home is not None:
                return [_path(href.text) for href in home.iterfind(f"{_D}href") if href.text and href.text.strip()]
        raise NotFound("The server has no address books for this user.")

    async def _sync(self, book: str, token: str) -> Changes | None:
        """The answer to sync-collection, all its pieces; None when the server does not give one for this token."""
        changed: dict[str, str] = {}
        gone: set[str] = set()
        for _ in range(_MOST_PIECES):
            body = (
                f"{_HEAD}<d:sync-collection {_NAMESPACES}><d:sync-token>{escape(token)}</d:sync-token>"
                "<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"
            )
            # "Depth: 0" by RFC 6578 3.2.
            answer = await self._send("REPORT", book, body, "0", _LISTING_LIMIT)
            if answer.status in _NO_SYNC:
                return None
            told, token = changes(self._good(answer).body)
            cut = False
            for entry in told:
                href = _path(entry.href)
                if href.rstrip("/") == book.rstrip("/"):
                    cut = cut or entry.status == 507
                elif entry.status == 404:
                    changed.pop(href, None)
                    gone.add(href)
                elif not href.endswith("/"):
                    gone.discard(href)
                    changed[href] = entry.text(f"{_D}getetag").strip()
            if not cut:
                return Changes(changed, frozenset(gone), token)
        raise Unavailable("Nextcloud lists the changes of an address book without end.")

    async def _etags(self, book: str) -> dict[str, str]:
        listed = await self._propfind(book, "1", _ETAGS)
        paths = {_path(entry.href): entry.text(f"{_D}getetag").strip() for entry in listed}
        return {href: etag for href, etag in paths.items() if not href.endswith("/") and href != book.rstrip("/")}

    async def _multiget(self, book: str, hrefs: list[str]) -> dict[str, Contact | None]:
        """Some cards by one request; by several when the answer is too large, or when one card spoils it."""
        body = (
            f"{_HEAD}<card:addressbook-multiget {_NAMESPACES}>{_DATA}"
            + "".join(f"<d:href>{escape(href)}</d:href>" for href in hrefs)
            + "</card:addressbook-multiget>"
        )
        try:
            answer = self._good(await self._send("REPORT", book, body, "1", _CARDS_LIMIT))
        except TooLarge:
            return await self._halves(book, hrefs)
        try:
            told = entries(answer.body)
        except Unavailable:  # control characters in a card make the whole answer no XML
            return await self._halves(book, hrefs)
        asked = set(hrefs)
        found: dict[str, Contact | None] = {}
        for entry in told:
            href = _path(entry.href)
            if href in asked and entry.status == 200 and f"{_CARD}address-data" in entry.properties:
                found[href] = _contact(book, entry)
        return found

    async def _halves(self, book: str, hrefs: list[str]) -> dict[str, Contact | None]:
        if len(hrefs) == 1:
            log.warning("contacts.card_left_out")
            return {hrefs[0]: None}
        middle = len(hrefs) // 2
        return await self._multiget(book, hrefs[:middle]) | await self._multiget(book, hrefs[middle:])

    async def _propfind(self, path: str, depth: str, body: str) -> Iterable[Entry]:
        answer = self._good(await self._send("PROPFIND", path, body, depth, _LISTING_LIMIT))
        return entries(answer.body)

    async def _send(self, method: str, path: str, body: str, depth: str, limit: int) -> DavAnswer:
        return await self._requests.send(method, path, body.encode(), {**_XML, "Depth": depth}, limit=limit)

    def _good(self, answer: DavAnswer) -> DavAnswer:
        error = self._requests.failure(answer)
        if isinstance(error, NotFound):
            raise NotFound("The server has no such address book or contact (404).")
        if error is not None:
            raise error
        return answer


def _contact(book: str, entry: Entry) -> Contact | None:
    person: Person | None = read_card(entry.text(f"{_CARD}address-data"))
    if person is None:
        return None
    return Contact(person, Place(book, _path(entry.href), entry.text(f"{_D}getetag").strip()))


def _writable(entry: Entry) -> bool:
    """Whether cards can be added; a server that says nothing of rights is asked by trying."""
    rights = entry.properties.get(f"{_D}current-user-privilege-set")
    if rights is None:
        return True
    return any(rights.find(f"{_D}privilege/{right}") is not None for right in _WRITING)


def _path(href: str) -> str:
    """The path in an address that the server gives, in one spelling: servers quote differently, even one by itself."""
    return "/".join(_quoted(unquote_to_bytes(segment)) for segment in urlsplit(href.strip()).path.split("/"))


def _quoted(segment: str | bytes) -> str:
    return quote_from_bytes(segment.encode() if isinstance(segment, str) else segment, safe="")

"""The copy of each user's address books: brought up to date with the server, and read from."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.carddav import Book, CardDav, Changes
from backend.contacts.person import Contact, Person, Place
from backend.contacts.tables import BookRow, ContactRow, CopyRow
from backend.database import Database
from backend.errors import BadInput, NotAllowed, NotFound
from backend.nextcloud.dav import DavAccounts
from backend.nextcloud.dav_requests import DavRequests

log = structlog.get_logger(__name__)

# More cards of one book are a directory of a whole house, which is no use for telling who is meant by a first name, and
# would fill the memory.
_MOST_CARDS = 20_000
# Bound parameters of one statement: SQLite takes 32,766.
_BATCH = 1_000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Person).decode


@dataclass(frozen=True, slots=True)
class CopyState:
    """How a copy stands: `version` grows with every change; compared with the server at `compared_at`, or never."""

    version: int
    compared_at: datetime | None


class AddressBooks:
    """The copies of all users."""

    def __init__(self, database: Database, accounts: DavAccounts, now: Callable[[], datetime]) -> None:
        self._database = database
        self._accounts = accounts
        self._now = now

    async def state(self, user_id: str) -> CopyState:
        """How the copy of a user stands."""
        async with self._database.reading() as session:
            row = await session.get(CopyRow, user_id)
            return CopyState(row.version, row.compared_at) if row is not None else CopyState(0, None)

    async def refresh(self, user_id: str) -> None:
        """Bring the copy up to date. Each book is stored when it was read, so a break costs no more than one book.

        Raises `Unavailable`, `RateLimited` or `NotAllowed`; what was copied before stays.
        """
        account = self._accounts.of(user_id)
        async with DavRequests(account) as requests:
            dav = CardDav(account, requests)
            known = {book.href: book for book in await self._books(user_id)}
            there: set[str] = set()
            for book in await dav.books():
                try:
                    await self._refresh_book(user_id, dav, book, known.get(book.href))
                except (NotFound, NotAllowed, BadInput):  # gone meanwhile, or listed without the right to read it
                    log.info("contacts.book_not_read")
                else:
                    there.add(book.href)
        gone = known.keys() - there
        async with self._database.transaction() as session:
            copy = await self._locked(session, user_id)
            for table, column in ((ContactRow, ContactRow.book), (BookRow, BookRow.href)):
                await session.execute(delete(table).where(table.user_id == user_id, column.in_(gone)))
            copy.version += bool(gone)
            copy.compared_at = self._now()

    async def contacts(self, user_id: str) -> list[Contact]:
        """All people in the copy of a user."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(ContactRow.person, ContactRow.book, ContactRow.href, ContactRow.etag)
                .where(ContactRow.user_id == user_id, ContactRow.person.is_not(None))
                .order_by(ContactRow.href)
            )
            return [Contact(_decode(person or ""), Place(book, href, etag)) for person, book, href, etag in rows]

    async def books(self, user_id: str) -> list[Book]:
        """The address books in the copy of a user, by name."""
        return [Book(row.href, row.name, row.writable, row.tag) for row in await self._books(user_id)]

    async def forget_user(self, user_id: str) -> None:
        """Forget the copy of a user who is no more."""
        async with self._database.transaction() as session:
            for table in (ContactRow, BookRow, CopyRow):
                await session.execute(delete(table).where(table.user_id == user_id))

    async def _books(self, user_id: str) -> list[BookRow]:
        async with self._database.reading() as session:
            rows = await session.scalars(select(BookRow).where(BookRow.user_id == user_id).order_by(BookRow.name))
            return list(rows)

    async def _refresh_book(self, user_id: str, dav: CardDav, book: Book, before: BookRow | None) -> None:
        same = before is not None and (before.name, before.writable) == (book.name, book.writable)
        if before is not None and same and book.tag and before.tag == book.tag:
            return
        known = await self._etags(user_id, book.href)
        changes = await dav.changes(book.href, before.token if before is not None else "", known)
        wanted = self._within_limit(known, changes)
        cards, vanished = await dav.cards(book.href, wanted)
        await self._store(user_id, book, changes, wanted, cards, changes.gone | vanished)

    def _within_limit(self, known: Mapping[str, str], changes: Changes) -> dict[str, str]:
        room = max(0, _MOST_CARDS - len(known))
        fresh = [href for href in changes.changed if href not in known]
        if len(fresh) <= room:
            return dict(changes.changed)
        log.warning("contacts.book_too_large", cards=len(known) + len(fresh), limit=_MOST_CARDS)
        left_out = set(fresh[room:])
        return {href: etag for href, etag in changes.changed.items() if href not in left_out}

    async def _store(
        self,
        user_id: str,
        book: Book,
        changes: Changes,
        etags: Mapping[str, str],
        cards: Mapping[str, Contact | None],
        gone: Collection[str],
    ) -> None:
        rows = [
            {
                "user_id": user_id,
                "href": href,
                "book": book.href,
                "etag": contact.place.etag if contact is not None else etags[href],
                "person": _encode(contact.person).decode() if contact is not None else None,
            }
            for href, contact in cards.items()
        ]
        old = [*gone, *cards]
        async with self._database.transaction() as session:
            copy = await self._locked(session, user_id)
            for start in range(0, len(old), _BATCH):
                some = old[start : start + _BATCH]
                await session.execute(
                    delete(ContactRow).where(ContactRow.user_id == user_id, ContactRow.href.in_(some))
                )
            if rows:
                await session.execute(insert(ContactRow), rows)
            await session.merge(
                BookRow(
                    user_id=user_id,
                    href=book.href,
                    name=book.name,
                    writable=book.writable,
                    tag=book.tag,
                    token=changes.token,
                )
            )
            copy.version += 1

    async def _locked(self, session: AsyncSession, user_id: str) -> CopyRow:
        """The row of a user's copy, held to the end of the transaction: two processes may refresh the same copy."""
        new = {"user_id": user_id, "version": 0, "compared_at": None}
        statement = self._database.insert(CopyRow).values(new).on_conflict_do_nothing(index_elements=["user_id"])
        await session.execute(statement)
        return await session.get_one(CopyRow, user_id, with_for_update=True)

    async def _etags(self, user_id: str, book: str) -> dict[str, str]:
        async with self._database.reading() as session:
            rows = await session.execute(
                select(ContactRow.href, ContactRow.etag).where(ContactRow.user_id == user_id, ContactRow.book == book)
            )
            return {href: etag for href, etag in rows}  # noqa: C416 - rows are not pairs for mypy

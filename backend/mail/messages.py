"""A mailbox over IMAP (RFC 3501, RFC 9051): lists and searches by windows of UIDs, never the whole mailbox."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from imapclient import IMAPClient

from backend.errors import BadInput, NotFound
from backend.mail.commands import (
    by_message_id,
    criteria_of,
    fetch_one,
    fetch_summaries,
    folders_on,
    header_bytes,
    mark_of,
    open_folder,
    open_for,
    parts_in,
    path_of,
    remove,
    require,
    tells_change,
    word,
)
from backend.mail.faults import LineLost, OutcomeUnknown
from backend.mail.folders import Folder, Role, folder_of_role
from backend.mail.headers import Headers
from backend.mail.imap import Imap, Login
from backend.mail.mailbox import Flag
from backend.mail.message import MailId, Message, Page, Person, Query, Summary
from backend.mail.reading import plain_text, spoken
from backend.mail.structure import attachments_of, decoded, text_of, texts_of

T = TypeVar("T")

# Text that is fetched of one mail (bytes); a spoken answer needs a small part of it.
_TEXT_BYTES = 256 * 1024
# Text parts of one mail. Mailing lists add a second one; more is a mail that was made to do harm.
_TEXT_PARTS = 5
# The first window of UIDs that a list looks at, for each mail wanted (some were moved away), and a search in all.
_LIST_WINDOW = 2
_SEARCH_WINDOW = 2_000
_GROWTH = 4
# A search goes back this long (seconds) before it says how far it came.
_SEARCH_SECONDS = 8.0
# Mails of one thread that are looked at.
_MOST_IN_THREAD = 50

# Gmail files what is sent and shows every mail in "All Mail" (Google's IMAP extensions).
_GMAIL = "X-GM-EXT-1"

_FLAGS: dict[Flag, bytes] = {
    "seen": b"\\Seen",
    "flagged": b"\\Flagged",
    "answered": b"\\Answered",
    "forwarded": b"$Forwarded",  # RFC 5788
}


class ImapMailBox:
    """One account's mailbox. See `MailBox`. `clock` counts seconds."""

    def __init__(
        self, imap: Imap, login: Login, account_id: str, me: Person, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._imap = imap
        self._login = login
        self._account_id = account_id
        self._me = me
        self._clock = clock

    @property
    def me(self) -> Person:
        """Whose mailbox it is."""
        return self._me

    async def folders(self) -> Sequence[Folder]:
        """See `MailBox.folders`."""
        return await self._imap.read(self._login, folders_on)

    async def messages(self, query: Query) -> Page:
        """See `MailBox.messages`."""

        def work(client: IMAPClient) -> Page:
            folder = path_of(client, query.folder)
            validity, next_uid = open_folder(client, folder, readonly=True)
            return self._page(client, query, folder, validity, next_uid)

        return await self._imap.read(self._login, work)

    async def changed(self, folder: str, mark: str, seconds: float) -> str:
        """See `MailBox.changed`. By IDLE (RFC 2177), and HIGHESTMODSEQ (CONDSTORE, RFC 7162) where there is it."""

        def work(client: IMAPClient) -> str:
            path = path_of(client, folder)
            now = mark_of(client, path)
            if now != mark or not client.has_capability("IDLE"):
                return now
            until = self._clock() + seconds
            client.idle()
            try:
                while (left := until - self._clock()) > 0:
                    told = client.idle_check(left)
                    if not told or tells_change(told):  # nothing before the time is over: the line is dead
                        break
            finally:
                client.idle_done()
            return mark_of(client, path)

        return await self._imap.watch(self._login, work)

    async def summary(self, mail: MailId) -> Summary:
        """See `MailBox.summary`."""

        def work(client: IMAPClient) -> Summary:
            open_for(client, mail, readonly=True)
            return self._summary(mail.folder, mail.validity, mail.uid, fetch_one(client, mail)[0])

        return await self._imap.read(self._login, work)

    async def read(self, mail: MailId) -> Message:
        """See `MailBox.read`."""

        def work(client: IMAPClient) -> Message:
            open_for(client, mail, readonly=True)
            data, parts = fetch_one(client, mail)
            chosen = texts_of(parts)
            asked = {f"BODY.PEEK[{part.number}]<0.{_TEXT_BYTES}>": part for part in chosen[:_TEXT_PARTS]}
            contents = client.fetch([mail.uid], list(asked)).get(mail.uid, {}) if asked else {}
            texts = [
                (part.mime, text_of(part, contents.get(f"BODY[{part.number}]<0>".encode()) or b""))
                for part in asked.values()
            ]
            text = "\n\n".join(filter(None, (plain_text(mime, one) for mime, one in texts)))
            headers = Headers(header_bytes(data))
            return Message(
                summary=self._summary(mail.folder, mail.validity, mail.uid, data),
                text=text,
                spoken=spoken(texts),
                truncated=len(chosen) > _TEXT_PARTS or any(part.size > _TEXT_BYTES for part in asked.values()),
                reply_to=headers.people("Reply-To"),
                followup_to=headers.people("Mail-Followup-To"),
                references=headers.references(),
            )

        return await self._imap.read(self._login, work)

    async def part(self, mail: MailId, number: str, max_bytes: int) -> bytes:
        """See `MailBox.part`."""

        def work(client: IMAPClient) -> bytes:
            open_for(client, mail, readonly=True)
            found = next((part for part in fetch_one(client, mail)[1] if part.number == number), None)
            if found is None:
                raise NotFound("This mail has no such attachment.", field="part")
            if found.size > max_bytes * 3 // 2:
                raise _too_large(found.name, max_bytes)
            answer = client.fetch([mail.uid], [f"BODY.PEEK[{number}]"]).get(mail.uid, {})
            content = decoded(answer.get(f"BODY[{number}]".encode()) or b"", found.encoding)
            if len(content) > max_bytes:
                raise _too_large(found.name, max_bytes)
            return content

        return await self._imap.read(self._login, work)

    async def thread(self, mail: MailId) -> Sequence[Summary]:
        """See `MailBox.thread`."""

        def work(client: IMAPClient) -> Sequence[Summary]:
            open_for(client, mail, readonly=True)
            data = fetch_one(client, mail)[0]
            headers = Headers(header_bytes(data))
            root = next(iter(headers.references()), headers.message_id())
            first = self._summary(mail.folder, mail.validity, mail.uid, data)
            if not root:
                return [first]
            found = {first.message_id or str(mail): first}
            folders = folders_on(client)
            every = folder_of_role(folders, Role.ALL)
            roles = [folder_of_role(folders, role) for role in (Role.INBOX, Role.SENT, Role.ARCHIVE)]
            paths = [every.path] if every else [mail.folder, *(folder.path for folder in roles if folder)]
            for path in dict.fromkeys(paths):
                validity, _ = open_folder(client, path, readonly=True)
                uids = client.search(["OR", "HEADER", "References", word(root), "HEADER", "Message-ID", word(root)])
                for one in self._summaries(client, path, validity, sorted(uids, reverse=True)[:_MOST_IN_THREAD]):
                    found.setdefault(one.message_id or str(one.id), one)
            return sorted(found.values(), key=lambda one: one.date)[-_MOST_IN_THREAD:]

        return await self._imap.read(self._login, work)

    async def find(self, message_id: str, folders: Sequence[str]) -> Sequence[MailId]:
        """See `MailBox.find`."""

        def work(client: IMAPClient) -> Sequence[MailId]:
            there = folders_on(client)
            found: list[MailId] = []
            for path in (
                folder.path for folder in there if folder.selectable and {folder.path, folder.role} & {*folders}
            ):
                validity, _ = open_folder(client, path, readonly=True)
                uids = by_message_id(client, message_id)
                found += [MailId(self._account_id, path, validity, uid) for uid in uids]
            return found

        return await self._imap.read(self._login, work)

    async def append(self, role: Role, content: bytes, message_id: str, *, at: datetime) -> MailId | None:
        """See `MailBox.append`."""

        def work(client: IMAPClient) -> MailId | None:
            folder = folder_of_role(folders_on(client), role)
            if folder is None:
                return None
            validity, _ = open_folder(client, folder.path, readonly=True)
            if not (uids := by_message_id(client, message_id)):
                flags = [b"\\Draft"] if role is Role.DRAFTS else [b"\\Seen"]
                client.append(folder.path, content, flags, at)
                validity, _ = open_folder(client, folder.path, readonly=True)
                uids = by_message_id(client, message_id)
            return MailId(self._account_id, folder.path, validity, uids[-1]) if uids else None

        return await self._write(work)

    async def keeps_sent(self) -> bool:
        """See `MailBox.keeps_sent`."""
        return await self._imap.read(self._login, lambda client: client.has_capability(_GMAIL))

    async def flag(self, mail: MailId, flag: Flag, on: bool) -> None:
        """See `MailBox.flag`."""

        def work(client: IMAPClient) -> None:
            open_for(client, mail, readonly=False)
            require(client, mail)
            change = client.add_flags if on else client.remove_flags
            change([mail.uid], [_FLAGS[flag]], silent=True)

        await self._write(work)

    async def move(self, mail: MailId, folder: str) -> MailId | None:
        """See `MailBox.move`."""

        def work(client: IMAPClient) -> MailId | None:
            # COPYUID may come untagged, and only with UIDPLUS: what is new in the folder is looked for instead.
            status = client.folder_status(folder, ["UIDNEXT", "UIDVALIDITY"])
            first_new, validity = int(status[b"UIDNEXT"]), int(status[b"UIDVALIDITY"])
            open_for(client, mail, readonly=False)
            message_id = Headers(header_bytes(fetch_one(client, mail)[0])).message_id()
            if client.has_capability("MOVE"):
                client.move([mail.uid], folder)
            else:
                client.copy([mail.uid], folder)
                remove(client, mail.uid)
            open_folder(client, folder, readonly=True)
            new = [uid for uid in client.search(["UID", f"{first_new}:*"]) if uid >= first_new]
            mine = [uid for uid in by_message_id(client, message_id) if uid in new] if message_id else new
            return MailId(self._account_id, folder, validity, mine[0]) if len(mine) == 1 else None

        return await self._write(work)

    async def remove(self, mail: MailId) -> None:
        """See `MailBox.remove`."""

        def work(client: IMAPClient) -> None:
            open_for(client, mail, readonly=False)
            require(client, mail)
            remove(client, mail.uid)

        await self._write(work)

    async def _write(self, work: Callable[[IMAPClient], T]) -> T:
        try:
            return await self._imap.write(self._login, work)
        except LineLost as error:
            raise OutcomeUnknown from error

    def _page(self, client: IMAPClient, query: Query, folder: str, validity: int, next_uid: int) -> Page:
        """Goes back from the newest mail, window by window, until there are enough."""
        upper = (min(query.below, next_uid) if query.below else next_uid) - 1
        began = self._clock()
        found: list[Summary] = []
        criteria = criteria_of(query)
        plain = all(word.isascii() for word in (query.text, query.sender, query.recipient, query.subject))
        charset = None if plain else "UTF-8"
        width = _SEARCH_WINDOW if query.is_search else query.limit * _LIST_WINDOW
        while upper > 0:
            lower = max(1, upper - width + 1)
            uids = sorted(client.search(["UID", f"{lower}:{upper}", *criteria], charset), reverse=True)
            while uids and len(found) < query.limit:
                some, uids = uids[: query.limit - len(found)], uids[query.limit - len(found) :]
                shown = self._summaries(client, folder, validity, some)
                found += [one for one in shown if one.attachments or not query.with_attachment]
            if len(found) == query.limit:
                return Page(found, found[-1].id.uid if uids or lower > 1 else None)
            upper = lower - 1
            width *= _GROWTH
            if upper > 0 and self._clock() - began > _SEARCH_SECONDS:
                return Page(found, lower, complete=False)
        return Page(found, None)

    def _summaries(self, client: IMAPClient, folder: str, validity: int, uids: Sequence[int]) -> Iterator[Summary]:
        """Of these mails, in this order; those that went away meanwhile are left out."""
        if not uids:
            return
        fetched = fetch_summaries(client, uids)
        for uid in uids:
            if uid in fetched:
                yield self._summary(folder, validity, uid, fetched[uid])

    def _summary(self, folder: str, validity: int, uid: int, data: dict[bytes, Any]) -> Summary:
        headers = Headers(header_bytes(data))
        flags = {flag.lower() for flag in data.get(b"FLAGS", ())}
        arrived = data.get(b"INTERNALDATE")
        return Summary(
            id=MailId(self._account_id, folder, validity, uid),
            message_id=headers.message_id(),
            subject=headers.text("Subject"),
            sender=next(iter(headers.people("From")), None),
            to=headers.people("To"),
            cc=headers.people("Cc"),
            date=headers.date() or (arrived.astimezone(UTC) if arrived else datetime.fromtimestamp(0, UTC)),
            unread=b"\\seen" not in flags,
            flagged=b"\\flagged" in flags,
            answered=b"\\answered" in flags,
            size=int(data.get(b"RFC822.SIZE") or 0),
            attachments=attachments_of(parts_in(data)),
        )


def _too_large(name: str, max_bytes: int) -> BadInput:
    return BadInput(f"{name!r} is larger than {max_bytes // 2**20} MB.", field="part")

"""A mailbox over IMAP (RFC 3501, RFC 9051): lists and searches by windows of UIDs, never the whole mailbox."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError
from imapclient.imapclient import _literal

from backend.errors import BadInput, NotFound
from backend.mail.composing import shown
from backend.mail.faults import LineLost, OutcomeUnknown
from backend.mail.folders import Folder, Role, find_folder, folder_of_role, folders_of
from backend.mail.headers import Headers
from backend.mail.imap import Imap, Login
from backend.mail.mailbox import Flag
from backend.mail.message import MailId, Message, Page, Person, Query, Summary
from backend.mail.reading import plain_text, spoken
from backend.mail.structure import Part, attachments_of, decoded, parts_of, text_of, texts_of

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

_HEADER_NAMES = "FROM TO CC REPLY-TO MAIL-FOLLOWUP-TO SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES"
_HEADERS = f"BODY.PEEK[HEADER.FIELDS ({_HEADER_NAMES})]"
_SUMMARY = (_HEADERS, "FLAGS", "RFC822.SIZE", "INTERNALDATE")
_STRUCTURE = "BODYSTRUCTURE"
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
        return await self._imap.read(self._login, _folders)

    async def messages(self, query: Query) -> Page:
        """See `MailBox.messages`."""

        def work(client: IMAPClient) -> Page:
            folder = "INBOX" if query.folder.lower() == "inbox" else find_folder(_folders(client), query.folder).path
            validity, next_uid = _open(client, folder, readonly=True)
            return self._page(client, query, folder, validity, next_uid)

        return await self._imap.read(self._login, work)

    async def summary(self, mail: MailId) -> Summary:
        """See `MailBox.summary`."""

        def work(client: IMAPClient) -> Summary:
            _open_for(client, mail, readonly=True)
            return self._summary(mail.folder, mail.validity, mail.uid, _fetch_one(client, mail)[0])

        return await self._imap.read(self._login, work)

    async def read(self, mail: MailId) -> Message:
        """See `MailBox.read`."""

        def work(client: IMAPClient) -> Message:
            _open_for(client, mail, readonly=True)
            data, parts = _fetch_one(client, mail)
            chosen = texts_of(parts)
            asked = {f"BODY.PEEK[{part.number}]<0.{_TEXT_BYTES}>": part for part in chosen[:_TEXT_PARTS]}
            contents = client.fetch([mail.uid], list(asked)).get(mail.uid, {}) if asked else {}
            texts = [
                (part.mime, text_of(part, contents.get(f"BODY[{part.number}]<0>".encode()) or b""))
                for part in asked.values()
            ]
            text = "\n\n".join(filter(None, (plain_text(mime, one) for mime, one in texts)))
            headers = Headers(_header_bytes(data))
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
            _open_for(client, mail, readonly=True)
            found = next((part for part in _fetch_one(client, mail)[1] if part.number == number), None)
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
            _open_for(client, mail, readonly=True)
            data = _fetch_one(client, mail)[0]
            headers = Headers(_header_bytes(data))
            root = next(iter(headers.references()), headers.message_id())
            first = self._summary(mail.folder, mail.validity, mail.uid, data)
            if not root:
                return [first]
            found = {first.message_id or str(mail): first}
            folders = _folders(client)
            every = folder_of_role(folders, Role.ALL)
            roles = [folder_of_role(folders, role) for role in (Role.INBOX, Role.SENT, Role.ARCHIVE)]
            paths = [every.path] if every else [mail.folder, *(folder.path for folder in roles if folder)]
            for path in dict.fromkeys(paths):
                validity, _ = _open(client, path, readonly=True)
                uids = client.search(["OR", "HEADER", "References", _word(root), "HEADER", "Message-ID", _word(root)])
                for one in self._summaries(client, path, validity, sorted(uids, reverse=True)[:_MOST_IN_THREAD]):
                    found.setdefault(one.message_id or str(one.id), one)
            return sorted(found.values(), key=lambda one: one.date)[-_MOST_IN_THREAD:]

        return await self._imap.read(self._login, work)

    async def find(self, message_id: str, folders: Sequence[str]) -> Sequence[MailId]:
        """See `MailBox.find`."""

        def work(client: IMAPClient) -> Sequence[MailId]:
            there = _folders(client)
            found: list[MailId] = []
            for path in (
                folder.path for folder in there if folder.selectable and {folder.path, folder.role} & {*folders}
            ):
                validity, _ = _open(client, path, readonly=True)
                uids = _by_message_id(client, message_id)
                found += [MailId(self._account_id, path, validity, uid) for uid in uids]
            return found

        return await self._imap.read(self._login, work)

    async def append(self, role: Role, content: bytes, message_id: str, *, at: datetime) -> MailId | None:
        """See `MailBox.append`."""

        def work(client: IMAPClient) -> MailId | None:
            folder = folder_of_role(_folders(client), role)
            if folder is None:
                return None
            validity, _ = _open(client, folder.path, readonly=True)
            if not (uids := _by_message_id(client, message_id)):
                flags = [b"\\Draft"] if role is Role.DRAFTS else [b"\\Seen"]
                client.append(folder.path, content, flags, at)
                validity, _ = _open(client, folder.path, readonly=True)
                uids = _by_message_id(client, message_id)
            return MailId(self._account_id, folder.path, validity, uids[-1]) if uids else None

        return await self._write(work)

    async def keeps_sent(self) -> bool:
        """See `MailBox.keeps_sent`."""
        return await self._imap.read(self._login, lambda client: client.has_capability(_GMAIL))

    async def flag(self, mail: MailId, flag: Flag, on: bool) -> None:
        """See `MailBox.flag`."""

        def work(client: IMAPClient) -> None:
            _open_for(client, mail, readonly=False)
            _require(client, mail)
            change = client.add_flags if on else client.remove_flags
            change([mail.uid], [_FLAGS[flag]], silent=True)

        await self._write(work)

    async def move(self, mail: MailId, folder: str) -> MailId | None:
        """See `MailBox.move`."""

        def work(client: IMAPClient) -> MailId | None:
            # COPYUID may come untagged, and only with UIDPLUS: what is new in the folder is looked for instead.
            status = client.folder_status(folder, ["UIDNEXT", "UIDVALIDITY"])
            first_new, validity = int(status[b"UIDNEXT"]), int(status[b"UIDVALIDITY"])
            _open_for(client, mail, readonly=False)
            message_id = Headers(_header_bytes(_fetch_one(client, mail)[0])).message_id()
            if client.has_capability("MOVE"):
                client.move([mail.uid], folder)
            else:
                client.copy([mail.uid], folder)
                _remove(client, mail.uid)
            _open(client, folder, readonly=True)
            new = [uid for uid in client.search(["UID", f"{first_new}:*"]) if uid >= first_new]
            mine = [uid for uid in _by_message_id(client, message_id) if uid in new] if message_id else new
            return MailId(self._account_id, folder, validity, mine[0]) if len(mine) == 1 else None

        return await self._write(work)

    async def remove(self, mail: MailId) -> None:
        """See `MailBox.remove`."""

        def work(client: IMAPClient) -> None:
            _open_for(client, mail, readonly=False)
            _require(client, mail)
            _remove(client, mail.uid)

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
        criteria = _criteria(query)
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
        fetched = _fetch(client, uids)
        for uid in uids:
            if uid in fetched:
                yield self._summary(folder, validity, uid, fetched[uid])

    def _summary(self, folder: str, validity: int, uid: int, data: dict[bytes, Any]) -> Summary:
        headers = Headers(_header_bytes(data))
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
            attachments=attachments_of(_parts(data)),
        )


def _criteria(query: Query) -> list[Any]:
    criteria: list[Any] = []
    words = (("TEXT", query.text), ("FROM", query.sender), ("TO", query.recipient), ("SUBJECT", query.subject))
    for key, value in words:
        for word in shown(value).split():
            criteria += [key, _word(word)]
    if query.since:
        criteria += ["SINCE", query.since]
    if query.before:
        criteria += ["BEFORE", query.before]
    criteria += ["UNSEEN"] if query.unread else []
    criteria += ["FLAGGED"] if query.flagged else []
    # IMAP cannot ask for attachments: this leaves out most mails without one, the structure decides.
    criteria += ["NOT", "HEADER", "Content-Type", "text/"] if query.with_attachment else []
    return criteria


def _word(text: str) -> bytes:
    """Text to search for, as a literal (RFC 9051, section 4.3), so that nothing in it is read as a command.

    imapclient quotes what holds a space or a quotation mark and sends the rest as it is: "{5}" would announce a
    literal that never comes.
    """
    word: bytes = _literal(text.encode())  # it has no public name
    return word


def _folders(client: IMAPClient) -> list[Folder]:
    return folders_of(client.list_folders())


def _open(client: IMAPClient, folder: str, *, readonly: bool) -> tuple[int, int]:
    """Select a folder; its UIDVALIDITY and the UID that its next mail will have."""
    answer = client.select_folder(folder, readonly=readonly)
    next_uid = answer.get(b"UIDNEXT")
    if next_uid is None:  # RFC 9051 wants it, RFC 3501 only wished for it
        next_uid = client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"]
    return int(answer[b"UIDVALIDITY"]), int(next_uid)


def _open_for(client: IMAPClient, mail: MailId, *, readonly: bool) -> None:
    if _open(client, mail.folder, readonly=readonly)[0] != mail.validity:
        _gone()


def _require(client: IMAPClient, mail: MailId) -> None:
    if mail.uid not in client.search(["UID", str(mail.uid)]):
        _gone()


def _gone() -> NoReturn:
    raise NotFound("This mail is not in its folder any more.")


def _fetch(client: IMAPClient, uids: Sequence[int]) -> dict[int, dict[bytes, Any]]:
    try:
        return dict(client.fetch(uids, [*_SUMMARY, _STRUCTURE]))
    except (ProtocolError, RecursionError, ValueError, IndexError, TypeError):
        # One mail whose structure cannot be read would hide all others: they are shown without their attachments.
        return dict(client.fetch(uids, list(_SUMMARY)))


def _fetch_one(client: IMAPClient, mail: MailId) -> tuple[dict[bytes, Any], list[Part]]:
    data = _fetch(client, [mail.uid]).get(mail.uid)
    if data is None:
        _gone()
    return data, _parts(data)


def _parts(data: dict[bytes, Any]) -> list[Part]:
    body = data.get(b"BODYSTRUCTURE")
    return parts_of(body) if body is not None else []


def _header_bytes(data: dict[bytes, Any]) -> bytes:
    return next((value for key, value in data.items() if key.startswith(b"BODY[HEADER")), b"") or b""


def _by_message_id(client: IMAPClient, message_id: str) -> list[int]:
    """UIDs in the open folder. The server looks for a part of the text, so each is compared."""
    if not message_id:
        return []
    uids = client.search(["HEADER", "Message-ID", _word(message_id)])
    if not uids:
        return []
    key = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
    fetched = client.fetch(uids, [key])
    return sorted(uid for uid, data in fetched.items() if Headers(_header_bytes(data)).message_id() == message_id)


def _remove(client: IMAPClient, uid: int) -> None:
    """Without UIDPLUS (RFC 4315) it stays marked: a plain EXPUNGE would take what others marked as well."""
    client.add_flags([uid], [b"\\Deleted"], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])


def _too_large(name: str, max_bytes: int) -> BadInput:
    return BadInput(f"{name!r} is larger than {max_bytes // 2**20} MB.", field="part")

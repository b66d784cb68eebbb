"""What is asked of an open IMAP connection (RFC 3501, RFC 9051). Blocking: called in threads only."""

from collections.abc import Sequence
from typing import Any, NoReturn

from imapclient import IMAPClient
from imapclient.exceptions import ProtocolError
from imapclient.imapclient import _literal

from backend.errors import NotFound
from backend.mail.composing import shown
from backend.mail.folders import Folder, find_folder, folders_of
from backend.mail.headers import Headers
from backend.mail.message import MailId, Query
from backend.mail.structure import Part, parts_of

_HEADER_NAMES = "FROM TO CC REPLY-TO MAIL-FOLLOWUP-TO SUBJECT DATE MESSAGE-ID IN-REPLY-TO REFERENCES"
_HEADERS = f"BODY.PEEK[HEADER.FIELDS ({_HEADER_NAMES})]"
_SUMMARY = (_HEADERS, "FLAGS", "RFC822.SIZE", "INTERNALDATE")
_STRUCTURE = "BODYSTRUCTURE"


def criteria_of(query: Query) -> list[Any]:
    """What SEARCH is asked for; nothing when all mails are wanted."""
    criteria: list[Any] = []
    words = (("TEXT", query.text), ("FROM", query.sender), ("TO", query.recipient), ("SUBJECT", query.subject))
    for key, value in words:
        for one in shown(value).split():
            criteria += [key, word(one)]
    if query.since:
        criteria += ["SINCE", query.since]
    if query.before:
        criteria += ["BEFORE", query.before]
    criteria += ["UNSEEN"] if query.unread else []
    criteria += ["FLAGGED"] if query.flagged else []
    # IMAP cannot ask for attachments: this leaves out most mails without one, the structure decides.
    criteria += ["NOT", "HEADER", "Content-Type", "text/"] if query.with_attachment else []
    return criteria


def word(text: str) -> bytes:
    """Text to search for, as a literal (RFC 9051, section 4.3), so that nothing in it is read as a command.

    imapclient quotes what holds a space or a quotation mark and sends the rest as it is: "{5}" would announce a
    literal that never comes.
    """
    literal: bytes = _literal(text.encode())  # it has no public name
    return literal


def folders_on(client: IMAPClient) -> list[Folder]:
    """All folders."""
    return folders_of(client.list_folders())


def path_of(client: IMAPClient, folder: str) -> str:
    """The path of a folder that is named by role, path or name. Raises `NotFound`."""
    return "INBOX" if folder.lower() == "inbox" else find_folder(folders_on(client), folder).path


def mark_of(client: IMAPClient, path: str) -> str:
    """What is another one after every change of a folder; without CONDSTORE, after every mail that came or went."""
    answer = client.select_folder(path, readonly=True)
    told = (answer.get(key) for key in (b"UIDVALIDITY", b"UIDNEXT", b"EXISTS", b"HIGHESTMODSEQ"))
    return ".".join(str(one[0] if isinstance(one, list | tuple) else one) for one in told)


def tells_change(responses: Sequence[tuple[Any, ...]]) -> bool:
    """Whether any is about mails, and not a sign of life."""
    return any(len(one) > 1 and one[1] in (b"EXISTS", b"EXPUNGE", b"FETCH") for one in responses)


def open_folder(client: IMAPClient, folder: str, *, readonly: bool) -> tuple[int, int]:
    """Select a folder; its UIDVALIDITY and the UID that its next mail will have."""
    answer = client.select_folder(folder, readonly=readonly)
    next_uid = answer.get(b"UIDNEXT")
    if next_uid is None:  # RFC 9051 wants it, RFC 3501 only wished for it
        next_uid = client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"]
    return int(answer[b"UIDVALIDITY"]), int(next_uid)


def open_for(client: IMAPClient, mail: MailId, *, readonly: bool) -> None:
    """Select a mail's folder. Raises `NotFound` when its UIDs are not those of the mail any more."""
    if open_folder(client, mail.folder, readonly=readonly)[0] != mail.validity:
        gone()


def require(client: IMAPClient, mail: MailId) -> None:
    """Raises `NotFound` when a mail is not in the open folder."""
    if mail.uid not in client.search(["UID", str(mail.uid)]):
        gone()


def gone() -> NoReturn:
    """The mail is not where it was."""
    raise NotFound("This mail is not in its folder any more.")


def fetch_summaries(client: IMAPClient, uids: Sequence[int]) -> dict[int, dict[bytes, Any]]:
    """What a list shows of mails in the open folder, by UID; without those that are gone."""
    try:
        return dict(client.fetch(uids, [*_SUMMARY, _STRUCTURE]))
    except (ProtocolError, RecursionError, ValueError, IndexError, TypeError):
        # One mail whose structure cannot be read would hide all others: they are shown without their attachments.
        return dict(client.fetch(uids, list(_SUMMARY)))


def fetch_one(client: IMAPClient, mail: MailId) -> tuple[dict[bytes, Any], list[Part]]:
    """The same of one mail, and its parts. Raises `NotFound`."""
    data = fetch_summaries(client, [mail.uid]).get(mail.uid)
    if data is None:
        gone()
    return data, parts_in(data)


def parts_in(data: dict[bytes, Any]) -> list[Part]:
    """The parts that a FETCH tells; none where its structure could not be read."""
    body = data.get(b"BODYSTRUCTURE")
    return parts_of(body) if body is not None else []


def header_bytes(data: dict[bytes, Any]) -> bytes:
    """The header fields that a FETCH brought."""
    return next((value for key, value in data.items() if key.startswith(b"BODY[HEADER")), b"") or b""


def by_message_id(client: IMAPClient, message_id: str) -> list[int]:
    """UIDs in the open folder. The server looks for a part of the text, so each is compared."""
    if not message_id:
        return []
    uids = client.search(["HEADER", "Message-ID", word(message_id)])
    if not uids:
        return []
    key = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
    fetched = client.fetch(uids, [key])
    return sorted(uid for uid, data in fetched.items() if Headers(header_bytes(data)).message_id() == message_id)


def remove(client: IMAPClient, uid: int) -> None:
    """Without UIDPLUS (RFC 4315) it stays marked: a plain EXPUNGE would take what others marked as well."""
    client.add_flags([uid], [b"\\Deleted"], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])

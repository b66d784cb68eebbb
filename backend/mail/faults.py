"""What mail servers and the lines to them do wrong, in the terms of the house."""

import imaplib
import ssl

from imapclient.exceptions import LoginError

from backend.errors import Conflict, NotAllowed, NotFound, Unavailable, VoiceAssistError
from backend.files.extraction.writer import one_line
from backend.mail.servers import Server

_MOST_SAID = 200


class OutcomeUnknown(Exception):
    """The line broke while something was being done, and nobody knows whether it was. Never try again blindly."""


class LineLost(Exception):
    """The line to a server broke; what was asked on it may have been done."""


def is_line_error(error: BaseException) -> bool:
    """Whether the connection is of no more use."""
    return isinstance(error, imaplib.IMAP4.abort | OSError | EOFError)


def unreachable(server: Server, error: BaseException) -> VoiceAssistError:
    """A server that could not be connected to."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unavailable(f"The certificate of {server.host!r} is not valid for it. Nothing was sent there.")
    if isinstance(error, ssl.SSLError):
        return Unavailable(f"{server.host!r} does not speak TLS on port {server.port}. Check port and encryption.")
    return Unavailable(f"{server.host!r} does not answer on port {server.port}.")


def imap_error(server: Server, error: Exception) -> VoiceAssistError:
    """What an IMAP server refused. Its own words stay out: they may quote what it was asked for."""
    said = str(error).upper()
    if isinstance(error, LoginError):
        if "UNAVAILABLE" in said or "INUSE" in said or "LIMIT" in said:
            return Unavailable(f"{server.host!r} cannot check the password now.")
        return wrong_password(server)
    if is_line_error(error):
        return unreachable(server, error)
    if "OVERQUOTA" in said or "QUOTA EXCEEDED" in said:
        return Conflict("The mailbox is full. Delete mail or ask for more room; nothing was stored.")
    if "TRYCREATE" in said or "NONEXISTENT" in said or "DOESN'T EXIST" in said:
        return NotFound("The mailbox has no such folder.")
    if "BADCHARSET" in said:
        return Conflict(f"{server.host!r} can only search for letters from A to Z without accents.")
    return Unavailable(f"{server.host!r} refused what it was asked for.")


def wrong_password(server: Server) -> NotAllowed:
    """The server does not let the user in."""
    return NotAllowed(
        f"{server.host!r} does not accept this login and password. Many providers want a password for apps.",
        field="password",
    )


def said(text: str) -> str:
    """A server's own words, short and in one line."""
    return one_line(text)[:_MOST_SAID]

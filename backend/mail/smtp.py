"""Handing mails to an SMTP server (RFC 5321, RFC 6409), with what is known after each way it can fail."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from backend.errors import BadInput, Conflict, NotAllowed, Unavailable, VoiceAssistError
from backend.mail.faults import OutcomeUnknown, said, unreachable, wrong_password
from backend.mail.imap import Login
from backend.mail.servers import MailReach, Security, Server

_CONNECT_SECONDS = 10.0
# RFC 5321, section 4.5.3.2: after the last dot a server may take ten minutes. Filters that scan it take two at most.
_DATA_SECONDS = 180.0
_COMMAND_SECONDS = 30.0
# We name no host of ours: an address literal, as mail programs do (RFC 5321, section 4.1.3).
_HELLO = "[127.0.0.1]"


class Submission:
    """A server that has let us in."""

    def __init__(self, smtp: SMTP, server: Server) -> None:
        self._smtp = smtp
        self._server = server

    async def address(self, sender: str, recipients: Sequence[str], size: int) -> None:
        """Say from whom and to whom. Nothing is sent yet.

        Raises `BadInput` when the mail is too large or a recipient is refused, `NotAllowed` for a refused sender,
        `Unavailable` when the server wants us to come later.
        """
        # RFC 1870: "SIZE 0" and "SIZE" alone promise nothing.
        offered = self._smtp.esmtp_extensions.get("size", "")
        limit = int(offered) if offered.isdecimal() else 0
        if limit and size > limit:
            raise BadInput(
                f"The mail has {_mb(size)} MB, {self._server.host!r} takes {_mb(limit)} MB. Nothing was sent.",
                field="attachments",
            )
        with _known(self._server):
            await self._smtp.mail(sender, options=[f"SIZE={size}"] if limit else [])
            for recipient in recipients:
                await self._smtp.rcpt(recipient)

    async def hand_over(self, content: bytes) -> None:
        """Send the mail. It is sent when this returns, and surely not when an error of the house is raised.

        Raises `OutcomeUnknown` when the line was lost meanwhile.
        """
        try:
            await self._smtp.data(content, timeout=_DATA_SECONDS)
        except SMTPDataError as error:
            raise _refused(self._server, error) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise OutcomeUnknown from error


class Smtp:
    """Opens connections. `context` says which certificates are trusted."""

    def __init__(self, reach: MailReach, context: ssl.SSLContext | None = None) -> None:
        self._reach = reach
        self._context = context or ssl.create_default_context()

    @asynccontextmanager
    async def open(self, login: Login) -> AsyncIterator[Submission]:
        """Connect and log in. Raises `NotAllowed` for a wrong password, `BadInput`, `Unavailable`."""
        server = login.server
        await self._reach.check_server(server)
        try:
            line = await asyncio.to_thread(self._reach.open_line, server, _CONNECT_SECONDS)
        except OSError as error:
            raise unreachable(server, error) from error
        smtp = SMTP(
            hostname=server.host,  # whose name the certificate must bear
            sock=line,
            timeout=_CONNECT_SECONDS,
            local_hostname=_HELLO,
            use_tls=server.security is Security.TLS,
            start_tls=False,
            tls_context=self._context,
        )
        try:
            try:
                await smtp.connect()
                smtp.timeout = _COMMAND_SECONDS
                if server.security is Security.STARTTLS:
                    await smtp.starttls()
                await smtp.login(login.user, login.password)
            except VoiceAssistError:
                raise
            except SMTPAuthenticationError as error:
                if 400 <= error.code < 500:
                    raise Unavailable(f"{server.host!r} cannot check the password now.") from error
                raise wrong_password(server) from error
            except SMTPNotSupported as error:
                raise Unavailable(f"{server.host!r} offers no encryption or no login on port {server.port}.") from error
            except (SMTPException, OSError, TimeoutError) as error:
                raise unreachable(server, _certificate_error(error)) from error
            yield Submission(smtp, server)
            # What was to be done is done by now; whether the good-bye arrives is nobody's concern.
            with suppress(SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=_CONNECT_SECONDS)
        finally:
            if isinstance(smtp.transport, asyncio.WriteTransport):
                smtp.transport.abort()  # nothing is under way, or nobody will ever know: a close would linger
            smtp.close()

    async def check(self, login: Login) -> None:
        """Log in and out again."""
        async with self.open(login):
            pass


@contextmanager
def _known(server: Server) -> Iterator[None]:
    """Before DATA nothing was sent, whatever goes wrong."""
    try:
        yield
    except SMTPRecipientRefused as error:
        if 400 <= error.code < 500:
            raise _refused(server, error) from error
        raise BadInput(
            f"{server.host!r} refuses the recipient {error.recipient!r} ({error.code} {said(error.message)}). "
            "Nothing was sent.",
            field="to",
        ) from error
    except SMTPSenderRefused as error:
        if error.code == 552:  # RFC 1870
            raise _refused(server, error) from error
        raise NotAllowed(
            f"{server.host!r} does not let this login send as {error.sender!r} ({error.code}). Nothing was sent."
        ) from error
    except SMTPResponseException as error:
        raise _refused(server, error) from error
    except (SMTPException, OSError, TimeoutError) as error:
        raise Unavailable(f"The line to {server.host!r} broke. Nothing was sent.") from error


def _refused(server: Server, error: SMTPResponseException) -> VoiceAssistError:
    """A reply of 4xx or 5xx: the server has not taken the mail (RFC 5321, section 4.2.1)."""
    if 400 <= error.code < 500:
        return Unavailable(f"{server.host!r} does not take the mail now ({error.code}). Nothing was sent.")
    if error.code in (552, 523):
        return BadInput(
            f"The mail is too large for {server.host!r} or its mailbox is full ({error.code}). Nothing was sent.",
            field="attachments",
        )
    return Conflict(f"{server.host!r} refuses the mail ({error.code} {said(error.message)}). Nothing was sent.")


def _certificate_error(error: BaseException) -> BaseException:
    """The TLS error that another error was raised from, where there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return cause
        cause = cause.__cause__
    return error


def _mb(size: int) -> str:
    return f"{size / 2**20:.1f}"

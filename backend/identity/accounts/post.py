"""Mails about accounts. They are handed over in the background: nobody learns by waiting whether one is sent."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog
from aiosmtplib import SMTP, SMTPException

from backend.errors import Unavailable

log = structlog.get_logger(__name__)

_SECONDS = 30.0
# A mail server that does not answer must not hold up the end of the process.
_CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in plain text."""

    to: str
    subject: str
    text: str


class Post(Protocol):
    """Hands mails over."""

    async def send(self, letter: Letter) -> None:
        """Hand it over. Raises whatever keeps it from that."""
        ...


class SmtpPost:
    """A submission server: `smtps://user:password@host:465`, `smtp://` (STARTTLS) or `smtp+plain://`."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or (465 if parts.scheme == "smtps" else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """Hand it over. Raises `SMTPException` or `OSError`."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].rstrip("> "))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message.set_content(letter.text)
        async with self._signed_in(_SECONDS) as server:
            await server.send_message(message)

    async def check(self, seconds: float) -> None:
        """Sign in, and send nothing. Raises `Unavailable`."""
        try:
            async with self._signed_in(seconds):
                pass
        except (SMTPException, OSError) as error:
            raise Unavailable(f"The mail server does not let VoiceAssist in ({type(error).__name__}).") from error

    def _signed_in(self, seconds: float) -> SMTP:
        return SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp",
            timeout=seconds,
        )


class Outbox:
    """Does in the background what ends in a mail. What fails is logged, and the reader of the mail asks again."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._under_way: set[asyncio.Task[None]] = set()

    def put(self, letter: Letter) -> None:
        """Have it handed over."""
        self.later(self._post.send(letter))

    def later(self, work: Coroutine[None, None, None]) -> None:
        """Have it done."""
        task = asyncio.create_task(self._do(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _do(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception as error:  # nobody waits who could be told
            # Neither to whom nor what: the type of the error tells an administrator where to look.
            log.warning("accounts.mail_failed", error=type(error).__name__)

    async def close(self) -> None:
        """Wait a while for what is under way; what is not handed over then is lost, and asked for again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                while self._under_way:
                    await asyncio.gather(*self._under_way)

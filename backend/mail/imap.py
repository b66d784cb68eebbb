"""Connections to IMAP servers, one user's never another's: kept open, borrowed by threads, bounded."""

import asyncio
import contextlib
import imaplib
import socket
import ssl
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from imapclient import IMAPClient, SocketTimeout

from backend.errors import RateLimited, Unavailable, VoiceAssistError
from backend.mail.faults import LineLost, imap_error, is_line_error, unreachable
from backend.mail.servers import MailReach, Security, Server

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CONNECT_SECONDS = 10.0
# A search of a large mailbox is quiet for a while.
_READ_SECONDS = 45.0
# Providers let a user have 10 to 15 connections, and the user's other programs take most of them.
_MOST_PER_ACCOUNT = 3
_MOST_THREADS = 16
# Pages that wait for new mail: of one account, and of all. Each holds a connection and a thread that sleeps.
_MOST_WATCHING = 2
_MOST_WATCHERS = 100
# Servers end a quiet line after 30 minutes (RFC 9051, section 5.4), routers much earlier.
_IDLE_SECONDS = 240.0
# Quiet connections of all users together; beyond them the oldest is ended.
_MOST_IDLE = 200

# A server that a user names may answer without end. Attachments have up to 100 MB, and are encoded half as much again.
_MOST_ANSWER_BYTES = 160 * 2**20

T = TypeVar("T")


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """How one account is let in at one server. Not shown anywhere: it holds the password."""

    server: Server
    user: str
    password: str


class _Client(IMAPClient):  # type: ignore[misc]
    """Speaks on a line that is open, because whom it leads to was checked. It knows the name for STARTTLS."""

    def __init__(self, server: Server, line: socket.socket) -> None:
        self._line = line
        super().__init__(server.host, server.port, ssl=False, timeout=SocketTimeout(_CONNECT_SECONDS, _READ_SECONDS))

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - IMAPClient's name
        return _Protocol(self._line, self.host)


class _Protocol(imaplib.IMAP4):
    """Ends a line on which more comes than any answer to what was sent last."""

    def __init__(self, line: socket.socket, host: str) -> None:
        self._line = line
        self._left = _MOST_ANSWER_BYTES
        super().__init__(host)  # the certificate of STARTTLS must bear it

    def send(self, data: "ReadableBuffer") -> None:
        self._left = _MOST_ANSWER_BYTES
        super().send(data)

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("an answer without end")

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._line


class Imap:
    """Runs work on connections. `clock` counts seconds; `context` says which certificates are trusted."""

    def __init__(
        self, reach: MailReach, context: ssl.SSLContext | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reach = reach
        self._context = context or ssl.create_default_context()
        self._clock = clock
        self._threads = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="mail")
        self._watchers = ThreadPoolExecutor(_MOST_WATCHERS, thread_name_prefix="mail-watch")
        self._watching: Counter[Login] = Counter()
        self._lock = threading.Lock()
        self._idle: dict[Login, list[tuple[float, IMAPClient]]] = {}
        self._turns: dict[Login, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_MOST_PER_ACCOUNT))
        self._waiting: set[IMAPClient] = set()
        self._closed = False

    async def read(self, login: Login, work: Callable[[IMAPClient], T]) -> T:
        """Run work that changes nothing; once more on a new connection when the line breaks.

        Raises the errors of the house.
        """
        try:
            return await self._run(login, work)
        except LineLost:
            pass
        try:
            return await self._run(login, work, fresh=True)
        except LineLost as error:
            raise unreachable(login.server, error) from error

    async def watch(self, login: Login, work: Callable[[IMAPClient], T]) -> T:
        """Run work that waits for the server. It takes no place from reading and writing.

        Raises the errors of the house, `RateLimited` when so many wait already.
        """
        if self._watching[login] >= _MOST_WATCHING or self._watching.total() >= _MOST_WATCHERS:
            raise RateLimited("Too many places wait for new mail. Close one, or look again later.")
        await self._reach.check_server(login.server)
        self._watching[login] += 1
        done = partial(self._watching.subtract, [login])
        try:
            waits = partial(self._wait, work)
            return await self._in_thread(self._watchers, done, partial(self._use, login, waits, False, True))
        except LineLost as error:
            raise unreachable(login.server, error) from error

    async def write(self, login: Login, work: Callable[[IMAPClient], T]) -> T:
        """Run work that changes something, once, on a connection that has just answered.

        Raises the errors of the house when the server refused or was not reached, `LineLost` when the line broke.
        """
        return await self._run(login, work, proved=True)

    async def check(self, login: Login) -> None:
        """Log in and out again. Raises `NotAllowed` for a wrong password, `BadInput`, `Unavailable`."""
        await self._run(login, lambda client: client.noop(), fresh=True)
        self.forget(login)

    def forget(self, login: Login) -> None:
        """End the quiet connections of an account that is no more."""
        self._turns.pop(login, None)
        with self._lock:
            idle = self._idle.pop(login, [])
        for _, client in idle:
            _drop(client)

    async def close(self) -> None:
        """End all connections that are quiet or only wait. Those in use end with their work."""
        with self._lock:
            self._closed = True
            logins = list(self._idle)
            waiting = list(self._waiting)
        for client in waiting:
            with contextlib.suppress(OSError):
                client.socket().shutdown(socket.SHUT_RDWR)  # its thread hears of it
        for login in logins:
            self.forget(login)
        self._threads.shutdown(wait=False)
        self._watchers.shutdown(wait=False)

    async def _run(
        self, login: Login, work: Callable[[IMAPClient], T], *, fresh: bool = False, proved: bool = False
    ) -> T:
        await self._reach.check_server(login.server)
        turn = self._turns[login]
        await turn.acquire()
        return await self._in_thread(self._threads, turn.release, partial(self._use, login, work, fresh, proved))

    async def _in_thread(self, threads: ThreadPoolExecutor, done: Callable[[], None], work: Callable[[], T]) -> T:
        """Run it. Who is cancelled waits no longer; the thread ends its work and only then makes room for another."""
        try:
            future = asyncio.get_running_loop().run_in_executor(threads, work)
        except RuntimeError as error:
            done()
            raise Unavailable("VoiceAssist is being stopped.") from error
        future.add_done_callback(lambda _: done())
        return await asyncio.shield(future)

    def _use(self, login: Login, work: Callable[[IMAPClient], T], fresh: bool, proved: bool) -> T:
        client = None if fresh else self._borrow(login, proved)
        client = client or self._connect(login)
        try:
            result = work(client)
        except VoiceAssistError:
            self._give_back(login, client)
            raise
        except Exception as error:
            if is_line_error(error):
                _drop(client)
                raise LineLost from error
            self._give_back(login, client)
            raise imap_error(login.server, error) from error
        self._give_back(login, client)
        return result

    def _wait(self, work: Callable[[IMAPClient], T], client: IMAPClient) -> T:
        """Work that `close` can end."""
        with self._lock:
            self._waiting.add(client)
        try:
            return work(client)
        finally:
            with self._lock:
                self._waiting.discard(client)

    def _connect(self, login: Login) -> IMAPClient:
        server = login.server
        line: socket.socket | None = None
        try:
            line = self._reach.open_line(server, _CONNECT_SECONDS)
            if server.security is Security.TLS:
                line = self._context.wrap_socket(line, server_hostname=server.host)
            client = _Client(server, line)
        except VoiceAssistError:
            raise
        except Exception as error:
            if line is not None:
                line.close()
            raise unreachable(server, error) from error
        try:
            if server.security is Security.STARTTLS:
                client.starttls(self._context)
            client.normalise_times = False
            _log_in(client, login)
        except VoiceAssistError:
            _drop(client)
            raise
        except Exception as error:
            _drop(client)
            raise imap_error(server, error) from error
        return client

    def _borrow(self, login: Login, proved: bool) -> IMAPClient | None:
        """A connection that is open, as far as is known; with `proved` one that answers."""
        while True:
            with self._lock:
                idle = self._idle.get(login)
                since, client = idle.pop() if idle else (0.0, None)
            if client is None:
                return None
            try:
                if self._clock() - since < _IDLE_SECONDS:
                    if proved:
                        client.noop()
                    return client
            except Exception as error:
                if not is_line_error(error):
                    raise imap_error(login.server, error) from error
            _drop(client)

    def _give_back(self, login: Login, client: IMAPClient) -> None:
        with self._lock:
            if not self._closed:
                self._idle.setdefault(login, []).append((self._clock(), client))
            ended = [client] if self._closed else self._take_old()
        for one in ended:
            _drop(one)

    def _take_old(self) -> list[IMAPClient]:
        """Connections that have been quiet for too long, and the quietest of too many. With the lock held."""
        everything = sorted(
            ((since, login, client) for login, idle in self._idle.items() for since, client in idle),
            key=lambda one: one[0],
        )
        until, surplus = self._clock() - _IDLE_SECONDS, len(everything) - _MOST_IDLE
        old = [one for index, one in enumerate(everything) if one[0] < until or index < surplus]
        for since, login, client in old:
            self._idle[login].remove((since, client))
            if not self._idle[login]:
                del self._idle[login]
        return [client for _, _, client in old]


def _log_in(client: IMAPClient, login: Login) -> None:
    """By SASL where there is it: LOGIN knows no letters beyond ASCII, and its user name goes out as it is."""
    if client.has_capability("AUTH=PLAIN"):
        client.plain_login(login.user, login.password)
    else:
        quoted = login.user.replace("\\", "\\\\").replace('"', '\\"')
        client.login(f'"{quoted}"', login.password)


def _drop(client: IMAPClient) -> None:
    with contextlib.suppress(Exception):  # it is of no more use, whatever it says
        client.shutdown()

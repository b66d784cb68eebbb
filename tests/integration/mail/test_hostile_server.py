"""An IMAP server that a user named and that answers without end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from imapclient import IMAPClient

from backend.errors import Unavailable
from backend.mail import imap as imap_module
from backend.mail.imap import Imap, Login
from backend.mail.servers import MailReach, Security, Server
from backend.places import OwnHosts

Flood = Callable[[asyncio.StreamWriter], Awaitable[None]]
_MOST = 2**20


async def literal(writer: asyncio.StreamWriter) -> None:
    """One that is as large as it says, which is larger than any."""
    writer.write(b"* 1 FETCH (BODY[] {%d}\r\n" % (50 * 2**20))
    for _ in range(50 * 16):
        writer.write(b"x" * 65_536)
        await writer.drain()


async def lines(writer: asyncio.StreamWriter) -> None:
    """News about mails that nobody asked for."""
    while True:
        writer.write(b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 1_000)
        await writer.drain()


async def honest(writer: asyncio.StreamWriter) -> None:
    """Nothing but what was asked for."""


@asynccontextmanager
async def imap_server(flood: Flood) -> AsyncIterator[int]:
    """Lets everybody in, and answers NOOP with `flood` first."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            while line := await reader.readline():
                tag, command, *_ = line.split()
                if command.upper() == b"NOOP":
                    await flood(writer)
                if command.upper() == b"CAPABILITY":
                    writer.write(b"* CAPABILITY IMAP4rev1\r\n")
                writer.write(tag + b" OK done\r\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _noop(client: IMAPClient) -> object:
    return client.noop()


@pytest.mark.parametrize("flood", [literal, lines])
async def test_an_answer_without_end_is_ended(flood: Flood, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_module, "_MOST_ANSWER_BYTES", _MOST)
    async with imap_server(flood) as port:
        imap = Imap(MailReach(OwnHosts.of("127.0.0.1")))
        with pytest.raises(Unavailable):
            await imap.read(Login(Server("127.0.0.1", port, Security.NONE), "ida", "secret"), _noop)
        await imap.close()


async def test_what_is_within_measure_is_read_as_often_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_module, "_MOST_ANSWER_BYTES", 60)
    async with imap_server(honest) as port:
        imap = Imap(MailReach(OwnHosts.of("127.0.0.1")))
        login = Login(Server("127.0.0.1", port, Security.NONE), "ida", "secret")
        for _ in range(20):
            await imap.read(login, _noop)
        await imap.close()

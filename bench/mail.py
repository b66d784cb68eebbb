"""How fast a large mailbox is listed and searched: JSON on standard output.

A Dovecot of its own on this machine, with 20,000 mails from 200 senders in one folder. Times are milliseconds from the
call of the service to its answer, over an open connection.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from imapclient import IMAPClient

from backend.mail.imap import Imap, Login
from backend.mail.message import Person, Query
from backend.mail.messages import ImapMailBox
from backend.mail.servers import MailReach, Security, Server
from backend.places import OwnHosts
from tests.servers.mail import PASSWORD, dovecot

_USER = "ada@klinik.example"
_BATCH = 500


def _mail(number: int) -> bytes:
    return (
        f"From: Sender {number % 200} <sender{number % 200}@labor.example>\r\nTo: {_USER}\r\n"
        f"Subject: Befund {number}\r\nMessage-ID: <{number}@labor.example>\r\n"
        "Date: Fri, 27 Nov 2026 08:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + f"Der Befund {number} ist da.\r\n"
        * 20
    ).encode()


def _fill(client: IMAPClient, mails: int) -> None:
    at = datetime(2026, 11, 27, 8, tzinfo=UTC)
    for start in range(0, mails, _BATCH):
        numbers = range(start, min(start + _BATCH, mails))
        client.multiappend("INBOX", [{"msg": _mail(number), "date": at} for number in numbers])


async def _measure(rounds: int, ask: Callable[[int], Awaitable[object]]) -> dict[str, float]:
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        await ask(number)
        times.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(times, n=20)
    return {"first": round(times[0], 1), "p50": round(statistics.median(times), 1), "p95": round(cuts[18], 1)}


async def _bench(mails: int, rounds: int) -> dict[str, object]:
    with dovecot() as server:
        began = time.perf_counter()
        with server.connected(_USER) as client:
            _fill(client, mails)
        filled = time.perf_counter() - began
        imap = Imap(MailReach(OwnHosts.of("127.0.0.1")))
        login = Login(Server("127.0.0.1", server.imap, Security.NONE), _USER, PASSWORD)
        box = ImapMailBox(imap, login, "bench", Person("", _USER))
        first = await box.messages(Query())

        async def found(number: int) -> None:
            page = await box.messages(Query(sender=f"sender{number % 200}@"))
            assert len(page.mails) == min(20, mails // 200), len(page.mails)

        async def nothing(number: int) -> None:
            assert not (await box.messages(Query(sender=f"nobody{number}@"))).mails

        result: dict[str, object] = {
            "mails": mails,
            "fill_seconds": round(filled, 1),
            "list_first_page_ms": await _measure(rounds, lambda _: box.messages(Query())),
            "search_by_sender_ms": await _measure(rounds, found),
            "search_for_nobody_ms": await _measure(rounds, nothing),
            "read_ms": await _measure(rounds, lambda number: box.read(first.mails[number % 20].id)),
        }
        await imap.close()
        return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(_bench(given.mails, given.rounds)), indent=2))


if __name__ == "__main__":
    main()

"""How soon a change in a real Nextcloud is answerable, and what keeping up with it costs.

    NEXTCLOUD_URL=… OCC=… python -m bench.nextcloud [--changes 30] [--crawled 12] [--access-log FILE --home DIR]
    python -m bench.nextcloud --tables

VoiceAssist is started and registered there with users of its own (`lk_…`), all of which is removed at the end. Prints
JSON on standard output, the load average with it. With the web server's access log and a folder in which a home's files
can be made (`{user}` stands for the user, as in /data/{user}/files) it also counts what an unchanged home of 10,000
files costs. `--tables` needs no Nextcloud: it counts the rows for 100 users with 1,000 shared files.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from backend.database import Base, Database
from backend.nextcloud.appapi import Clients
from backend.nextcloud.sources import AppApiSources
from tests.integration.files.town import Town
from tests.leaks.questions import Questions
from tests.live.nextcloud import LiveNextcloud, live_nextcloud, occ
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud

_HOOK = b"POST /hooks/"
_PATIENCE = 300.0
_BIG = 10_000
_IDLE_SECONDS = 190.0


class Tap:
    """Passes connections on to a port, and notes when a webhook arrives and how long its answer takes (seconds)."""

    def __init__(self) -> None:
        self.arrived: list[float] = []
        self.taken: list[float] = []
        self._to = 0

    async def listen(self) -> int:
        """The port on which it listens from now on."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    def pass_on_to(self, port: int) -> None:
        """Where connections are to go."""
        self._to = port

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._to)
        asked: list[float] = []

        def request(piece: bytes) -> None:
            if piece.startswith(_HOOK):
                asked.append(time.monotonic())
                self.arrived.append(asked[-1])

        def answer(_piece: bytes) -> None:
            if asked:
                self.taken.append(time.monotonic() - asked.pop())

        await asyncio.gather(_copy(reader, there_writer, request), _copy(there_reader, writer, answer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65_536):
            note(piece)
            writer.write(piece)
            await writer.drain()
    writer.close()


def spread(seconds: Sequence[float]) -> dict[str, float | int]:
    """p50, p95 and the largest, in seconds."""
    ordered = sorted(seconds)
    cut = statistics.quantiles(ordered, n=20, method="inclusive") if len(ordered) > 1 else ordered * 19
    return {
        "n": len(ordered),
        "p50": round(statistics.median(ordered), 3),
        "p95": round(cut[18], 3),
        "max": round(ordered[-1], 3),
    }


class Bench:
    """The measurements over one registered VoiceAssist."""

    def __init__(self, live: LiveNextcloud, tap: Tap) -> None:
        self.live = live
        self.tap = tap
        self._questions = Questions(live.exapp, live.http, {}, random.Random(0))

    async def change(self, user: str, number: int) -> tuple[int, float]:
        """A new file; its id and when the server had it."""
        word = f"zq{number}xvbench"
        content = f"The protocol of the clinic. The secret reference is {word}. Keep it in mind."
        path = f"/{word}.txt"
        assert await self.live.people[user].dav("PUT", path, content.encode()) in (201, 204)
        done = time.monotonic()
        file_id = (await self.live.sources.of(user).stat(path)).file_id
        self._questions.texts[file_id] = [word]
        return file_id, done

    async def answerable(self, user: str, file_id: int, pause: float) -> float:
        """The moment at which a question finds the file."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if await self._questions.finds(user, file_id):
                return time.monotonic()
            await asyncio.sleep(pause)
        raise TimeoutError(f"not answerable after {_PATIENCE} s")

    async def by_webhook(self, changes: int) -> dict[str, Any]:
        """One change after the other."""
        after_change, after_hook = [], []
        for number in range(changes):
            heard = len(self.tap.arrived)
            file_id, done = await self.change("lk_ann", number)
            found = await self.answerable("lk_ann", file_id, 0.05)
            after_change.append(found - done)
            after_hook.append(found - self.tap.arrived[heard])
            await asyncio.sleep(1.0)
        return {"after_the_change": spread(after_change), "after_the_webhook": spread(after_hook)}

    async def by_crawl(self, changes: int) -> dict[str, Any]:
        """Changes of which no webhook tells, a few seconds apart."""
        nextcloud = Clients(self.live.appapi)
        await nextcloud.of("").webhooks.unregister_all()
        await nextcloud.close()
        heard = len(self.tap.arrived)

        async def one(number: int) -> float:
            await asyncio.sleep(7.0 * number)
            file_id, done = await self.change("lk_ben", 1000 + number)
            return await self.answerable("lk_ben", file_id, 0.5) - done

        seconds = await asyncio.gather(*(one(number) for number in range(changes)))
        return {"after_the_change": spread(seconds), "webhooks_meanwhile": len(self.tap.arrived) - heard}

    async def intake(self, calls: int) -> dict[str, Any]:
        """Webhooks as Nextcloud sends them, one at a time, straight to the process."""
        payload = {
            "event": {
                "class": "OCP\\Files\\Events\\Node\\NodeWrittenEvent",
                "node": {"id": 1, "path": "/lk_cat/files/some.txt"},
            },
            "user": {"uid": "lk_cat"},
            "time": 1,
        }
        seconds = []
        for _ in range(calls):
            began = time.monotonic()
            answer = await self.live.exapp.call(self.live.http, "lk_cat", "POST", "/hooks/nextcloud", json=payload)
            assert answer.status_code == 200
            seconds.append(time.monotonic() - began)
            await asyncio.sleep(0.05)
        return {"one_at_a_time": spread(seconds), "those_of_nextcloud": spread(self.tap.taken)}

    async def idle(self, access_log: Path, home: str) -> dict[str, Any]:
        """What crawls of an unchanged home of 10,000 files ask of Nextcloud, by its access log."""
        folder = Path(home.format(user="lk_cat")) / "Films"
        folder.mkdir(parents=True)
        for number in range(_BIG):
            # A hundred in a folder; of a type that is listed and not fetched, for it is the crawl that is measured.
            inside = folder / str(number // 100)
            inside.mkdir(exist_ok=True)
            (inside / f"{number}.mp4").write_bytes(b"x")
        await occ("files:scan", "lk_cat")
        await self.live.exapp.call(self.live.http, "lk_cat", "POST", "/api/v1/files/crawl")
        began, total = time.monotonic(), 0
        while total < _BIG and time.monotonic() - began < 2 * _PATIENCE:
            await asyncio.sleep(2)
            answer = await self.live.exapp.call(self.live.http, "lk_cat", "GET", "/api/v1/files/summary")
            total = answer.json()["data"]["total"]
        first = time.monotonic() - began
        await asyncio.sleep(5)
        before = len(await asyncio.to_thread(access_log.read_bytes))
        await asyncio.sleep(_IDLE_SECONDS)
        lines = (await asyncio.to_thread(access_log.read_bytes))[before:].decode().splitlines()
        theirs = [line for line in lines if "/dav/files/lk_cat" in line]
        wishes = [line for line in lines if "/ex-app/preference" in line]
        return {
            "files": total,
            "first_crawl_seconds": round(first, 1),
            "seconds_watched": _IDLE_SECONDS,
            "webdav_requests_for_this_user": len(theirs),
            "requests_for_the_settings_of_all_users": len(wishes),
            "users": len(await self._users()),
        }

    async def _users(self) -> Sequence[str]:
        clients = Clients(self.live.appapi)
        try:
            return list(await clients.of("").users_list())
        finally:
            await clients.close()


async def tables() -> dict[str, Any]:
    """Rows for 100 users who share a folder of 1,000 files, and requests of a second crawl of a home of 10,000."""
    users = tuple(f"user{number}" for number in range(100))
    cloud = Cloud(("owner", *users))
    folder = cloud.write("owner", "/shared", None)
    assert folder is not None
    for number in range(1000):
        folder.items[f"{number}.txt"] = cloud._item(b"x")
    cloud.groups["all"] = set(users)
    cloud.share("owner", "/shared", 1, "all")

    async def crawled(town: Town) -> dict[str, Any]:
        for user in town.cloud.homes:
            await town.crawl(user)
        async with town.database.reading() as session:
            names = sorted(Base.metadata.tables)
            return {name: await session.scalar(text(f"SELECT count(*) FROM {name}")) for name in names}

    rows = await _in_town(cloud, crawled)

    big = Cloud(("ann",))
    for number in range(100):
        inside = big.write("ann", f"/{number}", None)
        assert inside is not None
        inside.items = {f"{at}.txt": big._item(b"x") for at in range(_BIG // 100)}

    async def twice(town: Town) -> dict[str, Any]:
        first = (await town.crawl("ann")).requests
        before = len(town.server.requests)
        await town.crawl("ann")
        return {"first_crawl": first, "unchanged": len(town.server.requests) - before}

    return {"rows_of_100_users_with_1000_shared_files": rows, "requests_for_10000_files": await _in_town(big, twice)}


async def _in_town(cloud: Cloud, measure: Callable[[Town], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, AppApiServer(cloud).serving() as server:
        database = Database(f"sqlite+aiosqlite:///{folder}/bench.db")
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        sources = AppApiSources(server.appapi, server.all_users)
        try:
            return await measure(Town(database, server, sources, Path(folder)))
        finally:
            await sources.close()
            await database.close()


async def live(arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything that needs the real Nextcloud."""
    tap = Tap()
    port = await tap.listen()
    with tempfile.TemporaryDirectory() as folder:
        users = ("lk_ann", "lk_ben", "lk_cat")
        async with live_nextcloud(Path(folder), users, port, tap.pass_on_to) as nextcloud:
            bench = Bench(nextcloud, tap)
            file_id, _ = await bench.change("lk_ann", 9999)
            await bench.answerable("lk_ann", file_id, 0.2)
            found: dict[str, Any] = {}
            measures: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
                "by_webhook": partial(bench.by_webhook, arguments.changes),
                "intake": partial(bench.intake, 200),
            }
            if arguments.crawled:
                measures["by_crawl"] = partial(bench.by_crawl, arguments.crawled)
            if arguments.access_log and arguments.home:
                measures["idle"] = partial(bench.idle, arguments.access_log, arguments.home)
            for name, measure in measures.items():
                before = os.getloadavg()[0]
                found[name] = await measure() | {"load": [round(before, 1), round(os.getloadavg()[0], 1)]}
                print(name, found[name], file=sys.stderr, flush=True)
            return found


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--crawled", type=int, default=12)
    parser.add_argument("--access-log", type=Path)
    parser.add_argument("--home", default="")
    parser.add_argument("--tables", action="store_true")
    arguments = parser.parse_args()
    print(json.dumps(asyncio.run(tables() if arguments.tables else live(arguments)), indent=2))


if __name__ == "__main__":
    main()

"""A shard that grows: its vector process, and the optimised copy that takes its place from time to time."""

import asyncio
import contextlib
import shutil
import sys
from pathlib import Path

import msgspec
import structlog

from backend.errors import Broken, Unavailable
from backend.search import wire
from backend.search.edge_client import NOTHING, EdgeClient

log = structlog.get_logger(__name__)

# Points that no graph covers cost a user who sees all of them 0.2 to 0.3 microseconds each, in every search. A shard
# is optimised when there are this many, and a share of those that a graph covers, so that a growing shard is not
# copied for ever.
_OPTIMISE_FROM = 20_000
_OPTIMISE_SHARE = 0.1

_NUMBER = msgspec.msgpack.Decoder(int)


class GrowingShard:
    """The shard of one collection, in the folder that `folder`/generation names.

    Writes go to it one after another. `client` is the process to ask for reading; take it anew for each request.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._folder = folder
        self._dimension = dimension
        self._generation = 1
        self.client = EdgeClient(self._home(1), dimension)
        self._writing = asyncio.Lock()
        self._journal: list[wire.Writing] | None = None
        self._optimiser: asyncio.Task[None] | None = None
        self._points = 0
        self._covered = 0

    async def open(self) -> None:
        """Remove what an optimisation that was killed left behind, and start the process."""
        self._generation = int(await asyncio.to_thread(read_text, self._folder / "generation") or 1)
        keep = self._home(self._generation)
        await asyncio.to_thread(_remove_all_but, keep)
        self.client = EdgeClient(keep, self._dimension)
        self._points = await self.client.ask(wire.Stats(), _NUMBER)
        self._covered = int(await asyncio.to_thread(read_text, keep / "covered") or 0)
        self._see_to_growth()

    async def write(self, call: wire.Writing, points: int) -> None:
        """Carry out an update of so many points, and see to the shard when it has grown."""
        async with self._writing:
            if self._journal is not None:
                # Before it is sent: a caller that is cancelled does not take back what the process has received.
                self._journal.append(call)
            await self.client.ask(call, NOTHING)
            self._points += points
        self._see_to_growth()

    async def optimise(self) -> None:
        """Put an optimised copy in the place of this shard, after one that is being made already."""
        while self._is_optimising():
            assert self._optimiser is not None
            await asyncio.wait([self._optimiser])
        self._optimiser = asyncio.create_task(self._replace())
        await asyncio.wait([self._optimiser])

    async def close(self) -> None:
        """Give up a running optimisation, flush, and end the process."""
        if self._optimiser is not None:
            # Not while it changes the shard's folder, which it does with the lock held.
            async with self._writing:
                self._optimiser.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._optimiser
        await self.client.close()

    def _is_optimising(self) -> bool:
        return self._optimiser is not None and not self._optimiser.done()

    def _has_grown(self) -> bool:
        return self._points - self._covered > max(_OPTIMISE_FROM, self._covered * _OPTIMISE_SHARE)

    def _see_to_growth(self) -> None:
        if self._has_grown() and not self._is_optimising():
            self._optimiser = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        # It may grow as much again while it is being optimised.
        while self._has_grown():
            await self._replace()

    async def _replace(self) -> None:
        copy = self._home(self._generation + 1)
        fresh: EdgeClient | None = None
        taking_over = False
        # Set at the start: when it fails, it is tried again after the shard has grown by as much again.
        self._covered = self._points
        try:
            await self._copy_to(copy)
            await self._run_optimiser(copy)
            fresh = EdgeClient(copy, self._dimension)
            await self._replay(fresh)
            async with self._writing:
                await self._replay(fresh)
                await fresh.ask(wire.Flush(), NOTHING)
                await asyncio.to_thread(write_text, copy / "covered", str(self._covered))
                # From here on the copy may be the one that counts; if this is cut short, `open` finds out which.
                taking_over = True
                await asyncio.to_thread(write_text, self._folder / "generation", str(self._generation + 1))
                self._generation += 1
                self._journal = None
                old, self.client, fresh = self.client, fresh, None
        except (OSError, Unavailable, Broken) as error:
            log.warning("vectors.not_optimised", folder=str(self._folder), error=repr(error))
        else:
            await old.close()
            await asyncio.to_thread(shutil.rmtree, old.folder, ignore_errors=True)
        finally:
            self._journal = None
            if fresh is not None:
                await fresh.close()
            if not taking_over:
                await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)

    async def _copy_to(self, copy: Path) -> None:
        """Copy the shard while nobody writes, and keep a journal of what is written from then on."""
        await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
        async with self._writing:
            await self.client.ask(wire.Flush(), NOTHING)
            await asyncio.to_thread(shutil.copytree, self.client.folder, copy)
            self._journal = []

    async def _run_optimiser(self, copy: Path) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "backend.search.edge_process", "optimise", str(copy), str(self._dimension)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if status != 0:
            raise Unavailable(f"The optimiser of {copy} ended with status {status}.")

    async def _replay(self, fresh: EdgeClient) -> None:
        """Carry out the journal, as far as it goes when this returns, and forget it."""
        while self._journal:
            # Nothing stands between the slice and the deletion, so no new entry is lost.
            calls = self._journal[:]
            del self._journal[: len(calls)]
            for call in calls:
                try:
                    await fresh.ask(call, NOTHING)
                except Broken as error:
                    # The old process refused the same call; its caller was told.
                    log.warning("vectors.refused", error=repr(error))

    def _home(self, generation: int) -> Path:
        return self._folder / str(generation)


def _remove_all_but(keep: Path) -> None:
    for path in keep.parent.iterdir():
        if path.is_dir() and path != keep:
            shutil.rmtree(path, ignore_errors=True)


def read_text(path: Path) -> str | None:
    """What a small file holds, None when there is none."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def write_text(path: Path, text: str) -> None:
    """Replace a small file as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)

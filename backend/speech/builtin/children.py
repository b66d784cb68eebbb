"""The few child processes that recognise for everybody, and the vocabularies that have been made for them."""

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

from backend.errors import Unavailable
from backend.speech.builtin import wire
from backend.speech.builtin.child import Child
from backend.speech.protocol import Listening, Vocabulary

# A child takes a tenth of a processor for each utterance that it hears. More children than processors would only take
# turns; the service needs one as well.
CHILDREN = max(1, min(4, (os.cpu_count() or 1) - 1))
# Utterances that a child hears at once: with more, each falls behind its speaker.
AT_ONCE = 6
# Vocabularies that are kept; each takes half a megabyte of disk.
_KEPT = 100
# In place of a user's id. No user has an empty one.
_EVERYBODY = ""
# A child that has nothing to do for so long (seconds) ends.
_IDLE_SECONDS = 300.0


class Children:
    """Starts children when there is something to hear, and ends them when there has been nothing for a while."""

    def __init__(self, children: int = CHILDREN, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._running: list[Child] = []
        self._most = children
        self._places = asyncio.Semaphore(children * AT_ONCE)
        self._starting = asyncio.Lock()
        self._making = asyncio.Lock()
        self._folder: Path | None = None
        self._made: OrderedDict[tuple[str, str], asyncio.Task[Path]] = OrderedDict()
        self._number = 0
        self._rest: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Process ids of the children that run now."""
        return [child.pid for child in self._running if child.alive]

    @property
    def folder(self) -> Path | None:
        """Where the vocabularies are, once one has been made."""
        return self._folder

    def number(self) -> int:
        """A number for an utterance."""
        self._number += 1
        return self._number

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[Child]:
        """A child that has room for an utterance; waits while none has. Raises `Unavailable`."""
        async with self._places:
            child = await self._child()
            child.utterances += 1
            try:
                yield child
            finally:
                child.utterances -= 1
                if not self._closed:
                    self._rest_later()

    async def _child(self) -> Child:
        """The child with the least to do, or a new one while there may be more."""
        async with self._starting:
            if self._closed:
                raise Unavailable("Speech cannot be recognised: VoiceAssist is stopping.")
            self._running = [child for child in self._running if child.alive]
            least = min(self._running, key=lambda child: child.utterances, default=None)
            if least is not None and (least.utterances == 0 or len(self._running) >= self._most):
                return least
            child = await Child.start()
            self._running.append(child)
            return child

    async def model(self, listening: Listening, *, newest: bool = False) -> str:
        """The folder with the language model of a user, made once for each version of their vocabulary.

        While a new version is made (seconds for thousands of names), the one before serves, and for somebody new that
        of everybody; unless `newest`. Nothing without a vocabulary: recordings, of which nobody knows what is said in
        them, are no commands.
        """
        if listening.vocabulary == Vocabulary():
            return ""
        task = await self._vocabulary(listening)
        if not newest and not task.done():
            for wanted in (listening.user_id, _EVERYBODY):
                for (user_id, _), other in reversed(self._made.items()):
                    if user_id == wanted and _is_made(other):
                        return str(other.result())
        return str(await asyncio.shield(task))

    async def _vocabulary(self, listening: Listening) -> asyncio.Task[Path]:
        key = _key(listening)
        task = self._made.get(key)
        if task is None or (task.done() and not _is_made(task)):
            task = self._made[key] = asyncio.create_task(self._make(listening), name="speech: make a vocabulary")
            task.add_done_callback(_looked_at)
        self._made.move_to_end(key)
        while len(self._made) > _KEPT:
            _, oldest = self._made.popitem(last=False)
            if _is_made(oldest):
                await asyncio.to_thread(shutil.rmtree, oldest.result(), ignore_errors=True)
        return task

    async def _make(self, listening: Listening) -> Path:
        key = "\0".join(_key(listening))
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="voiceassist-speech-"))  # for this process's user alone
        folder = self._folder / hashlib.sha256(key.encode()).hexdigest()[:32]
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        vocabulary = listening.vocabulary
        async with self._making:
            child = await Child.start()  # its own: those that hear have no time for it
            try:
                names, phrases = list(vocabulary.names), list(vocabulary.phrases)
                await child.ask(wire.Make(str(self._folder), str(folder), names, phrases))
            finally:
                await child.end()
        return folder

    def _rest_later(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(self._idle_seconds, self._end_idle)

    def _end_idle(self) -> None:
        """End the children that have nothing to do."""
        idle = [child for child in self._running if not child.utterances]
        self._running = [child for child in self._running if child.utterances]
        for child in idle:
            task = asyncio.create_task(child.end(), name="speech: end an idle child")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End all children, also in the middle of an utterance, and remove what was made."""
        self._closed = True
        if self._rest is not None:
            self._rest.cancel()
        for task in self._made.values():
            task.cancel()
        await asyncio.gather(*self._made.values(), return_exceptions=True)
        async with self._starting:  # one that is being started ends as well
            for child in self._running:
                await child.end()
        await asyncio.gather(*self._ending)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _key(listening: Listening) -> tuple[str, str]:
    """Whose a vocabulary is, and its version."""
    vocabulary = listening.vocabulary
    return _EVERYBODY if vocabulary.everybodys else listening.user_id, vocabulary.version


def _is_made(task: asyncio.Task[Path]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _looked_at(task: asyncio.Task[Path]) -> None:
    """Whoever asked for it may have gone."""
    if not task.cancelled():
        task.exception()

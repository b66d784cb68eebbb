"""The built-in engine as the rest of the house knows it: `BuiltinRecogniser`."""

import asyncio
import contextlib
from collections import OrderedDict

from backend.egress.gate import Destination
from backend.errors import BadInput, Unavailable
from backend.speech.builtin import wire
from backend.speech.builtin.children import CHILDREN, Children
from backend.speech.protocol import BYTES_PER_SAMPLE, HEARD_RATE, EngineInfo, Listening, Transcript, Word

NAME = "pocketsphinx"

# Decoded in pieces of at most this, so that others get their turn in the same child.
_PIECE_BYTES = HEARD_RATE * BYTES_PER_SAMPLE // 2
# Sound that may wait to be decoded, while all children are busy: a minute. Then whoever feeds waits.
_MOST_WAITING = 60 * HEARD_RATE * BYTES_PER_SAMPLE
# Speakers whose microphones are remembered.
_SPEAKERS = 1_000


class BuiltinRecogniser:
    """Hears with pocketsphinx, in a few child processes that all users share. Nothing leaves this machine.

    Commands are heard by the language model of the user's vocabulary. Without a vocabulary (a recording of somebody's
    speech) the general model of English hears, which knows no names and is still bad at free speech.
    """

    def __init__(self, children: int = CHILDREN) -> None:
        self._children = Children(children)
        self._means: OrderedDict[str, str] = OrderedDict()

    @property
    def info(self) -> EngineInfo:
        """It knows names and commands, in English."""
        return EngineInfo(NAME, Destination("localhost"), grade="command", languages=("en",), streaming=True)

    @property
    def children(self) -> Children:
        """The processes that do the work."""
        return self._children

    async def listen(self, listening: Listening) -> "BuiltinRecognition":
        """Begin to hear an utterance. What is said while its vocabulary is made, or while no child is free, waits."""
        _check(listening)
        return BuiltinRecognition(self._children, listening, self._means)

    async def prepare(self, listening: Listening) -> None:
        """Make the user's vocabulary, and have a decoder ready. Raises `Unavailable`."""
        _check(listening)
        model = await self._children.model(listening, newest=True)
        async with self._children.place() as child:
            await child.ask(wire.Warm(model))

    async def close(self) -> None:
        """End the child processes."""
        await self._children.close()


def _check(listening: Listening) -> None:
    if listening.language not in ("", "en"):
        raise BadInput(
            f"The built-in speech recognition knows English only, not “{listening.language}”. Choose another engine.",
            field="language",
        )


class BuiltinRecognition:
    """One utterance. Its sound is decoded by a task of its own, which ends with `finish` or `abandon`."""

    def __init__(self, children: Children, listening: Listening, means: OrderedDict[str, str]) -> None:
        self._children = children
        self._listening = listening
        self._means = means
        self._waiting = bytearray()
        self._ended = False
        self._more = asyncio.Event()
        self._taken = asyncio.Event()
        self._text = self._told = ""
        self._task = asyncio.create_task(self._hear(), name="speech: hear an utterance")
        self._task.add_done_callback(_looked_at)

    async def feed(self, samples: bytes) -> str | None:
        """Hear more; the transcript so far when it has changed. Raises `BadInput` for half a sample, `Unavailable`."""
        if len(samples) % BYTES_PER_SAMPLE:
            raise BadInput("Sound comes in samples of two bytes; there was half a sample.")
        if self._ended:
            raise BadInput("The utterance is over: nothing can be added to it.")
        while len(self._waiting) >= _MOST_WAITING and not self._task.done():
            self._taken.clear()
            await self._taken.wait()
        if self._task.done():
            self._task.result()  # raises what went wrong
        self._waiting += samples
        self._more.set()
        if self._text == self._told:
            return None
        self._told = self._text
        return self._told

    async def finish(self) -> Transcript:
        """The whole utterance."""
        self._ended = True
        self._more.set()
        try:
            return await asyncio.shield(self._task)
        except asyncio.CancelledError:
            if self._task.cancelled():
                raise Unavailable("The utterance was abandoned.") from None
            await self.abandon()
            raise

    async def abandon(self) -> None:
        """End without a transcript."""
        self._ended = True
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _hear(self) -> Transcript:
        try:
            model = await self._children.model(self._listening)
            async with self._children.place() as child:
                utterance = self._children.number()
                user = self._listening.user_id
                try:
                    await child.ask(wire.Begin(utterance, model, self._means.get(user, "")))
                    while not (self._ended and not self._waiting):
                        await self._more.wait()
                        self._more.clear()
                        while self._waiting:
                            answer = await child.ask(wire.Hear(utterance, self._take()))
                            if answer.text is not None:
                                self._text = answer.text
                    heard = await child.ask(wire.Finish(utterance))
                except BaseException:
                    if child.alive:  # its decoder is of use to others
                        with contextlib.suppress(Unavailable):
                            await child.ask(wire.Abandon(utterance))
                    raise
        finally:
            self._taken.set()
        if heard.words:
            self._means[user] = heard.cepstral_mean
            self._means.move_to_end(user)
            while len(self._means) > _SPEAKERS:
                self._means.popitem(last=False)
        words = tuple(Word(word.text, word.start, word.end, word.confidence) for word in heard.words)
        return Transcript(heard.text or "", NAME, "en", words)

    def _take(self) -> bytes:
        piece = bytes(self._waiting[:_PIECE_BYTES])
        del self._waiting[:_PIECE_BYTES]
        self._taken.set()
        return piece


def _looked_at(task: asyncio.Task[Transcript]) -> None:
    """Whoever listened may have gone."""
    if not task.cancelled():
        task.exception()

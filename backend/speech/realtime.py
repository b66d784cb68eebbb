"""Hears by the Realtime API of OpenAI, word by word over a WebSocket: a transcription session for each utterance.

https://developers.openai.com/api/docs/guides/realtime-transcription. Servers in the house that speak it (speaches) are
told the same as OpenAI's.
"""

import asyncio
import base64
import contextlib
from collections.abc import Mapping

from websockets import InvalidStatus, WebSocketException

from backend.egress.client import TranscriptionSocket
from backend.egress.gate import Gate, Purpose, acting_for
from backend.errors import Unavailable, VoiceAssistError
from backend.speech.endpoint import Address, connect
from backend.speech.limits import SHORTEST_SECONDS, Limits, seconds
from backend.speech.names import hints
from backend.speech.protocol import HEARD_RATE, EngineInfo, Listening, Transcript
from backend.speech.resampling import Resampler

# The API takes nothing else.
_RATE = 24_000
# Sound is sent in pieces of at least this many bytes (a tenth of a second): an event for every frame would be mostly
# envelope.
_PIECE = 4_800
# What has not been sent yet, because the connection is being made or the server reads slowly, is at most so long.
_WAITING_SECONDS = 30.0

_DELTA = "conversation.item.input_audio_transcription.delta"
_COMPLETED = "conversation.item.input_audio_transcription.completed"
_FAILED = "conversation.item.input_audio_transcription.failed"


class RealtimeRecogniser:
    """One model that hears while somebody speaks. Where an utterance ends is decided here, not by the server."""

    def __init__(self, gate: Gate, address: Address, limits: Limits) -> None:
        self.model = address.model
        self.limits = limits
        self.client = connect(gate, address, limits)
        self.client.load_sockets()
        self.info = EngineInfo(address.model, self.client.destination, streaming=True)
        self.sessions: set[asyncio.Task[None]] = set()
        self._gate = gate
        self._closed = False

    async def listen(self, listening: Listening) -> "_Utterance":
        """Begin to hear. The connection is made while the first words are spoken. Raises `Withheld` at once."""
        destination = self.client.destination
        if self._closed:
            raise Unavailable(f"{self.model} at {destination.host} is not asked any more.")
        names = await hints(listening.vocabulary, self._gate, destination)
        with acting_for(listening.user_id):
            await self._gate.check(Purpose.SPEECH, destination, names, sound=True)
            return _Utterance(self, self._session(listening, names), listening.language or "en")

    async def prepare(self, listening: Listening) -> None:
        """There is nothing to prepare: an idle session would be paid for and cut off."""

    async def close(self) -> None:
        """End what is open, and give connections back."""
        self._closed = True
        for session in self.sessions:
            session.cancel()
        await asyncio.gather(*self.sessions, return_exceptions=True)
        await self.client.close()

    def _session(self, listening: Listening, names: list[str]) -> dict[str, object]:
        transcription: dict[str, object] = {"model": self.model}
        if listening.language:
            transcription["language"] = listening.language
        if names:
            transcription["prompt"] = ", ".join(names)
        sound = {"format": {"type": "audio/pcm", "rate": _RATE}, "transcription": transcription, "turn_detection": None}
        return {"type": "session.update", "session": {"type": "transcription", "audio": {"input": sound}}}


class _Utterance:
    """One session. A task of its own owns the socket: it sends what was fed, and reads what was heard."""

    def __init__(self, recogniser: RealtimeRecogniser, session: Mapping[str, object], language: str) -> None:
        self._recogniser = recogniser
        self._session = session
        self._language = language
        self._resampler = Resampler(HEARD_RATE, _RATE)
        self._size = 0
        self._waiting = bytearray()
        self._ended = False
        self._news = asyncio.Event()  # there is something to send
        self._texts: dict[str, str] = {}
        self._told = ""
        self._done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name="speech: realtime")
        recogniser.sessions.add(self._task)
        self._task.add_done_callback(recogniser.sessions.discard)

    async def feed(self, samples: bytes) -> str | None:
        """Send samples, and tell what was heard meanwhile."""
        if self._done.done():
            self._done.result()  # raises why it has ended
        self._size += len(samples)
        self._waiting += self._resampler.feed(samples)
        if len(self._waiting) > _WAITING_SECONDS * _RATE * 2:
            raise Unavailable(f"{self._where} does not take the sound as fast as it is spoken.")
        self._news.set()
        text = self._text
        if text == self._told:
            return None
        self._told = text
        return text

    async def finish(self) -> Transcript:
        """Say that this was all, and wait for the last words."""
        if seconds(self._size) < SHORTEST_SECONDS:
            await self.abandon()
            return Transcript("", self._recogniser.model, self._language)
        self._waiting += self._resampler.finish()
        self._ended = True
        self._news.set()
        try:
            async with asyncio.timeout(self._recogniser.limits.for_sound(self._size)):
                text = await asyncio.shield(self._done)
        except TimeoutError as error:
            raise Unavailable(f"{self._where} did not answer in time.") from error
        finally:
            await self.abandon()
        return Transcript(text.strip(), self._recogniser.model, self._language)

    async def abandon(self) -> None:
        """Close the session. The farewells are not waited for: a transcript would come that much later."""
        self._task.cancel()
        if self._done.done() and not self._done.cancelled():
            self._done.exception()  # seen, or of no interest any more
        self._done.cancel()

    @property
    def _text(self) -> str:
        return " ".join(text.strip() for text in self._texts.values() if text.strip())

    @property
    def _where(self) -> str:
        return f"{self._recogniser.model} at {self._recogniser.client.destination.host}"

    async def _run(self) -> None:
        limits = self._recogniser.limits
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with asyncio.timeout(limits.connect):
                    socket = await stack.enter_async_context(self._recogniser.client.transcription_socket())
                    await socket.send(self._session)
                sending = asyncio.create_task(self._send(socket), name="speech: realtime, sending")
                stack.callback(sending.cancel)
                while not self._done.done():
                    self._take(await socket.receive())
        except VoiceAssistError as error:
            self._fail(error)
        except TimeoutError:
            self._fail(Unavailable(f"{self._where} cannot be reached."))
        except InvalidStatus as error:
            status = error.response.status_code
            hint = " Check SPEECH_API_KEY." if status in (401, 403) else ""
            self._fail(Unavailable(f"{self._where} refused the connection ({status}).{hint}"))
        except (WebSocketException, OSError) as error:
            self._fail(Unavailable(f"{self._where} cannot be reached, or broke off ({type(error).__name__})."))
        except (ValueError, TypeError, KeyError, AttributeError):
            self._fail(Unavailable(f"{self._where} answered something unreadable."))

    async def _send(self, socket: TranscriptionSocket) -> None:
        with contextlib.suppress(WebSocketException, OSError):  # whoever reads meets the same
            while True:
                await self._news.wait()
                self._news.clear()
                while len(self._waiting) >= _PIECE or (self._ended and self._waiting):
                    piece = bytes(self._waiting[:_PIECE])
                    del self._waiting[: len(piece)]
                    sound = base64.b64encode(piece).decode()
                    await socket.send({"type": "input_audio_buffer.append", "audio": sound})
                if self._ended:
                    await socket.send({"type": "input_audio_buffer.commit"})
                    return

    def _take(self, event: Mapping[str, object]) -> None:
        """One event of the server. Raises `KeyError` and the like for one that is not as it should be."""
        match event["type"]:
            case "error":
                raise Unavailable(f"{self._where} refused the session.")
            case kind if kind == _FAILED:
                raise Unavailable(f"{self._where} could not hear it.")
            case kind if kind == _DELTA:
                item = _string(event["item_id"])
                self._texts[item] = self._texts.get(item, "") + _string(event.get("delta") or "")
            case kind if kind == _COMPLETED:
                self._texts[_string(event["item_id"])] = _string(event["transcript"])
                if self._ended and not self._done.done():
                    self._done.set_result(self._text)

    def _fail(self, error: VoiceAssistError) -> None:
        if not self._done.done():
            self._done.set_exception(error)


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value

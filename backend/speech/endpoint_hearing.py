"""Hears by `/audio/transcriptions` of an OpenAI-compatible server: OpenAI, speaches, LocalAI, vLLM and others."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from backend.egress.gate import Gate, Purpose, acting_for
from backend.errors import Unavailable
from backend.speech.collected import Collected
from backend.speech.endpoint import Address, Refused, connect, within
from backend.speech.limits import Limits
from backend.speech.names import hints
from backend.speech.protocol import EngineInfo, Listening, Transcript, Word
from backend.speech.wav import as_wav

# The transcript of the longest recording is far below; more is no transcript.
_MOST_ANSWER_BYTES = 4 * 2**20

# What whisper calls a language.
_LANGUAGES = {"english": "en", "german": "de"}

# Ways to ask, the best first: words with their times; else text as it is recognised; else text. Whisper knows the
# first, newer models of OpenAI the second, and a small server perhaps neither.
_WAYS: tuple[Mapping[str, Any], ...] = (
    {"response_format": "verbose_json", "timestamp_granularities": ["word"]},
    {"response_format": "json", "stream": True},
    {},
)


class EndpointRecogniser:
    """One model that hears. It is sent an utterance when all of it is said: nothing is understood before."""

    def __init__(self, gate: Gate, address: Address, limits: Limits) -> None:
        self.model = address.model
        self.limits = limits
        self.client = connect(gate, address, limits)
        self.destination = self.client.destination
        self.info = EngineInfo(address.model, self.destination)
        self._gate = gate
        self._way = 0

    async def listen(self, listening: Listening) -> Collected:
        """Begin to hear. Raises `Withheld` at once when the sound may not go there."""
        with acting_for(listening.user_id):
            await self._gate.check(Purpose.SPEECH, self.destination, [], sound=True)
        return Collected(self, listening)

    async def prepare(self, listening: Listening) -> None:
        """There is nothing to prepare."""

    async def close(self) -> None:
        """Give connections back."""
        await self.client.close()

    async def transcript(self, samples: bytes, listening: Listening) -> Transcript:
        """What was said in these samples. Raises as `Recognition.finish` does."""
        names = await hints(listening.vocabulary, self._gate, self.destination)
        given: dict[str, Any] = {"model": self.model, "file": ("speech.wav", as_wav(samples), "audio/wav")}
        if listening.language:
            given["language"] = listening.language
        if names:
            given["prompt"] = ", ".join(names)
        while True:
            way = self._way
            try:
                with acting_for(listening.user_id):
                    return await self._ask({**given, **_WAYS[way]}, len(samples), listening.language)
            except Refused as refused:
                if not any(option in refused.names for option in _WAYS[way]):
                    raise Unavailable(f"{self.model} at {self.destination.host} refused the request.") from refused
                self._way = max(self._way, way + 1)  # from now on asked like this

    async def _ask(self, given: dict[str, Any], size: int, language: str) -> Transcript:
        async with (
            within(self.limits.for_sound(size), self.destination.host, self.model),
            self.client.audio.transcriptions.with_streaming_response.create(**given) as response,
        ):
            body = response.iter_bytes()
            if response.headers.get("content-type", "").startswith("text/event-stream"):
                return Transcript(await _streamed(body), self.model, language or "en")
            return _whole(json.loads(await _read(body)), self.model, language)


async def _read(body: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for piece in body:
        content += piece
        if len(content) > _MOST_ANSWER_BYTES:
            raise ValueError("an answer that is too long")
    return bytes(content)


async def _streamed(body: AsyncIterator[bytes]) -> str:
    """The text of a stream of events, which ends with `transcript.text.done`, whatever the server does after it."""
    left, size = b"", 0
    async for piece in body:
        size += len(piece)
        *lines, left = (left + piece).split(b"\n")
        for line in lines:
            if not line.startswith(b"data:") or line.strip().endswith(b"[DONE]"):
                continue
            event = json.loads(line.removeprefix(b"data:"))
            if event["type"] == "transcript.text.done":
                return _text(event["text"])
        if size > _MOST_ANSWER_BYTES:
            break
    raise Unavailable("The server that hears broke off in the middle of a transcript.")


def _whole(answer: Any, engine: str, language: str) -> Transcript:
    """A transcript in one piece; `words` where the server gives them."""
    words = tuple(
        Word(_text(word["word"]), float(word["start"]), float(word["end"])) for word in answer.get("words") or ()
    )
    named = str(answer.get("language") or "en").lower()
    return Transcript(_text(answer["text"]), engine, language or _LANGUAGES.get(named, named), words)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value.strip()

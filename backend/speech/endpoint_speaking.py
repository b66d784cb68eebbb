"""Speaks by `/audio/speech` of an OpenAI-compatible server: OpenAI, Kokoro-FastAPI, LocalAI and others."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

from backend.egress.gate import Gate, acting_for
from backend.errors import BadInput, Unavailable, VoiceAssistError
from backend.speech.decoding.decoder import Decoder
from backend.speech.endpoint import Address, Refused, connect, within
from backend.speech.limits import Limits
from backend.speech.protocol import BYTES_PER_SAMPLE, SPOKEN_RATE, EngineInfo, Voice

# What OpenAI takes.
_SLOWEST, _FASTEST = 0.25, 4.0
_MOST_CHARACTERS = 4096

# The slowest voices need a fifth of a second for a character; what speaks much longer does not come to an end.
_MOST_SECONDS_PER_CHARACTER = 1.0
_MOST_SECONDS = 10.0


class EndpointSynthesiser:
    """One model that speaks. `voice` is the voice of whoever has chosen none, or one that is not known there."""

    def __init__(self, gate: Gate, address: Address, voice: str, limits: Limits, decoder: Decoder) -> None:
        self._model = address.model
        self._voice = voice
        self._limits = limits
        self._decoder = decoder
        self._client = connect(gate, address, limits)
        self._host = self._client.destination.host
        self.info = EngineInfo(address.model, self._client.destination, streaming=True)
        self._voices: tuple[str, ...] | None = None

    async def speak(self, text: str, voice: Voice, user_id: str) -> AsyncGenerator[bytes, None]:
        """The sound as it comes; see `Synthesiser.speak`."""
        if len(text) > _MOST_CHARACTERS:
            raise Unavailable(f"{self._model} speaks at most {_MOST_CHARACTERS} characters at once.")
        async with AsyncExitStack() as stack:
            now = asyncio.get_running_loop().time
            sounds_until = now() + self._limits.answer
            kind, body = await self._begin(stack, text, voice, user_id)
            longest = _MOST_SECONDS + _MOST_SECONDS_PER_CHARACTER * len(text) / min(1.0, _speed(voice))
            left = _bytes_of(longest)
            pieces = self._pieces(body, sounds_until - now())
            if _is_pcm(kind):
                async for piece in _whole_samples(pieces):
                    left -= len(piece)
                    if left < 0:
                        raise Unavailable(f"{self._model} at {self._host} did not come to an end.")
                    yield piece
                return
            # Not what was asked for, but sound: some servers know only one format.
            content = bytearray()
            async for piece in pieces:
                content += piece
                if len(content) > left:
                    raise Unavailable(f"{self._model} at {self._host} did not come to an end.")
            try:
                yield await self._decoder.decode(bytes(content), SPOKEN_RATE, seconds=longest)
            except BadInput as error:
                raise Unavailable(
                    f"{self._model} at {self._host} gave no speech that can be used. {error.message}"
                ) from error

    async def voices(self) -> Sequence[str]:
        """What the server lists under `/audio/voices`, as Kokoro-FastAPI and speaches do; empty where it does not."""
        if self._voices is None:
            try:
                async with within(self._limits.answer, self._host, self._model):
                    listed = await self._client.get("/audio/voices", cast_to=object)
                    self._voices = tuple(_names(listed))
            except (VoiceAssistError, Refused):
                self._voices = ()
        return self._voices

    async def close(self) -> None:
        """Give connections back."""
        await self._client.close()

    async def _begin(
        self, stack: AsyncExitStack, text: str, voice: Voice, user_id: str
    ) -> tuple[str, AsyncIterator[bytes]]:
        """The kind of the answer and its body, of which the first piece has not come yet."""
        name = voice.name or self._voice
        while True:
            try:
                async with within(self._limits.answer, self._host, self._model):
                    with acting_for(user_id):
                        response = await stack.enter_async_context(
                            self._client.audio.speech.with_streaming_response.create(
                                model=self._model,
                                input=text,
                                voice=name,
                                response_format="pcm",
                                speed=_speed(voice),
                            )
                        )
                    return response.headers.get("content-type", ""), aiter(response.iter_bytes())
            except Refused as refused:
                if name == self._voice:
                    raise Unavailable(f"{self._model} at {self._host} refused the request.") from refused
                name = self._voice  # another engine's voice, as far as this one knows

    async def _pieces(self, body: AsyncIterator[bytes], first: float) -> AsyncIterator[bytes]:
        """The body, of which something comes within `first` seconds. `Unavailable` when it stalls or breaks off."""
        wait, begun = first, False
        while True:
            async with within(wait, self._host, self._model):
                piece = await anext(body, None)
            if piece is None:
                break
            wait, begun = self._limits.stall, True
            yield piece
        if not begun:
            raise Unavailable(f"{self._model} at {self._host} gave no sound.")


def _speed(voice: Voice) -> float:
    return min(_FASTEST, max(_SLOWEST, voice.speed))


def _is_pcm(kind: str) -> bool:
    """Whether an answer of this content type is the samples that were asked for. Raises `Unavailable` for no sound."""
    kind = kind.partition(";")[0].strip().lower()
    if kind in ("audio/pcm", "audio/l16", "application/octet-stream", ""):
        return True
    if kind.startswith("audio/"):
        return False
    raise Unavailable(f"The server that speaks answered with {kind!r} instead of sound.")


async def _whole_samples(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces that do not cut a sample in two."""
    rest = b""
    async for piece in pieces:
        rest += piece
        whole = len(rest) - len(rest) % BYTES_PER_SAMPLE
        if whole:
            yield rest[:whole]
        rest = rest[whole:]


def _names(listed: Any) -> list[str]:
    """Voices in one of the shapes that servers give them: names, or objects with one."""
    found = listed.get("voices") or listed.get("data") or [] if isinstance(listed, dict) else listed
    names = [one.get("id") or one.get("voice_id") or one.get("name") if isinstance(one, dict) else one for one in found]
    return [name for name in names if isinstance(name, str)]


def _bytes_of(seconds: float) -> int:
    return int(seconds * SPOKEN_RATE) * BYTES_PER_SAMPLE

"""A session's line over a WebSocket."""

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from backend.voice.frames import Sound
from backend.voice.line import Close, LineLost
from backend.voice.wire import Received, pack_audio, pack_event, parse_audio, parse_text

# A reason in a close frame has at most 123 bytes (RFC 6455, section 5.5).
_LONGEST_REASON = 120
_CLOSE_SECONDS = 1.0
_LOST = 1006


class WebSocketLine:
    """See `Line`. The WebSocket has been accepted."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def send_event(self, n: int, body: str) -> None:
        """See `Line.send_event`."""
        await self._send({"type": "websocket.send", "text": pack_event(n, body)})

    async def send_audio(self, n: int, sound: Sound) -> None:
        """See `Line.send_audio`."""
        await self._send({"type": "websocket.send", "bytes": pack_audio(n, sound.speech, sound.offset, sound.samples)})

    async def receive(self) -> Received:
        """See `Line.receive`."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise LineLost(message.get("code") or _LOST)
        text = message.get("text")
        return parse_text(text) if text is not None else parse_audio(message["bytes"])

    async def close(self, close: Close, reason: str) -> None:
        """See `Line.close`."""
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            return
        # A client that does not read takes no goodbye either; the server then lets the connection go.
        with suppress(WebSocketDisconnect, RuntimeError, OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._websocket.close(close, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))

    async def _send(self, message: dict[str, object]) -> None:
        try:
            await self._websocket.send(message)
        except (WebSocketDisconnect, RuntimeError, OSError) as error:
            raise LineLost(_LOST) from error

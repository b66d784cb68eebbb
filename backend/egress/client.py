"""The one client for models, over HTTP and WebSocket. Nothing else makes one, so nothing goes round the gate."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx2
import openai
from openai._models import FinalRequestOptions  # the type that openai's own hook takes

from backend.egress.gate import Carrier, Destination, Gate, Purpose

if TYPE_CHECKING:  # a quarter of a second of imports that few need
    from openai.resources.realtime.realtime import AsyncRealtimeConnection
    from openai.types.websocket_connection_options import WebSocketConnectionOptions

_SOCKETS = ("ws://", "wss://")
_CLOSE_SECONDS = 2.0
# An event of a transcription is a few words. What is larger is no such event.
_MOST_SOCKET_BYTES = 2**20


class GatedClient(openai.AsyncOpenAI):
    """An OpenAI client that asks the gate before every request, each repetition included.

    It follows no redirects: a server that may be asked could otherwise send the text on to one that may not. A proxy of
    the environment is used only where it makes no difference to the gate.
    """

    def __init__(
        self,
        gate: Gate,
        purpose: Purpose,
        base_url: str,
        api_key: str,
        *,
        timeout: openai.Timeout | float,
        retries: int = 0,
        carrier: Carrier = Carrier.DIRECT,
    ) -> None:
        """`api_key` may be empty: many servers in the house want none."""
        self.destination = Destination(urlsplit(base_url).hostname or base_url, carrier)
        self._gate = gate
        self._purpose = purpose
        super().__init__(
            api_key=api_key or "none",  # the client insists on one
            base_url=base_url,
            max_retries=retries,
            http_client=httpx2.AsyncClient(
                timeout=timeout,
                limits=openai.DEFAULT_CONNECTION_LIMITS,
                follow_redirects=False,
                trust_env=gate.may_use_proxy(self.destination),
            ),
            timeout=timeout,
        )

    async def _prepare_options(self, options: FinalRequestOptions) -> FinalRequestOptions:
        """openai's hook before a request is built, or a WebSocket opened; what it raises reaches the caller."""
        sound = bool(options.files) or options.url.startswith(_SOCKETS)
        await self._gate.check(self._purpose, self.destination, list(_texts(options.json_data)), sound=sound)
        return await super()._prepare_options(options)

    def load_sockets(self) -> None:
        """Import what a socket needs: half a second, in which somebody would wait for the first one."""
        _ = self.realtime

    @asynccontextmanager
    async def transcription_socket(self) -> AsyncIterator["TranscriptionSocket"]:
        """A WebSocket of the Realtime API that sound is sent over, to be transcribed.

        The gate is asked before it is opened, for sound; what else is sent over it the sender asks for. A redirect is
        followed to the same host only.
        """
        options = {
            "compression": None,  # sound in base64 does not get smaller
            "close_timeout": _CLOSE_SECONDS,
            "max_size": _MOST_SOCKET_BYTES,
            "proxy": True if self._gate.may_use_proxy(self.destination) else None,
        }
        async with self.realtime.connect(
            extra_query={"intent": "transcription"},
            websocket_connection_options=cast("WebSocketConnectionOptions", options),
        ) as connection:
            yield TranscriptionSocket(connection)


class TranscriptionSocket:
    """Events of the Realtime API in both directions, as JSON objects. Raises what `websockets` raises."""

    def __init__(self, connection: "AsyncRealtimeConnection") -> None:
        self._connection = connection

    async def send(self, event: Mapping[str, object]) -> None:
        """Send one event."""
        await self._connection.send_raw(json.dumps(event))

    async def receive(self) -> Mapping[str, object]:
        """The next event. Raises `ValueError` for what is no JSON object."""
        event = json.loads(await self._connection.recv_bytes())
        if not isinstance(event, dict):
            raise ValueError("not an event")
        return event


def _texts(body: Any) -> Iterator[str]:
    """Every piece of text in the body of a request."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from _texts(value)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from _texts(value)

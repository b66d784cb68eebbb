"""The one client for models, over HTTP and WebSocket. Nothing else makes one, so nothing goes round the gate."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
import openai
from openai._models import FinalRequestOptions  # the type that openai's own hook takes

from backend.egress.gate import Carrier, Destination, Gate, Purpose
from backend.transport import CheckedTransport, port_of

if TYPE_CHECKING:  # a quarter of a second of imports that few need
    from openai.resources.realtime.realtime import AsyncRealtimeConnection
    from openai.types.websocket_connection_options import WebSocketConnectionOptions

_SOCKETS = ("ws://", "wss://")
_CLOSE_SECONDS = 2.0
# An event of a transcription is a few words. What is larger is no such event.
_MOST_SOCKET_BYTES = 2**20

# Where the request that this task is about to send was allowed to go.
_allowed: ContextVar[tuple[str, ...]] = ContextVar("allowed", default=())


class GatedClient(openai.AsyncOpenAI):
    """An OpenAI client that asks the gate before every request, each repetition included.

    It connects to the addresses that the gate decided about, and follows no redirects: a server that may be asked could
    otherwise send the text on to one that may not. A proxy of the environment is used only where it makes no difference
    to the gate; it looks names up by itself.
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
        host = urlsplit(base_url).hostname or base_url
        self.destination = Destination(host, carrier)
        self._proxy: str | None = None
        environment = gate.may_use_proxy(self.destination)
        if environment and (proxy := _proxy_for(base_url, host)):
            self._proxy = proxy
            self.destination = Destination(host, carrier, by_proxy=True)
        self._gate = gate
        self._purpose = purpose
        self._connect_seconds = timeout.connect if isinstance(timeout, openai.Timeout) else timeout
        limits = openai.DEFAULT_CONNECTION_LIMITS
        super().__init__(
            api_key=api_key or "none",  # the client insists on one
            base_url=base_url,
            max_retries=retries,
            http_client=httpx2.AsyncClient(
                timeout=timeout,
                limits=limits,
                follow_redirects=False,
                trust_env=environment,
                proxy=self._proxy,
                transport=None if self._proxy else CheckedTransport(self._locate, limits=limits, trust_env=environment),
            ),
            timeout=timeout,
        )

    async def _prepare_options(self, options: FinalRequestOptions) -> FinalRequestOptions:
        """openai's hook before a request is built, or a WebSocket opened; what it raises reaches the caller."""
        if not options.url.startswith(_SOCKETS):  # `transcription_socket` has asked before it made the line
            texts, sound = list(_texts(options.json_data)), bool(options.files)
            _allowed.set(await self._gate.check(self._purpose, self.destination, texts, sound=sound))
        return await super()._prepare_options(options)

    async def _locate(self, host: str, _port: int) -> Sequence[str]:
        """Where the request goes that the gate has just let pass."""
        return _allowed.get() if host == self.base_url.raw_host.decode("ascii") else ()

    def load_sockets(self) -> None:
        """Import what a socket needs: half a second, in which somebody would wait for the first one."""
        _ = self.realtime

    @asynccontextmanager
    async def transcription_socket(self) -> AsyncIterator["TranscriptionSocket"]:
        """A WebSocket of the Realtime API that sound is sent over, to be transcribed.

        The gate is asked before it is opened, for sound; what else is sent over it the sender asks for. No redirect is
        followed. Raises `OSError` as well when nobody takes the connection.
        """
        options: dict[str, object] = {
            "compression": None,  # sound in base64 does not get smaller
            "close_timeout": _CLOSE_SECONDS,
            "max_size": _MOST_SOCKET_BYTES,
            "proxy": self._proxy,
        }
        addresses = await self._gate.check(self._purpose, self.destination, [], sound=True)
        if not self._proxy:
            options["sock"] = await self._open_line(addresses)
        async with self.realtime.connect(
            extra_query={"intent": "transcription"},
            websocket_connection_options=cast("WebSocketConnectionOptions", options),
        ) as connection:
            yield TranscriptionSocket(connection)

    async def _open_line(self, addresses: Sequence[str]) -> socket.socket:
        """A connection to the first address that takes one. Raises `OSError` when none does."""
        failure: OSError = OSError(f"{self.destination.host!r} has no address")
        for address in addresses:
            try:
                return await self._connect(address)
            except OSError as error:
                failure = error
        raise failure

    async def _connect(self, address: str) -> socket.socket:
        line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            line.setblocking(False)
            async with asyncio.timeout(self._connect_seconds):
                await asyncio.get_running_loop().sock_connect(line, (address, port_of(self.base_url)))
        except BaseException:
            line.close()
            raise
        return line


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


def _proxy_for(url: str, host: str) -> str | None:
    """The proxy that the environment names for an address."""
    proxies = getproxies()
    found = proxies.get(urlsplit(url).scheme) or proxies.get("all")
    if not found or proxy_bypass(host):
        return None
    return found if "://" in found else f"http://{found}"


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

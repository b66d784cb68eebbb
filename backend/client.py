"""A client of the running VoiceAssist, for the command line."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import httpx

from backend.errors import Unavailable, VoiceAssistError
from backend.settings import Settings

# Longer than the server's own long poll (10 s), so that it is the server who ends one.
_TIMEOUT_SECONDS = 30.0


class Client:
    """Speaks the HTTP API of the VoiceAssist that the settings describe. Raises `Unavailable` when it does not run."""

    def __init__(self, settings: Settings) -> None:
        self._address = f"http://{settings.app_host}:{settings.app_port}"
        self._http = httpx.AsyncClient(
            base_url=f"{self._address}/api/v1",
            headers={"X-Requested-With": "voiceassist"},
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,  # a proxy has no business between two processes of one machine
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the `data` of the envelope; its error becomes a `VoiceAssistError`."""
        try:
            response = await self._http.request(method, path, json=body)
        except httpx.TransportError as error:
            raise Unavailable(
                f"No VoiceAssist answers at {self._address}. Start it with `make run` or `voiceassist serve`."
            ) from error
        try:
            envelope = response.json()
            data, problem = envelope["data"], envelope["error"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"What answers at {self._address} is not VoiceAssist.") from error
        if problem is not None:
            raise VoiceAssistError(f"{problem['message']} (request {envelope['metadata']['request_id']})")
        return data

    async def ask(self, question: str) -> AsyncIterator[dict[str, Any]]:
        """Ask a question and yield the events of its turn until it is done."""
        turn = await self.call("POST", "/chat/turns", {"text": question})
        after = 0
        while True:
            batch = await self.call("GET", f"/chat/turns/{turn['turn_id']}/events?after={after}")
            for event in batch["events"]:
                after = event["seq"]
                yield event
            if batch["done"]:
                return

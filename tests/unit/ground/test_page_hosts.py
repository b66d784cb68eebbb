"""Whose pages may open a WebSocket, also behind proxies that do not tell the host as the browser knows it."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from backend.identity.guard import RequestGuard


async def opened(guard: RequestGuard, origin: str, **headers: str) -> bool:
    """Whether a WebSocket that a page of `origin` opens gets through."""
    given = {"origin": origin, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "websocket",
        "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await guard(scope, receive, send)
    return bool(sent[0]["type"] == "websocket.accept")


async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Lets everybody in."""
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("origin", "headers", "lets_in"),
    [
        ("https://cloud.example:8443", {"host": "cloud.example"}, True),  # nginx: $host has no port
        ("https://cloud.example", {"host": "10.0.0.5:8780", "x_forwarded_host": "cloud.example"}, True),  # Apache
        ("https://Cloud.Example", {"host": "10.0.0.5:8780"}, True),  # the host of NEXTCLOUD_URL
        ("https://evil.example", {"host": "cloud.example"}, False),
        ("https://evil.example", {"host": "10.0.0.5:8780", "x_forwarded_host": "cloud.example"}, False),
        ("https://cloud.example.evil.example", {"host": "cloud.example"}, False),
        ("null", {"host": "cloud.example"}, False),
    ],
)
async def test_behind_a_proxy_pages_of_the_nextcloud_get_in_and_no_others(
    origin: str, headers: dict[str, str], lets_in: bool
) -> None:
    guard = RequestGuard(application, ["*"], page_hosts=["cloud.example"])
    assert await opened(guard, origin, **headers) is lets_in


@pytest.mark.parametrize(
    ("origin", "lets_in"),
    [("http://localhost:9031", True), ("http://localhost:9032", False), ("https://evil.example", False)],
)
async def test_without_one_only_pages_of_the_very_host_get_in(origin: str, lets_in: bool) -> None:
    guard = RequestGuard(application, ["localhost"])
    assert await opened(guard, origin, host="localhost:9031") is lets_in

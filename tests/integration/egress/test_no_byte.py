"""Every client of a model against a real server: when the gate refuses, nobody even connects."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from backend.egress.client import GatedClient
from backend.egress.gate import Call, Carrier, Destination, Gate, Place, Purpose, Withheld
from backend.errors import RateLimited, Unavailable
from backend.models.endpoint import Address, Endpoint, Limits
from backend.models.protocol import Message
from backend.models.rerank import EndpointReranker
from backend.search.endpoint import EndpointEmbedder
from backend.settings import ModelsWhere, Settings
from tests.servers.openai import ChatServer, Reply, chat_server
from tests.unit.search.fakes import WordEmbedder

Ask = Callable[[Gate, str], Awaitable[object]]


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with chat_server() as running:
        yield running


async def _answer(gate: Gate, url: str) -> object:
    endpoint = Endpoint(gate, Address(url, "tiny"), Limits(first=60, between=60))
    try:
        return [piece async for piece in endpoint.stream([Message("user", "a secret")], "alice")]
    finally:
        await endpoint.close()


async def _embed(gate: Gate, url: str) -> object:
    return await EndpointEmbedder.connect(gate, url, "", "tiny", WordEmbedder(), 100)


async def _rerank(gate: Gate, url: str) -> object:
    reranker = EndpointReranker(gate, url, "tiny", "")
    try:
        return await reranker.scores("a secret", ["one", "two"])
    finally:
        await reranker.close()


class _Refusing(Gate):
    """A gate to which nothing is near, so that a server on loopback can stand for one elsewhere."""

    async def locate(self, destination: Destination) -> Place:
        return replace(await super().locate(destination), near=False)


@pytest.mark.parametrize("ask", [_answer, _embed, _rerank])
async def test_a_refused_call_does_not_even_connect(server: ChatServer, ask: Ask) -> None:
    server.reply = Reply(body=b"{}")
    with pytest.raises(Withheld):
        await ask(_Refusing(Settings(models_where=ModelsWhere.LOCAL)), server.base_url)
    assert server.connections == 0
    # The same call through an open gate arrives; what the server says is no answer.
    with pytest.raises((Unavailable, RateLimited, TypeError)):
        await ask(_Refusing(Settings(models_where=ModelsWhere.ANYWHERE)), server.base_url)
    assert server.connections > 0
    assert server.requests


async def test_every_repetition_of_a_request_is_asked_for_again(server: ChatServer) -> None:
    async def closing(_call: Call) -> None:
        gate.use(Settings(models_where=ModelsWhere.LOCAL))

    gate = Gate(Settings(models_where=ModelsWhere.ANYWHERE), [closing])
    client = GatedClient(gate, Purpose.CHECK, server.base_url, "", timeout=60, retries=3, carrier=Carrier.RELAY)
    server.reply = Reply(status=503, headers={"Retry-After": "0.1"})
    with pytest.raises(Withheld):
        await client.post("/rerank", body={"query": "x"}, cast_to=object)
    await client.close()
    assert len(server.requests) == 1


async def test_a_redirect_to_another_server_is_not_followed(server: ChatServer) -> None:
    async with chat_server() as other:
        server.reply = Reply(status=307, headers={"Location": f"{other.base_url}/chat/completions"})
        with pytest.raises(Unavailable, match="307"):
            await _answer(Gate(Settings()), server.base_url)
        assert len(server.requests) == 1
        assert other.connections == 0


async def test_a_proxy_of_the_environment_does_not_see_what_stays_in_the_house(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat_server() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        await _answer(Gate(Settings()), server.base_url)
        assert (len(server.requests), proxy.connections) == (1, 0)
        # To a service elsewhere the proxy is the way that the administrator has set.
        endpoint = Endpoint(Gate(Settings()), Address("http://models.example/v1", "m"), Limits(first=60, between=60))
        assert [piece async for piece in endpoint.stream([Message("user", "hello")], "alice")] != []
        await endpoint.close()
        assert proxy.connections == 1


async def test_the_gate_is_shown_every_text_of_a_request(server: ChatServer) -> None:
    seen: list[str] = []

    async def reading(call: object) -> None:
        seen.append(json.dumps(getattr(call, "texts", ())))

    await _answer(Gate(Settings(), [reading]), server.base_url)
    assert "a secret" in seen[0]
    assert server.requests[0]["messages"][0]["content"] == "a secret"

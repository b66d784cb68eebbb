"""The endpoint against a real HTTP server that behaves well and badly."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from backend.egress.gate import Gate
from backend.errors import RateLimited, Unavailable
from backend.models.endpoint import Address, Endpoint, Limits
from backend.models.protocol import Message
from backend.settings import Settings
from tests.servers.openai import ChatServer, Reply, chat_server

ASK = [Message("system", "Be brief."), Message("user", "Hello?")]
# A busy machine stops for seconds: only tests of a model that is too slow are in a hurry.
PATIENT = Limits(first=60.0, between=60.0, seconds=60.0, patience=0.5, characters=2_000)
QUICK = Limits(first=0.4, between=0.4, seconds=2.0, patience=0.5, characters=2_000)


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with chat_server() as running:
        yield running


def at(base_url: str, limits: Limits = PATIENT, key: str = "") -> Endpoint:
    return Endpoint(Gate(Settings()), Address(base_url, "tiny", key), limits)


async def said(endpoint: Endpoint) -> str:
    return "".join([piece async for piece in endpoint.stream(ASK, "alice") if isinstance(piece, str)])


async def answer(server: ChatServer, limits: Limits = PATIENT, key: str = "") -> str:
    endpoint = at(server.base_url, limits, key)
    try:
        return await said(endpoint)
    finally:
        await endpoint.close()


async def test_the_pieces_of_an_answer_arrive_in_order_and_complete(server: ChatServer) -> None:
    server.reply = Reply(text="The clinic opens at eight. [1] Ärztin: Dr. Groß.", piece=3)
    assert await answer(server, key="secret") == "The clinic opens at eight. [1] Ärztin: Dr. Groß."
    request = server.requests[0]
    assert request["messages"] == [{"role": m.role, "content": m.content} for m in ASK]
    assert request["model"] == "tiny"
    assert request["stream"] is True
    assert server.keys == ["bearer secret"]


@pytest.mark.parametrize("piece", [1, 5, 200])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>\nThe user greets me. [1]\n</think>\n\nGood morning. [1]", "Good morning. [1]"),
        ("\n<think></think>Good morning.", "Good morning."),
        ("<think>It never ends", ""),
        ("<thin ice> is what it is called.", "<thin ice> is what it is called."),
        ("<", "<"),
        ("Write <think> for a thought.", "Write <think> for a thought."),
    ],
)
async def test_what_a_model_thinks_aloud_is_no_part_of_its_answer(
    server: ChatServer, text: str, said: str, piece: int
) -> None:
    server.reply = Reply(text=text, piece=piece)
    assert await answer(server) == said


async def test_a_piece_is_handed_on_when_it_comes_and_not_at_the_end(server: ChatServer) -> None:
    server.reply = Reply(text="one two three", piece=4, delay=0.1)
    endpoint = at(server.base_url)
    began = time.monotonic()
    seen = [time.monotonic() - began async for _ in endpoint.stream(ASK, "alice")]
    await endpoint.close()
    assert len(seen) == 4
    assert seen[-1] - seen[0] > 0.2


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(silent=True), "in time"),
        (Reply(first_delay=1.5), "in time"),
        (Reply(text="word " * 10, piece=5, delay=0.7), "in time"),
        (Reply(status=500), "failed (500)"),
        (Reply(status=503), "failed (503)"),
        (Reply(status=401), "LLM_API_KEY"),
        (Reply(status=403), "LLM_API_KEY"),
        (Reply(status=404), "LLM_MODEL"),
        (Reply(status=400), "refused the request"),
        (Reply(body=b"<html>It works!</html>"), "broke off"),
        (Reply(lines=(b"data: {not json\n\n",)), "unreadable"),
        (Reply(lines=(b'data: "text"\n\n',)), "unreadable"),
        (Reply(lines=(b'data: {"choices": [7]}\n\n',)), "unreadable"),
        (Reply(lines=(b'data: {"choices": [{"delta": {"content": {"a": 1}}}]}\n\n',)), "unreadable"),
        (Reply(lines=(b'data: {"error": {"message": "overloaded"}}\n\n',)), "unreadable"),
        (Reply(text="Half a sen", finish=None), "broke off"),
        (Reply(text="Half a sen", cut=True), "broke off"),
        (Reply(text="for ever ", forever=True), "did not come to an end"),
        (Reply(text="for ever ", forever=True, delay=0.1, piece=100), "in time"),
    ],
)
async def test_every_fault_of_an_endpoint_is_unavailable_and_soon(server: ChatServer, reply: Reply, why: str) -> None:
    server.reply = reply
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await answer(server, QUICK if why == "in time" else PATIENT)
    assert why in caught.value.message
    assert time.monotonic() - began < 30
    assert len(server.requests) <= 1, "nothing is asked twice"


async def test_pieces_without_words_do_not_buy_more_time(server: ChatServer) -> None:
    server.reply = Reply(text="x" * 500, piece=1, delay=0.02, keepalive=True)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="in time"):
        await answer(server, Limits(first=0.4, between=0.4, seconds=30))
    assert time.monotonic() - began < 30
    assert server.sent_pieces > 2


async def test_a_server_that_is_down_is_unavailable() -> None:
    async with chat_server() as gone:
        url = gone.base_url
    endpoint = at(url)
    with pytest.raises(Unavailable, match="cannot be reached"):
        [piece async for piece in endpoint.stream(ASK, "alice")]
    await endpoint.close()


async def test_too_many_requests_say_when_to_come_back(server: ChatServer) -> None:
    server.reply = Reply(status=429, headers={"Retry-After": "7"})
    with pytest.raises(RateLimited) as caught:
        await answer(server)
    assert caught.value.retry_after == 7


async def test_an_option_that_the_model_does_not_know_is_left_out_from_then_on(server: ChatServer) -> None:
    server.reply = Reply(text="Fine.", refuses=("temperature", "max_tokens"))
    endpoint = at(server.base_url)
    assert await said(endpoint) == "Fine."
    assert await said(endpoint) == "Fine."
    await endpoint.close()
    assert ["temperature" in r or "max_tokens" in r for r in server.requests] == [True, True, False, False]


async def test_closing_the_stream_hangs_up_so_that_the_model_stops(server: ChatServer) -> None:
    server.reply = Reply(text="on and on ", forever=True, delay=0.02)
    endpoint = at(server.base_url)
    stream = endpoint.stream(ASK, "alice")
    await anext(stream)
    assert not server.hung_up.is_set()
    await stream.aclose()
    await asyncio.wait_for(server.hung_up.wait(), 30)
    await endpoint.close()


async def test_the_time_that_a_reader_takes_is_not_the_models_silence(server: ChatServer) -> None:
    server.reply = Reply(text="one two", piece=4)
    endpoint = at(server.base_url, replace(PATIENT, between=0.4))
    heard = ""
    async for piece in endpoint.stream(ASK, "alice"):
        heard += piece if isinstance(piece, str) else ""
        await asyncio.sleep(0.5)
    await endpoint.close()
    assert heard == "one two"


def test_the_endpoint_says_where_data_goes() -> None:
    assert at("http://localhost:11434/v1").data_goes_to == "this machine"
    assert at("http://127.0.0.1:1/v1").data_goes_to == "this machine"
    assert at("http://[::1]:1/v1").data_goes_to == "this machine"
    assert at("http://localhost.example.org/v1").data_goes_to == "localhost.example.org"
    assert at("https://api.example.org/v1").data_goes_to == "api.example.org"
    assert at("http://192.168.1.5:8080/v1").data_goes_to == "192.168.1.5"

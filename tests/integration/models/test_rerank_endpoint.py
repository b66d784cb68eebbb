"""A rerank endpoint that behaves well and badly. `test_no_byte` proves that it passes the gate."""

import json
from collections.abc import AsyncIterator
from typing import cast

import pytest

from backend.egress.gate import Gate
from backend.errors import RateLimited, Unavailable
from backend.models.rerank import Reranker, open_reranker
from backend.preflight.models import reranking
from backend.search.chunk import Filters, Passage
from backend.search.reranked import Reranked
from backend.search.service import Search
from backend.settings import Settings
from tests.integration.assistant.conftest import _passage
from tests.servers.openai import ChatServer, Reply, chat_server


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with chat_server() as running:
        yield running


async def reranker(server: ChatServer) -> Reranker:
    settings = Settings.model_validate(
        {"rerank_model": "tiny", "rerank_base_url": server.base_url, "rerank_api_key": "secret"}
    )
    opened = await open_reranker(settings, Gate(settings))
    assert opened is not None
    return opened


def results(*pairs: tuple[object, object]) -> Reply:
    found = [{"index": index, "relevance_score": score} for index, score in pairs]
    return Reply(body=json.dumps({"results": found}).encode())


async def test_scores_come_back_in_the_order_of_the_texts(server: ChatServer) -> None:
    server.reply = results((2, 0.9), (0, 0.5), (1, -3))
    opened = await reranker(server)
    assert await opened.scores("question", ["a", "b", "c"]) == [0.5, -3.0, 0.9]
    assert await opened.scores("question", []) == []
    await opened.close()
    assert server.keys == ["bearer secret"]
    assert server.requests == [{"model": "tiny", "query": "question", "documents": ["a", "b", "c"], "top_n": 3}]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (results((0, 0.5)), Unavailable),  # one is missing
        (results((0, 0.5), (7, 0.5)), Unavailable),
        (results((0, 0.5), (-1, 0.5)), Unavailable),
        (results((0, 0.5), (1, "high")), Unavailable),
        (results((0, 0.5), (1, float("nan"))), Unavailable),
        (Reply(body=b"[]"), Unavailable),
        (Reply(body=b'{"results": 7}'), Unavailable),
        (Reply(body=b'{"results": [7]}'), Unavailable),
        (Reply(body=b"<html>It works!</html>"), Unavailable),
        (Reply(status=500), Unavailable),
        (Reply(status=404), Unavailable),
        (Reply(status=429), RateLimited),
    ],
)
async def test_what_is_no_score_for_each_text_is_an_error(
    server: ChatServer, reply: Reply, error: type[Exception]
) -> None:
    server.reply = reply
    opened = await reranker(server)
    with pytest.raises(error):
        await opened.scores("question", ["a", "b"])
    await opened.close()


class _Found:
    """A search that has found `count` passages."""

    def __init__(self, count: int) -> None:
        self.limits: list[int] = []
        self._passages = [_passage(number, "T", (), f"text {number}", "en") for number in range(count)]

    async def search(self, user_id: str, query: str, filters: Filters, limit: int) -> list[Passage]:
        self.limits.append(limit)
        return self._passages[:limit]


async def test_a_search_is_ordered_by_the_scores_and_keeps_its_order_without_them(server: ChatServer) -> None:
    search = _Found(5)
    opened = await reranker(server)
    reranked = Reranked(cast("Search", search), opened)
    server.reply = results((0, 0.1), (1, 0.2), (2, 0.9), (3, 0.3), (4, 0.0))
    found = await reranked.search("alice", "question", Filters(), 2)
    assert [passage.chunk.text for passage in found] == ["text 2", "text 3"]
    assert [passage.score for passage in found] == [0.9, 0.3]
    assert search.limits == [6]
    server.reply = Reply(status=500)
    found = await reranked.search("alice", "question", Filters(), 2)
    assert [passage.chunk.text for passage in found] == ["text 0", "text 1"]
    await opened.close()


async def test_without_a_model_in_the_settings_there_is_no_reranker() -> None:
    assert await open_reranker(Settings(), Gate(Settings())) is None


async def test_preflight_asks_it_with_nothing_of_a_users(server: ChatServer) -> None:
    settings = Settings.model_validate({"rerank_model": "tiny", "rerank_base_url": server.base_url})
    server.reply = results((0, 0.9))
    assert [check.ok async for check in reranking(settings)] == [True]
    assert server.requests[0]["documents"] == ["It is."]
    server.reply = Reply(status=500)
    [failed] = [check async for check in reranking(settings)]
    assert (failed.ok, failed.optional) == (False, True)
    assert [check async for check in reranking(Settings(_env_file=None))] == []

"""Searching as a user, over HTTP and below."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend import envelope
from backend.errors import BadInput, NotFound, Unavailable
from backend.identity.principal import Principal, guard_with
from backend.search.chunk import Chunk, Filters
from backend.search.edge import EdgeStore
from backend.search.index import Index
from backend.search.ranking import Features
from backend.search.routes import build_router
from backend.search.service import MAX_QUERY, Search
from tests import policy
from tests.integration.search.test_index import chunks, document
from tests.unit.search.fakes import WordEmbedder


class Folders:
    """`Access` and `Tags` for two users with a folder each, and what was asked of it. Every tag is on file 1 alone."""

    def __init__(self) -> None:
        self.unreadable: set[int] = set()
        self.broken = False
        self.asked: list[int] = []
        self.folders: dict[str, tuple[int, ...]] = {"ann": (100,), "bob": (200,)}

    async def roots(self, user_id: str) -> tuple[int, ...]:
        return self.folders.get(user_id, ())

    async def home(self, user_id: str) -> int | None:
        return {"ann": 100}.get(user_id)

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        if self.broken:
            raise Unavailable("Nextcloud does not answer.")
        self.asked += node_ids
        return {file_id: f"/Letters/{file_id}.txt" for file_id in node_ids if file_id not in self.unreadable}

    async def tagged(self, user_id: str, tags: Sequence[str]) -> Sequence[Collection[int]]:
        return [{1} for _ in tags]

    def link(self, user_id: str, file_id: int, path: str) -> str:
        return f"http://cloud/f/{file_id}"


@pytest.fixture
def access() -> Folders:
    return Folders()


@pytest.fixture
async def index(store: EdgeStore) -> Index:
    index = Index(store, WordEmbedder())
    await index.open()
    await index.put(document(1, path_ids=(1, 100)), chunks("metformin lowers sugar", "the knee is fine"))
    await index.put(document(2, path_ids=(2, 100), mime="text/html"), chunks("aspirin thins blood"))
    await index.put(document(3, path_ids=(3, 200)), chunks("metformin for bob"))
    return index


@pytest.fixture
def search(store: EdgeStore, index: Index, access: Folders) -> Search:
    return Search(store, index, access)


async def test_the_best_passage_of_the_users_own_files_comes_first(search: Search) -> None:
    passages = await search.search("ann", "metformin")
    assert passages[0].chunk.text == "metformin lowers sugar"
    assert {passage.document.file_id for passage in passages} == {1, 2}
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)


async def put_about_the_oak_house(index: Index) -> None:
    """File 10 has the question's words and names file 11 and bob's file 12; 13 and on have some of the words."""
    await index.put(document(10, path_ids=(10, 100)), chunks("the nurse trained at the Oak House in spring"))
    await index.put(document(11, path_ids=(11, 100), title="Oak House.txt"), chunks("founded by a baker"))
    await index.put(document(12, path_ids=(12, 200), title="Oak House.txt"), chunks("founded by a brewer"))
    for number in range(13, 25):
        await index.put(document(number, path_ids=(number, 100)), chunks(f"the nurse trained here on day {number}"))


async def test_a_document_that_the_first_passages_name_is_among_the_first_four(search: Search, index: Index) -> None:
    await put_about_the_oak_house(index)
    question = "who began the place where the nurse trained in spring"
    linked = await search.search("ann", question, limit=4)
    assert linked[0].document.file_id == 10
    assert linked[3].document.file_id == 11
    alone = await search.search("ann", question, limit=4, features=Features(linked=False))
    assert alone[0].document.file_id == 10
    assert 11 not in [passage.document.file_id for passage in alone]


async def test_a_name_leads_to_no_file_outside_the_users_folders(search: Search, index: Index) -> None:
    await put_about_the_oak_house(index)
    found = await search.search("ann", "who began the place where the nurse trained in spring", limit=50)
    assert 12 not in [passage.document.file_id for passage in found]


async def test_a_name_that_many_files_carry_leads_nowhere(search: Search, index: Index) -> None:
    await put_about_the_oak_house(index)
    for number in range(30, 33):
        await index.put(document(number, path_ids=(number, 100), title="Oak House.txt"), chunks(f"page {number}"))
    found = await search.search("ann", "who began the place where the nurse trained in spring", limit=4)
    assert {11, 30, 31, 32}.isdisjoint(passage.document.file_id for passage in found)


async def test_a_file_that_the_question_names_comes_first(search: Search, index: Index) -> None:
    await index.put(document(40, path_ids=(40, 100), title="Elm Lodge.txt"), chunks("founded by a baker"))
    passing = "on her way to work the nurse went past the elm lodge and the mill every single morning of that spring"
    await index.put(document(41, path_ids=(41, 100)), chunks(passing))
    assert (await search.search("ann", "elm lodge"))[0].document.file_id == 40
    unnamed = await search.search("ann", "elm lodge", features=Features(named=False))
    assert unnamed[0].document.file_id == 41


async def test_what_is_not_readable_at_this_moment_is_left_out(search: Search, access: Folders) -> None:
    access.unreadable = {1}
    assert {p.document.file_id for p in await search.search("ann", "metformin")} == {2}
    assert 1 in access.asked


async def test_passages_left_out_are_counted_for_files_in_the_users_own_home_only(
    index: Index, search: Search, access: Folders
) -> None:
    await index.put(document(7, path_ids=(7, 300)), chunks("metformin in a folder that was shared"))
    access.folders["ann"] = (100, 300)
    assert (await search.search("ann", "metformin")).gone == 0
    access.unreadable = {1, 7}
    found = await search.search("ann", "metformin")
    assert {passage.document.file_id for passage in found} == {2}
    assert found.gone == 2, "two chunks of the own file 1, and nothing of the shared file 7"


async def test_without_the_servers_word_nothing_is_returned(search: Search, access: Folders) -> None:
    access.broken = True
    with pytest.raises(Unavailable):
        await search.search("ann", "metformin")


async def test_unreadable_files_do_not_shorten_the_answer(index: Index, search: Search, access: Folders) -> None:
    for file_id in range(10, 90):
        await index.put(document(file_id, path_ids=(file_id, 100)), chunks(f"warfarin {file_id}"))
    access.unreadable = set(range(10, 70))
    assert len(await search.search("ann", "warfarin", limit=15)) == 15


async def test_a_hundred_unreadable_files_do_not_hide_a_readable_one(
    index: Index, search: Search, access: Folders
) -> None:
    for file_id in range(10, 260):
        await index.put(document(file_id, path_ids=(file_id, 100)), chunks("warfarin"))
    await index.put(document(9, path_ids=(9, 100)), chunks("warfarin with much else beside it that is longer"))
    access.unreadable = set(range(10, 260))
    assert 9 in {passage.document.file_id for passage in await search.search("ann", "warfarin", limit=5)}


async def test_scores_tell_nothing_of_files_that_the_user_cannot_open(
    index: Index, search: Search, access: Folders
) -> None:
    question = "metformin sugar"
    before = [(p.id, round(p.score, 6)) for p in await search.search("ann", question)]
    # In a folder that the user sees, and better than all else, but kept from the user.
    access.unreadable = {4}
    await index.put(document(4, path_ids=(4, 100)), chunks("metformin sugar metformin sugar metformin sugar"))
    assert [(p.id, round(p.score, 6)) for p in await search.search("ann", question)] == before
    # The positive control: it would have changed them.
    access.unreadable = set()
    assert [(p.id, round(p.score, 6)) for p in await search.search("ann", question)][1:] != before


async def test_a_user_without_roots_finds_nothing(search: Search, access: Folders) -> None:
    assert await search.search("eve", "metformin") == []
    assert access.asked == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), {1, 2}),
        (Filters(file_ids=(2, 3)), {2}),
        (Filters(folder_ids=(200,)), set()),
        (Filters(mimes=("text/html",)), {2}),
        (Filters(modified_after=datetime(2025, 5, 1, tzinfo=UTC)), {1, 2}),
        (Filters(modified_after=datetime(2025, 5, 1, 0, 0, 0, 1, tzinfo=UTC)), set()),
        (Filters(tagged=((2, 3), (100, 200))), {2}),
        (Filters(modified_before=datetime(2025, 4, 30, tzinfo=UTC)), set()),
    ],
)
async def test_filters_narrow_what_the_user_may_see(search: Search, filters: Filters, found: set[int]) -> None:
    passages = await search.search("ann", "metformin", filters)
    assert {passage.document.file_id for passage in passages} == found


@pytest.mark.parametrize(
    ("query", "limit", "field"),
    [
        ("", 10, "query"),
        (" \n ", 10, "query"),
        ("x" * (MAX_QUERY + 1), 10, "query"),
        ("x", 0, "limit"),
        ("x", 51, "limit"),
    ],
)
async def test_bad_questions_are_refused_with_the_field_at_fault(
    search: Search, query: str, limit: int, field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        await search.search("ann", query, limit=limit)
    assert caught.value.field == field


async def test_a_passage_comes_with_the_text_around_it(index: Index, search: Search) -> None:
    text = "Alpha one. Beta two. Gamma three."
    pieces = [
        Chunk(text[start:end], ordinal, start, end, 4, "Plan", ())
        for ordinal, (start, end) in enumerate([(0, 20), (11, 20), (11, 33)])
    ]
    await index.put(document(5, path_ids=(5, 100)), pieces)
    passages = await search.search("ann", "beta", Filters(file_ids=(5,)))
    middle = next(passage for passage in passages if passage.chunk.ordinal == 1)
    found = await search.passage("ann", middle.id)
    assert (found.before, found.passage.chunk.text, found.after) == ("Alpha one. ", "Beta two.", " Gamma three.")
    first = next(passage for passage in passages if passage.chunk.ordinal == 0)
    assert (await search.passage("ann", first.id)).before == ""


async def test_a_passage_that_the_user_may_not_read_does_not_exist(search: Search, access: Folders) -> None:
    (passage,) = await search.search("bob", "metformin")
    assert (await search.passage("bob", passage.id)).passage.document.file_id == 3
    with pytest.raises(NotFound):
        await search.passage("ann", passage.id)
    access.unreadable = {3}
    with pytest.raises(NotFound):
        await search.passage("bob", passage.id)
    with pytest.raises(NotFound):
        await search.passage("bob", "no-such-id")


@pytest.fixture
async def client(search: Search, access: Folders) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    envelope.install(app)

    async def authenticate(request: HTTPConnection) -> Principal:
        return Principal(request.headers["x-user"])

    guard_with(app, authenticate, policy.shipped())
    app.include_router(build_router(search, access, access), prefix="/api/v1")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test/api/v1", headers={"x-user": "ann"}
    ) as client:
        yield client


async def test_search_answers_with_snippets_and_highlights(client: httpx.AsyncClient) -> None:
    answer = await client.post("/search", json={"query": "Metformin?", "limit": 1})
    (result,) = answer.json()["data"]["results"]
    assert result | {"passage_id": "", "relevance_score": 0} == {
        "passage_id": "",
        "document_id": "1",
        "title": "1.txt",
        "path": "/Letters/1.txt",
        "snippet": "metformin lowers sugar",
        "highlights": [[0, 9]],
        "relevance_score": 0,
        "page": None,
        "time": None,
        "section": None,
        "link": "http://cloud/f/1",
    }
    shown = await client.get(f"/passages/{result['passage_id']}", params={"q": "sugars"})
    passage = shown.json()["data"]
    assert passage["text"] == "metformin lowers sugar"
    assert passage["highlights"] == [[17, 22]]
    assert passage["content_url"] == "/api/v1/files/1/content"


async def test_by_a_tag_that_is_on_nothing_nothing_is_looked_for(
    search: Search, store: EdgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "search", None)
    assert await search.search("ann", "metformin", Filters(tagged=((1, 2), ()))) == []


@pytest.mark.parametrize(
    "body",
    [
        {"query": ""},
        {"query": "x" * 100_000},
        {"query": "x", "limit": 51},
        {"query": "x", "filters": {"folder": 1}},
        {"query": "x", "filters": {"file_ids": ["a"]}},
        {},
    ],
)
async def test_bad_requests_say_what_is_wrong_in_the_envelope(client: httpx.AsyncClient, body: object) -> None:
    answer = await client.post("/search", json=body)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert error["field"]


async def test_tags_narrow_a_search(client: httpx.AsyncClient) -> None:
    for tags, found in ([], {"1", "2"}), (["Urgent"], {"1"}):
        answer = await client.post("/search", json={"query": "metformin", "filters": {"tags": tags}})
        assert {result["document_id"] for result in answer.json()["data"]["results"]} == found


async def test_a_passage_of_somebody_else_is_404(client: httpx.AsyncClient) -> None:
    answer = await client.get("/passages/00000000-0000-0000-0000-000000000000")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"

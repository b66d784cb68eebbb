"""Every file that speaks of something, over the real store: all of them, for whom, by words, meaning and kind."""

import pytest

from backend.errors import Unavailable
from backend.search import matching
from backend.search.chunk import Document, Filters
from backend.search.edge import EdgeStore
from backend.search.index import Index
from backend.search.matching import Kind, Matching, Wanted
from tests.integration.search.test_index import chunks, document
from tests.integration.search.test_search_service import Folders
from tests.unit.search.fakes import WordEmbedder

ALL = Filters()


@pytest.fixture
def access() -> Folders:
    return Folders()


@pytest.fixture
async def index(store: EdgeStore) -> Index:
    index = Index(store, WordEmbedder())
    await index.open()
    return index


@pytest.fixture
def gather(store: EdgeStore, index: Index, access: Folders) -> Matching:
    return Matching(store, index, access)


async def ids(gather: Matching, wanted: Wanted, user: str = "ann", filters: Filters = ALL) -> list[int]:
    found = await gather.files(user, wanted, filters, most=1_000)
    assert found.complete
    return sorted(match.document.file_id for match in found.files)


async def test_every_file_is_found_however_many_pages_that_takes(
    gather: Matching, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "_FIRST", 3)
    monkeypatch.setattr(matching, "_PER_PAGE", 4)
    monkeypatch.setattr(matching, "_CHECKED_AT_ONCE", 5)
    for number in range(1, 41):
        await index.put(document(number, path_ids=(number, 100)), chunks(f"page {number} of the heron book", "other"))
    assert await ids(gather, Wanted("heron book")) == list(range(1, 41))
    some = await gather.files("ann", Wanted("heron"), ALL, most=7)
    assert len(some.files) == 7
    assert not some.complete
    assert await ids(gather, Wanted()) == list(range(1, 41))


async def test_all_words_must_stand_in_one_passage(gather: Matching, index: Index) -> None:
    await index.put(document(1, path_ids=(1, 100)), chunks("the heron flies", "a book lies here"))
    await index.put(document(2, path_ids=(2, 100)), chunks("the book about the heron"))
    assert await ids(gather, Wanted("heron book")) == [2]
    assert await ids(gather, Wanted("heron")) == [1, 2]
    assert await ids(gather, Wanted("stork")) == []


async def test_nothing_outside_the_users_folders_and_nothing_that_is_closed(
    gather: Matching, index: Index, access: Folders
) -> None:
    for file_id, folder in ((1, 100), (2, 100), (3, 200)):
        await index.put(document(file_id, path_ids=(file_id, folder)), chunks("the heron flies"))
    assert await ids(gather, Wanted("heron")) == [1, 2]
    assert await ids(gather, Wanted("heron"), "bob") == [3]
    assert await ids(gather, Wanted("heron"), "nobody") == []
    access.unreadable = {2}
    found = await gather.files("ann", Wanted("heron"), ALL, most=1)
    assert [match.document.file_id for match in found.files] == [1]
    assert found.complete, "that there is a file which cannot be opened is not told"
    access.broken = True
    with pytest.raises(Unavailable):
        await gather.files("ann", Wanted("heron"), ALL, most=1)


async def test_files_are_of_a_kind_by_name_beginning_folder_and_type(gather: Matching, index: Index) -> None:
    await index.put(document(1, path_ids=(1, 100), title="Invoice 7.txt"), chunks("to be paid"))
    await index.put(document(2, path_ids=(2, 100)), chunks("Rechnung Nr. 4", "heute"))
    await index.put(document(3, path_ids=(3, 150, 100)), chunks("water"))
    await index.put(document(4, path_ids=(4, 100), mime="message/rfc822"), chunks("hello"))
    await index.put(document(5, path_ids=(5, 100)), chunks("ask about the big invoice", "invoice"))
    words = frozenset({"invoice", "rechnung"})
    assert await ids(gather, Wanted(kind=Kind(words))) == [1, 2]
    assert await ids(gather, Wanted(kind=Kind(words, folder_ids=(150,)))) == [1, 2, 3]
    assert await ids(gather, Wanted(kind=Kind(mimes=("message/rfc822",)))) == [4]
    assert await ids(gather, Wanted("paid", kind=Kind(words))) == [1]
    assert await ids(gather, Wanted(kind=Kind(words, folder_ids=(150,))), filters=Filters(folder_ids=(150,))) == [3]
    assert await ids(gather, Wanted(kind=Kind(words)), filters=Filters(tagged=((2, 150), (100,)))) == [2]
    assert await ids(gather, Wanted(kind=Kind(words)), filters=Filters(tagged=((2, 150), ()))) == []


async def test_what_comes_near_counts_only_where_meaning_does_and_behind_the_words(
    gather: Matching, index: Index
) -> None:
    await index.put(document(1, path_ids=(1, 100)), chunks("heron colony"))
    await index.put(document(2, path_ids=(2, 100)), chunks("heron colony by the old mill pond"))
    await index.put(document(3, path_ids=(3, 100)), chunks("heron heron heron"))
    found = await gather.files("ann", Wanted("heron colony", meaning=True), ALL, most=10)
    assert [(match.document.file_id, match.said) for match in found.files][2:] == [(3, False)]
    assert {match.document.file_id for match in found.files[:2]} == {1, 2}
    assert await ids(gather, Wanted("heron colony")) == [1, 2]


async def test_the_file_is_told_as_its_reader_sees_it_and_asked_so_whether_it_fits(
    gather: Matching, index: Index
) -> None:
    await index.put(document(1, path_ids=(1, 100), title="elsewhere.txt"), chunks("the heron flies"))
    seen: list[str] = []

    def fits(found: Document) -> bool:
        seen.append(found.path)
        return True

    found = await gather.files("ann", Wanted("heron", fits=fits), ALL, most=10)
    assert seen == ["/Letters/1.txt"]
    assert found.files[0].document.title == "1.txt"
    assert found.files[0].passages[0].chunk.text == "the heron flies"

import pytest

from backend.errors import NotAllowed, Unavailable
from backend.files.tables import FileState
from tests.unit.files.house import House


async def test_an_unchanged_home_costs_one_request(house: House) -> None:
    for n in range(30):
        house.source.write(f"/a/{n % 5}/{n}.txt", "text")
    await house.crawl()
    house.source.requests.clear()
    found = await house.crawl()
    assert house.source.requests == ["stat /"]
    assert found.requests == 1


async def test_a_change_costs_one_request_per_folder_above_it(house: House) -> None:
    for n in range(30):
        house.source.write(f"/a/{n % 5}/{n}.txt", "text")
    await house.crawl()
    house.source.write("/a/3/3.txt", "new text")
    house.source.requests.clear()
    await house.crawl()
    assert house.source.requests == ["stat /", "children /", "children /a", "children /a/3"]


async def test_new_changed_moved_and_deleted_files_reach_the_index(house: House) -> None:
    house.source.write("/a/1.txt", "one")
    house.source.write("/a/2.txt", "two")
    house.source.write("/b/3.txt", "three")
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/a/1.txt": "one", "/a/2.txt": "two", "/b/3.txt": "three"}
    house.source.write("/a/1.txt", "one and a half")
    house.source.move("/a/2.txt", "/b/2.txt")
    house.source.delete("/b/3.txt")
    house.source.write("/c/d/4.txt", "four")
    house.index.embedded.clear()
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/a/1.txt": "one and a half", "/b/2.txt": "two", "/c/d/4.txt": "four"}
    assert sorted(house.index.embedded) == ["four", "one and a half"], "what only moved is not embedded again"
    files = await house.files()
    assert set(files) == {"/a/1.txt", "/b/2.txt", "/c/d/4.txt"}
    assert {file.state for file in files.values()} == {FileState.INDEXED}


@pytest.mark.parametrize(("path", "to"), [("/a", "/z/a"), ("/z", "/a/z"), ("/a", "/b")])
async def test_a_moved_folder_takes_its_files_along_without_being_looked_into(house: House, path: str, to: str) -> None:
    """Whether the crawl meets the old place or the new one first."""
    for top in ("a", "z"):
        for n in range(3):
            house.source.write(f"/{top}/deep/{n}.txt", f"{top} {n}")
    await house.crawl()
    await house.work()
    house.source.move(path, to)
    house.index.embedded.clear()
    house.source.requests.clear()
    found = await house.crawl()
    await house.work()
    assert found.gone == 0
    assert f"children {to}" not in house.source.requests
    assert house.index.embedded == []
    assert not [request for request in house.source.requests if request.startswith("download")]
    assert set(house.index.texts()) == {p for p, item in house.source.tree().items() if item.text is not None}
    ids = {item.file_id for item in house.source.tree().values()} | {house.source.home.file_id}
    for document, _ in house.index.documents.values():
        assert set(document.path_ids) <= ids
        assert document.path_ids == path_ids(house, document.path)


def path_ids(house: House, path: str) -> tuple[int, ...]:
    names = path.strip("/").split("/")
    above = ["/" + "/".join(names[:n]) for n in range(len(names) + 1)]
    return tuple(house.source.item(one).file_id for one in above)


async def test_a_folder_that_left_a_moved_folder_keeps_its_own_files(house: House) -> None:
    house.source.write("/a/x/y/1.txt", "one")
    house.source.write("/a/x/2.txt", "two")
    house.source.mkdir("/b")
    await house.crawl()
    await house.work()
    house.source.move("/a/x", "/b/x")
    house.source.move("/b/x/y", "/b/y")
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/b/x/2.txt": "two", "/b/y/1.txt": "one"}
    assert house.index.embedded == ["one", "two"] or house.index.embedded == ["two", "one"]


async def test_a_deleted_folder_takes_its_files_out(house: House) -> None:
    house.source.write("/a/b/c/1.txt", "one")
    house.source.write("/a/2.txt", "two")
    house.source.write("/3.txt", "three")
    await house.crawl()
    await house.work()
    house.source.delete("/a")
    assert (await house.crawl()).gone == 2
    await house.work()
    assert house.index.texts() == {"/3.txt": "three"}
    assert set(await house.files()) == {"/3.txt"}


async def test_a_file_that_comes_back_before_it_was_taken_out_stays(house: House) -> None:
    house.source.write("/a/1.txt", "one")
    house.source.mkdir("/b")
    await house.crawl()
    await house.work()
    item = house.source.item("/a/1.txt")
    house.source.delete("/a/1.txt")
    await house.crawl()
    house.source.item("/b").items["1.txt"] = item
    house.source.write("/b/other.txt", "other")
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/b/1.txt": "one", "/b/other.txt": "other"}


@pytest.mark.parametrize("stop_after", range(1, 11))
async def test_a_crawl_that_is_cut_off_anywhere_loses_nothing_and_does_not_start_over(
    house: House, stop_after: int
) -> None:
    for n in range(18):
        house.source.write(f"/{n % 3}/{n % 2}/{n}.txt", str(n))

    def cut(request: str) -> None:
        if len(house.source.requests) > stop_after:
            raise Unavailable("cut off")

    house.source.trouble = cut
    with pytest.raises(Unavailable):
        await house.crawl()
    listed = {request for request in house.source.requests if request.startswith("children")}
    house.source.trouble = lambda request: None
    house.source.requests.clear()
    await house.crawl()
    again = listed & set(house.source.requests)
    assert len([request for request in again if request.count("/") == 2]) <= 1, "finished folders are passed over"
    await house.work()
    assert house.index.texts() == {p: item.text for p, item in house.source.tree().items() if item.text is not None}


async def test_a_folder_that_is_refused_does_not_hide_the_others_and_keeps_its_files(house: House) -> None:
    for name in ("a", "closed", "down", "z"):
        house.source.write(f"/{name}/1.txt", name)
    await house.crawl()
    await house.work()

    def refuse(request: str) -> None:
        if request == "children /closed":
            raise NotAllowed("no")
        if request == "children /down":
            raise Unavailable("external storage is down")

    for name in ("a", "closed", "down", "z"):
        house.source.write(f"/{name}/2.txt", name)
    house.source.trouble = refuse
    found = await house.crawl()
    assert (found.refused, found.gone) == (2, 0)
    await house.work()
    assert set(house.index.texts()) == {"/a/1.txt", "/a/2.txt", "/closed/1.txt", "/down/1.txt", "/z/1.txt", "/z/2.txt"}
    house.source.trouble = lambda request: None
    await house.crawl()
    await house.work()
    assert {"/closed/2.txt", "/down/2.txt"} <= set(house.index.texts())


async def test_what_is_not_to_be_indexed_is_listed_with_the_reason(house: House) -> None:
    house.source.write("/film.mp4", "frames")
    house.source.item("/film.mp4").mime = "video/mp4"
    house.source.write("/large.txt", "x" * 1001)
    await house.crawl()
    assert await house.work() == 0
    files = await house.files()
    assert {path: file.state for path, file in files.items()} == {
        "/film.mp4": FileState.SKIPPED,
        "/large.txt": FileState.SKIPPED,
    }
    assert "video/mp4" in (files["/film.mp4"].reason or "")
    assert "limit" in (files["/large.txt"].reason or "")


async def test_a_file_that_voiceassist_wrote_is_not_indexed_and_never_a_source(house: House) -> None:
    house.source.write("/Letters/When is the vaccine offered (2).VoiceAssist.md", "When? In October.")
    house.source.write("/Letters/voiceassist.md", "a file of the user's own")
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/Letters/voiceassist.md": "a file of the user's own"}


async def test_a_file_that_grew_too_large_leaves_the_index_and_returns_when_it_shrinks(house: House) -> None:
    house.source.write("/1.txt", "small")
    await house.crawl()
    await house.work()
    house.source.write("/1.txt", "x" * 1001)
    await house.crawl()
    await house.work()
    assert house.index.texts() == {}
    assert (await house.files())["/1.txt"].state == FileState.SKIPPED
    house.source.write("/1.txt", "small again")
    await house.crawl()
    await house.work()
    assert house.index.texts() == {"/1.txt": "small again"}


async def test_a_fresh_upload_goes_before_the_bulk_of_a_first_crawl(house: House) -> None:
    for n in range(5):
        house.source.write(f"/old/{n}.txt", str(n))
    await house.crawl()
    house.source.write("/old/fresh.txt", "fresh")
    await house.crawl()
    await house.work(limit=1)
    assert house.index.embedded == ["fresh"]


async def test_a_home_on_another_server_takes_the_place_of_the_former_one(house: House) -> None:
    house.source.write("/1.txt", "of the old server")
    house.source.write("/a/2.txt", "of the old server too")
    await house.crawl()
    await house.work()
    house.source.home = house.source._item(None)
    house.source.write("/1.txt", "of the new server")
    await house.crawl()
    assert set(await house.files()) == {"/1.txt"}, "even before the old files are out of the index"
    await house.work()
    assert house.index.texts() == {"/1.txt": "of the new server"}

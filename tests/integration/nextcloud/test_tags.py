"""What has a system tag, as a user sees it, over HTTP against the stand-in for a Nextcloud."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backend.errors import BadInput, NotAllowed, Unavailable
from backend.nextcloud import webdav
from backend.nextcloud.sources import AppApiSources
from backend.nextcloud.webdav import WebDavSource
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud, Item


@pytest.fixture
def nextcloud() -> Iterator[AppApiServer]:
    with AppApiServer(Cloud(("ann", "ben"))).serving() as server:
        yield server


@pytest.fixture
async def sources(nextcloud: AppApiServer) -> AsyncIterator[AppApiSources]:
    sources = AppApiSources(nextcloud.appapi, nextcloud.all_users)
    yield sources
    await sources.close()


def written(nextcloud: AppApiServer, user: str, path: str, content: bytes | None = b"text") -> Item:
    item = nextcloud.cloud.write(user, path, content)
    assert item is not None
    return item


async def test_each_tag_gives_the_files_and_folders_that_have_it_by_its_name_in_any_case(
    nextcloud: AppApiServer, sources: AppApiSources
) -> None:
    letter, folder = written(nextcloud, "ann", "/letter.txt"), written(nextcloud, "ann", "/Rota", None)
    nights = written(nextcloud, "ann", "/Rota/nights & days.txt")
    nextcloud.tags.add("Urgent", letter, folder)
    nextcloud.tags.add("Prüfung <1>", nights)
    nextcloud.tags.add("Unused")
    found = await sources.of("ann").tagged(["urgent", " PRÜFUNG <1>", "Unused"])
    assert found == [{letter.file_id, folder.file_id}, {nights.file_id}, frozenset()]


async def test_a_user_is_given_nothing_that_only_others_see(nextcloud: AppApiServer, sources: AppApiSources) -> None:
    hers, his = written(nextcloud, "ann", "/hers.txt"), written(nextcloud, "ben", "/his.txt")
    nextcloud.tags.add("Urgent", hers, his)
    assert await sources.of("ann").tagged(["Urgent"]) == [{hers.file_id}]
    nextcloud.cloud.share("ben", "/his.txt", 0, "ann")
    assert await sources.of("ann").tagged(["Urgent"]) == [{hers.file_id, his.file_id}]
    assert await sources.of("ben").tagged(["Urgent"]) == [{his.file_id}]


async def test_tags_whose_names_differ_in_case_only_count_as_one(
    nextcloud: AppApiServer, sources: AppApiSources
) -> None:
    one, two = written(nextcloud, "ann", "/one.txt"), written(nextcloud, "ann", "/two.txt")
    nextcloud.tags.add("Urgent", one)
    nextcloud.tags.add("urgent", two)
    assert await sources.of("ann").tagged(["URGENT"]) == [{one.file_id, two.file_id}]


async def test_a_tag_that_is_not_there_or_not_for_users_is_named(
    nextcloud: AppApiServer, sources: AppApiSources
) -> None:
    nextcloud.tags.add("Urgent")
    nextcloud.tags.add("Legal hold", visible=False)
    for name in ("Urgnt", "Legal hold", ""):
        with pytest.raises(BadInput, match=f"no tag '{name}'"):
            await sources.of("ann").tagged(["Urgent", name])
    # Deleted between the two requests.
    nextcloud.tags.gone.add(nextcloud.tags.add("Old"))
    with pytest.raises(BadInput, match="no tag 'Old'"):
        await sources.of("ann").tagged(["Old"])


async def test_a_tag_on_too_many_files_is_refused_and_not_cut(
    nextcloud: AppApiServer, sources: AppApiSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webdav, "_MOST_TAGGED", 3)
    items = [written(nextcloud, "ann", f"/{number}.txt") for number in range(4)]
    nextcloud.tags.add("Some", *items[:3])
    nextcloud.tags.add("Many", *items)
    assert await sources.of("ann").tagged(["Some"]) == [{item.file_id for item in items[:3]}]
    with pytest.raises(BadInput, match="'Many' is on 4 files and folders; at most 3"):
        await sources.of("ann").tagged(["Some", "Many"])


async def test_a_server_that_does_not_answer_is_not_taken_for_one_without_tags(
    nextcloud: AppApiServer, sources: AppApiSources
) -> None:
    nextcloud.tags.add("Urgent")
    nextcloud.maintenance = True
    with pytest.raises(Unavailable):
        await sources.of("ann").tagged(["Urgent"])
    nextcloud.maintenance = False
    with pytest.raises(NotAllowed):
        await sources.of("nobody").tagged(["Urgent"])


async def test_the_sample_server_says_that_it_has_no_tags(demo_source: WebDavSource) -> None:
    with pytest.raises(BadInput, match="sample server has none"):
        await demo_source.tagged(["Urgent"])

"""Searching by system tags on a real Nextcloud, which are put on and taken off by WebDAV.

The environment is that of `test_leaks_live`. Tags are made by `occ`, and removed at the end.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.leaks.scenario import Scenario
from tests.live.nextcloud import occ
from tests.live.test_leaks_live import found, pytestmark, scenario  # noqa: F401 - marks and fixture hold here


@asynccontextmanager
async def tag(name: str, access: str = "public") -> AsyncIterator[int]:
    """A tag, by its id."""
    tag_id = int(json.loads(await occ("tag:add", "--output=json", name, access))["id"])
    try:
        yield tag_id
    finally:
        await occ("tag:delete", str(tag_id), check=False)


async def tagged(world: Scenario, user: str, *tags: str) -> set[int]:
    """Ids of the files that a user finds with all of these tags."""
    body = {"query": "secret reference", "filters": {"tags": tags}, "limit": 20}
    answer = await world.questions.call(user, "POST", "/search", json=body)
    assert answer.status_code == 200, answer.text
    return {int(result["document_id"]) for result in answer.json()["data"]["results"]}


async def test_files_are_found_by_the_tags_that_they_or_folders_above_them_have_at_this_moment(
    scenario: Scenario,  # noqa: F811
) -> None:
    ann = scenario.people["lk_ann"]
    assert await ann.dav("MKCOL", "/Rota") == 201
    folder = (await scenario.sources.of("lk_ann").stat("/Rota")).file_id
    below, beside = await scenario.write("lk_ann", "/Rota"), await scenario.write("lk_ann", "/")
    assert below is not None
    assert beside is not None
    for file_id in (below, beside):
        await found(scenario, "lk_ann", file_id)
    async with tag("Zq2xvurgent") as urgent, tag("Zq2xv winter & spring") as winter, tag("Zq2xvhold", "invisible"):
        assert await tagged(scenario, "lk_ann", "zq2xvURGENT") == set()
        assert await ann.tag(beside, urgent) == 201
        assert await tagged(scenario, "lk_ann", "zq2xvURGENT") == {beside}
        assert await ann.tag(folder, urgent) == 201
        assert await ann.tag(below, winter) == 201
        assert await tagged(scenario, "lk_ann", "Zq2xvurgent") == {beside, below}
        assert await tagged(scenario, "lk_ann", "Zq2xvurgent", "Zq2xv winter & spring") == {below}
        # Somebody else sees the tags, and of the files only what is shared.
        assert await tagged(scenario, "lk_ben", "Zq2xvurgent") == set()
        assert await ann.share("/Rota", 0, "lk_ben")
        await found(scenario, "lk_ben", below)
        assert await tagged(scenario, "lk_ben", "Zq2xvurgent") == {below}
        assert await ann.tag(folder, urgent, on=False) == 204
        assert await tagged(scenario, "lk_ann", "Zq2xvurgent") == {beside}
        assert await tagged(scenario, "lk_ben", "Zq2xvurgent") == set()
        for unseen in ("Zq2xvhold", "Zq2xvnone"):
            body = {"query": "secret reference", "filters": {"tags": [unseen]}}
            answer = await scenario.questions.call("lk_ann", "POST", "/search", json=body)
            assert (answer.status_code, answer.json()["error"]["field"]) == (422, "filters.tags")

"""Searching by Nextcloud's tags: the whole product over the stand-in for a Nextcloud."""

from typing import Any

import httpx

# Fixtures of this module as well.
from tests.integration.ex_app.test_door import as_user, door, enable, finds, nextcloud  # noqa: F401
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Item
from tests.unit.jobs.waiting import until


async def tagged(door: httpx.AsyncClient, user: str, *tags: str, **filters: Any) -> set[str]:  # noqa: F811
    """Paths of what a user finds with all of these tags."""
    body = {"query": "samovar", "filters": {"tags": tags, **filters}}
    answer = await door.post("/api/v1/search", json=body, headers=as_user(user))
    assert answer.status_code == 200, answer.text
    return {result["path"] for result in answer.json()["data"]["results"]}


async def test_a_search_is_narrowed_to_what_has_all_of_the_tags_at_this_moment(
    door: httpx.AsyncClient,  # noqa: F811
    nextcloud: AppApiServer,  # noqa: F811
) -> None:
    await enable(door)
    items: dict[str, Item] = {}
    with nextcloud.lock:
        for path in ("/Rota", "/Rota/Wards", "/Rota/Wards/nights.txt", "/Rota/days.txt", "/other.txt", "/plain.txt"):
            text = f"The samovar of {path}.".encode() if path.endswith(".txt") else None
            item = nextcloud.cloud.write("ann", path, text)
            assert item is not None
            items[path] = item
        urgent = nextcloud.tags.add("Urgent", items["/Rota"], items["/other.txt"])
        nextcloud.tags.add("Winter", items["/Rota/Wards/nights.txt"], items["/other.txt"])
        nextcloud.tags.add("Unused")
        nextcloud.cloud.share("ann", "/Rota", 0, "ben")

    async def all_are_found() -> bool:
        return await tagged(door, "ann") == {path for path, item in items.items() if item.content}

    await until(all_are_found, 60)
    # A folder's tag stands for all below it, however deep.
    assert await tagged(door, "ann", "urgent") == {"/Rota/Wards/nights.txt", "/Rota/days.txt", "/other.txt"}
    assert await tagged(door, "ann", "Urgent", "Winter") == {"/Rota/Wards/nights.txt", "/other.txt"}
    assert await tagged(door, "ann", "Unused") == await tagged(door, "ann", "Urgent", "Unused") == set()
    # Other conditions narrow further.
    wards = [items["/Rota/Wards"].file_id]
    assert await tagged(door, "ann", "Winter", folder_ids=wards) == {"/Rota/Wards/nights.txt"}
    # A recipient of a share finds what is in it by the same tag, and nothing else that has it.
    await until(lambda: finds(door, "ben", "/Rota/days.txt"), 60)
    assert await tagged(door, "ben", "Urgent") == {"/Rota/Wards/nights.txt", "/Rota/days.txt"}
    # The index knows no tags: what is taken off or put on holds at once.
    with nextcloud.lock:
        nextcloud.tags.tags[urgent].file_ids = {items["/plain.txt"].file_id}
    assert await tagged(door, "ann", "Urgent") == {"/plain.txt"}
    assert await tagged(door, "ben", "Urgent") == set()


async def test_what_cannot_be_searched_by_is_an_error_and_not_a_wider_search(
    door: httpx.AsyncClient,  # noqa: F811
    nextcloud: AppApiServer,  # noqa: F811
) -> None:
    await enable(door)
    with nextcloud.lock:
        nextcloud.cloud.write("ann", "/plain.txt", b"The samovar.")
        nextcloud.tags.add("Urgent")
    await until(lambda: finds(door, "ann", "samovar"), 60)
    body = {"query": "samovar", "filters": {"tags": ["Urgent", "Urgnt"]}}
    answer = await door.post("/api/v1/search", json=body, headers=as_user("ann"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "VALIDATION_ERROR", "filters.tags")
    assert "'Urgnt'" in error["message"]
    for tags in (["x"] * 11, ["x" * 65], "Urgent"):
        answer = await door.post("/api/v1/search", json=body | {"filters": {"tags": tags}}, headers=as_user("ann"))
        assert answer.status_code == 422
    nextcloud.maintenance = True
    answer = await door.post("/api/v1/search", json=body, headers=as_user("ann"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")

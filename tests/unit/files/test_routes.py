from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend.envelope import install
from backend.errors import NotFound
from backend.files.routes import build_router
from backend.identity.principal import Principal, guard_with
from tests import policy
from tests.unit.files.house import House


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async def authenticate(request: HTTPConnection) -> Principal:
        return Principal(request.headers.get("x-user", "ann"))

    app = FastAPI()
    install(app)
    guard_with(app, authenticate, policy.shipped())
    app.include_router(build_router(house.service), prefix="/api/v1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test/api/v1") as client:
        yield client


@pytest.fixture
async def files(house: House) -> dict[str, int]:
    ids = {
        "/a/1.txt": house.source.write("/a/1.txt", "one\ntwo"),
        "/a/bad.txt": house.source.write("/a/bad.txt", "unreadable: damaged"),
        "/50%.txt": house.source.write("/50%.txt", "half"),
        "/page.html": house.source.write("/page.html", "<script>alert(1)</script>"),
    }
    house.source.item("/page.html").mime = "text/html"
    await house.crawl()
    await house.work()
    return ids


async def test_files_are_listed_by_path_state_and_page(client: httpx.AsyncClient, files: dict[str, int]) -> None:
    answer = (await client.get("/files")).json()
    assert [file["path"] for file in answer["data"]] == sorted(files)
    assert answer["metadata"]["pagination"] == {"offset": 0, "limit": 50, "total": 4}
    one = answer["data"][1]
    assert one == {
        "file_id": files["/a/1.txt"],
        "path": "/a/1.txt",
        "name": "1.txt",
        "mime": "text/plain",
        "size": 7,
        "modified": "2025-01-01T00:00:00Z",
        "state": "indexed",
        "reason": None,
        "progress": None,
        "chunks": 2,
        "pages": None,
        "indexed_at": one["indexed_at"],
        "attempts": 0,
        "next_attempt_at": None,
        "link": f"http://cloud.test/f/{files['/a/1.txt']}",
    }
    assert [file["path"] for file in (await client.get("/files?state=failed")).json()["data"]] == ["/a/bad.txt"]
    assert [file["path"] for file in (await client.get("/files?q=50%25")).json()["data"]] == ["/50%.txt"]
    assert [file["path"] for file in (await client.get("/files?q=A/")).json()["data"]] == ["/a/1.txt", "/a/bad.txt"]
    second = (await client.get("/files?offset=1&limit=1")).json()
    assert [file["path"] for file in second["data"]] == ["/a/1.txt"]


async def test_the_summary_counts(client: httpx.AsyncClient, files: dict[str, int]) -> None:
    summary = (await client.get("/files/summary")).json()["data"]
    assert {key: summary[key] for key in ("total", "indexed", "failed", "waiting", "chunks", "error")} == {
        "total": 4,
        "indexed": 3,
        "failed": 1,
        "waiting": 0,
        "chunks": 4,
        "error": None,
    }


async def test_somebody_else_sees_nothing_of_these_files(client: httpx.AsyncClient, files: dict[str, int]) -> None:
    somebody = {"x-user": "eve"}
    assert (await client.get("/files", headers=somebody)).json()["data"] == []
    assert (await client.get("/files/summary", headers=somebody)).json()["data"]["total"] == 0
    assert (await client.post("/files/retry", headers=somebody)).json()["data"] == {"retried": 0}
    for method, path in (("POST", f"/files/{files['/a/1.txt']}/retry"), ("GET", f"/files/{files['/a/1.txt']}/content")):
        refused = await client.request(method, path, headers=somebody)
        missing = await client.request(method, path.replace(str(files["/a/1.txt"]), "123456"), headers=somebody)
        assert (refused.status_code, missing.status_code) == (404, 404)
        assert refused.json()["error"]["code"] == missing.json()["error"]["code"]
    assert (await client.get("/folders", headers=somebody)).status_code == 404


async def test_failed_files_are_retried_one_or_all(
    client: httpx.AsyncClient, files: dict[str, int], house: House
) -> None:
    row = (await client.post(f"/files/{files['/a/bad.txt']}/retry")).json()["data"]
    assert (row["state"], row["reason"]) == ("waiting", None)
    assert await house.work() == 1
    assert (await client.post("/files/retry")).json()["data"] == {"retried": 1}
    assert await house.work() == 1
    assert (await client.post("/files/99999/retry")).status_code == 404


async def test_an_indexed_file_can_be_read_anew(client: httpx.AsyncClient, files: dict[str, int], house: House) -> None:
    house.source.requests.clear()
    await client.post(f"/files/{files['/a/1.txt']}/retry")
    await house.work()
    assert "download /a/1.txt" in house.source.requests
    assert (await house.files())["/a/1.txt"].state == "indexed"


async def test_content_is_streamed_in_a_sandbox(client: httpx.AsyncClient, files: dict[str, int]) -> None:
    answer = await client.get(f"/files/{files['/a/1.txt']}/content")
    assert answer.text == "one\ntwo"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''1.txt"


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/xhtml+xml", "TEXT/HTML; charset=x"])
async def test_what_could_run_scripts_is_only_downloaded(
    client: httpx.AsyncClient, files: dict[str, int], house: House, mime: str
) -> None:
    house.source.item("/page.html").mime = mime
    answer = await client.get(f"/files/{files['/page.html']}/content")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")


async def test_a_file_that_is_no_longer_there_is_not_served(
    client: httpx.AsyncClient, files: dict[str, int], house: House
) -> None:
    house.source.delete("/a/1.txt")
    assert (await client.get(f"/files/{files['/a/1.txt']}/content")).status_code == 404
    house.source.write("/a/1.txt", "somebody else's secret")
    answer = await client.get(f"/files/{files['/a/1.txt']}/content")
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_what_goes_wrong_before_the_first_piece_is_told_in_the_envelope(
    client: httpx.AsyncClient, files: dict[str, int], house: House
) -> None:
    def vanish(request: str) -> None:
        if request.startswith("stream"):
            raise NotFound("gone")

    house.source.trouble = vanish
    answer = await client.get(f"/files/{files['/a/1.txt']}/content")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


async def test_folders_are_listed_first(client: httpx.AsyncClient, files: dict[str, int]) -> None:
    entries = (await client.get("/folders")).json()["data"]
    assert [(entry["name"], entry["is_folder"]) for entry in entries] == [
        ("a", True),
        ("50%.txt", False),
        ("page.html", False),
    ]
    assert [entry["path"] for entry in (await client.get("/folders?path=/a")).json()["data"]] == [
        "/a/1.txt",
        "/a/bad.txt",
    ]
    for path in ("a", "/a/../b", ""):
        refused = await client.get("/folders", params={"path": path})
        assert refused.status_code == 422
        assert refused.json()["error"]["field"] == "path"


async def test_wrong_values_are_refused(client: httpx.AsyncClient) -> None:
    for query in ("state=lost", "offset=-1", "limit=0", "limit=201", f"q={'x' * 501}"):
        answer = await client.get(f"/files?{query}")
        assert answer.status_code == 422
        assert answer.json()["success"] is False


async def test_a_crawl_can_be_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.post("/files/crawl")
    assert (answer.status_code, answer.json()["data"]) == (200, {})

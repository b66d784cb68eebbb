"""Text recognition by Nextcloud, over the stand-in's TaskProcessing. `tests/live` asks a real one."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from backend.egress.gate import Gate, Withheld
from backend.errors import Unavailable
from backend.models.recognition import NextcloudRecognition
from backend.nextcloud.appapi import Clients
from backend.nextcloud.tasks import OCR, Tasks
from backend.settings import ModelsWhere, Settings
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud


@pytest.fixture
def server() -> Iterator[AppApiServer]:
    with AppApiServer(Cloud(("ann", "ben"))).serving() as server:
        yield server


@pytest.fixture
async def tasks(server: AppApiServer) -> AsyncIterator[Tasks]:
    clients = Clients(server.appapi)
    yield Tasks(clients)
    await clients.close()


def recognition(tasks: Tasks, **settings: Any) -> NextcloudRecognition:
    return NextcloudRecognition(Gate(Settings(_env_file=None, **settings)), tasks, "https://cloud.test", timeout=60.0)


async def test_the_file_is_given_by_its_id_as_its_user_and_the_texts_come_back(
    server: AppApiServer, tasks: Tasks
) -> None:
    given: list[dict[str, Any]] = []

    def read(task: dict[str, Any]) -> dict[str, object]:
        given.append(task)
        return {"output": ["Page one", "Page two\n"]}

    server.board.providers[OCR] = read
    assert await recognition(tasks).recognise("ann", 7) == "Page one\n\nPage two"
    assert given == [{"input": [7]}]
    assert [task["userId"] for task in server.board.tasks.values()] == ["ann"]
    assert server.board.deleted == [1]


@pytest.mark.parametrize("output", [{}, {"output": "a text"}, {"output": [7]}])
async def test_an_answer_that_is_no_list_of_texts_is_trouble_and_not_an_empty_page(
    server: AppApiServer, tasks: Tasks, output: dict[str, object]
) -> None:
    server.board.providers[OCR] = lambda _task: output
    with pytest.raises(Unavailable, match="gave no text"):
        await recognition(tasks).recognise("ann", 7)


async def test_without_a_provider_it_says_so(tasks: Tasks) -> None:
    with pytest.raises(Unavailable, match="no provider for core:image2text:ocr"):
        await recognition(tasks).recognise("ann", 7)


async def test_where_nothing_may_leave_nextclouds_provider_is_asked_only_when_it_is_said_to_be_local(
    server: AppApiServer, tasks: Tasks
) -> None:
    server.board.providers[OCR] = lambda _task: {"output": ["text"]}
    with pytest.raises(Withheld):
        await recognition(tasks, models_where=ModelsWhere.LOCAL).recognise("ann", 7)
    assert server.board.tasks == {}
    local = recognition(tasks, models_where=ModelsWhere.LOCAL, nextcloud_model_is_local=True)
    assert await local.recognise("ann", 7) == "text"

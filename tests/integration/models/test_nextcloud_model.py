"""The language model of Nextcloud, over the stand-in's TaskProcessing. `tests/live` asks a real one."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.egress.gate import Gate
from backend.errors import Unavailable
from backend.models.nextcloud import NextcloudModel
from backend.models.protocol import Message
from backend.nextcloud.appapi import Clients
from backend.nextcloud.tasks import CHAT, Tasks
from backend.settings import Settings
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud
from tests.servers.taskboard import TaskBoard

ASKED = [Message("system", "Rules."), Message("user", "First?"), Message("assistant", "Yes."), Message("user", "Why?")]


GATE = Gate(Settings(_env_file=None, nextcloud_model_is_local=True))


@pytest.fixture
def server() -> Any:
    with AppApiServer(Cloud(("ann", "ben"))).serving() as server:
        yield server


@pytest.fixture
def board(server: AppApiServer) -> TaskBoard:
    return server.board


@pytest.fixture
def seconds() -> float:
    """How long a task may take: only the test of one that never ends is in a hurry, since a busy machine may stop."""
    return 60.0


@pytest.fixture
async def model(server: AppApiServer, seconds: float) -> AsyncIterator[NextcloudModel]:
    clients = Clients(server.appapi)
    model = NextcloudModel(GATE, Tasks(clients), "https://cloud.example.org/nextcloud", timeout=seconds)
    yield model
    await model.close()
    await clients.close()


async def said(model: NextcloudModel, user: str = "ann") -> str:
    return "".join([str(piece) async for piece in model.stream(ASKED, user)])


async def test_the_answer_is_the_providers_and_the_task_is_the_askers_and_tidied_up(
    model: NextcloudModel, board: TaskBoard
) -> None:
    given: list[dict[str, Any]] = []

    def answer(task: dict[str, Any]) -> dict[str, object]:
        given.append(task)
        return {"output": "Because. [1]"}

    board.providers[CHAT] = answer
    assert await said(model) == "Because. [1]"
    assert given == [{"system_prompt": "Rules.", "input": "Why?", "history": ["First?", "Yes."]}]
    assert [task["userId"] for task in board.tasks.values()] == ["ann"]
    assert board.deleted == [1]
    assert model.data_goes_to == "cloud.example.org"


async def test_without_a_provider_it_is_unavailable_and_says_so(model: NextcloudModel) -> None:
    with pytest.raises(Unavailable, match="no provider for core:text2text:chat"):
        await said(model)


async def test_a_task_that_failed_is_unavailable_and_the_providers_words_stay_out(
    model: NextcloudModel, board: TaskBoard
) -> None:
    def fail(_task: dict[str, Any]) -> dict[str, object]:
        raise RuntimeError("text of a file")

    board.providers[CHAT] = fail
    with pytest.raises(Unavailable, match="failed") as raised:
        await said(model)
    assert "text of a file" not in str(raised.value)
    assert board.deleted == [1]


@pytest.mark.parametrize("seconds", [1.0])
async def test_a_task_that_never_ends_is_given_up_in_time_and_deleted(model: NextcloudModel, board: TaskBoard) -> None:
    board.providers[CHAT] = lambda _task: None
    began = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer within 1 s"):
        await said(model)
    assert time.monotonic() - began < 30
    assert board.deleted == [1]


@pytest.mark.parametrize("output", [{"output": 7}, {"text": "Because."}, {}])
async def test_output_without_text_is_unavailable(
    model: NextcloudModel, board: TaskBoard, output: dict[str, object]
) -> None:
    board.providers[CHAT] = lambda _task: output
    with pytest.raises(Unavailable, match="no text"):
        await said(model)


async def test_a_disabled_asker_and_a_server_that_is_gone_are_unavailable(server: AppApiServer) -> None:
    clients = Clients(server.appapi)
    model = NextcloudModel(GATE, Tasks(clients), server.url, timeout=60.0)
    server.board.providers[CHAT] = lambda _task: {"output": "Because."}
    assert await said(model, "ben") == "Because."
    server.cloud.disabled.add("ben")
    with pytest.raises(Unavailable, match="from this user"):
        await said(model, "ben")
    await clients.close()

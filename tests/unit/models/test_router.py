"""Who answers, and when a model is left alone. The models here are never called."""

from collections.abc import AsyncGenerator, Sequence

import numpy as np
from numpy.typing import NDArray

from backend.models.extractive import Extractive
from backend.models.protocol import Capabilities, Message
from backend.models.router import Router


class _NoEmbedder:
    """Stands where an embedder is needed and not called."""

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        raise AssertionError(text)

    async def embed_passages(self, texts: list[str]) -> NDArray[np.float32]:
        raise AssertionError(texts)


class _Model:
    name = "tiny"
    provider = "example.org"
    data_goes_to = "example.org"
    capabilities = Capabilities()
    closed = False

    async def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str, None]:
        yield ""

    async def close(self) -> None:
        self.closed = True


def test_without_a_model_the_extractive_answerer_answers() -> None:
    router = Router(Extractive(_NoEmbedder()))
    assert router.route(0).model is None
    assert router.preferred.name == "extractive"


async def test_a_model_that_fails_three_times_in_a_row_gets_a_pause_and_another_chance() -> None:
    model = _Model()
    router = Router(Extractive(_NoEmbedder()), model)
    router.failed(0)
    router.failed(1)
    router.worked()
    router.failed(2)
    router.failed(3)
    assert router.route(4).model is model
    router.failed(5)
    assert router.route(6).model is None
    assert "pause" in router.route(6).reason
    assert router.route(66).model is model
    await router.close()
    assert model.closed

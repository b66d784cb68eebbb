"""Who answers, in which order, and when a model is left alone. The models here are never called."""

from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.egress.gate import Destination, Withheld
from backend.errors import RateLimited, Unavailable
from backend.models.extractive import Extractive
from backend.models.protocol import Capabilities, Message
from backend.models.router import Choice, Router
from backend.models.usage import FREE, Usage


class _NoEmbedder:
    """Stands where an embedder is needed and not called."""

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        raise AssertionError(text)

    async def embed_passages(self, texts: list[str]) -> NDArray[np.float32]:
        raise AssertionError(texts)


class _Model:
    provider = "example.org"
    data_goes_to = "example.org"
    destination = Destination("example.org")
    price = FREE

    def __init__(self, name: str, languages: tuple[str, ...] = ()) -> None:
        self.name = name
        self.capabilities = Capabilities(languages=languages)
        self.closed = False

    async def stream(self, messages: Sequence[Message], user_id: str) -> AsyncGenerator[str | Usage, None]:
        yield ""

    async def close(self) -> None:
        self.closed = True


class World:
    """A router over models of these names, and a clock."""

    def __init__(self, *models: _Model) -> None:
        self.now = 0.0
        self.models = models
        self.router = Router(Extractive(_NoEmbedder()), models, clock=lambda: self.now)

    def choices(self, language: str = "en") -> list[Choice]:
        return list(self.router.choices(language))

    def names(self, language: str = "en") -> list[str | None]:
        return [choice.model.name if choice.model else None for choice in self.choices(language)]

    def fail(self, error: Exception | None = None) -> None:
        choice = next(self.router.choices("en"))
        with pytest.raises(Unavailable if error is None else type(error)), choice.attempt():
            raise error or Unavailable("down")


def test_without_a_model_the_extractive_answerer_answers() -> None:
    world = World()
    (only,) = world.choices()
    assert only.model is None
    assert only.reason == "No language model is configured."
    assert world.router.preferred.name == "extractive"


def test_models_are_asked_in_order_and_the_extractive_answerer_last() -> None:
    world = World(_Model("one"), _Model("two"))
    assert world.router.preferred.name == "one"
    assert world.names() == ["one", "two", None]
    reasons = [choice.reason for choice in world.choices()]
    assert reasons[1] == "one gave no usable answer."
    assert reasons[2] == "One gave no usable answer; two gave no usable answer."


def test_a_model_that_does_not_read_the_language_is_passed_over() -> None:
    world = World(_Model("biogpt", ("en",)), _Model("two"))
    assert world.names("de") == ["two", None]
    assert "biogpt does not read 'de'" in world.choices("de")[0].reason
    assert world.names("en") == ["biogpt", "two", None]


def test_a_model_that_fails_three_times_in_a_row_gets_a_pause_and_one_trial() -> None:
    world = World(_Model("one"), _Model("two"))
    world.fail()
    world.fail()
    with next(world.router.choices("en")).attempt():
        pass  # it worked: what was before is forgotten
    for _ in range(3):
        world.fail()
    assert world.names() == ["two", None]
    assert "pause" in world.choices()[0].reason
    world.now = 61
    trial = next(world.router.choices("en"))
    assert trial.model is world.models[0]
    assert world.names() == ["two", None], "one question tries it, the others do not wait for it"
    with trial.attempt():
        pass
    assert world.names() == ["one", "two", None]


def test_a_failed_trial_means_another_pause_and_a_stopped_one_another_trial() -> None:
    world = World(_Model("one"))
    for _ in range(3):
        world.fail()
    world.now = 61
    world.fail()
    assert world.names() == [None]
    world.now = 122
    with pytest.raises(GeneratorExit), next(world.router.choices("en")).attempt():
        raise GeneratorExit
    assert world.names() == ["one", None]


def test_a_server_that_asks_for_patience_gets_it_at_once() -> None:
    world = World(_Model("one"))
    world.fail(RateLimited("busy", retry_after=7))
    world.now = 6.9
    assert world.names() == [None]
    world.now = 7.1
    assert world.names() == ["one", None]


def test_what_the_gate_keeps_back_is_no_failure_of_the_model() -> None:
    world = World(_Model("one"))
    for _ in range(5):
        world.fail(Withheld("not there"))
    assert world.names() == ["one", None]


async def test_a_short_question_goes_to_the_first_model_or_to_the_one_that_is_meant_and_to_no_other() -> None:
    one, two = _Model("one"), _Model("two")
    world = World(one, two)

    async def asked(by: _Model | None) -> str | None:
        written = await world.router.once([Message("user", "?")], "anna", "en", seconds=1, longest=9, by=by)
        return None if written is None else written.model.name

    assert [await asked(None), await asked(two)] == ["one", "two"]
    for _ in range(3):
        world.fail()
    assert [await asked(None), await asked(one)] == ["two", None]
    world.now = 61
    assert await asked(two) == "two"
    assert await asked(one) == "one", "passing over a model is no trial of it"


async def test_models_that_are_replaced_or_not_needed_any_more_are_closed() -> None:
    old, new = _Model("old"), _Model("new")
    world = World(old)
    await world.router.use([new])
    assert (old.closed, new.closed) == (True, False)
    assert world.names() == ["new", None]
    await world.router.close()
    assert new.closed

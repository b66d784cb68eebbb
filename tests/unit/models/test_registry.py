"""Which language models the settings choose, in which order, and what is missing for the others."""

import pytest

from backend.egress.gate import Gate
from backend.errors import BadInput
from backend.models.endpoint import Endpoint
from backend.models.registry import Registry
from backend.models.survey import survey
from backend.settings import AnswersBy, Settings


def registry(**values: object) -> Registry:
    given = {
        "llm_base_url": "http://127.0.0.1:11434/v1",
        "llm_model": "small",
        "cloud_base_url": "https://models.example/v1",
        "cloud_model": "large",
        **values,
    }
    settings = Settings.model_validate(given)
    return Registry(settings, Gate(settings))


async def names(registry: Registry) -> list[str]:
    models = await registry.chosen()
    for model in models:
        await model.close()
    return [model.name for model in models]


async def test_models_are_asked_in_the_order_of_the_settings() -> None:
    assert await names(registry()) == ["small"]
    assert await names(registry(answers_fallback="cloud")) == ["small", "large"]
    assert await names(registry(answers_by=AnswersBy.CLOUD, answers_fallback="endpoint, cloud")) == ["large", "small"]
    assert await names(registry(answers_by=AnswersBy.CLOUD, answers_fallback="extractive, endpoint")) == ["large"]


@pytest.mark.parametrize(
    "values",
    [
        {"answers_by": AnswersBy.EXTRACTIVE, "answers_fallback": "endpoint"},
        {"llm_base_url": ""},
        {"llm_model": ""},
        {"answers_by": AnswersBy.NEXTCLOUD},  # without AppAPI there is no TaskProcessing
        {"answers_by": AnswersBy.CLOUD, "cloud_model": ""},
        {"answers_by": AnswersBy.BIOGPT},  # not enabled
    ],
)
async def test_what_is_not_configured_is_not_asked(values: dict[str, object]) -> None:
    assert await names(registry(**values)) == []


async def test_a_model_that_cannot_be_opened_leaves_the_others_in_place() -> None:
    chosen = registry(
        answers_by=AnswersBy.BIOGPT,
        answers_fallback="endpoint",
        enable_biogpt_adapter=True,
        biogpt_model="/no/such/folder",
    )
    assert chosen.problem(AnswersBy.BIOGPT) is None
    assert await names(chosen) == ["small"]


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(BadInput, match="CLOUD_BASE_URL"):
        await registry(cloud_base_url="").open(AnswersBy.CLOUD)
    with pytest.raises(BadInput, match="ENABLE_BIOGPT_ADAPTER"):
        await registry().open(AnswersBy.BIOGPT)


async def test_the_settings_of_a_model_reach_it() -> None:
    model = await registry(cloud_price_input=3.0, cloud_context_tokens=8_000).open(AnswersBy.CLOUD)
    assert isinstance(model, Endpoint)
    assert model.data_goes_to == "models.example"
    assert model.price.read == 3.0
    assert model.capabilities.context_tokens == 8_000
    assert not model.capabilities.tools
    await model.close()


def test_a_fallback_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'gpt' is not one of"):
        Settings(answers_fallback="cloud, gpt")


async def test_the_survey_says_who_is_asked_in_which_order_and_what_is_missing() -> None:
    settings = registry(answers_by=AnswersBy.CLOUD, answers_fallback="endpoint", models_where="local").settings
    cloud, endpoint, nextcloud, biogpt = await survey(settings)
    assert (cloud.adapter, cloud.place, cloud.model, cloud.goes_to) == ("cloud", 1, "large", "models.example")
    assert cloud.allowed is False
    assert (endpoint.adapter, endpoint.place, endpoint.goes_to) == ("endpoint", 2, "this machine")
    assert endpoint.allowed is True
    assert (nextcloud.place, nextcloud.allowed) == (0, None)
    assert "Only as an app of Nextcloud" in nextcloud.problem
    assert "ENABLE_BIOGPT_ADAPTER" in biogpt.problem

"""Which language model the settings choose, and what the policy refuses."""

import pytest

from backend.models.choice import choose, stands_locally
from backend.models.endpoint import Endpoint
from backend.settings import AnswersBy, ModelsWhere, Settings


def settings(**values: object) -> Settings:
    given = {"llm_base_url": "http://127.0.0.1:11434/v1", "llm_model": "small", **values}
    return Settings.model_validate(given)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://192.168.1.20/v1", True),
        ("http://10.0.0.4/v1", True),
        ("https://93.184.215.14/v1", False),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/v1", False),
        ("http://no-such-host.invalid/v1", False),
        ("http:///v1", False),
    ],
)
async def test_only_private_addresses_are_local(url: str, local: bool) -> None:
    assert await stands_locally(url) is local


async def test_a_model_elsewhere_is_refused_by_a_local_policy_and_taken_without_one() -> None:
    elsewhere = "https://93.184.215.14/v1"
    assert await choose(settings(llm_base_url=elsewhere, models_where=ModelsWhere.LOCAL)) is None
    chosen = await choose(settings(llm_base_url=elsewhere, models_where=ModelsWhere.ANYWHERE))
    assert isinstance(chosen, Endpoint)
    assert chosen.data_goes_to == "93.184.215.14"
    await chosen.close()


async def test_a_model_on_this_machine_is_taken_under_a_local_policy() -> None:
    chosen = await choose(settings(models_where=ModelsWhere.LOCAL))
    assert chosen is not None
    assert chosen.data_goes_to == "this machine"
    await chosen.close()


@pytest.mark.parametrize(
    "values",
    [
        {"answers_by": AnswersBy.EXTRACTIVE},
        {"llm_base_url": ""},
        {"llm_model": ""},
        {"answers_by": AnswersBy.NEXTCLOUD},  # without AppAPI there is no TaskProcessing
    ],
)
async def test_without_a_model_the_extractive_answerer_answers(values: dict[str, object]) -> None:
    assert await choose(settings(**values)) is None

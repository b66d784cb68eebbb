"""The language models that settings can name, and how each is opened."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from pydantic import SecretStr

from backend.egress.gate import Carrier, Gate
from backend.errors import BadInput, VoiceAssistError
from backend.models.protocol import LanguageModel
from backend.models.usage import Price
from backend.settings import AnswersBy, Settings

if TYPE_CHECKING:
    from backend.nextcloud.tasks import Tasks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registry:
    """Opens language models by name. `tasks` are Nextcloud's, if it has any.

    A client is imported when it is opened: each takes half a second, and most machines need none.
    """

    settings: Settings
    gate: Gate
    tasks: "Tasks | None" = None

    async def chosen(self) -> list[LanguageModel]:
        """The models that the settings want asked, in order. One that cannot be opened is left out, and logged."""
        models = []
        for name in self.settings.answerers:
            if self.problem(name) is not None:
                continue
            try:
                models.append(await self.open(name))
            except VoiceAssistError as error:
                log.warning("models.cannot_be_opened", name=name, error=error.message)
        return models

    def problem(self, name: AnswersBy) -> str | None:
        """What is missing in the settings for this one; None when nothing is."""
        settings = self.settings
        match name:
            case AnswersBy.ENDPOINT if not (settings.llm_base_url and settings.llm_model):
                return "Set LLM_BASE_URL and LLM_MODEL."
            case AnswersBy.CLOUD if not (settings.cloud_base_url and settings.cloud_model):
                return "Set CLOUD_BASE_URL and CLOUD_MODEL."
            case AnswersBy.NEXTCLOUD if self.tasks is None:
                return "Only as an app of Nextcloud."
            case AnswersBy.BIOGPT if not settings.enable_biogpt_adapter:
                return "Set ENABLE_BIOGPT_ADAPTER and install the extra `models`."
            case _:
                return None

    async def open(self, name: AnswersBy) -> LanguageModel:
        """One model. Raises `BadInput` or `Unavailable` when it cannot be had."""
        settings = self.settings
        problem = self.problem(name)
        if problem is not None:
            raise BadInput(f"It is not configured. {problem}")
        match name:
            case AnswersBy.ENDPOINT:
                price = Price(settings.llm_price_input, settings.llm_price_output)
                key, context = settings.llm_api_key, settings.llm_context_tokens
                return self._endpoint(settings.llm_base_url, settings.llm_model, key, price, context, Carrier.DIRECT)
            case AnswersBy.CLOUD:
                price = Price(settings.cloud_price_input, settings.cloud_price_output)
                key, context = settings.cloud_api_key, settings.cloud_context_tokens
                return self._endpoint(settings.cloud_base_url, settings.cloud_model, key, price, context, Carrier.RELAY)
            case AnswersBy.NEXTCLOUD if self.tasks is not None:
                from backend.models.nextcloud import NextcloudModel

                return NextcloudModel(self.gate, self.tasks, settings.nextcloud_url, settings.llm_timeout)
            case AnswersBy.BIOGPT:
                from backend.models.biogpt import BioGpt

                return await asyncio.to_thread(BioGpt, settings.biogpt_model, settings.llm_total_timeout)
            case _:
                raise BadInput(f"`{name}` is no language model.")

    def _endpoint(
        self, base_url: str, model: str, key: SecretStr, price: Price, context_tokens: int, carrier: Carrier
    ) -> LanguageModel:
        from backend.models.endpoint import Address, Endpoint, Limits

        limits = Limits(
            connect=self.settings.llm_connect_timeout,
            first=self.settings.llm_timeout,
            between=self.settings.llm_stall_timeout,
            seconds=self.settings.llm_total_timeout,
        )
        address = Address(base_url, model, key.get_secret_value(), carrier, price, context_tokens or None)
        return Endpoint(self.gate, address, limits)

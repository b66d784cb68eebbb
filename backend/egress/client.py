"""The one HTTP client for models. Nothing else makes one, so nothing goes round the gate."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from openai._models import FinalRequestOptions  # the type that openai's own hook takes

from backend.egress.gate import Carrier, Destination, Gate, Purpose


class GatedClient(openai.AsyncOpenAI):
    """An OpenAI client that asks the gate before every request, each repetition included.

    It follows no redirects: a server that may be asked could otherwise send the text on to one that may not. A proxy of
    the environment is used only where it makes no difference to the gate.
    """

    def __init__(
        self,
        gate: Gate,
        purpose: Purpose,
        base_url: str,
        api_key: str,
        *,
        timeout: openai.Timeout | float,
        retries: int = 0,
        carrier: Carrier = Carrier.DIRECT,
    ) -> None:
        """`api_key` may be empty: many servers in the house want none."""
        self.destination = Destination(urlsplit(base_url).hostname or base_url, carrier)
        self._gate = gate
        self._purpose = purpose
        super().__init__(
            api_key=api_key or "none",  # the client insists on one
            base_url=base_url,
            max_retries=retries,
            http_client=httpx2.AsyncClient(
                timeout=timeout,
                limits=openai.DEFAULT_CONNECTION_LIMITS,
                follow_redirects=False,
                trust_env=gate.may_use_proxy(self.destination),
            ),
            timeout=timeout,
        )

    async def _prepare_options(self, options: FinalRequestOptions) -> FinalRequestOptions:
        """openai's hook before a request is built; what it raises reaches the caller as it is."""
        await self._gate.check(self._purpose, self.destination, list(_texts(options.json_data)))
        return await super()._prepare_options(options)


def _texts(body: Any) -> Iterator[str]:
    """Every piece of text in the body of a request."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from _texts(value)
    elif isinstance(body, list | tuple):
        for value in body:
            yield from _texts(value)

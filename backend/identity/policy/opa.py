"""A policy that an OPA server decides, over its data API (https://www.openpolicyagent.org/docs/rest-api#data-api)."""

import asyncio

import httpx

from backend.errors import Unavailable
from backend.identity.policy.question import PACKAGE, RULE, decision_of, question
from backend.identity.principal import Action, Decision, Principal, Resource

# OPA stands beside us and answers in milliseconds. Every request waits for it.
_SECONDS = 1.0


class OpaPolicy:
    """Asks the server at `url` each time. What it does not answer clearly and in time is refused as `Unavailable`."""

    def __init__(self, url: str, seconds: float = _SECONDS) -> None:
        self._url = url
        self._seconds = seconds
        # A proxy must not see who does what, nor decide in place of the server; neither must whoever it points to.
        self._http = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=seconds)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        """Raises `Unavailable` when the server is down, slow, or has no such policy."""
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._http.post(
                    f"{self._url}/v1/data/{PACKAGE}/{RULE}",
                    json={"input": question(principal, action, resource)},
                )
            if response.status_code != httpx.codes.OK:
                raise Unavailable(f"OPA at {self._url} answers with status {response.status_code}.")
            answer = response.json()
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            raise Unavailable(
                f"OPA at {self._url} does not say who may do what ({type(error).__name__}), so nothing is allowed."
            ) from error
        return decision_of(answer.get("result") if isinstance(answer, dict) else None)

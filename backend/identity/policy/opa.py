"""A policy that an OPA server decides, over its data API (https://www.openpolicyagent.org/docs/rest-api#data-api)."""

import asyncio
from collections.abc import Sequence

import httpx2

from backend.errors import BadInput, Unavailable
from backend.identity.policy.question import PACKAGE, RULE, decision_of, question
from backend.identity.principal import Action, Decision, Principal, Resource
from backend.places import OwnHosts
from backend.reach import LookUp, Reach, look_up
from backend.transport import CheckedTransport

# OPA stands beside us and answers in milliseconds. Every request waits for it.
_SECONDS = 1.0
# Each decision is its own request. A name is looked up no more often than this (seconds).
_LOOKED_UP_SECONDS = 5.0


class OpaPolicy:
    """Asks the server at `url` each time. What it does not answer clearly and in time is refused as `Unavailable`."""

    def __init__(self, url: str, seconds: float = _SECONDS, resolve: LookUp = look_up) -> None:
        """`resolve` looks names up."""
        self._url = url
        self._seconds = seconds
        self._reach = Reach(OwnHosts.of(""), "OPA_URL", "opa_url", resolve)
        self._found: Sequence[str] = ()
        self._found_at = float("-inf")
        # A proxy must not see who does what, nor decide in place of the server; neither must whoever it points to.
        self._http = httpx2.AsyncClient(
            transport=CheckedTransport(self._locate, limits=httpx2.Limits()),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
        )

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
            if response.status_code != httpx2.codes.OK:
                raise Unavailable(f"OPA at {self._url} answers with status {response.status_code}.")
            answer = response.json()
        except (httpx2.HTTPError, BadInput, OSError, ValueError) as error:
            raise Unavailable(
                f"OPA at {self._url} does not say who may do what ({type(error).__name__}), so nothing is allowed."
            ) from error
        return decision_of(answer.get("result") if isinstance(answer, dict) else None)

    async def _locate(self, host: str, port: int) -> Sequence[str]:
        """Where the server is. Raises `BadInput` where the name leads elsewhere by now, `OSError`."""
        now = asyncio.get_running_loop().time()
        if now - self._found_at > _LOOKED_UP_SECONDS:
            self._found = await self._reach.find(host, port, named=True)
            self._found_at = now
        return self._found

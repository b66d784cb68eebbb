"""A policy whose denials are recorded, so that no client can fill the record with them."""

import asyncio
import contextlib
from collections import Counter

import structlog

from backend.errors import Unavailable
from backend.identity.events import Event, Outcome, Record
from backend.identity.principal import Action, Decision, Policy, Principal, Resource

log = structlog.get_logger(__name__)

# What one user is denied within this time (seconds) becomes at most an entry for each action on a kind of resource, of
# which there are as many as routes have, and one for all that came again.
_WINDOW_SECONDS = 15 * 60.0


class RecordedPolicy:
    """Decides as `policy` does. A user's first denial of a kind is recorded before it is told; what follows is counted.

    Each process counts for itself. What is counted is recorded when the window of time is over, or on `close`.
    """

    def __init__(self, policy: Policy, record: Record, window: float = _WINDOW_SECONDS) -> None:
        self._policy = policy
        self._record = record
        self._window = window
        # How often each came again, by user.
        self._denied: dict[str, Counter[str]] = {}
        self._open: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def close(self) -> None:
        """Record what was counted until now."""
        self._closing.set()
        await asyncio.gather(*self._open)

    async def decide(self, principal: Principal, action: Action, resource: Resource) -> Decision:
        """Raises `Unavailable` as the policy does, and where a denial cannot be recorded."""
        decision = await self._policy.decide(principal, action, resource)
        if not decision.allow:
            await self._tell(principal, action, resource.kind, decision.reason)
        return decision

    async def _tell(self, principal: Principal, action: Action, kind: str, reason: str) -> None:
        user_id = principal.signed_in_as
        what = f"{action} {kind}"
        if user_id not in self._denied:
            self._denied[user_id] = Counter()
            task = asyncio.create_task(self._tell_what_came_again(user_id), name="policy: denials")
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        counted = self._denied[user_id]
        if what in counted:
            counted[what] += 1
            return
        counted[what] = 0
        details = {"action": action.value, "way": principal.way.value}
        try:
            await self._record(Event("access.denied", user_id, Outcome.REFUSED, kind, reason, details))
        except Unavailable:
            del counted[what]  # the next one is the first
            raise

    async def _tell_what_came_again(self, user_id: str) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), self._window)
        again = {what: str(times) for what, times in self._denied.pop(user_id).items() if times}
        if not again:
            return
        try:
            await self._record(Event("access.denied.again", user_id, Outcome.REFUSED, details=again))
        except Unavailable:
            log.error("policy.denials_not_recorded", kinds=len(again))

"""What happens to identities and must be told: sign-ins, refusals, ends of sessions, changes by administrators."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `kind` is dotted ("auth.login", "auth.logout", "session.revoked", "user.disabled").

    `user_id` is who did it, as far as that is known; `resource` what it was done to ("session:...", "user:...").
    Neither `reason` nor `details` hold a secret, a token, a password, or what somebody typed in place of one.
    """

    kind: str
    user_id: str | None
    outcome: Outcome = Outcome.SUCCESS
    resource: str | None = None
    reason: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


Record = Callable[[Event], Awaitable[None]]
"""Records an event. What could not be recorded does not happen: it raises `Unavailable`, and the caller lets it."""

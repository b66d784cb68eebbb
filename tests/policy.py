"""The shipped policy for tests that are about something else, compiled once in a process: that takes some 40 ms."""

from functools import cache

from backend.identity.policy.opening import SHIPPED
from backend.identity.policy.rego import RegoPolicy


@cache
def shipped() -> RegoPolicy:
    """It remembers decisions and nothing else."""
    return RegoPolicy(SHIPPED)

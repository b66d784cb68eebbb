"""What schemathesis needs to run beside niquests, and to send recordings. It loads this by SCHEMATHESIS_HOOKS."""

import random
from typing import Any

import schemathesis
from schemathesis.transport import requests as transport

# It counts the connections of urllib3's pools to tell a line that was dropped; niquests brings another urllib3, whose
# pools cannot be counted. Without the count a dropped line is told as a failure, which is what we want.
transport._count_opened_connections = lambda session: 0


@schemathesis.serializer("audio/*")
def sound(ctx: Any, value: Any) -> Any:
    """Whatever was thought up, as bytes."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """From another address each time, for who believes proxies: limits by address would refuse all but the first."""
    case.headers["X-Forwarded-For"] = f"198.18.{random.randrange(256)}.{random.randrange(256)}"

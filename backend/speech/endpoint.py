"""An OpenAI-compatible server that hears or speaks: how it is reached, and what its failures mean."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import openai

from backend.egress.client import GatedClient
from backend.egress.gate import Carrier, Gate, Purpose
from backend.errors import RateLimited, Unavailable
from backend.speech.limits import Limits


@dataclass(frozen=True, slots=True)
class Address:
    """Which model where. `carrier` says whether the host runs it or passes sound and text on."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    carrier: Carrier = Carrier.DIRECT


class Refused(Exception):
    """The server does not take the request as it is (400, 415 or 422): `names` it, if it says what is wrong."""

    def __init__(self, names: str) -> None:
        super().__init__("refused")
        self.names = names


def connect(gate: Gate, address: Address, limits: Limits) -> GatedClient:
    """The client of one engine. It repeats nothing by itself: the next engine is asked instead."""
    timeout = openai.Timeout(max(limits.answer, limits.stall), connect=limits.connect)
    return GatedClient(
        gate, Purpose.SPEECH, address.base_url, address.api_key, timeout=timeout, carrier=address.carrier
    )


@asynccontextmanager
async def within(seconds: float, host: str, model: str) -> AsyncIterator[None]:
    """At most so long, and every way in which a server fails becomes one of ours.

    Raises `Unavailable`, `RateLimited` or `Refused`. What the server says in an error may repeat what was said: it
    stays out.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TimeoutError, openai.APITimeoutError) as error:
        raise Unavailable(f"{model} at {host} did not answer in time.") from error
    except openai.RateLimitError as error:
        raise RateLimited(f"{host} has had too many requests.", retry_after=_retry_after(error)) from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise Unavailable(f"{host} refused the key. Check SPEECH_API_KEY.") from error
    except openai.NotFoundError as error:
        raise Unavailable(f"{host} does not know {model}. Check SPEECH_BASE_URL and the model.") from error
    except openai.APIStatusError as error:
        if error.status_code in (400, 415, 422):
            raise Refused(f"{error.param or ''} {error.message}") from error
        raise Unavailable(f"{host} failed ({error.status_code}).", retry_after=_retry_after(error)) from error
    except (openai.APIConnectionError, httpx2.HTTPError) as error:
        raise Unavailable(f"{host} cannot be reached, or broke off.") from error
    except RuntimeError as error:  # the client's own: another one has taken its place
        raise Unavailable(f"{model} at {host} is not asked any more.") from error
    except (openai.OpenAIError, ValueError, TypeError, AttributeError, KeyError) as error:
        # The client takes what it gets; an answer of another kind trips it, or us, in one of these ways.
        raise Unavailable(f"{host} answered something unreadable.") from error


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds until the server wants to be asked again (RFC 9110, section 10.2.3); a date is not read."""
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() and value.isascii() else None

"""What can go wrong between us and a CalDAV server, put into the errors of the house."""

import ssl
from collections.abc import Mapping
from datetime import datetime

import niquests

from backend.errors import BadInput, Conflict, NotAllowed, NotFound, RateLimited, Unavailable, VoiceAssistError
from backend.nextcloud.faults import chain, retry_after

# What the server answers before it does anything; after another 5xx nobody knows what it did.
_NOTHING_DONE = frozenset({503, 507})


class LineLost(Exception):
    """The server was asked to change something and nobody knows whether it did. No error of the house, by intent:
    those say that nothing was changed."""


def answer_error(
    status: int, headers: Mapping[str, str], host: str, now: datetime, *, writing: bool
) -> VoiceAssistError | LineLost | None:
    """The error that an answer stands for, or None for a success (2xx)."""
    pause = retry_after(headers.get("Retry-After"), now)
    match status:
        case _ if 200 <= status < 300:
            return None
        case _ if 300 <= status < 400:
            return Unavailable(f"The calendar address at {host} leads on to another one. Use the final address.")
        case 401:
            return NotAllowed(f"{host} refused the sign-in to the calendars (401).")
        case 403 | 405 if writing:
            return NotAllowed("This calendar is read-only for you: nothing was changed.")
        case 403:
            return NotAllowed(f"{host} does not let you read this calendar (403).")
        case 404 | 410:
            return NotFound("It is not in the calendar any more, or the calendar is gone.")
        case 409 | 412:
            return Conflict("It was changed in the calendar meanwhile, so nothing was changed now. Look and ask again.")
        case 423:
            return Unavailable("The calendar is locked at the moment.", retry_after=pause)
        case 429:
            return RateLimited(f"{host} asks us to slow down (429).", retry_after=pause)
        case _ if status >= 500 and writing and status not in _NOTHING_DONE:
            return LineLost(f"{host} had a problem of its own ({status})")
        case _ if status >= 500:
            return Unavailable(f"The calendar server {host} has a problem of its own ({status}).", retry_after=pause)
        case _:
            return BadInput(f"The calendar server {host} does not accept this ({status}): nothing was changed.")


def connection_error(host: str, error: Exception, *, writing: bool) -> VoiceAssistError | LineLost:
    """The error that a broken connection stands for."""
    causes = tuple(chain(error))
    if refused := next((cause for cause in causes if isinstance(cause, VoiceAssistError)), None):
        return refused
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Unavailable(f"The TLS certificate of {host} is not trusted.")
    names = {type(cause).__name__ for cause in causes}
    if names & {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ConnectTimeout", "gaierror"}:
        return Unavailable(f"The calendar server {host} does not answer: no connection comes about.")
    if isinstance(error, niquests.exceptions.SSLError):
        return Unavailable(f"No TLS connection to {host} comes about. Is it an https address?")
    if writing:
        return LineLost(f"{host} dropped the line")
    if isinstance(error, niquests.exceptions.Timeout):
        return Unavailable(f"The calendar server {host} does not answer in time.")
    return Unavailable(f"The connection to the calendar server {host} broke.")

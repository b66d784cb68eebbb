"""What can go wrong between us and Nextcloud, put into the errors of the house."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
import urllib3

from backend.errors import BadInput, Conflict, NotAllowed, NotFound, RateLimited, Unavailable, VoiceAssistError

# Longer pauses than this are cut: a clock that is wrong at either end must not stop a file for days.
_LONGEST_PAUSE = 3600.0
_LOCK_PAUSE = 30.0

_EXCEPTION = re.compile(rb"<s:exception>([^<]{1,200})</s:exception>")


def answer_error(
    status: int, headers: Mapping[str, str], body: bytes, *, user: str, now: datetime, by_appapi: bool = False
) -> VoiceAssistError | None:
    """The error that an HTTP answer stands for, or None for a success (2xx).

    `headers` must be case-insensitive; `body` may be the first few kilobytes. `by_appapi` tells that no password of the
    user is involved.
    """
    pause = retry_after(headers.get("Retry-After"), now)
    match status:
        case _ if 200 <= status < 300:
            return None
        case _ if 300 <= status < 400:
            return _redirected(headers.get("Location", ""))
        case 401:
            return NotAllowed(_refused_appapi(user) if by_appapi else _refused(user, body))
        case 403:
            return NotAllowed(f"Nextcloud does not let {user} do this (403).")
        case 404 | 410:
            return NotFound(f"Nextcloud has no such file for {user} (404).")
        case 412:
            return Conflict("There is a file of this name in Nextcloud already (412).")
        case 423:
            return Unavailable("The file is locked in Nextcloud at the moment.", retry_after=pause or _LOCK_PAUSE)
        case 429:
            return RateLimited("Nextcloud asks us to slow down (429).", retry_after=pause)
        case 405 | 501:
            return Unavailable(
                f"The server does not speak WebDAV at this address ({status}). Check NEXTCLOUD_URL.", retry_after=pause
            )
        case 503 if headers.get("X-Nextcloud-Maintenance-Mode") == "1" or b"ServerMaintenanceMode" in body:
            return Unavailable("Nextcloud is in maintenance mode.", retry_after=pause)
        case 507:
            return Unavailable("Nextcloud's disk is full (507).", retry_after=pause)
        case _ if status >= 500:
            name = _EXCEPTION.search(body)
            reason = f": {name[1].decode('utf-8', 'replace')}" if name else ""
            return Unavailable(f"Nextcloud has a problem of its own ({status}{reason}).", retry_after=pause)
        case 400 | 414 | 415 | 422:
            return BadInput(f"Nextcloud does not accept this request ({status}).")
        case _:
            return Unavailable(f"Nextcloud answered with an unexpected status ({status}).", retry_after=pause)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 10.2.3: seconds or a date), or None without a usable one."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_PAUSE)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return min(max((then - now).total_seconds(), 0.0), _LONGEST_PAUSE)


def _refused_appapi(user: str) -> str:
    return (
        f"Nextcloud does not let VoiceAssist act as {user}: the user is gone, or VoiceAssist is disabled in Nextcloud "
        "or registered there with another secret."
    )


def _refused(user: str, body: bytes) -> str:
    if b"PasswordLoginForbidden" in body or b"2FA challenge" in body:
        return (
            f"Nextcloud does not take the password of {user} here, because two-factor login is on. Make an app "
            "password in Nextcloud under Settings, Security and set NEXTCLOUD_APP_PASSWORD to it."
        )
    return (
        f"Nextcloud refused the app password of {user}. Make a new one in Nextcloud under Settings, Security and set "
        "NEXTCLOUD_APP_PASSWORD to it."
    )


def _redirected(location: str) -> VoiceAssistError:
    """A redirect is not followed: it would carry the password to another address, or turn PROPFIND into GET."""
    parts = urlsplit(location)
    target = f"{parts.scheme}://{parts.hostname}" if parts.scheme and parts.hostname else "another address"
    return Unavailable(f"The address of Nextcloud leads on to {target}. Set NEXTCLOUD_URL to the final address.")


@contextmanager
def connection_errors(url: str) -> Iterator[None]:
    """Turns what `requests` and `urllib3` raise into `Unavailable`, naming the hop that failed. `url` has no secret."""
    host = urlsplit(url).hostname or url
    try:
        yield
    except VoiceAssistError:
        raise
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _unreachable(host, error) from error


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turns a full disk of ours into `Unavailable`. Other errors of the disk are bugs, and pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise Unavailable("The disk of VoiceAssist is full.") from error


def _unreachable(host: str, error: BaseException) -> VoiceAssistError:
    causes = tuple(chain(error))
    if _any(causes, ssl.SSLCertVerificationError):
        return Unavailable(
            f"The TLS certificate of {host} is not trusted. If your house has its own certificate authority, set "
            "REQUESTS_CA_BUNDLE to its file."
        )
    if _any(causes, requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError):
        return Unavailable(f"No TLS connection to {host} comes about. Is it an https address?")
    if _any(causes, requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return Unavailable(f"The proxy on the way to {host} does not answer. Check HTTPS_PROXY and NO_PROXY.")
    if _any(causes, socket.gaierror, urllib3.exceptions.NameResolutionError):
        return Unavailable(f"The name {host} is not known to DNS.")
    if _any(causes, ConnectionRefusedError):
        return Unavailable(f"Nothing listens at {host}: the connection was refused.")
    if _any(causes, requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        return Unavailable(f"{host} does not accept connections in time.")
    if _any(causes, requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return Unavailable(f"{host} does not answer in time.")
    if _any(causes, requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError):
        return BadInput(f"{host} is not a usable host name.", field="nextcloud_url")
    return Unavailable(f"The connection to {host} broke.")


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it was made from: causes, contexts, and those that urllib3 keeps as `reason`."""
    seen: set[int] = set()
    left: list[BaseException] = [error]
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        linked = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        left.extend(other for other in linked if isinstance(other, BaseException))


def _any(causes: tuple[BaseException, ...], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)

"""Who we are at a Nextcloud, and, when we do not get there, which hop of the way fails and what to do about it."""

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies

from backend.errors import BadInput, NotAllowed, Unavailable, VoiceAssistError
from backend.nextcloud.addresses import DAV, files_path, server_url
from backend.nextcloud.connection import Connection, by_password, is_loopback
from backend.nextcloud.faults import answer_error, connection_errors
from backend.nextcloud.multistatus import PROPFIND_NODE, entries
from backend.settings import Settings

_TIMEOUT = 10.0
_ANSWER_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a Nextcloud. `user_id` is the uid in its exact case, whatever name the user signs in with."""

    user_id: str
    display_name: str


class Hop(StrEnum):
    """The hops on the way to a user's files, in their order."""

    SETTINGS = "settings"
    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    HTTP = "http"
    NEXTCLOUD = "nextcloud"
    MAINTENANCE = "maintenance"
    LOGIN = "login"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Check:
    """One hop that was tried: what was found and, when it failed, what to do."""

    hop: Hop
    ok: bool
    detail: str
    remedy: str = ""


class _Failed(Exception):
    """Ends the checks: the hops behind the failing one say nothing."""

    def __init__(self, hop: Hop, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.check = Check(hop, False, detail, remedy)


async def sign_in(url: str, login: str, password: str) -> Account:
    """Ask the server who we are. Raises `NotAllowed`, `RateLimited`, `Unavailable`, `BadInput`."""
    return await asyncio.to_thread(_sign_in, server_url(url), login, password)


async def diagnose(settings: Settings) -> list[Check]:
    """Try each hop from here to the user's files, up to the first that fails."""
    if not settings.nextcloud_url:
        return [Check(Hop.SETTINGS, True, "NEXTCLOUD_URL is empty: the built-in sample server is used.")]
    return await asyncio.to_thread(_checked, settings)


def _checked(settings: Settings) -> list[Check]:
    checks: list[Check] = []
    try:
        for check in _hops(settings):
            checks.append(check)
    except _Failed as failed:
        checks.append(failed.check)
    return checks


def _hops(settings: Settings) -> Iterator[Check]:
    login, password = settings.nextcloud_user, settings.nextcloud_app_password.get_secret_value()
    yield _settings(settings.nextcloud_url, login, password)
    url = server_url(settings.nextcloud_url)
    if get_environ_proxies(url) and not is_loopback(url):
        yield Check(Hop.DNS, True, "A proxy is set in the environment; it does the name look-up and the connection.")
    else:
        yield _dns(url)
        yield _tcp(url)
    yield from _nextcloud(url)
    account = _login(url, login, password)
    yield Check(Hop.LOGIN, True, f"Signed in as {account.display_name} (user id {account.user_id}).")
    yield _files(url, account.user_id, login, password)


def _settings(url: str, login: str, password: str) -> Check:
    try:
        server_url(url)
    except BadInput as error:
        raise _Failed(Hop.SETTINGS, error.message, "Correct NEXTCLOUD_URL.") from error
    for name, value in (("NEXTCLOUD_USER", login), ("NEXTCLOUD_APP_PASSWORD", password)):
        if not value:
            raise _Failed(
                Hop.SETTINGS,
                f"{name} is not set.",
                "Set it beside NEXTCLOUD_URL. App passwords are made in Nextcloud under Settings, Security.",
            )
    return Check(Hop.SETTINGS, True, f"{login} at {server_url(url)}.")


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _dns(url: str) -> Check:
    host, port = _address(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _Failed(
            Hop.DNS,
            f"The name {host} is not known.",
            "Check the spelling in NEXTCLOUD_URL, and that this machine's DNS knows the name.",
        ) from error
    return Check(Hop.DNS, True, f"{host} is {found[0][4][0]}.")


def _tcp(url: str) -> Check:
    host, port = _address(url)
    try:
        socket.create_connection((host, port), timeout=_TIMEOUT).close()
    except ConnectionRefusedError as error:
        raise _Failed(
            Hop.TCP,
            f"Nothing listens on port {port} of {host}.",
            "Check that the web server runs and that the port in NEXTCLOUD_URL is right.",
        ) from error
    except OSError as error:
        raise _Failed(
            Hop.TCP,
            f"No connection to port {port} of {host} within {_TIMEOUT:.0f} s.",
            "A firewall may be in between, or the machine is switched off.",
        ) from error
    return Check(Hop.TCP, True, f"Port {port} of {host} accepts connections.")


def _nextcloud(url: str) -> Iterator[Check]:
    """TLS, HTTP, whether it is a Nextcloud, and whether it is at work, by its public status page."""
    secure = url.startswith("https:")
    try:
        status, body = _status_page(url)
    except VoiceAssistError as error:
        cause = error.__cause__
        if secure and isinstance(cause, requests.exceptions.SSLError):
            raise _Failed(
                Hop.TLS,
                error.message,
                "Use the name that the certificate was made for, renew it, or set REQUESTS_CA_BUNDLE to the file of "
                "your own certificate authority.",
            ) from error
        raise _Failed(
            Hop.HTTP,
            error.message,
            "Open the address in a browser on this machine; look into the web server's log.",
        ) from error
    if status in (401, 403):
        raise _Failed(
            Hop.HTTP,
            f"Something before Nextcloud refuses us ({status}).",
            "A proxy with a login of its own, or a firewall, is in between; let it pass requests from this machine.",
        )
    if secure:
        yield Check(Hop.TLS, True, "The certificate is trusted.")
    yield Check(Hop.HTTP, True, f"The web server answers ({status}).")
    try:
        told = json.loads(body)
        version, installed = str(told["versionstring"]), bool(told["installed"])
    except (ValueError, KeyError, TypeError) as error:
        raise _Failed(
            Hop.NEXTCLOUD,
            f"There is no Nextcloud at {url}: {url}/status.php is not its status page.",
            "Set NEXTCLOUD_URL to the address of Nextcloud's start page, with the sub-directory if there is one "
            "(https://host/nextcloud).",
        ) from error
    if not installed:
        raise _Failed(Hop.NEXTCLOUD, "Nextcloud is not set up yet.", "Open it in a browser and finish its set-up.")
    yield Check(Hop.NEXTCLOUD, True, f"{told.get('productname') or 'Nextcloud'} {version}.")
    if told.get("maintenance") or told.get("needsDbUpgrade"):
        raise _Failed(
            Hop.MAINTENANCE,
            "Nextcloud is in maintenance mode." if told.get("maintenance") else "Nextcloud waits for an upgrade.",
            "Wait, or let its administrator run: occ maintenance:mode --off (after an update: occ upgrade).",
        )
    yield Check(Hop.MAINTENANCE, True, "It is not in maintenance mode.")


def _status_page(url: str) -> tuple[int, bytes]:
    """Nextcloud's /status.php, asked without the password."""
    with requests.Session() as session, connection_errors(url):
        session.trust_env = not is_loopback(url)
        with session.get(f"{url}/status.php", timeout=_TIMEOUT, allow_redirects=False, stream=True) as response:
            body: bytes = response.raw.read(_ANSWER_LIMIT, decode_content=True) or b""
            status, headers = response.status_code, response.headers
    if status not in (401, 403, 404) and not body.lstrip().startswith(b"{"):
        error = answer_error(status, headers, body, user="", now=datetime.now(UTC))
        if error is not None:
            raise error
    return status, body


def _login(url: str, login: str, password: str) -> Account:
    """DAV comes first: it tells why it refuses (two-factor login wants an app password); OCS does not."""
    connection = _connection(url, login, password)
    try:
        connection.read(
            connection.open("list", f"{DAV}/", data=PROPFIND_NODE, headers=("Depth: 0",)), limit=_ANSWER_LIMIT
        )
        return _sign_in(url, login, password)
    except NotAllowed as error:
        raise _Failed(
            Hop.LOGIN,
            error.message,
            "Sign in to Nextcloud with a browser; under Settings, Security make an app password; set NEXTCLOUD_USER to "
            "the name that it shows beside it.",
        ) from error
    except VoiceAssistError as error:
        raise _Failed(Hop.LOGIN, error.message, "Look into Nextcloud's log for what it says about this.") from error
    finally:
        connection.close()


def _files(url: str, user_id: str, login: str, password: str) -> Check:
    connection = _connection(url, login, password)
    try:
        body = connection.open("list", files_path(user_id, "/"), data=PROPFIND_NODE, headers=("Depth: 0",))
        home = [entry.node(user_id) for entry in entries(connection.read(body, limit=_ANSWER_LIMIT))]
        if not home or home[0] is None:
            raise Unavailable(f"Nextcloud does not show {user_id} a home folder.")
    except VoiceAssistError as error:
        raise _Failed(
            Hop.FILES, error.message, "Open the Files app in Nextcloud as this user; see whether it shows files."
        ) from error
    finally:
        connection.close()
    return Check(Hop.FILES, True, f"The files of {user_id} can be read.")


def _sign_in(url: str, login: str, password: str) -> Account:
    connection = _connection(url, login, password)
    try:
        body = connection.open(
            "download",
            "/ocs/v2.php/cloud/user?format=json",
            headers=("OCS-APIRequest: true", "Accept: application/json"),
        )
        data = json.loads(connection.read(body, limit=_ANSWER_LIMIT))["ocs"]["data"]
        user_id = str(data["id"])
        return Account(user_id, str(data.get("displayname") or data.get("display-name") or user_id))
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"{url} does not say who {login} is: it may not be a Nextcloud.") from error
    finally:
        connection.close()


def _connection(url: str, login: str, password: str) -> Connection:
    return Connection(url, by_password(login, password), connect_timeout=_TIMEOUT, read_timeout=_TIMEOUT)

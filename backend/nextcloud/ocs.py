"""Requests to Nextcloud's OCS interface (version 2) as one login, and what its answers mean.

An answer is `{"ocs": {"meta": {"status", "statuscode", "message"}, "data"}}`. A statuscode between 100 and 200 is the
called function's own way to say no, by which each has its own meaning; Nextcloud sends those as HTTP 400.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import requests

from backend.errors import Conflict, NotAllowed, NotFound, Unavailable
from backend.nextcloud.connection import Login, PlainSession, is_loopback
from backend.nextcloud.dav_requests import read_all
from backend.nextcloud.faults import answer_error, connection_errors

_ROOT = "/ocs/v2.php"
_HEADERS = {"OCS-APIRequest": "true", "Accept": "application/json"}
_TIMEOUTS = (10.0, 60.0)
# The ids of some 500,000 users.
_ANSWER_LIMIT = 16 * 2**20

_UNAUTHORISED, _UNKNOWN = 997, 998
_NOT_CONFIRMED = "password confirmation"

T = TypeVar("T")
Query = Mapping[str, str | int]


class Refused(Exception):
    """The called function says no, with its own code. `message` is Nextcloud's, in the language of the login."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class _Meta(msgspec.Struct):
    statuscode: int
    message: str | None = None


class _Ocs(msgspec.Struct):
    meta: _Meta
    data: msgspec.Raw


class _Answer(msgspec.Struct):
    ocs: _Ocs


class Ocs:
    """One login's way to the OCS interface of the Nextcloud at `url`.

    `password_setting` names the settings that hold the login's name and password, where it has one.
    """

    def __init__(self, url: str, login: Login, password_setting: str = "") -> None:
        self._url = url
        self._login = login
        self._password_setting = password_setting

    async def get(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """The data at `path` (quoted, below `/ocs/v2.php`), as what `kind` says it is.

        Raises as `send`, but for `Refused`.
        """
        try:
            data = await asyncio.to_thread(self._send, "GET", path, query, None)
            return msgspec.json.decode(data, type=kind, strict=False)
        except (Refused, msgspec.ValidationError) as error:
            raise Unavailable(f"Nextcloud answered {path} in a way that VoiceAssist does not know: {error}.") from error

    async def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        """Change something. What is in `body` stands in no address, so in no log of a web server.

        Raises `Refused`, `NotFound`, `NotAllowed`, `Conflict` (the login's password does not serve), `RateLimited` and
        `Unavailable`.
        """
        await asyncio.to_thread(self._send, method, path, None, body)

    def _send(self, method: str, path: str, query: Query | None, body: Mapping[str, object] | None) -> bytes:
        with PlainSession(self._login) as session, connection_errors(self._url):
            # A proxy of the environment must not see what goes to a server on this machine.
            session.trust_env = not is_loopback(self._url)
            with session.request(
                method,
                f"{self._url}{_ROOT}{path}",
                params={**(query or {}), "format": "json"},
                data=None if body is None else msgspec.json.encode(body),
                headers=_HEADERS if body is None else {**_HEADERS, "Content-Type": "application/json"},
                timeout=_TIMEOUTS,
                stream=True,
            ) as response:
                content = read_all(response, _ANSWER_LIMIT)
        return self._data(response, content)

    def _data(self, response: requests.Response, content: bytes) -> bytes:
        """The data of an answer, as JSON. Raises what `send` does."""
        try:
            ocs = msgspec.json.decode(content, type=_Answer).ocs
        except msgspec.MsgspecError:  # a page of a proxy, of maintenance, or of another server
            elsewhere = Unavailable("What answers is not the OCS interface of a Nextcloud. Check NEXTCLOUD_URL.")
            known = None if response.status_code in (404, 405) else self._error(response, content)
            raise known or elsewhere from None
        code, message = ocs.meta.statuscode, ocs.meta.message or ""
        if 200 <= code < 300:
            return bytes(ocs.data)
        if 100 <= code < 200:
            raise Refused(code, message)
        if code in (401, _UNAUTHORISED) and self._password_setting:
            raise Conflict(
                f"Nextcloud does not let {self._login.name} in. Check {self._password_setting}; the account must be "
                "enabled, and without two-factor login."
            )
        if code == 403 and _NOT_CONFIRMED in message.casefold():
            raise Conflict(
                "Nextcloud (34 and newer) lets nobody do this with an app password. "
                f"Check {self._password_setting}: it takes the account's own password, without two-factor login."
            )
        if code == 403:
            raise NotAllowed(f"Nextcloud does not let {self._login.name} do this (403).")
        if code in (404, _UNKNOWN):
            raise NotFound("Nextcloud knows no such thing, or does not tell this user of it.")
        raise self._error(response, content) or Unavailable(f"Nextcloud could not answer ({code}).")

    def _error(self, response: requests.Response, content: bytes) -> Exception | None:
        return answer_error(
            response.status_code,
            response.headers,
            content,
            user=self._login.name,
            now=datetime.now(UTC),
            by_appapi=self._login.by_appapi,
        )

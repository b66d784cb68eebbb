"""Who knocks: AppAPI's shared secret, and the user that AppAPI vouches for.

Every call from Nextcloud carries `AUTHORIZATION-APP-API: base64(uid:secret)`, through the proxy for a person and
directly for Nextcloud itself (then `uid` may be empty). Neither header nor secret is ever logged; nc_py_api's own check
would put both into an exception when they differ, so it is not used.
"""

import base64
import binascii
import hmac

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from backend.errors import NotSignedIn
from backend.identity.principal import Principal, Way
from backend.identity.roles import Rights
from backend.nextcloud.users import Users


class AppApiAuth:
    """Checks AppAPI's headers. As an `Authenticator` it also demands a user who is not disabled."""

    def __init__(self, app_id: str, secret: str, users: Users, rights: Rights) -> None:
        if not secret:
            raise ValueError("APP_SECRET is empty: everybody would be let in")
        self._app_id = app_id
        self._secret = secret.encode()
        self._users = users
        self._rights = rights

    @staticmethod
    def is_called_by(headers: Headers) -> bool:
        """Whether it claims to come from Nextcloud."""
        return "authorization-app-api" in headers

    def caller(self, headers: Headers) -> str:
        """The uid that AppAPI vouches for, "" when Nextcloud itself calls. Raises `NotSignedIn`."""
        refused = NotSignedIn("This request does not come from the Nextcloud that VoiceAssist is registered with.")
        try:
            decoded = base64.b64decode(headers.get("authorization-app-api", ""), validate=True)
        except binascii.Error:
            raise refused from None
        user, separator, secret = decoded.partition(b":")
        # Compared in full, in constant time, whatever else is wrong.
        genuine = hmac.compare_digest(secret, self._secret)
        if not separator or not genuine or headers.get("ex-app-id") != self._app_id:
            raise refused
        try:
            return user.decode()
        except UnicodeDecodeError:
            raise refused from None

    async def __call__(self, request: HTTPConnection) -> Principal:
        """The user of this request. Raises `NotSignedIn` for nobody and `NotAllowed` for a disabled one."""
        user_id = self.caller(request.headers)
        if not user_id:
            raise NotSignedIn("Sign in to Nextcloud to use VoiceAssist.")
        user = await self._users.require_enabled(user_id)
        roles, grants = self._rights.roles_of(user.groups), self._rights.grants_of(user_id)
        return Principal(user_id, roles, Way.APPAPI, grants=grants)

"""Passkeys and security keys (W3C Web Authentication, level 3), checked by py_webauthn."""

import hashlib
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from backend.database import Database
from backend.errors import BadInput
from backend.identity.accounts.tables import AccountRow, FactorRow

KIND = "webauthn"
_NAME = "VoiceAssist"


class WebAuthnKeys:
    """Asks for credentials and checks them, for the one page at `base_url`: its origin, and its host as the RP id."""

    def __init__(self, database: Database, base_url: str, now: Callable[[], datetime]) -> None:
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._rp_id = parts.hostname or ""
        self._database = database
        self._now = now

    @property
    def usable(self) -> bool:
        """Browsers make credentials for names only, not for addresses of machines."""
        try:
            ipaddress.ip_address(self._rp_id)
        except ValueError:
            return True
        return False

    def creation_options(self, account: AccountRow, known: Sequence[FactorRow]) -> tuple[dict[str, object], str]:
        """What `navigator.credentials.create()` takes (as JSON), and its challenge."""
        options = generate_registration_options(
            rp_id=self._rp_id,
            rp_name=_NAME,
            # Not the address: authenticators show and keep the handle (section 14.6.1).
            user_id=hashlib.sha256(account.user_id.encode()).digest(),
            user_name=account.email,
            user_display_name=account.name or account.email,
            exclude_credentials=_descriptors(known),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
        )
        return options_to_json_dict(options), bytes_to_base64url(options.challenge)

    def check_created(self, credential: Mapping[str, object], challenge: str) -> VerifiedRegistration:
        """Check a new credential. Raises `BadInput`."""
        try:
            return verify_registration_response(
                credential=dict(credential),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
            )
        except Exception as error:  # the library raises whatever its parsers meet in what a client sent
            raise BadInput("The credential cannot be verified. Add it again.", field="credential") from error

    def request_options(self, keys: Sequence[FactorRow]) -> tuple[dict[str, object], str]:
        """What `navigator.credentials.get()` takes (as JSON), and its challenge."""
        options = generate_authentication_options(
            rp_id=self._rp_id,
            allow_credentials=_descriptors(keys),
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        return options_to_json_dict(options), bytes_to_base64url(options.challenge)

    async def use(self, keys: Sequence[FactorRow], credential: Mapping[str, object], challenge: str) -> bool:
        """Whether one of these signed the challenge, with a signature counter that moved on."""
        row = next((key for key in keys if key.credential_id == credential.get("id")), None)
        if row is None or not challenge:
            return False
        signed = self._signed(row, credential, challenge)
        if signed is None:
            return False
        unchanged = (FactorRow.id == row.id, FactorRow.counter == row.counter)
        use = update(FactorRow).where(*unchanged).values(counter=signed.new_sign_count, used_at=self._now())
        async with self._database.transaction() as session:
            return await session.scalar(use.returning(FactorRow.id)) is not None

    def _signed(
        self, row: FactorRow, credential: Mapping[str, object], challenge: str
    ) -> VerifiedAuthentication | None:
        try:
            return verify_authentication_response(
                credential=dict(credential),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin,
                credential_public_key=base64url_to_bytes(row.public_key),
                credential_current_sign_count=row.counter,
                require_user_verification=row.verifies_user,
            )
        except Exception:  # as above
            return None


def _descriptors(keys: Sequence[FactorRow]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in keys if key.credential_id
    ]

"""Time-based one-time passwords (RFC 6238), as authenticator apps make them."""

from collections.abc import Callable
from datetime import datetime

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import update

from backend.database import Database
from backend.identity.accounts.tables import FactorRow
from backend.vault import Vault

KIND = "totp"
# RFC 6238, section 5.2: one step of 30 s to either side for clocks that differ, and for typing.
_WINDOW = 1
_ISSUER = "VoiceAssist"
# For one module of a QR code.
_PIXELS = 4


def new_secret() -> str:
    """A secret in base32: 160 bits, as RFC 4226 (section 4) recommends."""
    return pyotp.random_base32()


def uri_of(secret: str, email: str) -> str:
    """The address that apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def picture_of(uri: str) -> str:
    """The QR code of an address, as the address of a picture (`data:image/svg+xml`)."""
    # A light background of its own: cameras want the margin, and not every page is light. M mends 15 % of it.
    return segno.make_qr(uri, error="m").svg_data_uri(scale=_PIXELS, light="#fff")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step that this is the code of; None when it is no code of now."""
    if not (code.isascii() and code.isdigit()):
        return None
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=now, valid_window=_WINDOW)
    except OTPVerificationError:
        return None


class TotpCodes:
    """Takes each code once."""

    def __init__(self, database: Database, vault: Vault, now: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._now = now

    async def use(self, row: FactorRow, code: str) -> bool:
        """Whether it is a code of this factor that was not used, nor an earlier one; it is used up, and the factor
        confirmed, then."""
        step = step_of(self._vault.open(row.secret), code, self._now())
        if step is None:
            return False
        use = (
            update(FactorRow)
            .where(FactorRow.id == row.id, FactorRow.counter < step)
            .values(counter=step, used_at=self._now(), confirmed=True)
            .returning(FactorRow.id)
        )
        async with self._database.transaction() as session:
            return await session.scalar(use) is not None

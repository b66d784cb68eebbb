"""Recovery codes: for who has lost the second factor. Each works once."""

import secrets

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.identity.accounts.tables import RecoveryCodeRow
from backend.identity.tokens import hash_of

COUNT = 10
# 16 characters of 5 bits: 80 bits, so that a plain hash of them cannot be turned back. No I, L, O and U (Crockford).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 4


def new_codes() -> list[str]:
    """Ten codes such as 7D2K-M8QX-0RVB-4TYC."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(COUNT)]


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP))


async def replace(session: AsyncSession, user_id: str, codes: list[str]) -> None:
    """These count from now on, and no others."""
    await session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
    session.add_all(RecoveryCodeRow(user_id=user_id, hash=_hash(code)) for code in codes)


async def use(database: Database, user_id: str, code: str) -> bool:
    """Whether it is one of this user's that was not used; it is used up then."""
    mine = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.hash == _hash(code))
    async with database.transaction() as session:
        return await session.scalar(delete(RecoveryCodeRow).where(*mine).returning(RecoveryCodeRow.hash)) is not None


def _hash(code: str) -> str:
    """However somebody typed it: small letters, without dashes, O for 0 and I or L for 1 (Crockford)."""
    typed = "".join(character for character in code.upper() if character.isalnum())
    return hash_of(typed.translate(str.maketrans("OIL", "011")))

"""Sealing stored secrets anew with the newest key, in small steps that can be interrupted and repeated."""

from dataclasses import dataclass

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import InstrumentedAttribute

from backend.database import Database
from backend.errors import Unavailable
from backend.vault import Vault

# Rows in one transaction: a writer who waits for it does not wait long.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many secrets of a column were sealed anew, were already, or cannot be opened with any of the keys."""

    column: str
    renewed: int
    current: int
    lost: int


async def reseal(database: Database, column: InstrumentedAttribute[str], vault: Vault) -> Resealed:
    """Seal all values of a column with the newest key of `vault`. What cannot be opened stays as it is."""
    table = column.class_
    (key,) = inspect(table).primary_key
    renewed = current = lost = 0
    last = None
    while True:
        async with database.transaction() as session:
            wanted = select(key, column).order_by(key).limit(_BATCH)
            rows = (await session.execute(wanted if last is None else wanted.where(key > last))).all()
            for one, sealed in rows:
                if not sealed or vault.is_newest(sealed):
                    current += 1
                    continue
                try:
                    fresh = vault.renew(sealed)
                except Unavailable:
                    lost += 1
                    continue
                await session.execute(update(table).where(key == one).values({column: fresh}))
                renewed += 1
        if not rows:
            return Resealed(f"{table.__tablename__}.{column.key}", renewed, current, lost)
        last = rows[-1][0]

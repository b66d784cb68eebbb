"""What VoiceAssist remembers of a user's ways: the calendar for new events, the time zone, the language.

Each slice names its own keys with its name in front ("calendar.default"). A value is JSON.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base, Database


class PreferenceRow(Base):
    """One thing remembered of one user."""

    __tablename__ = "preferences"

    user_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Preferences:
    """Remembers and tells."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: str) -> Mapping[str, Any]:
        """All that is remembered of a user."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(PreferenceRow.key, PreferenceRow.value).where(PreferenceRow.user_id == user_id)
            )
            return {key: value for key, value in rows}  # noqa: C416 - rows are not pairs for mypy

    async def put(self, user_id: str, key: str, value: Any) -> None:
        """Remember; None forgets."""
        async with self._database.transaction() as session:
            if value is None:
                await session.execute(
                    delete(PreferenceRow).where(PreferenceRow.user_id == user_id, PreferenceRow.key == key)
                )
            else:
                new = self._database.insert(PreferenceRow).values(user_id=user_id, key=key, value=value)
                same = [PreferenceRow.user_id, PreferenceRow.key]
                await session.execute(
                    new.on_conflict_do_update(index_elements=same, set_={"value": new.excluded.value})
                )

    async def forget_user(self, user_id: str) -> None:
        """Forget everything of a user who is no more."""
        async with self._database.transaction() as session:
            await session.execute(delete(PreferenceRow).where(PreferenceRow.user_id == user_id))

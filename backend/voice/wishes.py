"""How users want to be spoken to: voice, speed and language, remembered for the user and not for the browser."""

from dataclasses import dataclass
from typing import Protocol

from backend.errors import Unavailable
from backend.preferences import Preferences
from backend.speech.protocol import Voice
from backend.voice.engines import Hears

# What an engine that is built in hears.
ALWAYS = "en"

_KEYS = ("voice.language", "voice.name", "voice.speed")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be remembered from now on; None leaves it as it is."""

    language: str | None = None
    voice: str | None = None
    speed: float | None = None


class Wishes(Protocol):
    """Where they are kept."""

    async def voice_of(self, user_id: str) -> Voice:
        """As a user chose; the language is empty where none was chosen and nobody knows the user's."""
        ...

    async def keep_voice(self, user_id: str, wish: Wish) -> None:
        """Remember."""
        ...


class StoredWishes:
    """Kept by ourselves, where no Nextcloud keeps them for its users."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    async def voice_of(self, user_id: str) -> Voice:
        """See `Wishes`."""
        stored = await self._preferences.of(user_id)
        language, name, speed = (stored.get(key) for key in _KEYS)
        return Voice(language or "", name or "", speed or Voice().speed)

    async def keep_voice(self, user_id: str, wish: Wish) -> None:
        """See `Wishes`."""
        for key, value in zip(_KEYS, (wish.language, wish.voice, wish.speed), strict=True):
            if value is not None:
                await self._preferences.put(user_id, key, value)


async def wished(
    wishes: Wishes, hears: Hears, user_id: str, language: str | None, name: str | None, speed: float | None
) -> Voice:
    """What a client names, and for what it leaves open what the user chose.

    The chosen language gives way to English where nobody hears it.
    """
    if language is not None and name is not None and speed is not None:
        return Voice(language, name, speed)
    chosen = await wishes.voice_of(user_id)
    return Voice(
        _heard(hears, chosen.language or ALWAYS) if language is None else language,
        chosen.name if name is None else name,
        speed or chosen.speed,
    )


def _heard(hears: Hears, language: str) -> str:
    try:
        hears.info(language)
    except Unavailable:
        return ALWAYS
    return language

"""What the administrator and the users have set in Nextcloud's forms. Nobody is told of a change, so we ask."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from backend.errors import NotAllowed
from backend.files.rules import Rules
from backend.nextcloud.appapi import Clients, nextcloud_errors
from backend.preferences import Preferences
from backend.settings import Settings
from backend.speech.protocol import Voice
from backend.trouble import told, where
from backend.voice.wishes import Wish
from ex_app import forms

log = structlog.get_logger(__name__)

# The forms say "within a minute".
_ADMIN_SECONDS = 30.0
_USER_SECONDS = 45.0

_CHECKED = "1"
_WISHES = ("opt_out", "include", "exclude")
# Where the wishes of users are remembered by whom Nextcloud does not tell them: those who are disabled.
_REMEMBERED = "files.wishes"


class Configuration:
    """Holds the settings in force. `changed` hears of new ones; `language_of` tells a user's language in Nextcloud."""

    def __init__(
        self,
        environment: Settings,
        clients: Clients,
        changed: Callable[[Settings], Awaitable[None]],
        language_of: Callable[[str], Awaitable[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = environment
        self._environment = environment
        self._clients = clients
        self._changed = changed
        self._language_of = language_of
        self._clock = clock
        self._rules: dict[str, tuple[float, Rules]] = {}
        self._remembered: Preferences | None = None

    def remember_in(self, preferences: Preferences) -> None:
        """From now on remember what users wish of their files, for when they are disabled."""
        self._remembered = preferences

    async def refresh(self) -> None:
        """Ask for the administrator's values. Raises `Unavailable` and the like when Nextcloud cannot say."""
        keys = [field.id for field in forms.admin_form(self._environment).fields]
        async with nextcloud_errors():
            records = await self._clients.of("").appconfig_ex.get_values(keys)
        stored = {record.key: record.value for record in records if record.value != ""}
        settings, refused = forms.apply(self._environment, stored)
        for one in refused:
            log.warning("settings.refused", key=one.key, reason=one.reason)
        if settings != self.settings:
            self.settings = settings
            self._rules.clear()
            await self._changed(settings)

    async def run(self) -> None:
        """Keep asking until cancelled."""
        while True:
            await asyncio.sleep(_ADMIN_SECONDS)
            try:
                await self.refresh()
            except Exception as error:  # no trouble ends it
                log.warning("settings.unknown", error=told(error), where=where(error))

    async def language_of(self, user_id: str) -> str:
        """The language that this user is told things in: the chosen one, or Nextcloud's code of the user's language."""
        nextclouds = await self._language_of(user_id)  # which refuses disabled users
        async with nextcloud_errors():
            chosen = await self._clients.of(user_id).preferences_ex.get_value("language")
        return nextclouds if chosen in (None, "", forms.AUTO) else chosen

    async def voice_of(self, user_id: str) -> Voice:
        """How this user wants to be spoken to, and in which language."""
        language = await self.language_of(user_id)
        async with nextcloud_errors():
            records = await self._clients.of(user_id).preferences_ex.get_values([forms.VOICE, "speed"])
        wishes = {record.key: record.value for record in records}
        return Voice(language[:2].lower(), wishes.get(forms.VOICE, "").strip(), _speed(wishes.get("speed", "")))

    async def keep_voice(self, user_id: str, wish: Wish) -> None:
        """Remember in Nextcloud how this user wants to be spoken to; the form shows it as well."""
        chosen = {
            "language": wish.language,
            forms.VOICE: wish.voice,
            "speed": None if wish.speed is None else str(wish.speed),
        }
        async with nextcloud_errors():
            for key, value in chosen.items():
                if value is not None:
                    await self._clients.of(user_id).preferences_ex.set_value(key, value)

    async def rules_of(self, user_id: str) -> Rules:
        """What of this user's files is indexed, by the administrator and by the user (less than a minute old).

        Of a disabled user what was wished last: others may share the user's files, and go on working in them.
        """
        now = self._clock()
        known = self._rules.get(user_id)
        if known is not None and now - known[0] < _USER_SECONDS:
            return known[1]
        try:
            async with nextcloud_errors():
                records = await self._clients.of(user_id).preferences_ex.get_values([*_WISHES])
        except NotAllowed:
            wishes = await self._last_wishes(user_id)
            if wishes is None:
                raise
        else:
            wishes = {record.key: record.value for record in records}
            if self._remembered is not None and wishes != await self._last_wishes(user_id):
                await self._remembered.put(user_id, _REMEMBERED, wishes)
        rules = Rules.of(
            wishes.get("exclude", ""),
            wishes.get("include", ""),
            opt_out=wishes.get("opt_out") == _CHECKED,
            indexing=self.settings.indexing,
            everybodys=self.settings.index_exclude,
        )
        self._rules[user_id] = (now, rules)
        return rules

    async def _last_wishes(self, user_id: str) -> dict[str, str] | None:
        """What Nextcloud told last; None when it never did."""
        remembered = {} if self._remembered is None else await self._remembered.of(user_id)
        return remembered.get(_REMEMBERED)


def _speed(stored: str) -> float:
    """How fast; the usual when what is stored is no such number."""
    try:
        speed = float(stored)
    except ValueError:
        return Voice().speed
    return speed if 0.25 <= speed <= 4.0 else Voice().speed

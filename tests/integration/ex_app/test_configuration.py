"""What users have set in Nextcloud's form, over the stand-in's AppAPI."""

from collections.abc import AsyncIterator, Iterator

import pytest

from backend.errors import NotAllowed
from backend.nextcloud.appapi import Clients
from backend.nextcloud.notifications import Notifications
from backend.nextcloud.users import Users
from backend.settings import Settings
from backend.speech.protocol import Voice
from backend.voice.wishes import Wish
from ex_app.configuration import Configuration
from tests.servers.appapi import AppApiServer
from tests.servers.cloud import Cloud


@pytest.fixture
def server() -> Iterator[AppApiServer]:
    with AppApiServer(Cloud(("ann", "ben"))).serving() as server:
        yield server


@pytest.fixture
async def configuration(server: AppApiServer) -> AsyncIterator[Configuration]:
    clients = Clients(server.appapi)

    async def changed(_settings: Settings) -> None:
        """Nobody is told."""

    notifications = Notifications(clients, Users(clients), "app")
    yield Configuration(Settings(_env_file=None), clients, changed, notifications.language)
    await clients.close()


async def test_users_are_told_things_in_the_language_that_they_chose_or_else_in_nextclouds(
    server: AppApiServer, configuration: Configuration
) -> None:
    server.languages = {"ann": "de", "ben": "de"}
    server.wishes = {"ann": {"language": "en"}, "ben": {"language": "auto"}}
    assert (await configuration.language_of("ann"), await configuration.language_of("ben")) == ("en", "de")
    server.wishes.clear()
    assert await configuration.language_of("ann") == "de"


async def test_a_disabled_user_has_no_language_whatever_was_chosen(
    server: AppApiServer, configuration: Configuration
) -> None:
    server.wishes = {"ann": {"language": "en"}}
    server.cloud.disabled.add("ann")
    with pytest.raises(NotAllowed):
        await configuration.language_of("ann")


async def test_users_are_spoken_to_as_they_chose(server: AppApiServer, configuration: Configuration) -> None:
    server.languages = {"ann": "de_DE", "ben": "en_GB"}
    server.wishes = {"ann": {"spoken_voice": " nova ", "speed": "1.25"}, "ben": {"language": "de", "speed": "fast"}}
    assert await configuration.voice_of("ann") == Voice("de", "nova", 1.25)
    assert await configuration.voice_of("ben") == Voice("de")
    server.wishes = {"ben": {"speed": "90"}}
    assert await configuration.voice_of("ben") == Voice("en")


async def test_what_a_user_chooses_on_the_page_is_kept_in_nextclouds_form(
    server: AppApiServer, configuration: Configuration
) -> None:
    server.languages = {"ann": "de", "ben": "de"}
    await configuration.keep_voice("ann", Wish(voice="nova", speed=1.25))
    assert server.wishes == {"ann": {"spoken_voice": "nova", "speed": "1.25"}}
    assert await configuration.voice_of("ann") == Voice("de", "nova", 1.25)
    await configuration.keep_voice("ann", Wish(language="en", voice=""))
    assert await configuration.voice_of("ann") == Voice("en", "", 1.25)
    assert await configuration.voice_of("ben") == Voice("de")

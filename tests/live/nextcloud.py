"""A real Nextcloud, by its address and its command line, with VoiceAssist registered there.

NEXTCLOUD_URL and OCC (a command line) name it. DAEMON names another AppAPI daemon than `manual_install`.
"""

import asyncio
import os
import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from backend.nextcloud.appapi import AppApi
from backend.nextcloud.sources import AppApiSources
from tests.leaks.people import Person
from tests.leaks.scenario import GROUP
from tests.servers.exapp import AA_VERSION, APP_ID, VERSION, ExApp

URL, OCC = os.environ.get("NEXTCLOUD_URL", ""), os.environ.get("OCC", "")


async def occ(*arguments: str, check: bool = True, **environment: str) -> str:
    """Run Nextcloud's command line and return what it says."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(OCC),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    said, _ = await process.communicate()
    assert not check or process.returncode == 0, said.decode()
    return said.decode()


class OccAdministration:
    """`Administration` by the command line. It cannot encrypt folders or set access rules; webhooks come anyway."""

    async def membership(self, user: str, group: str, member: bool) -> None:
        """See `Administration`."""
        await occ("group:adduser" if member else "group:removeuser", group, user)

    async def enable(self, user: str, enabled: bool) -> None:
        """See `Administration`."""
        await occ("user:enable" if enabled else "user:disable", user)

    async def seal(self, file_id: int) -> bool:
        """See `Administration`."""
        return False

    async def permit(self, user: str, file_id: int, permitted: bool) -> bool:
        """See `Administration`."""
        return False

    async def tell(self, user: str, path: str) -> None:
        """See `Administration`."""


@dataclass
class LiveNextcloud:
    """VoiceAssist, running, registered and enabled, and people of our own."""

    exapp: ExApp
    appapi: AppApi
    sources: AppApiSources
    people: dict[str, Person]
    http: httpx.AsyncClient


@asynccontextmanager
async def live_nextcloud(
    storage: Path, users: Sequence[str], port: int = 0, started: Callable[[int], None] = lambda _: None
) -> AsyncIterator[LiveNextcloud]:
    """Make the users and a group, start VoiceAssist and register it; all of it goes at the end.

    Nextcloud is told to call `port` where it is given, instead of the process itself, whose own one `started` hears.
    """
    assert APP_ID not in await occ("app_api:app:list"), (
        f"{APP_ID} is registered there: it is in use, or was left behind"
    )
    exapp = ExApp(storage, URL)
    appapi = AppApi(URL, APP_ID, VERSION, exapp.secret, AA_VERSION)

    async def everybody() -> list[str]:
        return list(users)

    sources = AppApiSources(appapi, everybody)
    try:
        for user in users:
            await occ("user:add", "--password-from-env", user, OC_PASS=f"{user}-Pass1")
        await occ("group:add", GROUP)
        await exapp.start()
        started(exapp.port)
        await exapp.register(port)
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            yield LiveNextcloud(exapp, appapi, sources, {user: Person(appapi, user, http) for user in users}, http)
    finally:
        await sources.close()
        await occ("app_api:app:unregister", APP_ID, "--force", check=False)
        if exapp.process is not None:
            await exapp.stop()
        for user in users:
            await occ("user:delete", user, check=False)
        await occ("group:delete", GROUP, check=False)

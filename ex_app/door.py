"""The door put together: VoiceAssist as an ExApp that serves all users of one Nextcloud."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from backend.app import api, bare_app
from backend.errors import BadInput, NotAllowed, NotFound, VoiceAssistError
from backend.files.notices import FailureNotices
from backend.house import House, furnish, open_recognition, open_transcription
from backend.identity.doorkeeper import CALLED_BY_ISSUER
from backend.identity.guard import RequestGuard
from backend.identity.principal import Principal, guard_with
from backend.identity.roles import Rights
from backend.models.registry import Registry
from backend.nextcloud.appapi import Clients, appapi_of, nextcloud_errors
from backend.nextcloud.appapi_dav import AppApiDav
from backend.nextcloud.connection import Login
from backend.nextcloud.directory import Directories, administrator_of
from backend.nextcloud.notifications import Notice, Notifications
from backend.nextcloud.public import PublicAddress
from backend.nextcloud.sources import ActAs, AppApiSources
from backend.nextcloud.tasks import Tasks
from backend.nextcloud.users import Users
from backend.settings import Settings
from backend.trouble import told
from ex_app import actions, hooks, lifecycle, occ, registration, tasks
from ex_app.auth import AppApiAuth
from ex_app.configuration import Configuration
from ex_app.residents import NextcloudUsers
from ex_app.tasks import TaskProvider

log = structlog.get_logger(__name__)

# Webhooks tell of changes at once; this is how late (seconds) the crawl notices what they did not tell.
_CRAWL_SECONDS = 60.0
# A machine that starts both of us may have us up long before Nextcloud: it is asked again after so many seconds.
_ASK_AGAIN_SECONDS = 5.0

# Whether we are enabled; told also when we are not.
_STATE = "/ocs/v1.php/apps/app_api/ex-app/state"

# What Nextcloud itself calls, with AppAPI's secret. No route of appinfo/info.xml leads here, so no browser does either.
CALLED_BY_NEXTCLOUD = frozenset({*lifecycle.PATHS, hooks.PATH, tasks.PATH, *occ.PATHS})


class Work:
    """What runs while the app is enabled: the house's own work, tasks, asking for settings, telling of failures."""

    def __init__(
        self, house: House, provider: TaskProvider, configuration: Configuration, notices: FailureNotices
    ) -> None:
        self._house = house
        self._provider = provider
        self._configuration = configuration
        self._notices = notices
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin; doing so twice is harmless."""
        if self._tasks:
            return
        await self._house.start()
        self._tasks = [
            asyncio.create_task(self._provider.run(), name="tasks"),
            asyncio.create_task(self._configuration.run(), name="configuration"),
            asyncio.create_task(self._notices.run(), name="notices"),
        ]

    async def stop(self) -> None:
        """End; everything indexed and stored stays."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._house.stop()


@asynccontextmanager
async def open_door(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application, ready for AppAPI's heartbeat; it needs no answer of Nextcloud to open."""
    appapi = appapi_of(settings)
    if settings.accounts_registration:
        raise BadInput(
            "ACCOUNTS_REGISTRATION: users are Nextcloud's here, so nobody makes an account for themselves. "
            "`voiceassist accounts add --user-id` makes one for a user of Nextcloud.",
            field="accounts_registration",
        )
    async with AsyncExitStack() as stack:
        clients = Clients(appapi)
        stack.push_async_callback(clients.close)
        users = Users(clients)
        address = PublicAddress(appapi.url)
        sources = AppApiSources(appapi, users.all, address=address)
        stack.push_async_callback(sources.close)
        nextcloud_tasks = Tasks(clients)

        async def reconfigure(changed: Settings) -> None:
            house.indexing.limit(changed.max_file_size_mb * 2**20)
            house.extractor.recognise_in(changed.tesseract_languages)
            house.indexing.recognise_by(open_recognition(changed, house.gate, nextcloud_tasks))
            house.gate.use(changed)
            await house.router.use(await Registry(changed, house.gate, nextcloud_tasks).chosen())
            await house.speech.use(changed)
            house.indexing.transcribe_by(open_transcription(changed, house.speech.hearing))

        dav = AppApiDav(appapi)
        notifications = Notifications(clients, users, registration.PAGE, address)
        configuration = Configuration(settings, clients, reconfigure, notifications.language)

        people = Directories(
            appapi.url,
            lambda user_id: Login(user_id, ActAs(appapi, user_id), by_appapi=True),
            administrator_of(settings),
            users.forget,
        )

        async def notify(user_id: str, subject: str, message: str, link: str) -> None:
            await notifications.send(user_id, Notice(subject, message, link))

        house = await furnish(
            settings,
            sources,
            dav,
            None,
            _CRAWL_SECONDS,
            stack,
            nextcloud_tasks,
            configuration.rules_of,
            notify,
            configuration.language_of,
            users.require_enabled,
            configuration,
            NextcloudUsers(users, Rights.of(settings)),
            people,
        )
        configuration.remember_in(house.preferences)
        nextcloud = clients.of("")
        auth = AppApiAuth(settings.app_id, settings.app_secret.get_secret_value(), users, house.rights)
        provider = TaskProvider(nextcloud, house.assistant, users)
        notices = FailureNotices(
            house.database,
            notifications,
            configuration.rules_of,
            configuration.language_of,
            lambda: datetime.now(UTC),
        )
        work = Work(house, provider, configuration, notices)
        stack.push_async_callback(work.stop)

        async def prepare(report: lifecycle.Report) -> None:
            await report(10)
            await house.index.count()
            await report(90)

        # Nextcloud may say it twice at once, and change its mind before we are done.
        switching = asyncio.Lock()

        async def begin() -> None:
            await configuration.refresh()
            await address.ask(nextcloud)
            await work.start()

        async def set_enabled(enabled: bool, by_harp: bool) -> None:
            async with switching:
                if enabled:
                    await registration.register(nextcloud, settings, streaming=by_harp)
                    await begin()
                else:
                    await work.stop()
                    await registration.unregister(nextcloud)

        async def start_if_enabled() -> None:
            async with switching:
                async with nextcloud_errors():
                    enabled = bool(await nextcloud.ocs("GET", _STATE))
                if enabled:
                    await begin()
                    log.info("started", enabled=True)

        outside = house.outside

        async def authenticate(request: HTTPConnection) -> Principal:
            if outside is None or auth.is_called_by(request.headers):
                return await auth(request)
            return await outside.doorkeeper(request)

        app = bare_app(settings)
        guard_with(app, authenticate, house.policy)
        app.state.stopping = house.voice.close
        app.include_router(api(house))
        if outside is not None:
            app.include_router(outside.pages)
        app.include_router(lifecycle.build_router(auth, nextcloud, prepare, set_enabled))
        app.include_router(hooks.build_router(auth, house.indexing.hints, house.acting.desk.mirror))
        app.include_router(actions.build_router(house.indexing.hints, house.indexing.service))
        app.include_router(occ.build_router(auth, house, users))
        app.include_router(tasks.build_router(auth, provider))
        # AppAPI's secret says who calls, whatever name the server was reached by.
        nextcloud_host = urlsplit(settings.nextcloud_url).hostname or ""
        unguarded = CALLED_BY_NEXTCLOUD.union(CALLED_BY_ISSUER)
        app.add_middleware(RequestGuard, hosts=["*"], unguarded=unguarded, page_hosts=[nextcloud_host])
        starting = asyncio.create_task(_until_told(start_if_enabled), name="start")
        stack.callback(starting.cancel)
        yield app


async def _until_told(start_if_enabled: Callable[[], Awaitable[None]]) -> None:
    """After a restart of ours Nextcloud does not say again that the app is enabled, so it is asked until it answers."""
    while True:
        try:
            await start_if_enabled()
            return
        except (NotAllowed, NotFound) as error:  # not registered there at the moment: enabling will tell
            log.info("start.not_registered", error=told(error))
            return
        except VoiceAssistError as error:
            log.warning("start.unknown", error=told(error))
            await asyncio.sleep(error.retry_after or _ASK_AGAIN_SECONDS)

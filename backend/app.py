"""The web application: the services of the house, their routes, and the page."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import HTTPConnection

from backend import __version__, envelope, status, telemetry
from backend.actions.routes import build_router as actions_routes
from backend.assistant.routes import build_router as assistant_routes
from backend.audit.routes import build_router as audit_routes
from backend.calendar.routes import build_router as calendar_routes
from backend.contacts.routes import build_router as contacts_routes
from backend.directory.routes import build_router as directory_routes
from backend.files.routes import build_router as files_routes
from backend.house import House
from backend.identity.bodies import RequestBodies
from backend.identity.doorkeeper import CALLED_BY_ISSUER
from backend.identity.guard import RequestGuard
from backend.identity.headers import SecurityHeaders
from backend.identity.me import build_router as me_routes
from backend.identity.origin import OriginMiddleware
from backend.identity.principal import Principal, Role, guard_with
from backend.mail.routes import build_router as mail_routes
from backend.places import OwnHosts
from backend.reminders.routes import build_router as reminders_routes
from backend.search.routes import build_router as search_routes
from backend.settings import Settings
from backend.voice.recordings import LARGEST_BYTES as LARGEST_RECORDING
from backend.voice.routes import build_router as voice_routes

_ROOT = Path(__file__).parents[1]
_PAGE = _ROOT / "js/dist/index.html"
_VOICE_PAGE = _ROOT / "js/dist/voice.html"

# Nothing from elsewhere, no inline script. @nextcloud/vue sets inline styles.
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
}
# Nextcloud forbids its own pages the microphone; this header overrides what its proxy adds to ours. 'self' of the
# policy above covers the WebSocket as well (Content Security Policy 3, section 6.7.2.8).
_VOICE_PAGE_HEADERS = _PAGE_HEADERS | {"Permissions-Policy": "microphone=(self)"}
_LARGE_BODIES = {
    "/api/v1/voice/utterances": LARGEST_RECORDING,
    "/api/v1/voice/transcriptions": LARGEST_RECORDING,
}


def create_app(house: House) -> FastAPI:
    """The application that serves one person, on the sample server or on that person's own Nextcloud."""
    visitor = house.visitor
    if visitor is None:
        raise ValueError("this house has no visitor: AppAPI says who asks, and the door (`ex_app`) serves it")

    # Whoever has a VoiceAssist of their own also administers it.
    principal = Principal(
        visitor.user_id, frozenset({Role.USER, Role.ADMIN}), grants=house.rights.grants_of(visitor.user_id)
    )

    async def whoever_comes(_request: HTTPConnection) -> Principal:
        return principal

    app = bare_app(house.settings)
    guard_with(app, house.outside.doorkeeper if house.outside else whoever_comes, house.policy)
    app.include_router(api(house))
    app.add_middleware(RequestGuard, hosts=house.settings.allowed_hosts.split(","), unguarded=CALLED_BY_ISSUER)

    if house.outside is not None:
        app.include_router(house.outside.pages)

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(_PAGE, headers=_PAGE_HEADERS)

    return app


def bare_app(settings: Settings) -> FastAPI:
    """An application with what every way of running shares: envelope, limits of requests, health, metrics, assets, the
    page to talk on."""
    app = FastAPI(
        title="VoiceAssist", version=__version__, docs_url=None, redoc_url=None, responses=envelope.ERROR_ANSWERS
    )
    app.add_middleware(RequestBodies, large=_LARGE_BODIES)
    envelope.install(app)
    app.add_middleware(SecurityHeaders, hsts_seconds=settings.hsts_seconds)
    app.add_middleware(OriginMiddleware, trusted=OwnHosts.of(settings.trusted_proxies))

    @app.get("/health", tags=["operations"])
    async def health() -> dict[str, str]:
        """That the process answers."""
        return {"status": "ok"}

    @app.get("/metrics", tags=["operations"], response_class=Response)
    async def metrics() -> Response:
        """Metrics for Prometheus."""
        return Response(generate_latest(telemetry.registry), media_type=CONTENT_TYPE_LATEST)

    @app.get("/voice", include_in_schema=False)
    async def voice_page() -> Response:
        return FileResponse(_VOICE_PAGE, headers=_VOICE_PAGE_HEADERS)

    app.mount("/js", StaticFiles(directory=_ROOT / "js/dist", check_dir=False))
    app.mount("/img", StaticFiles(directory=_ROOT / "img", check_dir=False))
    return app


def api(house: House) -> APIRouter:
    """All routes under `/api/v1`."""
    router = APIRouter(prefix="/api/v1")
    router.include_router(status.build_router(house))
    router.include_router(search_routes(house.search, house.library, house.library))
    router.include_router(files_routes(house.indexing.service))
    router.include_router(assistant_routes(house.assistant))
    router.include_router(contacts_routes(house.acting.contacts))
    router.include_router(calendar_routes(house.acting.desk.calendars, house.acting.desk.mirror))
    router.include_router(mail_routes(house.acting.mail))
    router.include_router(actions_routes(house.acting.actions))
    router.include_router(reminders_routes(house.acting.reminders))
    router.include_router(voice_routes(house.voice))
    router.include_router(me_routes())
    router.include_router(audit_routes(house.audit))
    router.include_router(directory_routes(house.directory))
    if house.outside is not None:
        router.include_router(house.outside.routes)
    return router

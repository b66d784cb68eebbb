"""What this VoiceAssist is and how it stands: the first thing that the page asks."""

from fastapi import APIRouter
from pydantic import BaseModel

from backend import __version__
from backend.envelope import Envelope, ok
from backend.house import House
from backend.identity.principal import CurrentPrincipal
from backend.settings import Mode

# About the sample documents, so that a newcomer has something to ask.
_EXAMPLES = [
    "At what potassium level do we have to act within the hour?",
    "What is the INR target after a mechanical mitral valve?",
    "Wie lange muss das Mittel gegen Noroviren einwirken?",
]


class ModelStatus(BaseModel):
    """Who writes answers, and where the question and the passages go for it."""

    name: str
    provider: str
    data_goes_to: str


class IndexStatus(BaseModel):
    """Counts of the user's files."""

    files: int
    indexed: int
    waiting: int
    failed: int
    skipped: int
    chunks: int


class StatusView(BaseModel):
    """The answer of `/status`."""

    ready: bool
    version: str
    mode: Mode
    user_id: str
    display_name: str
    nextcloud_url: str | None
    model: ModelStatus
    index: IndexStatus
    examples: list[str]


def build_router(house: House) -> APIRouter:
    """The route."""
    router = APIRouter(tags=["status"])

    @router.get("/status")
    async def status(principal: CurrentPrincipal) -> Envelope[StatusView]:
        """Who you are here, who answers, and how far your files are."""
        summary = await house.indexing.service.summary(principal.user_id)
        model = house.router.preferred
        name = house.visitor.display_name if house.visitor else principal.user_id
        return ok(
            StatusView(
                ready=True,
                version=__version__,
                mode=house.settings.mode,
                user_id=principal.user_id,
                display_name=name,
                nextcloud_url=house.settings.nextcloud_url or None,
                model=ModelStatus(name=model.name, provider=model.provider, data_goes_to=model.data_goes_to),
                index=IndexStatus(
                    files=summary.total,
                    indexed=summary.indexed,
                    waiting=summary.waiting + summary.running,
                    failed=summary.failed,
                    skipped=summary.skipped,
                    chunks=summary.chunks,
                ),
                examples=_EXAMPLES if house.settings.mode is Mode.DEMO else [],
            )
        )

    return router

"""Who asks, as they are told themselves: in every way of running."""

from fastapi import APIRouter
from pydantic import BaseModel

from backend.envelope import Envelope, ok
from backend.identity.principal import CurrentPrincipal, Principal, Role, Way


class Me(BaseModel):
    """Who is asking. `signed_in_as` is somebody else than `user_id` where one person's files serve several people."""

    user_id: str
    signed_in_as: str
    roles: list[Role]
    way: Way
    session_id: str | None

    @classmethod
    def of(cls, principal: Principal) -> "Me":
        """As it is told."""
        return cls(
            user_id=principal.user_id,
            signed_in_as=principal.signed_in_as,
            roles=sorted(principal.roles),
            way=principal.way,
            session_id=principal.session_id,
        )


def build_router() -> APIRouter:
    """The route, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/auth", tags=["sign-in"])

    @router.get("/me")
    async def me(principal: CurrentPrincipal) -> Envelope[Me]:
        """Who you are, and what you are to VoiceAssist."""
        return ok(Me.of(principal))

    return router

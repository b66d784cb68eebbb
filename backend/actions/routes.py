"""The HTTP side of actions: cards, confirmations, undo."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query

from backend.actions.action import Action, State
from backend.actions.schemas import ActionView, Confirmation, Edit, GroupConfirmation
from backend.actions.service import Actions
from backend.envelope import Envelope, Pagination, ok
from backend.identity.principal import CurrentPrincipal


def build_router(actions: Actions) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/actions", tags=["actions"])

    def view(action: Action) -> ActionView:
        return ActionView.of(action, actions.can_undo(action))

    def views(several: Iterable[Action]) -> list[ActionView]:
        return [view(action) for action in several]

    @router.get("")
    async def page(
        principal: CurrentPrincipal,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        state: Annotated[State | None, Query(description="Only those in this state.", examples=["done"])] = None,
    ) -> Envelope[list[ActionView]]:
        """What VoiceAssist proposed to you and did for you, newest first."""
        found, total = await actions.list(principal.user_id, offset, limit, state)
        return ok(views(found), Pagination(offset=offset, limit=limit, total=total))

    @router.get("/{action_id}")
    async def get(principal: CurrentPrincipal, action_id: str) -> Envelope[ActionView]:
        """One action as it stands."""
        return ok(view(await actions.get(principal.user_id, action_id)))

    @router.put("/{action_id}")
    async def edit(principal: CurrentPrincipal, action_id: str, body: Edit) -> Envelope[ActionView]:
        """Change fields of a proposal. Its sentence and warnings come back made anew."""
        return ok(view(await actions.edit(principal.user_id, action_id, body.values)))

    @router.post("/{action_id}/confirm")
    async def confirm(principal: CurrentPrincipal, action_id: str, body: Confirmation) -> Envelope[ActionView]:
        """Have it done. The same key again gives the same action and does nothing twice."""
        return ok(view(await actions.confirm(principal.user_id, action_id, body.key, body.values)))

    @router.post("/{action_id}/dismiss")
    async def dismiss(principal: CurrentPrincipal, action_id: str) -> Envelope[ActionView]:
        """Have it not be done."""
        return ok(view(await actions.dismiss(principal.user_id, action_id)))

    @router.post("/{action_id}/undo")
    async def undo(principal: CurrentPrincipal, action_id: str) -> Envelope[ActionView]:
        """Stop it while it waits, or take it back for a short while after it was done."""
        return ok(view(await actions.undo(principal.user_id, action_id)))

    @router.post("/groups/{group}/confirm")
    async def confirm_group(
        principal: CurrentPrincipal, group: str, body: GroupConfirmation
    ) -> Envelope[list[ActionView]]:
        """Have all of a list done, in its order. What follows one that was not done stays proposed."""
        return ok(views(await actions.confirm_group(principal.user_id, group, body.key)))

    @router.post("/groups/{group}/dismiss")
    async def dismiss_group(principal: CurrentPrincipal, group: str) -> Envelope[list[ActionView]]:
        """Have nothing of a list be done that was not done yet."""
        return ok(views(await actions.dismiss_group(principal.user_id, group)))

    return router

"""The HTTP side of reminders. They are set and cancelled by actions, which are confirmed."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.envelope import Envelope, Pagination, ok
from backend.identity.principal import CurrentPrincipal
from backend.reminders.schemas import ReminderView
from backend.reminders.service import Reminders


def build_router(reminders: Reminders) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/reminders", tags=["reminders"])

    @router.get("")
    async def page(
        principal: CurrentPrincipal,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Envelope[list[ReminderView]]:
        """Your reminders: what is due, then what is to come, then what was told."""
        found, total = await reminders.list(principal.user_id, offset, limit)
        views = [ReminderView.of(reminder) for reminder in found]
        return ok(views, Pagination(offset=offset, limit=limit, total=total))

    @router.post("/{reminder_id}/dismiss")
    async def dismiss(principal: CurrentPrincipal, reminder_id: str) -> Envelope[ReminderView]:
        """You have seen it. One that repeats comes again."""
        return ok(ReminderView.of(await reminders.dismiss(principal.user_id, reminder_id)))

    return router

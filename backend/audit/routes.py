"""The HTTP side of the audit: for auditors and administrators only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from backend.audit.export import MEDIA_TYPES, Format
from backend.audit.query import Query as Wanted
from backend.audit.schemas import CheckpointView, EntryView
from backend.audit.service import Audit
from backend.envelope import Envelope, Pagination, ok
from backend.errors import NotAllowed
from backend.identity.principal import CurrentPrincipal, Principal, Role


def _auditor(principal: CurrentPrincipal) -> Principal:
    if principal.roles.isdisjoint({Role.AUDITOR, Role.ADMIN}):
        raise NotAllowed("The audit is for auditors and administrators.")
    return principal


_Auditor = Annotated[Principal, Depends(_auditor)]


def _wanted(
    user: Annotated[str | None, Query(max_length=255, description="Who did it.")] = None,
    kind: Annotated[
        str | None, Query(max_length=100, description="What was done; `auth` is `auth.login` as well.")
    ] = None,
    resource: Annotated[str | None, Query(max_length=512, description="What it was done to.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="From this time on, which is included.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Up to this time, which is not.")] = None,
) -> Wanted:
    return Wanted(user, kind, resource, since, until)


_Wanted = Annotated[Wanted, Depends(_wanted)]


def build_router(audit: Audit) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(prefix="/audit", tags=["audit"])

    @router.get("")
    async def page(
        _principal: _Auditor,
        wanted: _Wanted,
        offset: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Envelope[list[EntryView]]:
        """What was done, newest first."""
        rows, total = await audit.page(wanted, offset, limit)
        return ok([EntryView.of(row) for row in rows], Pagination(offset=offset, limit=limit, total=total))

    @router.get("/export", response_class=StreamingResponse)
    async def export(
        principal: _Auditor,
        wanted: _Wanted,
        form: Annotated[Format, Query(alias="format", description="JSON Lines or CSV.")] = Format.JSONL,
    ) -> StreamingResponse:
        """What was done, oldest first, as a file. That it was exported is recorded."""
        pieces = await audit.export(wanted, form, principal.user_id)
        headers = {"Content-Disposition": f'attachment; filename="audit.{form}"', "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(pieces, media_type=MEDIA_TYPES[form], headers=headers)

    @router.get("/checkpoint")
    async def checkpoint(principal: _Auditor) -> Envelope[CheckpointView]:
        """Where the audit stands, signed. Keep it elsewhere: what is cut off later is told by it."""
        return ok(CheckpointView.of(await audit.checkpoint(principal.user_id)))

    return router

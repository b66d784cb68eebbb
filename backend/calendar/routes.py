"""The HTTP routes of the calendar slice."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from backend.calendar.mirror.service import Mirror, NewLink
from backend.calendar.schemas import (
    CalendarEntry,
    Choice,
    EventEntry,
    GoogleReturn,
    GoogleWish,
    LinkEntry,
    LinkWish,
    Nothing,
    SignIn,
)
from backend.calendar.service import Calendars
from backend.calendar.times import zone_of
from backend.envelope import Envelope, ok
from backend.errors import BadInput
from backend.identity.principal import CurrentPrincipal


def build_router(calendars: Calendars, mirror: Mirror) -> APIRouter:
    """Routes under the prefix of the API."""
    router = APIRouter(prefix="/calendar", tags=["calendar"])

    @router.get("/calendars")
    async def listed(principal: CurrentPrincipal) -> Envelope[list[CalendarEntry]]:
        """Your calendars."""
        found = await calendars.calendars(principal.user_id)
        default = await calendars.default(principal.user_id)
        return ok([CalendarEntry.of(one, default.href if default else None) for one in found])

    @router.put("/default")
    async def use(principal: CurrentPrincipal, choice: Choice) -> Envelope[CalendarEntry]:
        """Use a calendar for new events."""
        chosen = await calendars.remember(principal.user_id, choice.href)
        return ok(CalendarEntry.of(chosen, chosen.href))

    @router.get("/events")
    async def events(
        principal: CurrentPrincipal,
        start: datetime,
        end: datetime,
        q: Annotated[str, Query(max_length=500, description="Words in title, place, notes or people.")] = "",
        zone: Annotated[str, Query(max_length=100, description="Your time zone: it says when a day begins.")] = "UTC",
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    ) -> Envelope[list[EventEntry]]:
        """What happens between two moments, in order of time."""
        for name, moment in (("start", start), ("end", end)):
            if moment.tzinfo is None:
                raise BadInput(f"{moment.isoformat()} has no offset, such as +01:00.", field=name)
        found = await calendars.events(principal.user_id, start, end, zone_of(zone), text=q, limit=limit)
        return ok([EventEntry.of(one) for one in found])

    @router.get("/links")
    async def links(principal: CurrentPrincipal) -> Envelope[list[LinkEntry]]:
        """Your linked external calendars."""
        return ok([LinkEntry.of(one) for one in await mirror.links.of(principal.user_id)])

    @router.post("/links")
    async def link(principal: CurrentPrincipal, wish: LinkWish) -> Envelope[LinkEntry]:
        """Link an external calendar by its address and password. Several: `error.details.calendars` lists them."""
        password = wish.password.get_secret_value()
        new = NewLink(wish.url, wish.login, password, wish.name, wish.remote, wish.local)
        return ok(LinkEntry.of(await mirror.link(principal.user_id, new)))

    @router.post("/links/google")
    async def google(principal: CurrentPrincipal, wish: GoogleWish) -> Envelope[SignIn]:
        """Where to sign in at Google to link a calendar there."""
        return ok(SignIn(url=mirror.sign_in(principal.user_id, wish.calendar)))

    @router.post("/links/google/return")
    async def google_return(principal: CurrentPrincipal, given: GoogleReturn) -> Envelope[LinkEntry]:
        """Link the calendar that you signed in for."""
        return ok(LinkEntry.of(await mirror.link_google(principal.user_id, given.state, given.code)))

    @router.delete("/links/{link_id}")
    async def unlink(principal: CurrentPrincipal, link_id: str) -> Envelope[Nothing]:
        """End a link; both calendars stay as they are."""
        await mirror.unlink(principal.user_id, link_id)
        return ok(Nothing())

    @router.post("/links/{link_id}/sync")
    async def sync(principal: CurrentPrincipal, link_id: str) -> Envelope[LinkEntry]:
        """Mirror a linked calendar now."""
        return ok(LinkEntry.of(await mirror.sync_now(principal.user_id, link_id)))

    return router

"""Contacts over HTTP: the list, and who is meant by some words."""

from typing import Annotated

from fastapi import APIRouter, Query

from backend.contacts.schemas import PersonView, ResolvedView
from backend.contacts.service import MAX_SAID, Contacts
from backend.envelope import Envelope, Pagination, ok
from backend.identity.principal import CurrentPrincipal

_MOST = 200


def build_router(contacts: Contacts) -> APIRouter:
    """The routes of this slice."""
    router = APIRouter(prefix="/contacts", tags=["contacts"])

    @router.get("")
    async def people(
        principal: CurrentPrincipal,
        q: Annotated[
            str, Query(max_length=MAX_SAID, description="Beginnings of words on the card.", examples=["anna radio"])
        ] = "",
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    ) -> Envelope[list[PersonView]]:
        """The user's contacts by family name; with `q` those whose card has all its words."""
        found, total = await contacts.people(principal.user_id, q, offset, limit)
        return ok([PersonView.of(one.person) for one in found], Pagination(offset=offset, limit=limit, total=total))

    @router.get("/resolve")
    async def resolve(
        principal: CurrentPrincipal,
        said: Annotated[
            str,
            Query(
                min_length=1,
                max_length=MAX_SAID,
                description="A name, a title and a name, a relative, a position, or an e-mail address.",
                examples=["Dr. Smith", "my sister", "Anna from radiology"],
            ),
        ],
        heard: Annotated[bool, Query(description="It was spoken: what sounds the same is the same.")] = False,
    ) -> Envelope[ResolvedView]:
        """Who is meant by `said`. Nobody meant and nobody to ask about: the user knows no such person."""
        return ok(ResolvedView.of(await contacts.resolve(principal.user_id, said, heard=heard)))

    return router

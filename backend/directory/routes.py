"""The HTTP side of the directory: for administrators only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from backend.directory.schemas import Changing, Creating, Deleted, GroupView, UserView
from backend.directory.service import DirectoryService
from backend.envelope import Envelope, Pagination, ok
from backend.errors import NotAllowed
from backend.identity.principal import CurrentPrincipal, Role


def _administrator(principal: CurrentPrincipal) -> str:
    if Role.ADMIN not in principal.roles:
        raise NotAllowed("Users and groups are for administrators.")
    return principal.user_id


_Asker = Annotated[str, Depends(_administrator)]
_Search = Annotated[str, Query(max_length=200, description="What Nextcloud looks for in names and addresses.")]
_Offset = Annotated[int, Query(ge=0, le=1_000_000_000)]
_Limit = Annotated[int, Query(ge=1, le=100)]
_UserId = Annotated[str, Path(max_length=255)]
_GroupId = Annotated[str, Path(min_length=1, max_length=255)]


def build_router(directory: DirectoryService) -> APIRouter:
    """The routes, to be mounted under `/api/v1`."""
    router = APIRouter(tags=["directory"])

    @router.get("/users")
    async def users(
        asker: _Asker, search: _Search = "", offset: _Offset = 0, limit: _Limit = 50
    ) -> Envelope[list[UserView]]:
        """The users of Nextcloud. A page may be longer than asked where Nextcloud has several sources of users."""
        found, total = await directory.users(asker, search, offset, limit)
        return ok([UserView.of(person) for person in found], Pagination(offset=offset, limit=limit, total=total))

    @router.get("/users/{user_id}")
    async def user(asker: _Asker, user_id: _UserId) -> Envelope[UserView]:
        """One user, and how they stand with the index."""
        return ok(UserView.of(await directory.user(asker, user_id)))

    @router.post("/users", status_code=201)
    async def create(asker: _Asker, creating: Creating) -> Envelope[UserView]:
        """Make a user."""
        return ok(UserView.of(await directory.create(asker, creating.to_user())))

    @router.put("/users/{user_id}")  # AppAPI's proxy passes no PATCH on
    async def change(asker: _Asker, user_id: _UserId, changing: Changing) -> Envelope[UserView]:
        """Change what is named of a user. A new password ends their sessions."""
        return ok(UserView.of(await directory.change(asker, user_id, changing.to_changes())))

    @router.delete("/users/{user_id}")
    async def delete(asker: _Asker, user_id: _UserId) -> Envelope[Deleted]:
        """Remove a user with all files, for good."""
        await directory.delete(asker, user_id)
        return ok(Deleted(user_id=user_id))

    @router.post("/users/{user_id}/disable")
    async def disable(asker: _Asker, user_id: _UserId) -> Envelope[UserView]:
        """Let a user in no longer. Their sessions and connections end at once."""
        return ok(UserView.of(await directory.set_enabled(asker, user_id, False)))

    @router.post("/users/{user_id}/enable")
    async def enable(asker: _Asker, user_id: _UserId) -> Envelope[UserView]:
        """Let a user in again."""
        return ok(UserView.of(await directory.set_enabled(asker, user_id, True)))

    @router.put("/users/{user_id}/groups/{group_id:path}")
    async def add(asker: _Asker, user_id: _UserId, group_id: _GroupId) -> Envelope[UserView]:
        """Put a user into a group."""
        return ok(UserView.of(await directory.set_member(asker, user_id, group_id, True)))

    @router.delete("/users/{user_id}/groups/{group_id:path}")
    async def remove(asker: _Asker, user_id: _UserId, group_id: _GroupId) -> Envelope[UserView]:
        """Take a user out of a group."""
        return ok(UserView.of(await directory.set_member(asker, user_id, group_id, False)))

    @router.get("/groups")
    async def groups(
        asker: _Asker, search: _Search = "", offset: _Offset = 0, limit: _Limit = 50
    ) -> Envelope[list[GroupView]]:
        """The groups of Nextcloud."""
        found, total = await directory.groups(asker, search, offset, limit)
        return ok([GroupView.of(group) for group in found], Pagination(offset=offset, limit=limit, total=total))

    return router

"""The directory as administrators see and change it. Nextcloud holds it; we keep nothing of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from backend.directory.health import Health, IndexHealth
from backend.errors import BadInput, Conflict, NotAllowed, Unavailable, VoiceAssistError
from backend.identity.events import Event, Outcome, Record
from backend.nextcloud.directory import (
    ADMINISTRATORS,
    Directories,
    Directory,
    DirectoryGroup,
    DirectoryUser,
    Field,
    NewUser,
)

ShutOut = Callable[[str, str], Awaitable[None]]
"""Ends what a user (the first text) has open here, sessions and connections, for a reason (the second)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user of Nextcloud, and how they stand with our index."""

    user: DirectoryUser
    health: Health


class DirectoryService:
    """What an administrator (`asker`, a user id) can ask and do. `directories` is None where there is no Nextcloud.

    It is read as the asker, so it shows what Nextcloud shows them. Changes are made by another account, with all
    rights, so they are done only for those who administer Nextcloud itself: an administrator of VoiceAssist alone must
    not become more by it. A change is recorded before it is made, and then what came of it.
    """

    def __init__(self, directories: Directories | None, health: IndexHealth, record: Record, shut_out: ShutOut) -> None:
        self._directories = directories
        self._health = health
        self._record = record
        self._shut_out = shut_out

    async def users(self, asker: str, search: str, offset: int, limit: int) -> tuple[list[Person], int]:
        """A page of the users, and how many there are in all. See `Directory.users` about the length of pages."""
        directory = self._seen_by(asker)
        users = await directory.users(search, offset, limit)
        whole = offset == 0 and len(users) < limit
        total = len(users) if whole else await directory.count_users(search)
        return await self._people(users), total

    async def user(self, asker: str, user_id: str) -> Person:
        """One user. Raises `NotFound`."""
        (person,) = await self._people([await self._seen_by(asker).user(user_id)])
        return person

    async def groups(self, asker: str, search: str, offset: int, limit: int) -> tuple[list[DirectoryGroup], int]:
        """A page of the groups, and how many there are in all."""
        directory = self._seen_by(asker)
        groups = await directory.groups(search, offset, limit)
        whole = offset == 0 and len(groups) < limit
        return groups, len(groups) if whole else await directory.count_groups(search)

    async def create(self, asker: str, new: NewUser) -> Person:
        """Make a user. Raises as `Directory.create`."""
        directory = await self._to_change(asker, "user.create", new.user_id)
        details = {"groups": ", ".join(new.groups)} if new.groups else {}
        async with self._recorded("user.create", asker, new.user_id, details):
            await directory.create(new)
        return await self.user(asker, new.user_id)

    async def change(self, asker: str, user_id: str, changes: Mapping[Field, str]) -> Person:
        """Change fields one by one, as Nextcloud does. `details.changed` of an error names those that were.

        Who has a new password must sign in with it: the user's sessions end.
        """
        if not changes:
            raise BadInput("Name what is to be changed.")
        directory, user_id = await self._to_change_of(asker, "user.change", user_id)
        changed: list[str] = []
        async with self._recorded("user.change", asker, user_id, {"fields": ", ".join(changes)}) as details:
            try:
                # The password first: it is what Nextcloud is most likely to refuse, and then nothing was changed.
                for field in sorted(changes, key=lambda field: field is not Field.PASSWORD):
                    await directory.change(user_id, field, changes[field])
                    changed.append(field.value)
                    if field is Field.PASSWORD:
                        await self._shut_out(user_id, "the password was changed by an administrator")
            except VoiceAssistError as error:
                error.details = {**(error.details or {}), "changed": changed}
                details["changed"] = ", ".join(changed)
                raise
        return await self.user(asker, user_id)

    async def set_enabled(self, asker: str, user_id: str, enabled: bool) -> Person:
        """Let a user in, or no longer; then what they have open ends at once. They may be in or out already."""
        kind = "user.enable" if enabled else "user.disable"
        directory, user_id = await self._to_change_of(asker, kind, user_id)
        if not enabled and user_id == asker:
            raise Conflict("You cannot disable yourself.")
        async with self._recorded(kind, asker, user_id):
            await directory.set_enabled(user_id, enabled)
            if not enabled:
                await self._shut_out(user_id, "disabled by an administrator")
        return await self.user(asker, user_id)

    async def delete(self, asker: str, user_id: str) -> None:
        """Remove a user from Nextcloud with all files. What we have of them goes with the next look at all users."""
        directory, user_id = await self._to_change_of(asker, "user.delete", user_id)
        if user_id == asker:
            raise Conflict("You cannot delete yourself.")
        async with self._recorded("user.delete", asker, user_id):
            await directory.delete(user_id)
            await self._shut_out(user_id, "deleted by an administrator")

    async def set_member(self, asker: str, user_id: str, group_id: str, member: bool) -> Person:
        """Put a user into a group, or take them out. They may be in or out already."""
        kind = "group.add" if member else "group.remove"
        directory, user_id = await self._to_change_of(asker, kind, user_id)
        if not member and (user_id, group_id) == (asker, ADMINISTRATORS):
            raise Conflict("You cannot take yourself out of the group of administrators.")
        async with self._recorded(kind, asker, user_id, {"group": group_id}):
            await directory.set_member(user_id, group_id, member)
        return await self.user(asker, user_id)

    async def _people(self, users: Sequence[DirectoryUser]) -> list[Person]:
        healths = await self._health.of([user.user_id for user in users])
        return [Person(user, health) for user, health in zip(users, healths, strict=True)]

    def _seen_by(self, asker: str) -> Directory:
        return self._of_nextcloud().seen_by(asker)

    def _of_nextcloud(self) -> Directories:
        if self._directories is None:
            raise Conflict("The sample server has no users: set NEXTCLOUD_URL to a Nextcloud.")
        return self._directories

    async def _to_change(self, asker: str, kind: str, user_id: str) -> Directory:
        """The directory as it can be changed, for one who may. Raises `Conflict` and `NotAllowed`."""
        directory = self._of_nextcloud().to_change()
        if ADMINISTRATORS not in (await self._seen_by(asker).user(asker)).groups:
            reason = "Only those who administer Nextcloud itself may change its users."
            await self._record(Event(f"{kind}.refused", asker, Outcome.REFUSED, f"user:{user_id}", reason))
            raise NotAllowed(reason)
        return directory

    async def _to_change_of(self, asker: str, kind: str, user_id: str) -> tuple[Directory, str]:
        """The same, with the id of an existing user in its exact case, by which sessions are known."""
        directory = await self._to_change(asker, kind, user_id)
        return directory, (await self._seen_by(asker).user(user_id)).user_id

    @asynccontextmanager
    async def _recorded(
        self, kind: str, asker: str, user_id: str, details: Mapping[str, str] | None = None
    ) -> AsyncIterator[dict[str, str]]:
        """Records that a change is begun, and at the end of the block what came of it, with the details that it has
        then."""
        resource, told = f"user:{user_id}", dict(details or {})
        await self._record(Event(f"{kind}.begun", asker, resource=resource, details=dict(told)))
        try:
            yield told
        except Exception as error:
            reason = error.message if isinstance(error, VoiceAssistError) else type(error).__name__
            await self._conclude(Event(f"{kind}.failed", asker, Outcome.FAILED, resource, reason, told))
            raise
        await self._conclude(Event(f"{kind}.done", asker, resource=resource, details=told))

    async def _conclude(self, event: Event) -> None:
        # What was begun is on record, and cannot be undone any more for want of a second entry.
        with suppress(Unavailable):
            await self._record(event)

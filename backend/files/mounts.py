"""What a user sees beside the home, and who crawls it.

A share received from another local user is covered by the owner's crawl. A group folder or an external storage (and a
share from another server) is seen by many and crawled by one of them, its claimant. When the claimant no longer sees
it, the claim passes to somebody who does; with nobody left, its files are gone.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.files.tables import FileRow, FolderRow, MountRow, Presence, RootRow, ancestry, below
from backend.nextcloud.files import Node

# What `nc:mount-type` says of a received share, whoever shared it.
_SHARED = "shared"


class Mounts:
    """Keeps roots and claims; always inside the caller's transaction."""

    async def see(
        self, session: AsyncSession, user_id: str, parent_id: int, nodes: Iterable[Node], local_users: Collection[str]
    ) -> set[int]:
        """Record mounts that a user has in a folder; returns those that somebody else crawls."""
        covered = set()
        for node in nodes:
            received = node.mount_type == _SHARED and node.owner_id != user_id and node.owner_id in local_users
            await session.merge(
                RootRow(
                    user_id=user_id,
                    node_id=node.file_id,
                    parent_id=parent_id,
                    path=node.path,
                    kind=node.mount_type,
                    owner_id=node.owner_id if received else "",
                    presence=Presence.HERE,
                )
            )
            if received or not await self._claim(session, node.file_id, user_id):
                covered.add(node.file_id)
        return covered

    async def leave(self, session: AsyncSession, user_id: str, below_paths: Collection[str]) -> None:
        """Forget the user's roots that are missing, or lie in one of these folders; their claims pass on."""
        inside = [RootRow.path.startswith(path.rstrip("/") + "/", autoescape=True) for path in below_paths]
        lost = RootRow.user_id == user_id, or_(RootRow.presence == Presence.MISSING, *inside)
        roots = (await session.scalars(select(RootRow).where(*lost))).all()
        for root in roots:
            mount = await session.get(MountRow, root.node_id)
            if mount is not None and mount.user_id == user_id:
                await self._pass_on(session, mount, root)
        await session.execute(delete(RootRow).where(*lost))

    async def follow(self, session: AsyncSession, user_id: str, path: str, new_path: str) -> None:
        """The folder at `path`, in which mounts may lie, has moved to `new_path`."""
        inside = RootRow.path.startswith(f"{path}/", autoescape=True)
        roots = (await session.scalars(select(RootRow).where(RootRow.user_id == user_id, inside))).all()
        for root in roots:
            before, root.path = root.path, new_path + root.path[len(path) :]
            mount = await session.get(MountRow, root.node_id)
            if mount is not None and mount.user_id == user_id:
                await _rebase(session, root.node_id, user_id, before, user_id, root.path)

    async def _claim(self, session: AsyncSession, node_id: int, user_id: str) -> bool:
        """Whether the user is the one who crawls this mount; the first who asks is."""
        mount = await session.get(MountRow, node_id, with_for_update=True)
        if mount is None:
            # Two that come first at the same moment: one of them fails here and finds it claimed when it looks again.
            mount = MountRow(node_id=node_id, user_id=user_id)
            session.add(mount)
            await session.flush()
        return mount.user_id == user_id

    async def _pass_on(self, session: AsyncSession, mount: MountRow, left: RootRow) -> None:
        heirs = (
            select(RootRow)
            .where(RootRow.node_id == mount.node_id, RootRow.user_id != left.user_id, RootRow.owner_id == "")
            .order_by(RootRow.user_id)
            .limit(1)
        )
        heir = await session.scalar(heirs)
        if heir is None:
            await session.delete(mount)
            # The files go with the folder, or by themselves, as what is missing does.
            single = (FileRow.file_id == mount.node_id, FileRow.user_id == left.user_id)
            await session.execute(update(FileRow).where(*single).values(presence=Presence.MISSING))
            folder = (FolderRow.folder_id == mount.node_id, FolderRow.user_id == left.user_id)
            await session.execute(update(FolderRow).where(*folder).values(presence=Presence.MISSING))
            return
        mount.user_id = heir.user_id
        prefix = ancestry((mount.node_id,))
        await session.execute(
            delete(FolderRow).where(FolderRow.user_id == heir.user_id, below(FolderRow.ancestry, prefix))
        )
        await _rebase(session, mount.node_id, left.user_id, left.path, heir.user_id, heir.path)
        at_root = (FolderRow.user_id == heir.user_id, FolderRow.folder_id == mount.node_id)
        await session.execute(
            update(FolderRow).where(*at_root).values(parent_id=heir.parent_id, presence=Presence.HERE)
        )
        as_file = update(FileRow).where(FileRow.file_id == mount.node_id)
        await session.execute(as_file.values(parent_id=heir.parent_id, presence=Presence.HERE))
        # The heir may see less of it (access rules inside), so all of it is looked into once more, as the heir.
        await _look_again(session, heir.user_id, heir.parent_id)


async def _rebase(session: AsyncSession, node_id: int, user_id: str, path: str, heir_id: str, new_path: str) -> None:
    """What `user_id` has of a mount at `path` is now `heir_id`'s, at `new_path`."""
    prefix = ancestry((node_id,))
    await session.execute(
        update(FolderRow)
        .where(FolderRow.user_id == user_id, below(FolderRow.ancestry, prefix))
        .values(user_id=heir_id, path=literal(new_path).concat(func.substr(FolderRow.path, len(path) + 1)), etag=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(FileRow)
        .where(FileRow.user_id == user_id, below(FileRow.ancestry, prefix))
        .values(user_id=heir_id, path=literal(new_path).concat(func.substr(FileRow.path, len(path) + 1)))
        .execution_options(synchronize_session=False)
    )


async def _look_again(session: AsyncSession, user_id: str, folder_id: int | None) -> None:
    """The next crawl looks into this folder, and into all above it on the way there."""
    while folder_id is not None and (folder := await session.get(FolderRow, (user_id, folder_id))) is not None:
        folder.etag = None
        folder_id = folder.parent_id

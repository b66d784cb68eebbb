"""What a user sees beside the home, and who crawls it.

A share received from another local user is covered by the owner's crawl. A group folder or an external storage (and a
share from another server) is seen by many and crawled by one of them, its claimant. When the claimant no longer sees
it, the claim passes to somebody who does; with nobody left, its files are gone.

Where access rules may keep parts of a group folder from its claimant, the other members crawl it too, beside the
claimant. The row of a file is the claimant's if the claimant sees it, and otherwise that of whoever came first: a crawl
beside the claimant leaves alone what another crawl has (`Changes`). When that one loses it, the others look once more
at where it was (`offer`). The same is done where the claimant's own wishes leave something out, until somebody without
such wishes sees the mount, who becomes its claimant.
"""

from collections.abc import Collection, Iterable
from enum import Enum, auto

from sqlalchemy import Select, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.files.rules import Rules
from backend.files.tables import (
    LOOK_AGAIN,
    CrawlRow,
    FileRow,
    FolderRow,
    MountRow,
    Presence,
    RootRow,
    ancestry,
    below,
    path_ids,
)
from backend.nextcloud.files import Node

# What `nc:mount-type` says of a received share, whoever shared it.
_SHARED = "shared"

# Folders per statement.
_BATCH = 500


class Part(Enum):
    """What a user's crawl does about a mount."""

    NONE = auto()  # it is covered by somebody else's
    CLAIMANT = auto()
    BESIDE = auto()  # somebody else is the claimant, but may not see all of it


class Mounts:
    """Keeps roots and claims; always inside the caller's transaction."""

    async def see(
        self,
        session: AsyncSession,
        user_id: str,
        parent_id: int,
        nodes: Iterable[Node],
        local_users: Collection[str],
        rules: Rules,
    ) -> dict[int, Part]:
        """Record mounts that a user has in a folder; returns what the user's crawl does about each, by id."""
        parts = {}
        for node in nodes:
            received = node.mount_type == _SHARED and node.owner_id != user_id and node.owner_id in local_users
            root = await session.merge(
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
            if received:
                parts[node.file_id] = Part.NONE
            else:
                parts[node.file_id] = await self._part(session, root, rules, access_rules=node.access_rules)
        return parts

    async def narrow(self, session: AsyncSession, user_id: str, rules: Rules) -> set[str]:
        """From now on the user's own wishes leave something out: others see to the mounts that this user has claimed.

        Returns who that is.
        """
        others: set[str] = set()
        for mount in (await session.scalars(select(MountRow).where(MountRow.user_id == user_id))).all():
            left = await session.get(RootRow, (user_id, mount.node_id))
            heir = await _heir(session, mount, rules.everybodys_digest)
            if left is not None and heir is not None:
                await self._pass_on(session, mount, left, heir)
                others.add(heir.user_id)
            elif left is not None:
                for root in (await session.scalars(_others_roots(mount))).all():
                    await _look_again(session, root.user_id, root.parent_id)
                    others.add(root.user_id)
        return others

    async def leave(self, session: AsyncSession, user_id: str, below_paths: Collection[str]) -> None:
        """Forget the user's roots that are missing, or lie in one of these folders; their claims pass on."""
        inside = [RootRow.path.startswith(path.rstrip("/") + "/", autoescape=True) for path in below_paths]
        lost = RootRow.user_id == user_id, or_(RootRow.presence == Presence.MISSING, *inside)
        roots = (await session.scalars(select(RootRow).where(*lost))).all()
        for root in roots:
            mount = await session.get(MountRow, root.node_id)
            heir = None
            if mount is not None and mount.user_id == user_id:
                heir = await _heir(session, mount)
                if heir is None:
                    await session.delete(mount)
                else:
                    await self._pass_on(session, mount, root, heir)
            if heir is None:
                await _miss(session, root)
        await session.execute(delete(RootRow).where(*lost))

    async def offer(self, session: AsyncSession, user_id: str, places: Iterable[str]) -> set[str]:
        """Files with these ancestries are gone for this user: whoever else knows a folder above them looks once more.

        Returns who that is: nobody, but for what lies in a mount with access rules.
        """
        above = sorted({folder_id for place in places for folder_id in path_ids(place)[:-1]})
        known: dict[str, set[int]] = {}
        tops: dict[str, set[int]] = {}
        for start in range(0, len(above), _BATCH):
            others = FolderRow.folder_id.in_(above[start : start + _BATCH]), FolderRow.user_id != user_id
            for other, place in await session.execute(select(FolderRow.user_id, FolderRow.ancestry).where(*others)):
                # Where the other has the folder by now: it may have moved.
                on_the_way = path_ids(place)
                known.setdefault(other, set()).update(on_the_way)
                tops.setdefault(other, set()).add(on_the_way[0])
        for other, folder_ids in known.items():
            wanted = sorted(folder_ids)
            for start in range(0, len(wanted), _BATCH):
                rows = FolderRow.folder_id.in_(wanted[start : start + _BATCH]), FolderRow.user_id == other
                await session.execute(update(FolderRow).where(*rows).values(etag=LOOK_AGAIN))
            for top in tops[other]:
                await _look_again(session, other, top)
        return set(known)

    async def follow(self, session: AsyncSession, user_id: str, path: str, new_path: str) -> None:
        """The folder at `path`, in which mounts may lie, has moved to `new_path`."""
        inside = RootRow.path.startswith(f"{path}/", autoescape=True)
        roots = (await session.scalars(select(RootRow).where(RootRow.user_id == user_id, inside))).all()
        for root in roots:
            before, root.path = root.path, new_path + root.path[len(path) :]
            await _rebase(session, root.node_id, user_id, before, user_id, root.path)

    async def _part(self, session: AsyncSession, root: RootRow, rules: Rules, *, access_rules: bool) -> Part:
        mount = await self._claim(session, root.node_id, root.user_id)
        if mount.user_id == root.user_id:
            return Part.CLAIMANT
        if access_rules:
            return Part.BESIDE
        claimants = await session.get(CrawlRow, mount.user_id)
        if claimants is None or claimants.rules in (None, rules.everybodys_digest):
            return Part.NONE
        left = await session.get(RootRow, (mount.user_id, mount.node_id))
        if left is None or rules.digest != rules.everybodys_digest:
            return Part.BESIDE
        await self._pass_on(session, mount, left, root)
        return Part.CLAIMANT

    async def _claim(self, session: AsyncSession, node_id: int, user_id: str) -> MountRow:
        """Who crawls this mount: the first who asks."""
        mount = await session.get(MountRow, node_id, with_for_update=True)
        if mount is None:
            # Two that come first at the same moment: one of them fails here and finds it claimed when it looks again.
            mount = MountRow(node_id=node_id, user_id=user_id)
            session.add(mount)
            await session.flush()
        return mount

    async def _pass_on(self, session: AsyncSession, mount: MountRow, left: RootRow, heir: RootRow) -> None:
        """Make somebody else the claimant."""
        mount.user_id = heir.user_id
        prefix = ancestry((mount.node_id,))
        # What the heir knows already, from a crawl beside the claimant, is looked into once more as well.
        heirs_own = FolderRow.user_id == heir.user_id, below(FolderRow.ancestry, prefix)
        twice = (
            FolderRow.user_id == left.user_id,
            FolderRow.folder_id.in_(select(FolderRow.folder_id).where(*heirs_own)),
        )
        await session.execute(delete(FolderRow).where(*twice).execution_options(synchronize_session=False))
        await session.execute(update(FolderRow).where(*heirs_own).values(etag=LOOK_AGAIN))
        await _rebase(session, mount.node_id, left.user_id, left.path, heir.user_id, heir.path)
        at_root = (FolderRow.user_id == heir.user_id, FolderRow.folder_id == mount.node_id)
        await session.execute(update(FolderRow).where(*at_root).values(parent_id=heir.parent_id))
        as_file = update(FileRow).where(FileRow.file_id == mount.node_id)
        await session.execute(as_file.values(parent_id=heir.parent_id))
        # What was missing is for the heir's crawl to miss.
        for table in (FolderRow, FileRow):
            missing = table.user_id == heir.user_id, table.presence == Presence.MISSING, below(table.ancestry, prefix)
            await session.execute(update(table).where(*missing).values(presence=Presence.HERE))
        # The heir may see less of it (access rules inside), so all of it is looked into once more, as the heir.
        await _look_again(session, heir.user_id, heir.parent_id)


def _others_roots(mount: MountRow) -> Select[RootRow]:
    """Where others than the claimant have a mount."""
    others = RootRow.node_id == mount.node_id, RootRow.user_id != mount.user_id, RootRow.owner_id == ""
    return select(RootRow).where(*others).order_by(RootRow.user_id)


async def _heir(session: AsyncSession, mount: MountRow, rules: str | None = None) -> RootRow | None:
    """Who may become the claimant instead; with `rules`, only somebody with the rules of this digest."""
    heirs = _others_roots(mount).limit(1)
    if rules is not None:
        heirs = heirs.where(RootRow.user_id.in_(select(CrawlRow.user_id).where(CrawlRow.rules == rules)))
    return (await session.scalars(heirs)).one_or_none()


async def _miss(session: AsyncSession, root: RootRow) -> None:
    """The user has lost this: the files go with the folder, or by themselves, as what is missing does."""
    single = (FileRow.file_id == root.node_id, FileRow.user_id == root.user_id)
    await session.execute(update(FileRow).where(*single).values(presence=Presence.MISSING))
    folder = (FolderRow.folder_id == root.node_id, FolderRow.user_id == root.user_id)
    await session.execute(update(FolderRow).where(*folder).values(presence=Presence.MISSING))


async def _rebase(session: AsyncSession, node_id: int, user_id: str, path: str, heir_id: str, new_path: str) -> None:
    """What `user_id` has of a mount at `path` is now `heir_id`'s, at `new_path`."""
    prefix = ancestry((node_id,))
    await session.execute(
        update(FolderRow)
        .where(FolderRow.user_id == user_id, below(FolderRow.ancestry, prefix))
        .values(
            user_id=heir_id, path=literal(new_path).concat(func.substr(FolderRow.path, len(path) + 1)), etag=LOOK_AGAIN
        )
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
        folder.etag = LOOK_AGAIN
        folder_id = folder.parent_id

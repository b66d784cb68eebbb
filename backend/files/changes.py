"""Takes in what was seen of files and folders, and puts a job for each file whose place in the index is no longer true.

Whoever saw it (the crawl, a webhook) says what is there; what is new, changed, moved or gone is found out here. The
rows are written first and the jobs put afterwards: a crash in between leaves rows that wait without a job, which
`reconcile` finds at the next start.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, delete, func, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database import Database
from backend.files.hints import looks
from backend.files.listing import Folder, Viewer, admitted, is_mount, place_of
from backend.files.mounts import Mounts, Part
from backend.files.rules import Rules
from backend.files.tables import (
    LOOK_AGAIN,
    CrawlRow,
    FileRow,
    FileState,
    FolderRow,
    Presence,
    RootRow,
    ancestry,
    below,
)
from backend.files.transcription import is_recording
from backend.files.work import BULK, FRESH, index_jobs
from backend.jobs.ledger import Ledger
from backend.nextcloud.files import Node

T = TypeVar("T")

# Nodes per transaction: small enough that another writer never waits long.
_BATCH = 500

# Of so many users the files are looked at at once when somebody else's crawl has lost some that they may see; those of
# the others in their turn. Most of what is gone is gone for everybody.
_MOST_LOOKS = 10

# By the type that Nextcloud derives from a file's name; everything else is decided by looking into the file.
_NO_DOCUMENTS = ("video/", "audio/", "font/")  # but recordings


class _Gone(NamedTuple):
    """A file that is gone for the user whose crawl had it; `place` is its ancestry."""

    file_id: int
    user_id: str
    place: str


class Changes:
    """Records what users' folders contain. Files larger than `max_bytes` are listed, not indexed."""

    def __init__(self, database: Database, ledger: Ledger, *, max_bytes: int) -> None:
        self._database = database
        self._ledger = ledger
        self.max_bytes = max_bytes
        self._mounts = Mounts()
        # Users of whom nothing is missing, as far as this process knows.
        self._settled: set[str] = set()

    async def home(self, user_id: str, node: Node) -> Folder | None:
        """The user's home as `node` was seen; None when nothing below it changed since it was crawled completely."""
        async with self._database.reading() as session:
            row = await session.get(FolderRow, (user_id, node.file_id))
        if row is None:
            # A home that was known under another id is on a server that we no longer ask.
            former = and_(FolderRow.user_id == user_id, FolderRow.parent_id.is_(None))
            async with self._database.transaction() as session:
                await session.execute(update(FolderRow).where(former).values(presence=Presence.MISSING))
                session.add(_new_folder(user_id, node, None, ancestry((node.file_id,))))
            self._settled.discard(user_id)
        elif row.etag == node.etag:
            return None
        elif row.etag == LOOK_AGAIN:
            async with self._database.transaction() as session:
                await session.execute(update(FolderRow).where(_folder(user_id, node.file_id)).values(etag=None))
        known = row is not None and row.etag is not None
        return Folder(node.file_id, "/", ancestry((node.file_id,)), node.etag, known)

    async def listed(self, viewer: Viewer, folder: Folder, nodes: Sequence[Node]) -> list[Folder]:
        """Record that `folder` holds exactly these nodes; returns the folders among them that must be looked into."""
        user_id = viewer.user_id
        nodes = admitted(viewer.rules, nodes)
        mounts = [node for node in nodes if is_mount(node, folder)]
        async with self._database.transaction() as session:
            parts = await self._mounts.see(session, user_id, folder.folder_id, mounts, viewer.local_users, viewer.rules)
        nodes = [node for node in nodes if parts.get(node.file_id) != Part.NONE]
        inside: list[Folder] = []
        for batch in _batches(nodes):
            try:
                inside += await self._see(user_id, folder, batch, parts)
            except IntegrityError:
                # Another crawl of the same mount was quicker to write a file that is new. By now it is there.
                inside += await self._see(user_id, folder, batch, parts)
        present = {node.file_id for node in nodes}
        await self._miss_others(user_id, folder, present, parts)
        return inside

    async def crawled(self, user_id: str, folder: Folder) -> None:
        """Everything below `folder` is recorded: it need not be looked into until its ETag changes."""
        still = or_(FolderRow.etag.is_(None), FolderRow.etag != LOOK_AGAIN)
        row = and_(_folder(user_id, folder.folder_id), still)
        async with self._database.transaction() as session:
            await session.execute(update(FolderRow).where(row).values(etag=folder.etag))

    async def settle_missing(self, user_id: str) -> int:
        """At the end of a crawl: what is missing and did not turn up elsewhere is gone. Returns how many files."""
        missing_files = and_(FileRow.user_id == user_id, FileRow.presence == Presence.MISSING)
        missing_folders = and_(FolderRow.user_id == user_id, FolderRow.presence == Presence.MISSING)
        if user_id in self._settled:
            return 0
        async with self._database.transaction() as session:
            # Mounts first: what somebody else still sees only changes hands.
            lost_paths = (await session.scalars(select(FolderRow.path).where(missing_folders))).all()
            await self._mounts.leave(session, user_id, lost_paths)
            gone = await self._gone(session, missing_files)
            for prefix in (await session.scalars(select(FolderRow.ancestry).where(missing_folders))).all():
                inside = and_(FileRow.user_id == user_id, below(FileRow.ancestry, prefix))
                gone += await self._gone(session, and_(inside, FileRow.presence != Presence.GONE))
                await session.execute(
                    delete(FolderRow).where(FolderRow.user_id == user_id, below(FolderRow.ancestry, prefix))
                )
            others = await self._mounts.offer(session, user_id, [file.place for file in gone])
        await self._have_gone(gone, others)
        self._settled.add(user_id)
        return len(gone)

    async def adopt(self, user_id: str, rules: Rules) -> None:
        """Make these the rules of this user: when they are new, every folder is to be looked into once more."""
        async with self._database.reading() as session:
            row = await session.get(CrawlRow, user_id)
        if row is not None and row.rules == rules.digest:
            return
        if rules.opt_out:
            await self.forget(user_id)
        async with self._database.transaction() as session:
            await session.execute(update(FolderRow).where(FolderRow.user_id == user_id).values(etag=None))
            row = await session.get(CrawlRow, user_id)
            if row is None:
                row = CrawlRow(user_id=user_id)
                session.add(row)
            row.rules = rules.digest
            narrow = not rules.opt_out and rules.digest != rules.everybodys_digest
            others = await self._mounts.narrow(session, user_id, rules) if narrow else set()
        await self._ledger.put(looks(sorted(others)[:_MOST_LOOKS]))

    async def known_users(self) -> set[str]:
        """Everybody of whom something is recorded."""
        async with self._database.reading() as session:
            return {*(await session.scalars(select(CrawlRow.user_id)))}

    async def forget(self, user_id: str) -> int:
        """Take everything of this user out; mounts pass to somebody else who sees them. Returns how many files go."""
        async with self._database.transaction() as session:
            await self._mounts.leave(session, user_id, ["/"])
            gone = await self._gone(session, and_(FileRow.user_id == user_id, FileRow.presence != Presence.GONE))
            await session.execute(delete(FolderRow).where(FolderRow.user_id == user_id))
            await session.execute(delete(CrawlRow).where(CrawlRow.user_id == user_id))
            others = await self._mounts.offer(session, user_id, [file.place for file in gone])
        await self._have_gone(gone, others)
        return len(gone)

    async def _have_gone(self, gone: Sequence["_Gone"], others: Iterable[str]) -> None:
        """Take files out of the index, and have the `others` who may see them look."""
        # What nobody may find any more comes out before anything else goes in.
        await self._ledger.put(index_jobs(((file.file_id, file.user_id) for file in gone), FRESH))
        await self._ledger.put(looks(sorted(others)[:_MOST_LOOKS]))

    async def _gone(self, session: AsyncSession, condition: ColumnElement[bool]) -> list["_Gone"]:
        result = await session.execute(
            update(FileRow)
            .where(condition)
            .values(presence=Presence.GONE, state=FileState.WAITING, version=FileRow.version + 1)
            .returning(FileRow.file_id, FileRow.user_id, FileRow.ancestry)
            .execution_options(synchronize_session=False)
        )
        return [_Gone(*row) for row in result]

    async def _see(
        self, user_id: str, folder: Folder, nodes: Sequence[Node], parts: Mapping[int, Part]
    ) -> list[Folder]:
        """Record nodes of a folder; returns the folders among them that must be looked into."""
        work: list[tuple[int, str]] = []
        async with self._database.transaction() as session:
            folders = [node for node in nodes if node.is_folder]
            inside = await self._see_folders(session, user_id, folder, folders, parts, work)
            await self._see_files(session, user_id, folder, [node for node in nodes if not node.is_folder], work)
        await self._ledger.put(index_jobs(work, FRESH if folder.known else BULK))
        return inside

    async def _see_folders(
        self,
        session: AsyncSession,
        user_id: str,
        parent: Folder,
        nodes: Sequence[Node],
        parts: Mapping[int, Part],
        work: list[tuple[int, str]],
    ) -> list[Folder]:
        ids = [node.file_id for node in nodes]
        found = await session.scalars(
            select(FolderRow).where(FolderRow.user_id == user_id, FolderRow.folder_id.in_(ids))
        )
        rows = {row.folder_id: row for row in found}
        inside = []
        some_moved = False
        for node in nodes:
            place = place_of(parent, node)
            row = rows.get(node.file_id)
            if row is None:
                row = _new_folder(user_id, node, parent.folder_id, place)
                session.add(row)
            else:
                if some_moved:
                    await session.refresh(row)  # it may have been below the one that moved
                if (row.path, row.ancestry) != (node.path, place):
                    work += await self._move_below(session, row, node.path, place)
                    some_moved = True
                row.parent_id, row.path, row.ancestry = parent.folder_id, node.path, place
                row.presence = Presence.HERE
            if row.etag != node.etag:
                known = row.etag is not None
                beside = parts[node.file_id] == Part.BESIDE if node.file_id in parts else parent.beside
                inside.append(Folder(node.file_id, node.path, place, node.etag, known, node.mount_type, beside))
            if row.etag == LOOK_AGAIN:
                row.etag = None
        return inside

    async def _move_below(
        self, session: AsyncSession, folder: FolderRow, path: str, place: str
    ) -> list[tuple[int, str]]:
        """Everything below a folder that moved has moved with it; no need to ask the server about any of it."""
        below_files = and_(
            FileRow.user_id == folder.user_id,
            below(FileRow.ancestry, folder.ancestry),
            FileRow.presence != Presence.GONE,
        )
        below_folders = and_(
            FolderRow.user_id == folder.user_id,
            below(FolderRow.ancestry, folder.ancestry),
            FolderRow.folder_id != folder.folder_id,
        )
        await self._mounts.follow(session, folder.user_id, folder.path, path)
        await session.execute(
            update(FolderRow)
            .where(below_folders)
            .values(
                path=literal(path).concat(func.substr(FolderRow.path, len(folder.path) + 1)),
                ancestry=literal(place).concat(func.substr(FolderRow.ancestry, len(folder.ancestry) + 1)),
            )
            .execution_options(synchronize_session=False)
        )
        moved = await session.execute(
            update(FileRow)
            .where(below_files)
            .values(
                path=literal(path).concat(func.substr(FileRow.path, len(folder.path) + 1)),
                ancestry=literal(place).concat(func.substr(FileRow.ancestry, len(folder.ancestry) + 1)),
                version=FileRow.version + 1,
                moved=True,
            )
            .returning(FileRow.file_id, FileRow.user_id, FileRow.indexed_etag)
            .execution_options(synchronize_session=False)
        )
        indexed = [(file_id, user_id) for file_id, user_id, etag in moved if etag is not None]
        for batch in _batches(indexed):
            ids = [file_id for file_id, _ in batch]
            await session.execute(
                update(FileRow)
                .where(FileRow.file_id.in_(ids), FileRow.state == FileState.INDEXED)
                .values(state=FileState.WAITING)
                .execution_options(synchronize_session=False)
            )
        return indexed

    async def _see_files(
        self, session: AsyncSession, user_id: str, parent: Folder, nodes: Sequence[Node], work: list[tuple[int, str]]
    ) -> None:
        ids = [node.file_id for node in nodes]
        # In one order, in which other crawls of the same mount lock them too.
        found = select(FileRow).where(FileRow.file_id.in_(ids)).order_by(FileRow.file_id).with_for_update()
        rows = {row.file_id: row for row in await session.scalars(found)}
        for node in nodes:
            row = rows.get(node.file_id)
            if row is None:
                row = FileRow(file_id=node.file_id, etag="", path="", ancestry="", state=FileState.WAITING, version=0)
                session.add(row)
            elif parent.beside and _is_held(row, user_id, place_of(parent, node), node):
                continue
            if self._see_file(row, user_id, parent, node):
                work.append((node.file_id, user_id))

    def _see_file(self, row: FileRow, user_id: str, parent: Folder, node: Node) -> bool:
        """Bring the row up to date; tells whether there is work to do."""
        place = place_of(parent, node)
        changed = row.etag != node.etag or row.presence == Presence.GONE
        moved = (row.path, row.ancestry) != (node.path, place)
        row.presence = Presence.HERE
        if not changed and not moved and row.user_id == user_id:
            return False
        row.user_id, row.parent_id, row.path, row.ancestry = user_id, parent.folder_id, node.path, place
        row.etag, row.size, row.mime, row.modified = node.etag, node.size, node.mime, node.modified
        row.version += 1
        row.moved = row.moved or moved
        reason = self._not_indexed(node)
        if reason is not None:
            row.state, row.reason = FileState.SKIPPED, reason
            return row.indexed_etag is not None  # an older version has to come out
        if changed:
            row.reason = None
        elif row.indexed_etag is None and row.state in (FileState.FAILED, FileState.SKIPPED):
            return False  # nothing of it is in the index, and nothing about its content is new
        row.state = FileState.WAITING
        return True

    def _not_indexed(self, node: Node) -> str | None:
        if node.size > self.max_bytes:
            return f"larger than the limit of {self.max_bytes // 2**20} MB"
        if node.mime.startswith(_NO_DOCUMENTS) and not is_recording(node.mime):
            return f"not a document ({node.mime})"
        if node.permissions and "G" not in node.permissions:
            return "Nextcloud does not let you read it"
        return None

    async def _miss_others(self, user_id: str, folder: Folder, present: set[int], parts: Mapping[int, Part]) -> None:
        """What was in the folder before and is not now: deleted, or moved to where the crawl has not been yet.

        So is what this user's crawl has in mounts that are covered by somebody else's by now.
        """
        files = and_(FileRow.parent_id == folder.folder_id, FileRow.user_id == user_id)
        folders = and_(FolderRow.parent_id == folder.folder_id, FolderRow.user_id == user_id)
        async with self._database.reading() as session:
            known_files = await session.scalars(select(FileRow.file_id).where(files, FileRow.presence == Presence.HERE))
            known_folders = await session.scalars(
                select(FolderRow.folder_id).where(folders, FolderRow.presence == Presence.HERE)
            )
            lost_files = [file_id for file_id in known_files if file_id not in present]
            lost_folders = [folder_id for folder_id in known_folders if folder_id not in present]
            covered = [ancestry((node_id,)) for node_id, part in parts.items() if part == Part.NONE]
            for prefixes in _batches(covered):
                inside = or_(*(below(FolderRow.ancestry, prefix) for prefix in prefixes))
                mine = FolderRow.user_id == user_id, FolderRow.presence == Presence.HERE
                lost_folders += await session.scalars(select(FolderRow.folder_id).where(*mine, inside))
            known_roots = await session.scalars(
                select(RootRow.node_id).where(
                    RootRow.parent_id == folder.folder_id,
                    RootRow.user_id == user_id,
                    RootRow.presence == Presence.HERE,
                )
            )
            lost_roots = [node_id for node_id in known_roots if node_id not in parts]
        if not lost_files and not lost_folders and not lost_roots:
            return
        self._settled.discard(user_id)
        async with self._database.transaction() as session:
            for batch in _batches(lost_files):
                lost = and_(files, FileRow.file_id.in_(batch))
                await session.execute(update(FileRow).where(lost).values(presence=Presence.MISSING))
            for batch in _batches(lost_folders):
                lost = and_(FolderRow.user_id == user_id, FolderRow.folder_id.in_(batch))
                await session.execute(update(FolderRow).where(lost).values(presence=Presence.MISSING))
            for batch in _batches(lost_roots):
                lost = and_(RootRow.user_id == user_id, RootRow.node_id.in_(batch))
                await session.execute(update(RootRow).where(lost).values(presence=Presence.MISSING))


def _is_held(row: FileRow, user_id: str, place: str, node: Node) -> bool:
    """Whether another user's crawl has this file: there, and as it is now."""
    known = (row.presence, row.ancestry, row.etag)
    return row.user_id != user_id and known == (Presence.HERE, place, node.etag)


def _folder(user_id: str, folder_id: int) -> ColumnElement[bool]:
    return and_(FolderRow.user_id == user_id, FolderRow.folder_id == folder_id)


def _new_folder(user_id: str, node: Node, parent_id: int | None, place: str) -> FolderRow:
    return FolderRow(
        user_id=user_id, folder_id=node.file_id, parent_id=parent_id, path=node.path, ancestry=place, etag=None
    )


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]

"""Random histories of a home, with crawls cut off and work that fails: in the end the index is true."""

import asyncio
import tempfile
from pathlib import Path, PurePosixPath

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from backend.database import Base, Database
from backend.errors import Unavailable
from backend.files.tables import FileState
from tests.unit.files.house import House

FOLDERS = ["/a", "/b", "/a/c", "/b/d", "/a/c/e"]


class HomeHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite+aiosqlite:///{Path(self.folder.name) / 'files.db'}")
        self.runner.run(self.create())
        self.house = House(self.database, Path(self.folder.name))
        self.source = self.house.source
        self.written = 0

    async def create(self) -> None:
        async with self.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    def teardown(self) -> None:
        self.runner.run(self.make_true())
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(folder=st.sampled_from(["", *FOLDERS]), name=st.sampled_from(["1.txt", "2.txt"]))
    def write(self, folder: str, name: str) -> None:
        # Names move around: a server refuses to write over a folder, or below a file.
        tree, path = self.source.tree(), f"{folder}/{name}"
        above = [str(one) for one in PurePosixPath(path).parents]
        if (path in tree and tree[path].text is None) or any(
            one in tree and tree[one].text is not None for one in above
        ):
            return
        self.written += 1
        self.source.write(path, f"text {self.written}")

    @precondition(lambda self: bool(self.source.tree()))
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.source.delete(data.draw(st.sampled_from(sorted(self.source.tree()))))

    @precondition(lambda self: bool(self.source.tree()))
    @rule(data=st.data(), name=st.sampled_from(["1.txt", "2.txt", "a", "m", "n"]))
    def move(self, data: st.DataObject, name: str) -> None:
        tree = self.source.tree()
        path = data.draw(st.sampled_from(sorted(tree)))
        folders = [
            "",
            *(p for p, item in tree.items() if item.text is None and not f"{p}/".startswith(f"{path}/")),
        ]
        to = f"{data.draw(st.sampled_from(folders))}/{name}"
        if to not in tree:
            self.source.move(path, to)

    @rule(stop_after=st.integers(0, 12))
    def crawl_until_cut_off(self, stop_after: int) -> None:
        asked = len(self.source.requests)

        def cut(request: str) -> None:
            if len(self.source.requests) > asked + stop_after:
                raise Unavailable("cut off")

        self.source.trouble = cut
        try:
            self.runner.run(self.house.crawl())
        except Unavailable:
            pass
        finally:
            self.source.trouble = lambda request: None

    @rule(limit=st.integers(1, 5), failing=st.sets(st.sampled_from(["put", "move", "remove"])))
    def work(self, limit: int, failing: set[str]) -> None:
        def fail(call: str, file_id: int) -> None:
            if call in failing:
                raise Unavailable("the index is gone")

        self.house.index.trouble = fail
        self.runner.run(self.house.work(limit))
        self.house.index.trouble = lambda call, file_id: None

    @rule()
    def look_at_everything_and_work(self) -> None:
        self.runner.run(self.make_true())

    async def make_true(self) -> None:
        """A crawl and a sweep, as at a start, and then all the work."""
        await self.house.crawl()
        await self.house.reconciler.sweep()
        await asyncio.sleep(0.002)  # longer than any backoff of this house
        await self.house.work()
        tree = self.source.tree()
        texts = {path: item.text for path, item in tree.items() if item.text is not None}
        assert self.house.index.texts() == texts
        for document, _ in self.house.index.documents.values():
            names = document.path.strip("/").split("/")
            above = ["/" + "/".join(names[:n]) for n in range(len(names) + 1)]
            assert document.path_ids == tuple(self.source.item(one).file_id for one in above)
        files = await self.house.files()
        assert {path: file.file_id for path, file in files.items()} == {path: tree[path].file_id for path in texts}
        assert {file.state for file in files.values()} <= {FileState.INDEXED}
        self.source.requests.clear()
        await self.house.crawl()
        assert self.source.requests == ["stat /"]


TestHomeHistory = HomeHistory.TestCase
TestHomeHistory.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)

"""The leak scenario: people share, unshare, move and delete at random, and everybody asks about everything in between.

It drives any server that speaks Nextcloud's WebDAV and OCS with AppAPI's headers, the stand-in or a real one, and looks
at what the real services of the house give to each user. What a user may see is found out without them: by walking the
user's folders. Each file holds a word that stands nowhere else, so a leak cannot hide.
"""

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from backend.errors import NotFound
from backend.files.status import Wanted
from backend.house import House
from backend.nextcloud.appapi import AppApi
from backend.nextcloud.sources import ActAs, AppApiSources
from tests.unit.jobs.waiting import until

Membership = Callable[[str, str, bool], Awaitable[None]]
"""Puts a user into a group (True) or takes the user out."""

GROUP = "mu_team"
# Until a change of the owner's can be found by the owner, in seconds.
_PATIENCE = 60.0


class Headers(httpx.Auth):
    """AppAPI's headers for one user."""

    def __init__(self, appapi: AppApi, user: str) -> None:
        self._auth = ActAs(appapi, user)

    def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def]
        request.headers.update(self._auth._headers)
        request.headers["OCS-APIRequest"] = "true"
        yield request


class Person:
    """What one user does in Nextcloud."""

    def __init__(self, appapi: AppApi, user: str, http: httpx.AsyncClient) -> None:
        self.user = user
        self._url = appapi.url
        self._auth = Headers(appapi, user)
        self._http = http

    def _at(self, path: str) -> str:
        return f"{self._url}/remote.php/dav/files/{self.user}{quote(path)}"

    async def dav(self, method: str, path: str, content: bytes = b"", to: str = "") -> int:
        """A WebDAV request; its status."""
        headers = {"Destination": self._at(to)} if to else {}
        answer = await self._http.request(method, self._at(path), content=content, headers=headers, auth=self._auth)
        return answer.status_code

    async def share(self, path: str, kind: int, recipient: str) -> str | None:
        """Share; the id of the share, or None when Nextcloud does not allow it."""
        data = {"path": path, "shareType": str(kind), "shareWith": recipient, "permissions": "31"}
        if kind == 3:
            data = {"path": path, "shareType": "3"}
        url = f"{self._url}/ocs/v2.php/apps/files_sharing/api/v1/shares?format=json"
        answer = await self._http.post(url, data=data, auth=self._auth)
        return str(answer.json()["ocs"]["data"]["id"]) if answer.status_code == 200 else None

    async def unshare(self, share_id: str) -> None:
        """Take a share back."""
        url = f"{self._url}/ocs/v2.php/apps/files_sharing/api/v1/shares/{share_id}?format=json"
        await self._http.delete(url, auth=self._auth)


@dataclass
class Tally:
    """What happened in a run. A leak ends it."""

    operations: int = 0
    questions: int = 0
    found: int = 0
    found_of_others: int = 0
    refused: int = 0
    seconds_to_owner: list[float] = field(default_factory=list)


class Leaks:
    """Runs the scenario over `house`."""

    def __init__(
        self,
        house: House,
        sources: AppApiSources,
        people: dict[str, Person],
        membership: Membership,
        chance: random.Random,
    ) -> None:
        self.house = house
        self.sources = sources
        self.people = people
        self.membership = membership
        self.chance = chance
        self.tally = Tally()
        self.words: dict[int, str] = {}  # by file id
        self.shares: list[tuple[str, str]] = []
        self.once_own: dict[str, set[int]] = {user: set() for user in people}
        self.passages: dict[str, int] = {}  # file id by passage id
        self._numbers = iter(range(1, 1_000_000))

    async def openable(self, user: str) -> dict[int, set[str]]:
        """Files that the user can open at this moment, with all their paths, found by walking the user's folders.

        A file that was shared both by itself and with a folder above it has two paths.
        """
        found: dict[int, set[str]] = {}
        source, left = self.sources.of(user), ["/"]
        while left:
            for node in await source.children(left.pop()):
                if node.is_folder:
                    left.append(node.path)
                else:
                    found.setdefault(node.file_id, set()).add(node.path)
        return found

    async def own(self, user: str) -> set[int]:
        """Files in the user's own storage."""
        source, found, left = self.sources.of(user), set(), ["/"]
        while left:
            for node in await source.children(left.pop()):
                if node.mount_type:
                    continue
                if node.is_folder:
                    left.append(node.path)
                else:
                    found.add(node.file_id)
        return found

    async def folders(self, user: str) -> list[str]:
        """All folders that the user sees."""
        source, found, left = self.sources.of(user), ["/"], ["/"]
        while left:
            for node in await source.children(left.pop()):
                if node.is_folder:
                    found.append(node.path)
                    left.append(node.path)
        return found

    async def write(self, user: str, folder: str) -> int | None:
        """A new file with a word of its own, in its name and in its text."""
        word = f"zq{next(self._numbers)}xv{user.removeprefix('mu_')}"
        path = f"{folder.rstrip('/')}/{word}.txt"
        text = f"The protocol of the clinic. The secret reference is {word}. Keep it in mind."
        if await self.people[user].dav("PUT", path, text.encode()) not in (201, 204):
            return None
        node = await self.sources.of(user).stat(path)
        self.words[node.file_id] = word
        return node.file_id

    async def operate(self) -> None:
        """One random operation."""
        self.tally.operations += 1
        user = self.chance.choice(sorted(self.people))
        person, other = self.people[user], self.chance.choice(sorted(self.people.keys() - {user}))
        files, folders = sorted(set().union(*(await self.openable(user)).values())), await self.folders(user)
        folder = self.chance.choice(folders)
        anything = [*files, *(f for f in folders if f != "/")]
        match self.chance.choice(("write", "write", "folder", "move", "delete", *("share",) * 4, *("unshare",) * 3,
                                  "join", "leave", "link")):  # fmt: skip
            case "write":
                await self.write(user, folder)
            case "folder" if len(folders) < 8:
                await person.dav("MKCOL", f"{folder.rstrip('/')}/private {user} {next(self._numbers)}")
            case "move" if anything:
                path = self.chance.choice(anything)
                await person.dav("MOVE", path, to=f"{folder.rstrip('/')}/{next(self._numbers)} {path.rsplit('/')[-1]}")
            case "delete" if len(anything) > 3:
                await person.dav("DELETE", self.chance.choice(anything))
            case "share" if anything:
                path = self.chance.choice(anything)
                group = self.chance.random() < 0.3
                share = await person.share(path, 1 if group else 0, GROUP if group else other)
                if share:
                    self.shares.append((user, share))
            case "unshare" if self.shares:
                by, share = self.shares.pop(self.chance.randrange(len(self.shares)))
                await self.people[by].unshare(share)
            case "join" | "leave" as way:
                await self.membership(user, GROUP, way == "join")
            case "link" if anything:
                share = await person.share(self.chance.choice(anything), 3, "")
                if share:
                    self.shares.append((user, share))
            case _:
                pass

    async def ask_everybody(self) -> None:
        """Every user asks about a file, and looks at all lists: nothing but what the user can open is there."""
        for user in sorted(self.people):
            self.once_own[user] |= await self.own(user)
        truths = {user: await self.openable(user) for user in self.people}
        file_id, word = self.chance.choice(sorted(self.words.items()))
        for user in sorted(self.people):
            await self._ask(user, truths[user], file_id, word)

    async def _ask(self, user: str, truth: dict[int, set[str]], file_id: int, word: str) -> None:
        self.tally.questions += 1
        for passage in await self.house.search.search(user, f"secret reference {word}", limit=20):
            found = passage.document.file_id
            self.passages[passage.id] = found
            self._check(found in truth, user, f"a passage of file {found}")
            path, title = passage.document.path, passage.document.title
            self._check(path in truth[found], user, f"the path {path}")
            self._check(title == path.rsplit("/", 1)[1], user, f"the title {title}")
            self.tally.found += found == file_id
            self.tally.found_of_others += found == file_id and file_id not in self.once_own[user]
        closed = sorted(passage_id for passage_id, of_file in self.passages.items() if of_file not in truth)
        for passage_id in self.chance.sample(closed, min(3, len(closed))):
            try:
                await self.house.search.passage(user, passage_id)
            except NotFound:
                self.tally.refused += 1
            else:
                self._check(False, user, "a passage by its id")
        rows, total = await self.house.indexing.service.files(user, Wanted(), 0, 200)
        for row in rows:
            # What the user's own crawl last saw in the user's own home is the user's to know.
            known = row.file_id in self.once_own[user]
            self._check(known or row.path in truth.get(row.file_id, ()), user, f"the row {row.path}")
        self._check(total == len(rows) or total > 200, user, f"a total of {total} for {len(rows)} rows")
        hidden = [w for i, w in self.words.items() if i not in truth and i not in self.once_own[user]]
        for one in hidden[-3:]:
            rows, total = await self.house.indexing.service.files(user, Wanted(text=one), 0, 10)
            self._check((rows, total) == ([], 0), user, f"a row by the text {one}")
        summary = await self.house.indexing.service.summary(user)
        self._check(summary.total <= len(self.once_own[user]), user, f"a count of {summary.total}")

    async def ask_assistant(self, user: str, file_id: int) -> bool:
        """A whole turn about a file; whether the answer cites it."""
        truth = await self.openable(user)
        word = self.words[file_id]
        taken = await self.house.assistant.ask(user, f"What is the secret reference {word}?", None, None)
        after, text = 0, ""
        cited: list[tuple[int, str]] = []
        while True:
            answer = await self.house.assistant.events(user, taken.turn_id, after, 10.0)
            for event in answer.events:
                after = event.seq
                text += event.model_dump_json()
                if event.type == "citation":
                    cited.append((int(event.document_id), event.path))
            if answer.done:
                break
        for found, path in cited:
            self._check(path in truth.get(found, ()), user, f"a citation of {path}")
        for other, foreign in self.words.items():
            fine = other in truth or other == file_id or foreign not in text
            self._check(fine, user, f"the word {foreign} in a turn")
        return any(found == file_id for found, _ in cited)

    async def control(self) -> None:
        """The positive control: a new file is found by the one who wrote it, and cited in an answer."""
        user = self.chance.choice(sorted(self.people))
        file_id = await self.write(user, "/")
        assert file_id is not None
        began = time.monotonic()
        await self.house.indexing.hints.put(user, "/")

        async def found() -> bool:
            passages = await self.house.search.search(user, f"secret reference {self.words[file_id]}", limit=5)
            return any(passage.document.file_id == file_id for passage in passages)

        await until(found, _PATIENCE)
        self.tally.seconds_to_owner.append(time.monotonic() - began)
        assert await self.ask_assistant(user, file_id), "the owner is answered from the file"

    async def run(self, rounds: int, operations: int) -> Tally:
        """So many rounds of so many operations; every operation is followed by questions of everybody."""
        for user in sorted(self.people):
            for _ in range(3):
                await self.write(user, "/")
        for _ in range(rounds):
            await self.control()
            for _ in range(operations):
                await self.operate()
                await self.ask_everybody()
            asked = self.chance.choice(sorted(self.people))
            await self.ask_assistant(asked, self.chance.choice(sorted(self.words)))
        return self.tally

    def _check(self, holds: bool, user: str, what: str) -> None:
        assert holds, f"{user} was given {what} after {self.tally.operations} operations"

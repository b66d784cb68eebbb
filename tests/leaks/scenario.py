"""The leak scenario: people change, share, unshare, move, delete and restore at random, and ask about it in between.

It drives any server that speaks Nextcloud's WebDAV and OCS with AppAPI's headers, the stand-in or a real one, and the
product in a process of its own. What a user may see is found out without the product, by walking the user's folders.
"""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from backend.nextcloud.sources import AppApiSources
from tests.leaks.people import WORD, Person, Sight, look
from tests.leaks.questions import ABOUT_ALL, Once, Questions
from tests.unit.jobs.waiting import until

GROUP = "lk_team"
# Until a change can be found by whom it concerns, in seconds.
_PATIENCE = 60.0
# `backend.nextcloud.users` trusts a user for a second.
_TRUST = 1.1
# More of each is made to no purpose: it only makes every look slower.
_MOST_SHARES, _MOST_PATHS, _MOST_FOLDERS = 30, 24, 6

# What people do, with how often.
_WAYS = {
    "write": 2, "edit": 1, "folder": 1, "move": 3, "delete": 1, "restore": 2, "version": 1, "share": 5, "unshare": 4,
    "link": 1, "join": 1, "leave": 1, "disable": 1, "enable": 1, "seal": 1, "forbid": 1, "permit": 1,
}  # fmt: skip


class Administration(Protocol):
    """What an administrator does, and what happens on the server by itself."""

    async def membership(self, user: str, group: str, member: bool) -> None:
        """Put a user into a group or take the user out."""
        ...

    async def enable(self, user: str, enabled: bool) -> None:
        """Disable a user, or enable again."""
        ...

    async def seal(self, file_id: int) -> bool:
        """Put a folder under end-to-end encryption; False where the server cannot."""
        ...

    async def permit(self, user: str, file_id: int, permitted: bool) -> bool:
        """Access rules keep a file from a user, as `files_accesscontrol` does; False where the server cannot."""
        ...

    async def tell(self, user: str, path: str) -> None:
        """Call the product's webhook, where no server does."""
        ...


@dataclass
class Tally:
    """What happened in a run. A leak ends it."""

    operations: Counter[str] = field(default_factory=Counter)
    seconds_to_owner: list[float] = field(default_factory=list)
    seconds_to_recipient: list[float] = field(default_factory=list)


class Scenario:
    """Runs over `questions.exapp`, which must be registered and enabled."""

    def __init__(
        self,
        questions: Questions,
        sources: AppApiSources,
        people: dict[str, Person],
        admin: Administration,
        chance: random.Random,
    ) -> None:
        self.questions = questions
        self.sources = sources
        self.people = people
        self.admin = admin
        self.chance = chance
        self.tally = Tally()
        self.shares: list[tuple[str, str]] = []
        self.once = {user: Once() for user in people}
        self.sights: dict[str, Sight] = {}
        self.disabled: str | None = None
        self._forbidden: list[tuple[str, int]] = []
        self._numbers = iter(range(1, 1_000_000))

    @property
    def texts(self) -> dict[int, list[str]]:
        """The words that ever stood in each file."""
        return self.questions.texts

    def word(self, user: str) -> str:
        """One that stands nowhere else."""
        return f"zq{next(self._numbers)}xv{user.rpartition('_')[2]}"

    async def put(self, user: str, path: str) -> int | None:
        """A file at `path` with a new text; its id, or None when the user may not write there."""
        word = self.word(user)
        text = f"The protocol of the clinic. The secret reference is {word}. Keep it in mind."
        if await self.people[user].dav("PUT", path, text.encode()) not in (201, 204):
            return None
        node = await self.sources.of(user).stat(path)
        self.texts.setdefault(node.file_id, []).append(word)
        return node.file_id

    async def write(self, user: str, folder: str) -> int | None:
        """A new file, with a word of its own in its name and another one in its text."""
        return await self.put(user, f"{folder.rstrip('/')}/{self.word(user)}.txt")

    async def see(self) -> None:
        """What everybody sees now."""
        for user in sorted(self.people):
            self.sights[user] = sight = await look(self.sources.of(user))
            self.once[user].see(sight)

    async def operate(self) -> None:
        """One random operation."""
        self.questions.tally["operations"] += 1
        user = self.chance.choice(sorted(self.people))
        other = self.chance.choice(sorted(self.people.keys() - {user}))
        way = self.chance.choices(list(_WAYS), list(_WAYS.values()))[0]
        if way in ("share", "link") and len(self.shares) >= _MOST_SHARES:
            way = "unshare"
        if way == "write" and len(self.sights[user].paths()) >= _MOST_PATHS:
            way = "delete"
        if await self._do(way, user, other):
            self.tally.operations[way] += 1
        if self.chance.random() < 0.7:
            await self.admin.tell(user, "/")
        if self.chance.random() < 0.3:
            await self.questions.call(other, "POST", "/files/crawl")

    async def _do(self, way: str, user: str, other: str) -> bool:
        """Try it; whether the server let it happen."""
        person, sight, chance = self.people[user], self.sights[user], self.chance
        folder, anything = chance.choice(sight.folders), sight.paths()
        path = chance.choice(anything) if anything else "/"
        match way:
            case "write":
                return await self.write(user, folder) is not None
            case "edit" if sight.files:
                paths = sight.files[chance.choice(sorted(sight.files))]
                return await self.put(user, min(paths)) is not None
            case "folder" if len(sight.folders) < _MOST_FOLDERS:
                return await person.dav("MKCOL", f"{folder.rstrip('/')}/{self.word(user)}") == 201
            case "move" if anything:
                return await person.dav("MOVE", path, to=f"{folder.rstrip('/')}/{self.word(user)}.txt") == 201
            case "delete" if len(anything) > 3:
                return await person.dav("DELETE", path) == 204
            case "restore" if names := await person.trash():
                return await person.restore(chance.choice(sorted(names))) == 201
            case "version" if sight.files:
                file_id = chance.choice(sorted(sight.files))
                names = await person.versions(file_id)
                return bool(names) and await person.restore_version(file_id, chance.choice(names)) in (201, 204)
            case "share" | "link" if anything:
                kind, whom = (3, "") if way == "link" else chance.choice(((0, other), (0, other), (1, GROUP)))
                if share := await person.share(path, kind, whom):
                    self.shares.append((user, share))
                return share is not None
            case "unshare" if self.shares:
                by, share = self.shares.pop(chance.randrange(len(self.shares)))
                await self.people[by].unshare(share)
                return True
            case "join" | "leave":
                await self.admin.membership(user, GROUP, way == "join")
                return True
            case "disable" if self.disabled is None:
                self.disabled = user
                await self.admin.enable(user, False)
                await asyncio.sleep(_TRUST)
                return True
            case "enable" if self.disabled is not None:
                await self.admin.enable(self.disabled, True)
                self.disabled = None
                return True
            case "seal" if len(sight.folders) < _MOST_FOLDERS:
                return await self._seal(user)
            case "forbid" if sight.files and len(self._forbidden) < 5:
                self._forbidden.append((user, chance.choice(sorted(sight.files))))
                return await self.admin.permit(*self._forbidden[-1], False)
            case "permit" if self._forbidden:
                return await self.admin.permit(*self._forbidden.pop(), True)
        return False

    async def _seal(self, user: str) -> bool:
        """A folder under end-to-end encryption, and a file that the server holds in it."""
        path = f"/{self.word(user)}"
        await self.people[user].dav("MKCOL", path)
        if not await self.admin.seal((await self.sources.of(user).stat(path)).file_id):
            return False
        return await self.write(user, path) is not None

    async def ask(self, *users: str) -> None:
        """These users ask about everything; nobody is given what they cannot open."""
        await self.see()
        for user in users:
            # Where others share with this user, half of the questions are about what they share now.
            others = sorted(self.sights[user].files.keys() - self.sights[user].own)
            file_id = self.chance.choice(others if others and self.chance.random() < 0.5 else sorted(self.texts))
            if user == self.disabled:
                await self.questions.nothing_at_all(user, file_id)
            else:
                sight, elsewhere = self.sights[user], self._elsewhere(user)
                await self.questions.everything(user, sight, self.once[user], file_id, elsewhere)
        self.questions.logs()

    def _elsewhere(self, user: str) -> set[str]:
        """The words of the paths that others have for what the user can open: the owner's folders above it."""
        ids = self.sights[user].files
        return {
            word
            for sight in self.sights.values()
            for file_id in ids
            for path in sight.files.get(file_id, ())
            for word in WORD.findall(path)
        }

    async def control(self) -> None:
        """The positive control: a new file is found in each way by who wrote it and, while it is shared, by another."""
        able = sorted(self.people.keys() - {self.disabled})
        user, other = self.chance.sample(able, 2)
        folder = f"/{self.word(user)}"
        await self.people[user].dav("MKCOL", folder)
        file_id = await self.write(user, folder)
        assert file_id is not None
        await self.admin.tell(user, folder)
        self.tally.seconds_to_owner.append(await self._finds(user, file_id))
        share = await self.people[user].share(folder, 0, other)
        assert share
        await self.questions.call(other, "POST", "/files/crawl")
        self.tally.seconds_to_recipient.append(await self._finds(other, file_id))
        await self.see()
        for one in (user, other):
            await self._is_given(one, file_id)
        await self.people[user].unshare(share)
        await self.ask(other)
        assert not await self.questions.finds(other, file_id)
        assert await self.people[user].dav("DELETE", folder) == 204

    async def _finds(self, user: str, file_id: int) -> float:
        began = time.monotonic()
        await until(lambda: self.questions.finds(user, file_id), _PATIENCE)
        return time.monotonic() - began

    async def _is_given(self, user: str, file_id: int) -> None:
        """Everything that is refused elsewhere is given here."""
        call, sight = self.questions.call, self.sights[user]
        (result,) = [r for r in await self.questions.search(user, file_id) if int(r["document_id"]) == file_id]
        assert (await call(user, "GET", f"/passages/{result['passage_id']}")).status_code == 200
        text = (await call(user, "GET", f"/files/{file_id}/content")).text
        assert self.texts[file_id][-1] in text
        rows = (await call(user, "GET", "/files", params={"q": result["path"]})).json()["data"]
        assert [row["file_id"] for row in rows] == [file_id]
        entries = (await call(user, "GET", "/folders", params={"path": result["path"].rsplit("/", 1)[0]})).json()[
            "data"
        ]
        assert [entry["file_id"] for entry in entries] == [file_id]
        assert await self.questions.turn(user, sight, file_id), "the answer cites the file"
        assert file_id in await self.questions.about_all(user, sight, ABOUT_ALL[0]), "the list names the file"

    async def run(self, rounds: int, operations: int) -> Tally:
        """So many rounds of so many operations, each followed by questions of two users."""
        for user in sorted(self.people):
            for _ in range(3):
                await self.write(user, "/")
        for number in range(rounds):
            await self.control()
            for _ in range(operations):
                await self.operate()
                await self.ask(*self.chance.sample(sorted(self.people), 2))
            await self.ask(*sorted(self.people))
            for user in sorted(self.people.keys() - {self.disabled}):
                await self.questions.turn(user, self.sights[user], self.chance.choice(sorted(self.texts)))
            print(f"round {number + 1} of {rounds}: {dict(self.questions.tally)}", flush=True)
        return self.tally

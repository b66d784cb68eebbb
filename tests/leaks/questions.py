"""Asks the product everything that a user can ask it, and looks for what this user cannot open in every answer."""

import random
import re
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.leaks.people import WORD, Sight
from tests.servers.exapp import ExApp

# No server has given this id to a file.
_NO_FILE = 10**12

# Questions whose answers count and list, over every file of the scenario.
ABOUT_ALL = (
    "Which files mention the secret reference?",
    "List all files about the secret reference",
    "How many files mention the secret reference?",
    "Summarise everything about the secret reference",
)
# In an answer: a citation, how many files a list has, and any number (the words of the scenario hold none).
_CITATION, _COUNT, _NUMBER = re.compile(r"\[\d+\]"), re.compile(r": (\d+)\.$", re.MULTILINE), re.compile(r"\b\d+\b")


@dataclass
class Once:
    """What of a user's own home has ever been there: names that the user's own crawl may still know are the user's.

    `seen` is all that the user could ever open: what lies in a team's folder counts for whose crawl covers it.
    """

    ids: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    words: set[str] = field(default_factory=set)

    def see(self, sight: Sight) -> None:
        """Take in what is there now."""
        self.ids |= sight.own
        self.seen |= sight.files.keys()
        self.words |= {word for node in sight.nodes if not node.mount_type for word in WORD.findall(node.path)}


class Questions:
    """Asks `exapp` as AppAPI does. `texts` are the words that ever stood in each file, by file id.

    Who may open a file may open its earlier versions, so the words of those are no leak. A leak is an `AssertionError`.
    """

    def __init__(self, exapp: ExApp, http: httpx.AsyncClient, texts: dict[int, list[str]], chance: random.Random):
        self.exapp = exapp
        self.texts = texts
        self.tally: Counter[str] = Counter()
        self._http = http
        self._chance = chance
        self._passages: dict[str, int] = {}  # every passage that anybody was ever given, and its file
        self._log_read = 0

    async def call(self, user: str, method: str, path: str, **given: Any) -> httpx.Response:
        """A request of the user."""
        self.tally["requests"] += 1
        return await self.exapp.call(self._http, user, method, f"/api/v1{path}", **given)

    async def search(self, user: str, file_id: int) -> list[dict[str, Any]]:
        """The passages for the question about a file."""
        question = f"secret reference {self.texts[file_id][-1]}"
        answer = await self.call(user, "POST", "/search", json={"query": question, "limit": 20})
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["data"]["results"]
        return results

    async def finds(self, user: str, file_id: int) -> bool:
        """Whether the question about a file finds it."""
        return any(int(result["document_id"]) == file_id for result in await self.search(user, file_id))

    async def everything(self, user: str, sight: Sight, once: Once, file_id: int, elsewhere: set[str]) -> None:
        """All that the user can ask, about `file_id` where it is about one file, right after `sight` was taken.

        `elsewhere` are the words of the paths that others have for what this user can open.
        """
        self.tally["rounds of questions"] += 1
        closed = sorted(self.texts.keys() - sight.files.keys() - once.ids)
        await self._searched(user, sight, file_id)
        await self._passages_by_id(user, sight)
        await self._files(user, sight, once, elsewhere)
        await self._folders(user, sight)
        await self.about_all(user, sight, self._chance.choice(ABOUT_ALL))
        if closed:
            await self._refused_as_if_unknown(user, self._chance.choice(closed))

    async def _searched(self, user: str, sight: Sight, file_id: int) -> None:
        for result in await self.search(user, file_id):
            found, path = int(result["document_id"]), result["path"]
            self._passages[result["passage_id"]] = found
            self._check(path in sight.files.get(found, ()), user, f"the path {path} of file {found} by search")
            self._check(result["title"] == path.rsplit("/", 1)[1], user, f"the title {result['title']}")
            self._clean(user, sight, str(result), "a search result")
            self.tally["found"] += found == file_id
            self.tally["found of others"] += found == file_id and found not in sight.own

    async def _passages_by_id(self, user: str, sight: Sight) -> None:
        closed = [key for key, of_file in self._passages.items() if of_file not in sight.files]
        if closed:
            await self._same_refusal(user, "GET", "/passages/{}", self._chance.choice(closed), str(uuid.uuid4()))

    async def _files(self, user: str, sight: Sight, once: Once, elsewhere: set[str]) -> None:
        listed = (await self.call(user, "GET", "/files", params={"limit": 200})).json()
        rows, total = listed["data"], listed["metadata"]["pagination"]["total"]
        for row in rows:
            known = row["file_id"] in once.ids or row["path"] in sight.files.get(row["file_id"], ())
            self._check(known, user, f"the row {row['path']}")
        self._clean(user, sight, str(rows), "the file list", once.words)
        self._check(total == len(rows) or total > 200, user, f"a total of {total} for {len(rows)} rows")
        allowed = self._allowed(sight) | once.words
        hidden = {word for words in self.texts.values() for word in words}
        for words in (sorted(hidden - allowed), sorted(elsewhere - allowed)):
            if not words:
                continue
            word = self._chance.choice(words)
            answer = (await self.call(user, "GET", "/files", params={"q": word})).json()
            found = (answer["data"], answer["metadata"]["pagination"]["total"])
            self._check(found == ([], 0), user, f"rows or a number by the text {word}")
        summary = (await self.call(user, "GET", "/files/summary")).json()["data"]
        status = (await self.call(user, "GET", "/status")).json()["data"]["index"]
        # One chunk a file: neither number may count what the user could never open.
        most = len(once.ids | once.seen)
        numbers = {"files": summary["total"], "chunks": summary["chunks"], **status}
        for name, number in numbers.items():
            self._check(number <= most, user, f"{number} {name}, having had {most} files")
        self._clean(user, sight, str(summary) + str(status), "the numbers", once.words)

    async def _folders(self, user: str, sight: Sight) -> None:
        path = self._chance.choice(sight.folders)
        answer = await self.call(user, "GET", "/folders", params={"path": path})
        self._check(answer.status_code == 200, user, f"no folder {path}")
        entries = answer.json()["data"]
        self._check({e["file_id"] for e in entries} <= sight.ids, user, f"a node in the folder {path}")
        self._clean(user, sight, str(entries), "a folder")

    async def _refused_as_if_unknown(self, user: str, file_id: int) -> None:
        """A file that the user cannot open is answered like one that never was: in one of the ways to ask for it."""
        ids = (file_id, _NO_FILE)
        match self._chance.randrange(5):
            case 0:
                await self._same_refusal(user, "GET", "/files/{}/content", *ids)
            case 1:
                await self._same_refusal(user, "POST", "/files/{}/retry", *ids)
            case 2:
                await self._same_refusal(user, "POST", "/chat/turns", *ids, scope="file_ids")
            case 3:
                await self._same_refusal(user, "POST", "/chat/turns", *ids, scope="folder_ids")
            case _:
                query = f"secret reference {self.texts[file_id][-1]}"
                narrowed = {"query": query, "filters": {"file_ids": [file_id]}}
                found = (await self.call(user, "POST", "/search", json=narrowed)).json()["data"]["results"]
                self._check(found == [], user, f"a passage of file {file_id} by a filter")

    async def _same_refusal(
        self, user: str, method: str, path: str, closed: object, unknown: object, scope: str = ""
    ) -> None:
        told = []
        for one in (closed, unknown):
            given = {"json": {"text": "secret reference", "scope": {scope: [one]}}} if scope else {}
            answer = await self.call(user, method, path.format(one), **given)
            told.append((answer.status_code, str(answer.json()["error"]).replace(str(one), "#")))
        self._check(told[0] == told[1] and told[0][0] == 404, user, f"{told[0]} for {path.format(closed)}")
        self.tally["refused"] += 1

    async def turn(self, user: str, sight: Sight, file_id: int) -> bool:
        """A whole turn about a file; whether the answer cites it."""
        word = self.texts[file_id][-1]
        events = await self._answered(user, sight, f"What is the secret reference {word}?", {word})
        return file_id in _cited(events)

    async def about_all(self, user: str, sight: Sight, question: str) -> set[int]:
        """A question about all files, of `ABOUT_ALL`; the files that the answer cites.

        Every file says the same but for one word, so each that is counted by mistake is one too many.
        """
        events = await self._answered(user, sight, question)
        most = len(sight.files)
        for event in events:
            if event["type"] == "progress":
                self._check(event["total"] <= most, user, f"progress of {event['total']} files, of {most}")
        *_, last = events
        self._check(last["type"] == "turn.done", user, f"{last['type']} for {question!r}")
        text = _CITATION.sub("", last["text"])
        self._check(sum(map(int, _COUNT.findall(text))) <= most, user, f"a count in {text!r}, of {most} files")
        for number in map(int, _NUMBER.findall(text)):
            self._check(number <= most, user, f"the number {number} in {text!r}, of {most} files")
        self.tally["questions about all files"] += 1
        return _cited(events)

    async def _answered(
        self, user: str, sight: Sight, question: str, known: set[str] | None = None
    ) -> list[dict[str, Any]]:
        """All events of a turn. `known` are words that the question tells."""
        events: list[dict[str, Any]] = []
        taken = await self.call(user, "POST", "/chat/turns", json={"text": question})
        turn, done = taken.json()["data"]["turn_id"], False
        while not done:
            after = events[-1]["seq"] if events else 0
            news = await self.call(user, "GET", f"/chat/turns/{turn}/events", params={"after": after})
            self._clean(user, sight, news.text, "a turn", known)
            done = news.json()["data"]["done"]
            events += news.json()["data"]["events"]
        for event in events:
            if event["type"] == "citation":
                path = event["path"]
                self._check(path in sight.files.get(int(event["document_id"]), ()), user, f"a citation of {path}")
            if event["type"] == "retrieval.done":
                self._check(event["passages"] <= len(sight.files), user, f"{event['passages']} passages counted")
        self.tally["turns"] += 1
        return events

    async def nothing_at_all(self, user: str, file_id: int) -> None:
        """A disabled user is refused everywhere."""
        word = self.texts[file_id][-1]
        for method, path, body in (
            ("POST", "/search", {"query": f"secret reference {word}"}),
            ("POST", "/chat/turns", {"text": f"secret reference {word}"}),
            ("GET", "/files", None),
            ("GET", "/files/summary", None),
            ("GET", "/status", None),
            ("GET", "/folders", None),
            ("GET", "/conversations", None),
            ("GET", f"/files/{file_id}/content", None),
            ("GET", f"/passages/{next(iter(self._passages), uuid.uuid4())}", None),
        ):
            answer = await self.call(user, method, path, **({"json": body} if body else {}))
            empty = answer.status_code in (401, 403) and answer.json()["data"] is None
            self._check(empty and not WORD.search(answer.text), user, f"{answer.status_code} for {path}, disabled")
        self.tally["refused while disabled"] += 1

    def logs(self) -> None:
        """The log at INFO says that there is work, and not a word of it: no name, no path, no text, no question."""
        with self.exapp.log_path.open("rb") as log:
            log.seek(self._log_read)
            new = log.read()
        self._log_read += len(new)
        self.tally["bytes of log"] += len(new)
        found = WORD.search(new.decode())
        assert found is None, f"the log tells {found and found[0]}"

    def _allowed(self, sight: Sight) -> set[str]:
        return sight.words | {word for file_id in sight.files for word in self.texts.get(file_id, ())}

    def _clean(self, user: str, sight: Sight, text: str, where: str, more: set[str] | None = None) -> None:
        for word in set(WORD.findall(text)) - self._allowed(sight) - (more or set()):
            self._check(False, user, f"the word {word} in {where}")

    def _check(self, holds: bool, user: str, what: str) -> None:
        assert holds, f"{user} was given {what} after {self.tally['operations']} operations"


def _cited(events: list[dict[str, Any]]) -> set[int]:
    return {int(event["document_id"]) for event in events if event["type"] == "citation"}

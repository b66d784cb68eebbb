"""A server that keeps notes and counts how often each was put, and the performer that puts them there.

The server's memory outlives the processes that a test kills. It is told when to hold a note before it takes it.
"""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

import httpx

from backend.actions.action import Action, Draft, Json, Performed
from backend.errors import NotAllowed, Unavailable
from tests.servers.faulty import FaultyServer, Request, Script, answer


class NotesServer(FaultyServer):
    """`PUT /<key>` puts a note, also when it is there already; `GET /<key>` says whether it is there."""

    def __init__(self) -> None:
        super().__init__(self._note)
        self.puts: Counter[str] = Counter()
        self.deletes: Counter[str] = Counter()
        self.asked = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.accepts = True

    def _note(self, request: Request) -> Script:
        key = request.target.removeprefix("/")
        if request.method == "PUT":
            self.asked.set()
            self.free.wait()
            if not self.accepts:
                return []
            self.puts[key] += 1
            return answer("201 Created")
        if request.method == "DELETE":
            self.deletes[key] += 1
            return answer("204 No Content")
        return answer("200 OK", json.dumps(self.puts[key] > 0).encode())


class Notes:
    """Puts notes on a `NotesServer`: at once ("notes.put"), or after a moment ("notes.send")."""

    kinds: ClassVar[frozenset[str]] = frozenset({"notes.put", "notes.send"})

    def __init__(self, url: str) -> None:
        self._url = url

    async def check(self, user_id: str, draft: Draft) -> Draft:
        return draft

    def delay(self, draft: Draft) -> float:
        return 0.3 if draft.kind == "notes.send" else 0.0

    async def perform(self, action: Action) -> Performed:
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.put(f"{self._url}/{action.key}", timeout=20)
        if response.status_code == 403:
            raise NotAllowed("You may not put notes there.")
        return await self._performed(action)

    async def find(self, action: Action) -> Performed | None:
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                there = (await client.get(f"{self._url}/{action.key}", timeout=5)).json()
        except httpx.HTTPError as error:
            raise Unavailable("The notes do not answer.") from error
        return await self._performed(action) if there else None

    async def undo(self, action: Action, undo: Mapping[str, Json]) -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.delete(f"{self._url}/{action.key}")
        return "The note is gone."

    async def _performed(self, action: Action) -> Performed:
        return Performed("The note is there.", {"key": action.key})

"""Nextcloud's TaskProcessing, for the stand-in: who has tasks done, and who does them.

Statuses and shapes as Nextcloud 34 sends them. It leaves unproved how long real tasks wait, how Nextcloud keeps and
gives out the files of tasks (read in its source, not run), and which of several providers is asked.
"""

import itertools
from collections.abc import Callable
from typing import Any

Output = dict[str, object]


class TaskBoard:
    """Tasks by id. `providers` do the tasks of a type at once: they give output, or None and the task never ends.

    A provider that raises fails the task. Types in `served` wait for an ExApp that asks for the next task. `files` are
    what providers put out, by id: they are given out for a task that is there and names them in its output.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.tasks: dict[int, dict[str, Any]] = {}
        self.providers: dict[str, Callable[[dict[str, Any]], Output | None]] = {}
        self.served: set[str] = set()
        self.deleted: list[int] = []
        self.files: dict[int, bytes] = {}

    def schedule(self, user: str, given: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """A task of `user`; 412 where nobody does tasks of that type."""
        kind = given["type"]
        if kind not in self.providers and kind not in self.served:
            return {"message": "The given provider is not available"}, 412
        number = next(self._numbers)
        task = {"id": number, "type": kind, "userId": user, "input": given["input"], "status": "STATUS_SCHEDULED"}
        self.tasks[number] = {**task, "output": None}
        if kind in self.providers:
            try:
                self.finish(number, self.providers[kind](given["input"]), None)
            except Exception as error:
                self.finish(number, None, str(error))
        return {"task": {**task, "output": None}}, 200

    def finish(self, number: int, output: Output | None, error: str | None) -> None:
        """What a provider reports."""
        if error is not None:
            self.tasks[number] |= {"status": "STATUS_FAILED", "errorMessage": error}
        elif output is not None:
            self.tasks[number] |= {"status": "STATUS_SUCCESSFUL", "output": output}

    def delete(self, number: int) -> None:
        """Remove a task, and with it the way to its files."""
        self.deleted.append(number)

    def file(self, number: int, file_id: int) -> bytes | None:
        """A file that a task has put out; None when there is no such file of this task."""
        output = self.tasks.get(number, {}).get("output") or {}
        return self.files.get(file_id) if number not in self.deleted and file_id in output.values() else None

    def of(self, user: str, number: int) -> tuple[dict[str, Any], int]:
        """A task, for the user who had it scheduled."""
        task = self.tasks.get(number)
        return ({"task": task}, 200) if task is not None and task["userId"] == user else ({}, 404)

    def next(self, kinds: list[str]) -> dict[str, Any] | None:
        """The next task of these types; it runs from now on."""
        for task in self.tasks.values():
            if task["type"] in kinds and task["status"] == "STATUS_SCHEDULED":
                task["status"] = "STATUS_RUNNING"
                return {"task": task, "provider": {"name": "voiceassist"}}
        return None

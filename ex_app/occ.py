"""Commands for Nextcloud's `occ`: status, reindex, ask, purge, preflight.

Nextcloud shows what we answer as it is, and hides the text of every answer but 200: a command that fails says so in
its text.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from nc_py_api import AsyncNextcloudApp
from pydantic import BaseModel

from backend.errors import NotFound, VoiceAssistError
from backend.house import House
from backend.nextcloud.users import Users
from backend.preflight import checks
from ex_app.auth import AppApiAuth

_PREFIX = "voiceassist:"
_PATH = "/occ/"


class Given(BaseModel):
    """What was typed behind the command's name; Nextcloud sends null where a command takes none."""

    arguments: dict[str, str | None] | None = None
    options: dict[str, str | bool | None] | None = None


class Call(BaseModel):
    """The body of a command's callback."""

    occ: Given


@dataclass(frozen=True, slots=True)
class Command:
    """A command. Its arguments are all required, in this order. `as_user`: what only an enabled user may have done."""

    name: str
    description: str
    run: Callable[[House, Mapping[str, str]], Awaitable[str]]
    arguments: Mapping[str, str] = field(default_factory=dict)
    as_user: bool = False


async def _status(house: House, given: Mapping[str, str]) -> str:
    summary = await house.indexing.service.summary(given["user"])
    lines = [
        f"{summary.indexed} of {summary.total} files indexed, {summary.chunks} passages",
        f"waiting {summary.waiting}, running {summary.running}, failed {summary.failed}, skipped {summary.skipped}",
    ]
    return "\n".join([*lines, summary.error] if summary.error else lines)


async def _reindex(house: House, given: Mapping[str, str]) -> str:
    return f"{await house.indexing.service.reindex(given['user'])} files will be indexed again"


async def _ask(house: House, given: Mapping[str, str]) -> str:
    answer = await house.assistant.answer(given["user"], given["question"], None)
    sources = [f"[{cited.number}] {cited.path}" for cited in answer.citations]
    return "\n".join([answer.text, *sources])


async def _purge(house: House, given: Mapping[str, str]) -> str:
    removed = await house.indexing.service.purge(given["user"])
    return f"{removed} files of {given['user']} were taken out of the index"


async def _preflight(house: House, given: Mapping[str, str]) -> str:
    found = await checks(house.settings)
    return "\n".join(f"{'ok  ' if c.ok else 'FAIL'} {c.name}: {c.detail} {c.remedy}".rstrip() for c in found)


_USER = {"user": "Id of the user"}
COMMANDS = (
    Command("status", "What is indexed of a user's files, what waits, what failed", _status, _USER),
    Command("reindex", "Index all files of a user again", _reindex, _USER),
    Command("ask", "Ask a question as a user", _ask, {**_USER, "question": "The question"}, as_user=True),
    Command("purge", "Take everything of a user out of the index; the next crawl puts it in again", _purge, _USER),
    Command("preflight", "Check everything VoiceAssist depends on", _preflight),
)

PATHS = tuple(f"{_PATH}{command.name}" for command in COMMANDS)


def build_router(auth: AppApiAuth, house: House, users: Users) -> APIRouter:
    """A callback for each command."""
    router = APIRouter()
    for command in COMMANDS:
        router.add_api_route(f"{_PATH}{command.name}", _callback(auth, house, users, command), methods=["POST"])
    return router


async def _check_user(house: House, users: Users, command: Command, user_id: str) -> None:
    """Raises `NotAllowed` and `NotFound`. Of users who are gone what is left can still be looked at and purged."""
    if user_id not in await users.all() and not await house.indexing.service.crawls([user_id]):
        raise NotFound(f"Nextcloud has no user with the id {user_id!r}. Capital letters matter.")
    if command.as_user:
        await users.require_enabled(user_id)


def _callback(
    auth: AppApiAuth, house: House, users: Users, command: Command
) -> Callable[[Request, Call], Awaitable[PlainTextResponse]]:
    async def callback(request: Request, call: Call) -> PlainTextResponse:
        auth.caller(request.headers)
        given = {name: value or "" for name, value in (call.occ.arguments or {}).items()}
        try:
            if "user" in command.arguments:
                await _check_user(house, users, command, given.get("user", ""))
            text = await command.run(house, given)
        except VoiceAssistError as error:
            text = f"Failed: {error.message}"
        return PlainTextResponse(f"{text}\n")

    return callback


async def register(nextcloud: AsyncNextcloudApp) -> None:
    """Add the commands to `occ`."""
    for command in COMMANDS:
        arguments = [
            {"name": name, "mode": "required", "description": description, "default": None}
            for name, description in command.arguments.items()
        ]
        await nextcloud.occ_commands.register(
            f"{_PREFIX}{command.name}",
            f"{_PATH}{command.name}",
            arguments=arguments,
            description=command.description,
        )


async def unregister(nextcloud: AsyncNextcloudApp) -> None:
    """Take the commands away."""
    for command in COMMANDS:
        await nextcloud.occ_commands.unregister(f"{_PREFIX}{command.name}")

"""The turns that are being answered: tasks of their own, which outlive a client that went away."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from backend.assistant.buffer import TurnBuffer
from backend.assistant.events import TurnError, TurnStarted
from backend.assistant.outcome import Outcome
from backend.errors import ErrorCode, RateLimited

log = structlog.get_logger(__name__)

# Turns that one user, and all users together, may have running.
_PER_USER = 4
_IN_ALL = 64
# How long a finished turn can still be read event by event; after that its record answers.
_KEPT_SECONDS = 300.0
# How long recording may take when the process is to stop.
_GRACE_SECONDS = 5.0

Record = Callable[[str, Outcome, int], Awaitable[None]]

INTERRUPTED = "VoiceAssist was stopped before this answer was complete. Ask again."


class AnyTurn(Protocol):
    """What can be run as a turn."""

    async def run(self) -> Outcome:
        """Answer. A cancelled turn returns what was shown; nothing but a bug raises."""
        ...


@dataclass(slots=True)
class _Run:
    buffer: TurnBuffer
    conversation_id: str
    task: asyncio.Task[None] | None = None
    answering: bool = True
    ended: float | None = None


class Runs:
    """Runs turns. `record` stores how one ended (turn id, outcome, number of its last event)."""

    def __init__(self, record: Record, clock: Callable[[], float]) -> None:
        self._record = record
        self._clock = clock
        self._runs: dict[str, _Run] = {}
        self._closing = False

    def admit(self, user_id: str) -> None:
        """Raises `RateLimited` when this user, or everybody together, has too many turns running."""
        self._expire()
        running = [run for run in self._runs.values() if run.ended is None]
        if sum(run.buffer.user_id == user_id for run in running) >= _PER_USER:
            raise RateLimited("Too many of your questions are being answered. Wait for one of them.", retry_after=2)
        if len(running) >= _IN_ALL:
            raise RateLimited("Too many questions are being answered at the moment. Try again soon.", retry_after=5)

    def start(self, turn: AnyTurn, buffer: TurnBuffer, conversation_id: str) -> asyncio.Task[None]:
        """Let a turn run, in this task."""
        run = _Run(buffer, conversation_id)
        self._runs[buffer.turn_id] = run
        run.task = asyncio.create_task(self._drive(turn, run), name=f"turn {buffer.turn_id}")
        return run.task

    def buffer(self, user_id: str, turn_id: str) -> TurnBuffer | None:
        """The events of a turn of this user, while they are kept."""
        self._expire()
        run = self._runs.get(turn_id)
        return run.buffer if run is not None and run.buffer.user_id == user_id else None

    async def cancel(self, turn_id: str) -> None:
        """Stop a turn and wait until that is recorded; one that is being recorded or has ended stays as it is."""
        run = self._runs.get(turn_id)
        if run is None or run.task is None:
            return
        await self._stop(run, run.task)
        await asyncio.wait([run.task])

    async def cancel_conversation(self, user_id: str, conversation_id: str) -> None:
        """Stop what is running in a conversation of this user."""
        for turn_id, run in list(self._runs.items()):
            if run.conversation_id == conversation_id and run.buffer.user_id == user_id and run.ended is None:
                await self.cancel(turn_id)

    async def close(self) -> None:
        """Stop all turns; they are recorded as interrupted."""
        self._closing = True
        running = [(run, run.task) for run in self._runs.values() if run.task is not None and run.ended is None]
        for run, task in running:
            await self._stop(run, task)
        tasks = [task for _, task in running]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()

    @staticmethod
    async def _stop(run: _Run, task: asyncio.Task[None]) -> None:
        """Cancel the turn, but neither before its first step, which could not be recorded, nor while it is recorded."""
        await run.buffer.wait(0, _GRACE_SECONDS)
        if run.answering:
            run.answering = False
            task.cancel()

    async def _drive(self, turn: AnyTurn, run: _Run) -> None:
        run.buffer.say(TurnStarted, conversation_id=run.conversation_id)
        outcome = await turn.run()
        run.answering = False
        finish = outcome.finish
        if self._closing and outcome.status == "cancelled":
            outcome = replace(outcome, status="interrupted")
            finish = self._say_interrupted(run.buffer)
        try:
            # Recorded first: a client that reads the conversation after the last event finds the answer there.
            await self._record(run.buffer.turn_id, outcome, len(run.buffer.events) + 1)
        except Exception as error:
            log.error("turn.not_recorded", turn_id=run.buffer.turn_id, error=type(error).__name__)
        finally:
            finish()
            run.ended = self._clock()

    @staticmethod
    def _say_interrupted(buffer: TurnBuffer) -> Callable[[], None]:
        return lambda: buffer.say(TurnError, code=ErrorCode.UNAVAILABLE, message=INTERRUPTED)

    def _expire(self) -> None:
        now = self._clock()
        for turn_id, run in list(self._runs.items()):
            if run.ended is not None and now - run.ended > _KEPT_SECONDS:
                del self._runs[turn_id]

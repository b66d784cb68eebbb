"""The turn of a command: handled, said, and recorded like any other turn."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from backend.assistant.buffer import TurnBuffer
from backend.assistant.commands.heard import Heard
from backend.assistant.commands.request import Line
from backend.assistant.commands.said import Said
from backend.assistant.commands.service import Commands
from backend.assistant.events import (
    ActionDone,
    ActionProposed,
    Clarification,
    ModelUsed,
    Step,
    Timings,
    TurnCancelled,
    TurnDone,
    TurnError,
)
from backend.assistant.outcome import Outcome
from backend.assistant.question import Question
from backend.assistant.runs import AnyTurn
from backend.assistant.shown import Shown
from backend.egress.gate import act_for
from backend.errors import ErrorCode, VoiceAssistError
from backend.models.protocol import THIS_MACHINE
from backend.trouble import told, where

log = structlog.get_logger(__name__)

# Calendars and mailboxes answer in their own time, but nobody waits longer (seconds).
_SECONDS = 60.0

_NO_MODEL = ModelUsed(
    name="VoiceAssist",
    provider="built in",
    data_goes_to=THIS_MACHINE,
    reason="A command: no language model was asked.",
)


class CommandTurn:
    """Handles what was heard. What turns out to be about the files is left to the turn that `otherwise` makes, which
    is told what was looked for in vain."""

    def __init__(
        self,
        commands: Commands,
        heard: Heard,
        question: Question,
        buffer: TurnBuffer,
        otherwise: Callable[[str], AnyTurn],
        clock: Callable[[], float],
    ) -> None:
        self._commands = commands
        self._heard = heard
        self._question = question
        self._buffer = buffer
        self._otherwise = otherwise
        self._clock = clock
        self._began = clock()
        self._shown = Shown(buffer, question.link)

    async def run(self) -> Outcome:
        """See `AnyTurn.run`."""
        question = self._question
        act_for(question.user_id)
        try:
            async with asyncio.timeout(_SECONDS):
                said = await self._commands.handle(self._heard, question.turn_id, question.conversation_id)
        except asyncio.CancelledError:
            text = self._shown.text
            return Outcome("cancelled", self._shown, lambda: self._buffer.say(TurnCancelled, text=text))
        except VoiceAssistError as error:
            log.warning("command.failed", turn_id=question.turn_id, error=type(error).__name__, code=error.code)
            return self._failed(error.code, error.message)
        except TimeoutError:
            log.warning("command.timed_out", turn_id=question.turn_id)
            return self._failed(ErrorCode.UNAVAILABLE, "This took too long, and nothing was changed. Try again.")
        except Exception as error:  # the message may hold text of a mail, so only the place is logged
            log.error("command.crashed", turn_id=question.turn_id, error=told(error), where=where(error))
            return self._failed(ErrorCode.INTERNAL_ERROR, "Something went wrong inside VoiceAssist. Try again.")
        if not said.found:
            return await self._from_files(said.lines)
        return self._done(said)

    async def _from_files(self, lines: Sequence[Line]) -> Outcome:
        """The answer from the files; what else there is to say only if they have none."""
        close = any(line.source is not None for line in lines)
        outcome = await self._otherwise("" if close else " ".join(line.text for line in lines)).run()
        if close and outcome.status == "done" and not outcome.answered and outcome.clarification is None:
            _show(lines, outcome.shown, lead="\n\n")
        return outcome

    def _done(self, said: Said) -> Outcome:
        first = self._clock() - self._began
        _show(said.lines, self._shown)
        proposed = [self._commands.view(action) for action in said.proposed]
        changed = [self._commands.view(action) for action in said.changed]
        if proposed:
            self._buffer.say(ActionProposed, actions=proposed)
        for view in changed:
            self._buffer.say(ActionDone, action=view)
        if said.asked is not None:
            self._buffer.say(Clarification, **said.asked.model_dump())
            self._shown.plain(("\n" if self._shown.text else "") + said.asked.question)
        total = self._clock() - self._began
        model = said.asked_model or _NO_MODEL
        timings = Timings(first_text=first, total=total)
        steps = [Step(name="command", seconds=total)]
        actions = [*proposed, *changed]

        def finish() -> None:
            self._buffer.say(
                TurnDone,
                text=self._shown.text,
                citations=self._shown.citations,
                model=model,
                confidence=None,
                answered=True,
                steps=steps,
                timings=timings,
                note=None,
                clarification=said.asked,
                actions=actions,
            )

        return Outcome(
            "done",
            self._shown,
            finish,
            model=model,
            answered=True,
            steps=steps,
            timings=timings,
            clarification=said.asked,
            pending=said.pending,
            actions=tuple(view.id for view in actions),
        )

    def _failed(self, code: ErrorCode, message: str) -> Outcome:
        return Outcome(
            "failed", self._shown, lambda: self._buffer.say(TurnError, code=code, message=message), note=message
        )


def _show(lines: Sequence[Line], shown: Shown, lead: str = "") -> None:
    """Show lines, the first after `lead`."""
    for line in lines:
        if line.source is None:
            shown.plain(f"{lead}{line.text}")
        else:
            shown.record(lead, line.text, line.source)
        lead = "\n"

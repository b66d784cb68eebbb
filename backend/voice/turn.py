"""A turn of the assistant in a session: its events go to the client, its words to the speech."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from backend.assistant.events import TurnEvent
from backend.assistant.service import Assistant
from backend.errors import NotFound
from backend.trouble import told, where
from backend.voice.script import Script
from backend.voice.speaking import Speech

log = structlog.get_logger(__name__)

# How long one look for new events waits (seconds); they come as soon as there are any.
_WAIT_SECONDS = 10.0


class SpokenTurn:
    """Follows a turn to its end. `note` is kept with an answer that was interrupted; `on_event` is told every event."""

    def __init__(
        self,
        assistant: Assistant,
        user_id: str,
        turn_id: str,
        speech: Speech,
        script: Script,
        note: str,
        on_event: Callable[[TurnEvent], None],
    ) -> None:
        self.turn_id = turn_id
        self.speech = speech
        self._assistant = assistant
        self._user_id = user_id
        self._script = script
        self._note = note
        self._on_event = on_event
        self.task = asyncio.create_task(self._run(), name=f"voice: turn {turn_id}")

    @property
    def running(self) -> bool:
        """Whether the answer is still being made."""
        return not self.task.done()

    async def interrupt(self, reason: str) -> bool:
        """Stop answering and speaking, and keep of the answer what was heard; whether anything was left to stop."""
        if not self.running and self.speech.finished.is_set():
            return False
        heard = self.speech.heard()
        await self.speech.stop(reason)
        with suppress(NotFound):
            await self._assistant.cancel(self._user_id, self.turn_id)
        await asyncio.wait([self.task])
        with suppress(NotFound):  # its conversation was deleted
            await self._assistant.kept.cut(self._user_id, self.turn_id, heard_of(self._script.text, heard), self._note)
        return True

    async def close(self) -> None:
        """Follow it no further; the turn itself goes on."""
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.speech.close()

    async def _run(self) -> None:
        try:
            with suppress(NotFound):  # its conversation was deleted
                await self._follow()
        except Exception as error:  # its text may hold what was answered
            log.error("voice.turn_lost", error=told(error), where=where(error))
        finally:
            self.speech.end()

    async def _follow(self) -> None:
        after = 0
        while True:
            news = await self._assistant.events(self._user_id, self.turn_id, after, _WAIT_SECONDS)
            for event in news.events:
                after = event.seq
                self._on_event(event)
                for saying in self._script.after(event):
                    self.speech.add(saying)
            if news.done:
                return


def heard_of(answer: str, heard: Sequence[str]) -> int:
    """How many characters of an answer were heard, when these stretches of it were."""
    end = 0
    for stretch in heard:
        found = answer.find(stretch.strip(), end)
        if found >= 0:
            end = found + len(stretch.strip())
    return end

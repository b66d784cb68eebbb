"""What one turn has said so far: it can be read from any point, by any number of clients, while it grows."""

import asyncio
from collections.abc import Callable
from typing import Any

from backend.assistant.events import LAST, TurnEvent


class TurnBuffer:
    """The events of one turn, in order. `user_id` is the only user who may read them."""

    def __init__(self, turn_id: str, user_id: str) -> None:
        self.turn_id = turn_id
        self.user_id = user_id
        self.events: list[TurnEvent] = []
        self._news = asyncio.Event()

    @property
    def done(self) -> bool:
        """Whether the last event has been said."""
        return bool(self.events) and isinstance(self.events[-1], LAST)

    def say(self, make: Callable[..., TurnEvent], **fields: Any) -> None:
        """Append the event `make(**fields)`; turn id and sequence number are added. Nothing follows a last event."""
        if self.done:
            return
        self.events.append(make(turn_id=self.turn_id, seq=len(self.events) + 1, **fields))
        news, self._news = self._news, asyncio.Event()
        news.set()

    def after(self, seq: int) -> list[TurnEvent]:
        """The events that follow sequence number `seq`."""
        return self.events[max(seq, 0) :]

    async def wait(self, seq: int, seconds: float) -> list[TurnEvent]:
        """The events after `seq`, as soon as there are any; none after `seconds`, or when there will be none."""
        if not self.done and seq >= len(self.events):
            try:
                async with asyncio.timeout(seconds):
                    while not self.done and seq >= len(self.events):
                        await self._news.wait()
            except TimeoutError:
                return []
        return self.after(seq)

"""The line between a session and its client, whatever carries it: a WebSocket or WebRTC."""

from enum import IntEnum
from typing import Protocol

from backend.voice.frames import Sound
from backend.voice.wire import Received


class Close(IntEnum):
    """Why a line is closed, as WebSocket close codes (RFC 6455, section 7.4; from 4000 on our own)."""

    ENDED = 1000
    SERVER_STOPS = 1001
    WRONG_KIND = 1003
    NOT_ALLOWED = 1008
    TOO_MANY = 1013
    TOO_SLOW = 4408
    TAKEN_OVER = 4409
    FLOODED = 4429


# A browser that leaves the page, or says goodbye, does not come back for its session.
LEFT_FOR_GOOD = frozenset({Close.ENDED, Close.SERVER_STOPS})


class LineLost(Exception):
    """The client is gone. `code` is how it left: 1000 and 1001 said goodbye."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the line is gone (code {code})")
        self.code = code


class Closing(Exception):
    """The line is to be closed by us."""

    def __init__(self, close: Close, reason: str) -> None:
        super().__init__(reason)
        self.close = close
        self.reason = reason


class Line(Protocol):
    """One connection. Sending and receiving raise `LineLost` when the client is gone."""

    async def send_event(self, n: int, body: str) -> None:
        """Send the JSON of an event as number `n`; returns when the connection has taken it."""
        ...

    async def send_audio(self, n: int, sound: Sound) -> None:
        """Send sound as number `n`; returns when the connection has taken it."""
        ...

    async def receive(self) -> Received:
        """What comes next. Raises `WrongKind` or `BadInput` for what cannot be read."""
        ...

    async def close(self, close: Close, reason: str) -> None:
        """Say goodbye; never raises, and does not wait for a client that reads nothing."""
        ...

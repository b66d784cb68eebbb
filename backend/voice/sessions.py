"""All sessions: opened within limits, kept for a client that lost its line, taken over, and ended without a trace."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from backend.errors import BadInput, ErrorCode, NotFound, VoiceAssistError
from backend.voice.connection import Connection, StillAllowed
from backend.voice.downlink import Downlink
from backend.voice.limits import Limits
from backend.voice.line import LEFT_FOR_GOOD, Close, Closing, Line, LineLost
from backend.voice.parts import Parts
from backend.voice.session import Session
from backend.voice.wire import Failed, Notice, SessionResume, SessionStart
from backend.voice.wishes import wished
from backend.voice.work import Work

# What a client is told in words before a line is closed, by the code of the envelope.
_CODES = {
    Close.WRONG_KIND: ErrorCode.VALIDATION_ERROR,
    Close.NOT_ALLOWED: ErrorCode.FORBIDDEN,
    Close.TOO_MANY: ErrorCode.RATE_LIMITED,
    Close.FLOODED: ErrorCode.RATE_LIMITED,
    Close.TAKEN_OVER: ErrorCode.CONFLICT,
    Close.SERVER_STOPS: ErrorCode.UNAVAILABLE,
}
# A session that was closed for one of these may be resumed: the client, or its line, is at fault, not what it said.
_RESUMABLE = frozenset({Close.TOO_SLOW, Close.TAKEN_OVER})
# A server that stops waits no longer (seconds) for goodbyes.
_GOODBYE_SECONDS = 2.0


@dataclass(slots=True)
class _Kept:
    """A session, the connection that it has, or since when it has none."""

    session: Session
    connection: Connection | None = None
    expiry: asyncio.TimerHandle | None = None


class Sessions:
    """`new_id` makes ids that nobody can guess. `close` at the end."""

    def __init__(
        self, parts: Parts, limits: Limits | None = None, new_id: Callable[[], str] = lambda: str(uuid4())
    ) -> None:
        self._parts = parts
        self._limits = limits or Limits()
        self._new_id = new_id
        self._kept: dict[str, _Kept] = {}
        self._serving: set[asyncio.Task[object]] = set()
        self._dropping = Work()
        self._closing = False

    def __len__(self) -> int:
        return len(self._kept)

    def ask_again(self) -> None:
        """Somebody's right to be served may have ended: every connection asks at once whether it still may."""
        for kept in self._kept.values():
            if kept.connection is not None:
                kept.connection.ask_now()

    async def serve(self, line: Line, user_id: str, still_allowed: StillAllowed) -> None:
        """Serve a client of this user on a new line until it ends."""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            await self._serve(line, user_id, still_allowed)
        finally:
            self._serving.discard(task)

    async def _serve(self, line: Line, user_id: str, still_allowed: StillAllowed) -> None:
        downlink = Downlink(self._limits.reads_within)
        try:
            async with asyncio.timeout(self._limits.first_within):
                first = await line.receive()
            if isinstance(first, SessionStart):
                await self._begin(line, user_id, still_allowed, first, downlink)
            elif isinstance(first, SessionResume):
                await self._resume(line, user_id, still_allowed, first)
            else:
                raise Closing(Close.NOT_ALLOWED, "The first message must be `session.start` or `session.resume`.")
        except LineLost:
            pass
        except TimeoutError:
            await _goodbye(line, downlink, Closing(Close.NOT_ALLOWED, "No `session.start` came."))
        except BadInput as error:
            await _goodbye(line, downlink, Closing(Close.WRONG_KIND, error.message))
        except VoiceAssistError as error:  # no engine for the language, say
            await _goodbye(line, downlink, Closing(Close.NOT_ALLOWED, error.message), error.code)
        except Closing as closing:
            await _goodbye(line, downlink, closing)

    async def close(self) -> None:
        """End all sessions; their clients are told."""
        self._closing = True
        for kept in self._kept.values():
            if kept.connection is not None:
                kept.connection.end(Closing(Close.SERVER_STOPS, "VoiceAssist is being restarted."))
        if self._serving:
            await asyncio.wait(self._serving, timeout=_GOODBYE_SECONDS)
        for kept in list(self._kept.values()):
            await self._drop(kept)
        await self._dropping.close()

    async def _begin(
        self, line: Line, user_id: str, still_allowed: StillAllowed, start: SessionStart, downlink: Downlink
    ) -> None:
        parts = self._parts
        voice = await wished(parts.wishes, parts.hears, user_id, start.language, start.voice, start.speed)
        await self._make_room(user_id)
        start = start.model_copy(update={"language": voice.language, "voice": voice.name, "speed": voice.speed})
        kept = _Kept(Session(self._new_id(), user_id, start, self._parts, downlink))
        self._kept[kept.session.id] = kept
        await self._connect(kept, line, still_allowed, None)

    async def _resume(self, line: Line, user_id: str, still_allowed: StillAllowed, resume: SessionResume) -> None:
        kept = self._kept.get(resume.session_id)
        if kept is None or kept.session.user_id != user_id:
            raise NotFound("There is no such session any more. Begin a new one.", field="session_id")
        while (other := kept.connection) is not None:
            other.end(Closing(Close.TAKEN_OVER, "The session goes on in another place."))
            await other.gone.wait()
            await asyncio.sleep(0)  # let it detach
        if kept.session.downlink.missed(resume.after):
            text = "The line was lost for too long: some of what was said did not arrive."
            kept.session.downlink.tell(Notice(code="LOST", message=text))
        await self._connect(kept, line, still_allowed, resume.after)

    async def _connect(self, kept: _Kept, line: Line, still_allowed: StillAllowed, after: int | None) -> None:
        if kept.expiry is not None:
            kept.expiry.cancel()
            kept.expiry = None
        connection = Connection(line, kept.session, still_allowed, self._limits, self._parts.clock)
        kept.connection = connection
        stays = False
        try:
            await connection.serve(after)
        except LineLost as lost:
            stays = lost.code not in LEFT_FOR_GOOD
        except Closing as closing:
            stays = closing.close in _RESUMABLE
            raise
        finally:
            kept.connection = None
            kept.session.line_lost()
            if stays and not self._closing:
                self._wait_for(kept)
            else:
                await self._drop(kept)

    def _wait_for(self, kept: _Kept) -> None:
        """Keep a session for a while for its client to come back."""
        loop = asyncio.get_running_loop()
        kept.expiry = loop.call_later(
            self._limits.resume_within, lambda: self._dropping.do(self._drop(kept), "session expired")
        )

    async def _drop(self, kept: _Kept) -> None:
        if kept.expiry is not None:
            kept.expiry.cancel()
        if self._kept.pop(kept.session.id, None) is not None:
            await kept.session.close()

    async def _make_room(self, user_id: str) -> None:
        """Raises `Closing` when there are too many sessions; one that lost its client gives way to a new one."""
        if self._closing:
            raise Closing(Close.SERVER_STOPS, "VoiceAssist is being restarted.")
        own = [kept for kept in self._kept.values() if kept.session.user_id == user_id]
        if len(own) >= self._limits.per_user and not await self._give_way(own):
            raise Closing(Close.TOO_MANY, f"You have {len(own)} voice sessions open already. Close one of them.")
        if len(self._kept) >= self._limits.in_all and not await self._give_way(list(self._kept.values())):
            raise Closing(Close.TOO_MANY, "Too many people are speaking with VoiceAssist. Try again soon.")

    async def _give_way(self, sessions: Sequence[_Kept]) -> bool:
        """End the oldest of these sessions that has lost its client. Whether there was one."""
        lost = next((kept for kept in sessions if kept.connection is None), None)
        if lost is not None:
            await self._drop(lost)
        return lost is not None


async def _goodbye(line: Line, downlink: Downlink, closing: Closing, code: ErrorCode | None = None) -> None:
    """Tell why, where the client still reads, and close."""
    code = code or _CODES.get(closing.close)
    if code is not None:
        with suppress(LineLost, Closing):
            await downlink.send_now(line, Failed(code=code, message=closing.reason, fatal=True))
    await line.close(closing.close, closing.reason)

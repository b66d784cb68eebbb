"""One line of a session, from its first message to its end: what is read, what is written, and who is still allowed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from backend.errors import BadInput, NotAllowed, NotSignedIn, VoiceAssistError
from backend.trouble import told
from backend.voice.limits import Limits
from backend.voice.line import Close, Closing, Line
from backend.voice.session import Session
from backend.voice.uplink import Flood
from backend.voice.wire import AudioIn, Failed, WrongKind

log = structlog.get_logger(__name__)

# Raises when the user may no longer be served.
StillAllowed = Callable[[], Awaitable[None]]


class Connection:
    """Serves a session over a line; made for one `serve`. `clock` counts seconds."""

    def __init__(
        self, line: Line, session: Session, still_allowed: StillAllowed, limits: Limits, clock: Callable[[], float]
    ) -> None:
        self.gone = asyncio.Event()
        self._line = line
        self._session = session
        self._still_allowed = still_allowed
        self._limits = limits
        self._flood = Flood(clock)
        self._ask_now = asyncio.Event()
        self._end: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()

    def end(self, closing: Closing) -> None:
        """Have the line closed."""
        if not self._end.done():
            self._end.set_result(closing)

    def ask_now(self) -> None:
        """Somebody's right to be served may have ended: ask at once."""
        self._ask_now.set()

    async def serve(self, resumed_after: int | None) -> None:
        """Until the line is lost (raises `LineLost`) or is to be closed (raises `Closing`).

        `resumed_after` is what a client that came back has received, None for a new session.
        """
        tasks = [
            asyncio.create_task(work, name=f"voice: {name}")
            for name, work in (
                ("write", self._write(resumed_after)),
                ("read", self._read()),
                ("ask again", self._ask_again()),
                ("end", self._ended()),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            self.gone.set()
        errors = [error for task in done if (error := task.exception()) is not None]
        raise next((error for error in errors if isinstance(error, Closing)), errors[0])

    async def _read(self) -> None:
        while True:
            try:
                message = await self._line.receive()
            except WrongKind as error:
                raise Closing(Close.WRONG_KIND, error.message) from None
            except BadInput as error:
                self._flood.told()
                self._session.downlink.tell(Failed(code=error.code, message=error.message, fatal=False))
                continue
            if isinstance(message, AudioIn):
                self._flood.heard()
            else:
                self._flood.told()
            self._session.take(message)

    async def _write(self, resumed_after: int | None) -> None:
        downlink = self._session.downlink
        if resumed_after is not None:
            await downlink.resume(self._line, resumed_after)
        await downlink.send_now(self._line, self._session.ready(resumed=resumed_after is not None))
        self._session.line_found()
        await downlink.serve(self._line)

    async def _ask_again(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ask_now.wait(), self._limits.asked_every)
            self._ask_now.clear()
            try:
                await self._still_allowed()
            except (NotAllowed, NotSignedIn) as error:
                raise Closing(Close.NOT_ALLOWED, error.message) from None
            except VoiceAssistError as error:  # nobody can say at the moment; every turn asks for itself
                log.warning("voice.user_not_checked", error=told(error))

    async def _ended(self) -> None:
        raise await self._end

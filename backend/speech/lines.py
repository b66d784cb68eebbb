"""The engines of one kind in the order in which they are asked, each behind a circuit breaker."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from backend.circuit import Circuit, State
from backend.egress.gate import Withheld
from backend.errors import Unavailable
from backend.speech.protocol import EngineInfo
from backend.telemetry import speech_calls, speech_seconds

log = structlog.get_logger(__name__)


class Engine(Protocol):
    """What engines that hear and engines that speak have in common."""

    @property
    def info(self) -> EngineInfo: ...

    async def close(self) -> None: ...


E = TypeVar("E", bound=Engine)


class Line(Generic[E]):
    """One engine. Each attempt that `admits` let pass ends in exactly one of `worked`, `failed` and `left`."""

    def __init__(self, engine: E, step: str, clock: Callable[[], float]) -> None:
        self.engine = engine
        self._step = step
        self._clock = clock
        self._circuit = Circuit()
        self._withheld = False

    @property
    def likely(self) -> bool:
        """Whether this engine would probably be asked now: it is neither given a pause nor was it withheld last."""
        return self._circuit.state(self._clock()) is not State.OPEN and not self._withheld

    def admits(self) -> bool:
        """Whether an attempt may be made now."""
        return self._circuit.admits(self._clock())

    def worked(self) -> None:
        """The attempt ended well."""
        self._circuit.worked()
        self._withheld = False
        self._count("worked")

    def failed(self, error: Exception) -> None:
        """The attempt failed, or was refused by the gate, which says nothing about the engine."""
        self._withheld = isinstance(error, Withheld)
        if self._withheld:
            self._circuit.released()
        else:
            self._circuit.failed(self._clock(), getattr(error, "retry_after", None))
        self._count("withheld" if self._withheld else "failed")
        log.info("speech.engine", step=self._step, engine=self.engine.info.name, error=type(error).__name__)

    def left(self) -> None:
        """The attempt was given up by whoever made it."""
        self._circuit.released()
        self._count("stopped")

    def took(self, seconds: float) -> None:
        """How long whoever waits for it waited."""
        speech_seconds.labels(self._step, self.engine.info.name).observe(seconds)

    def _count(self, outcome: str) -> None:
        speech_calls.labels(self._step, self.engine.info.name, outcome).inc()


class Lines(Generic[E]):
    """Holds the engines of one kind. `step` is what they do, `unable` says so of one that does not know a language."""

    def __init__(self, engines: Sequence[E], step: str, clock: Callable[[], float]) -> None:
        self._step = step
        self._clock = clock
        self._lines = [Line(engine, step, clock) for engine in engines]

    def choices(self, language: str, grade: str = "") -> Iterator[Line[E]]:
        """Who is asked, in order; the next one when one has failed. Each one that is given out is being tried."""
        for line in self._lines:
            info = line.engine.info
            if _knows(info, language) and grade in ("", info.grade) and line.admits():
                yield line

    def likely(self, language: str) -> E | None:
        """Who would be asked now; when none would, who is first of those that know the language."""
        able = [line for line in self._lines if _knows(line.engine.info, language)]
        return next((line.engine for line in able if line.likely), able[0].engine if able else None)

    @property
    def engines(self) -> list[E]:
        """All, in order."""
        return [line.engine for line in self._lines]

    def nobody(self, language: str, errors: Sequence[Exception]) -> Unavailable:
        """Why nobody does it, and what to do: an error to raise."""
        if not self._lines:
            return Unavailable("Voice is switched off here. An administrator can switch it on: VOICE.")
        if errors:
            last = errors[-1]
            return last if isinstance(last, Unavailable) else Unavailable(str(last))
        if not any(_knows(line.engine.info, language) for line in self._lines):
            setting = self._step.upper()
            return Unavailable(
                f"No engine here {self._step} {language!r}. An administrator can name one that does: {setting}_BY or "
                f"{setting}_FALLBACK."
            )
        return Unavailable(f"Whatever {self._step} {language!r} here has failed repeatedly and is given a pause.")

    async def use(self, engines: Sequence[E]) -> None:
        """Let other engines do it from now on. What the old ones are doing breaks off."""
        old, self._lines = self._lines, [Line(engine, self._step, self._clock) for engine in engines]
        for line in old:
            await line.engine.close()


def _knows(info: EngineInfo, language: str) -> bool:
    return not info.languages or not language or language in info.languages

"""Decides who answers: the configured models in their order, each behind a circuit breaker; else the extractive one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from functools import partial

import structlog

from backend.circuit import Circuit
from backend.egress.gate import Withheld
from backend.errors import RateLimited, Unavailable
from backend.models.extractive import Extractive
from backend.models.protocol import LanguageModel, Message, ModelInfo
from backend.models.usage import Usage, estimate
from backend.telemetry import model_calls

log = structlog.get_logger(__name__)


class Choice:
    """Who is asked, and why. A `model` is asked inside `attempt`; None: it is the extractive answerer's turn."""

    def __init__(self, reason: str, line: "_Line | None" = None, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.reason = reason
        self.model = line.model if line else None
        self._line = line
        self._clock = clock

    def leave(self) -> None:
        """Not ask this one after all."""
        if self._line is not None:
            self._line.circuit.released()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around the call: how it ends decides whether the model is asked again soon."""
        if self._line is None:
            yield
            return
        circuit, calls = self._line.circuit, partial(model_calls.labels, self._line.model.name)
        try:
            yield
        except Withheld:
            circuit.released()
            calls("withheld").inc()
            raise
        except (Unavailable, RateLimited) as error:
            circuit.failed(self._clock(), error.retry_after)
            calls("failed").inc()
            raise
        except BaseException:  # most of all the user who stops the answer
            circuit.released()
            calls("stopped").inc()
            raise
        circuit.worked()
        calls("worked").inc()


@dataclass(slots=True)
class _Line:
    model: LanguageModel
    circuit: Circuit = field(default_factory=Circuit)


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote to a short question; nothing when it failed or was late. `usage` has its cost."""

    model: LanguageModel
    text: str
    usage: Usage


class Router:
    """Holds the answerers. The extractive one is always there and is what every other falls back to.

    `clock` is a steady clock in seconds.
    """

    def __init__(
        self, extractive: Extractive, models: Sequence[LanguageModel] = (), *, clock: Callable[[], float]
    ) -> None:
        self.extractive = extractive
        self._clock = clock
        self._lines = [_Line(model) for model in models]

    @property
    def preferred(self) -> ModelInfo:
        """The answerer that is meant to answer when all is well."""
        return self._lines[0].model if self._lines else self.extractive

    def choices(self, language: str) -> Iterator[Choice]:
        """Who is to be asked about passages in `language` (ISO 639-1), in order: the next one when one has failed.

        The extractive answerer comes last, always.
        """
        passed_over: list[str] = []
        for line in self._lines:
            model = line.model
            if (spoken := model.capabilities.languages) and language not in spoken:
                passed_over.append(f"{model.name} does not read {language!r}")
            elif not line.circuit.admits(self._clock()):
                passed_over.append(f"{model.name} has failed repeatedly and is given a pause")
            else:
                reason = "; ".join(passed_over) or f"{model.name} is the first of the configured language models"
                yield Choice(f"{reason}.", line, self._clock)
                passed_over.append(f"{model.name} gave no usable answer")
        reason = "; ".join(passed_over) or "no language model is configured"
        yield Choice(f"{reason[0].upper()}{reason[1:]}.")

    async def once(
        self,
        messages: Sequence[Message],
        user_id: str,
        language: str,
        *,
        seconds: float,
        longest: int,
        by: LanguageModel | None = None,
    ) -> Written | None:
        """Ask the first model that would answer, or the one `by` whom it is to be answered, a short question.

        It has `seconds`, and its answer is cut after `longest` characters. None when there is no model that follows
        rules, or it may not be asked.
        """
        choice = self._choice(language, by)
        model = choice.model
        if model is None or not model.capabilities.instructed:
            choice.leave()
            return None
        pieces: list[str] = []
        usage: Usage | None = None
        try:
            async with asyncio.timeout(seconds):
                with choice.attempt():
                    async with aclosing(model.stream(messages, user_id)) as stream:
                        async for piece in stream:
                            if isinstance(piece, Usage):
                                usage = piece
                            else:
                                pieces.append(piece)
                            if sum(map(len, pieces)) > longest:
                                break
        except Withheld:
            return None
        except (Unavailable, RateLimited, TimeoutError) as error:
            log.info("model.no_help", error=type(error).__name__)
            pieces.clear()
        text = "".join(pieces)
        usage = usage or estimate([message.content for message in messages], text)
        return Written(model, text, usage.priced(model.price))

    def _choice(self, language: str, by: LanguageModel | None) -> Choice:
        """The first choice, or that of one model; when it is not to be asked now, the last one, which has none."""
        for choice in self.choices(language):
            if choice.model is None or by in (None, choice.model):
                break
            choice.leave()
        return choice

    async def use(self, models: Sequence[LanguageModel]) -> None:
        """Let other models answer from now on. What the old ones write breaks off."""
        old, self._lines = self._lines, [_Line(model) for model in models]
        for line in old:
            await line.model.close()

    async def close(self) -> None:
        """Give connections back."""
        await self.use(())

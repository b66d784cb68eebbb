"""Decides who answers: the configured model, or the extractive answerer."""

from dataclasses import dataclass

from backend.models.extractive import Extractive
from backend.models.protocol import LanguageModel, ModelInfo


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a question. `model` is None when the extractive answerer does; `reason` says why, for a reader."""

    model: LanguageModel | None
    reason: str


class Router:
    """Holds the answerers. The extractive one is always there and is what every other falls back to.

    A model that failed `_FAILURES` times in a row is left alone for `_PAUSE` seconds, so that not every question waits
    for a machine that is down.
    """

    _FAILURES = 3
    _PAUSE = 60.0

    def __init__(self, extractive: Extractive, model: LanguageModel | None = None) -> None:
        self.extractive = extractive
        self._model = model
        self._failures = 0
        self._paused_until = 0.0

    @property
    def preferred(self) -> ModelInfo:
        """The answerer that is meant to answer when all is well."""
        return self._model or self.extractive

    def route(self, now: float) -> Route:
        """Who answers at `now` (seconds of a steady clock)."""
        if self._model is None:
            return Route(None, "No language model is configured.")
        if now < self._paused_until:
            return Route(None, f"The language model {self._model.name} has failed repeatedly and is given a pause.")
        return Route(self._model, f"{self._model.name} is the configured language model.")

    async def use(self, model: LanguageModel | None) -> None:
        """Let another model answer from now on; None: the extractive answerer. What the old one writes breaks off."""
        old, self._model = self._model, model
        self.worked()
        if old is not None:
            await old.close()

    def failed(self, now: float) -> None:
        """The model did not answer."""
        self._failures += 1
        if self._failures >= self._FAILURES:
            self._paused_until = now + self._PAUSE
            self._failures = 0

    def worked(self) -> None:
        """The model answered to its end."""
        self._failures = 0
        self._paused_until = 0.0

    async def close(self) -> None:
        """Give connections back."""
        if self._model is not None:
            await self._model.close()

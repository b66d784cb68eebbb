"""One language model's answer to one question, of which only the sentences that the passages support are handed on."""

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing

from backend.assistant.citations import Checker, Support, harmless, parse
from backend.assistant.prompt import NO_ANSWER
from backend.models.protocol import LanguageModel, Message
from backend.models.sentences import SentenceStream
from backend.models.usage import Usage, estimate
from backend.telemetry import model_cost, model_first_token_seconds, model_tokens

# By now (seconds) a request is on its way; a thread that reads passages beside it would hold it up.
_SENT_SECONDS = 0.02
# A model that says again what it has said is stopped after so many sentences in a row that are not new.
_MOST_REPEATED = 4

# Shows a sentence: what separates it from the one before, its text, what supports it.
Show = Callable[[str, str, Sequence[Support]], None]


class Writing:
    """Reads a model's answer. What it has become by now stands in the attributes, also when `run` is broken off.

    `refused`: it said that the passages do not answer. `left_out`: something that it said is not supported.
    `repeating`: it was stopped for saying the same again. `scores` are those of the sentences shown.
    """

    def __init__(self, model: LanguageModel, sent: Sequence[Message], checker: Checker, show: Show) -> None:
        self._model = model
        self._sent = sent
        self._checker = checker
        self._show = show
        self._said: set[str] = set()
        self._repeated = 0
        self._written: list[str] = []
        self._counted: Usage | None = None
        self.refused = False
        self.left_out = False
        self.repeating = False
        self.scores: list[float] = []

    async def run(self, user_id: str, clock: Callable[[], float]) -> None:
        """Read to the end. Raises what `LanguageModel.stream` raises."""
        sentences = SentenceStream()
        began = clock()
        # What its sentences are checked against is needed only when they come.
        reading = asyncio.create_task(self._read())
        try:
            async with aclosing(self._model.stream(self._sent, user_id)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        self._counted = piece
                        continue
                    if not self._written:
                        model_first_token_seconds.labels(self._model.name).observe(clock() - began)
                    self._written.append(piece)
                    for separator, sentence in sentences.feed(piece):
                        if await self._ends(separator, sentence):
                            return
            for separator, sentence in sentences.close():
                if await self._ends(separator, sentence):
                    return
        finally:
            reading.cancel()
            self._account()

    async def _read(self) -> None:
        await asyncio.sleep(_SENT_SECONDS)
        await self._checker.read()

    @property
    def usage(self) -> Usage:
        """What was read and written, with its price; estimated where the model did not count to the end."""
        if self._counted is None and not self._written:
            return Usage(0, 0)  # as far as we know it did not begin
        counted = self._counted or estimate([message.content for message in self._sent], "".join(self._written))
        return counted.priced(self._model.price)

    async def _ends(self, separator: str, sentence: str) -> bool:
        """Take one sentence. Whether nothing that follows matters."""
        if sentence.startswith(NO_ANSWER):
            self.refused = True
            return True
        claim = parse(harmless(sentence))
        key = " ".join(re.findall(r"\w+", claim.text.casefold()))
        if key in self._said:
            self._repeated += 1
            self.repeating = self._repeated >= _MOST_REPEATED
            return self.repeating
        self._repeated = 0
        self._said.add(key)
        supports = await self._checker.support(claim)
        if supports:
            self.scores.append(supports[0].score)
            self._show(separator, claim.text, supports)
        elif key and not claim.text.endswith(":"):  # a lead-in claims nothing
            self.left_out = True
        return False

    def _account(self) -> None:
        usage, name = self.usage, self._model.name
        model_tokens.labels(name, "read").inc(usage.read)
        model_tokens.labels(name, "written").inc(usage.written)
        model_cost.labels(name).inc(usage.cost)

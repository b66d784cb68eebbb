"""The passages for a question: for all of it, or for each of the questions that it is made of."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.assistant.account import Account
from backend.assistant.asking import Asking
from backend.assistant.contexts import alone, spread
from backend.assistant.question import Question
from backend.assistant.questions.followups import NAME
from backend.assistant.questions.lookup import Findings, Lookup, Search
from backend.assistant.questions.parts import Bridge, Part, bridge_of, may_be_several, parts_of
from backend.assistant.questions.understood import Understood, understand
from backend.errors import Unavailable
from backend.models.extractive import Extractive
from backend.search.chunk import Passage

# Passages that an answer to one question may rest on, and to each part of one that is made of several.
PASSAGES = 8
_PASSAGES_OF_PART = 5
# Nobody waits longer for passages.
SEARCH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Sought:
    """A question with the passages that may answer it, best first. `label`: what of several things it is about."""

    question: str
    passages: Sequence[Passage]
    label: str = ""


class Finding:
    """Finds for one question of a turn. What it did goes to `account`."""

    def __init__(
        self, search: Search, extractive: Extractive, asking: Asking, question: Question, account: Account
    ) -> None:
        self._lookup = Lookup(search, question.user_id, question.filters, question.find_named)
        self._extractive = extractive
        self._asking = asking
        self._question = question
        self._account = account

    async def find(self, understood: Understood) -> Findings:
        """The passages for a question. Raises `Unavailable`, and what the search raises."""
        words = self._account.words
        with self._account.step("retrieve"):
            try:
                async with asyncio.timeout(SEARCH_SECONDS):
                    found = await self._lookup.find(understood)
            except TimeoutError as error:
                raise Unavailable("The search did not answer in time. Ask again.") from error
        if found.name_dropped is not None:
            self._account.note(words.name_dropped.format(name=found.name_dropped))
        if found.period_dropped is not None:
            self._account.note(words.period_dropped.format(period=found.period_dropped))
        self._account.gone += found.gone
        return found

    async def parts(self, understood: Understood) -> list[Sought]:
        """The questions that a question is made of, each with its passages; empty for one that is one question."""
        bridge = bridge_of(understood.text, understood.words)
        if bridge is not None:
            return await self._over(bridge, understood)
        parts = parts_of(understood.text, understood.words)
        if not parts and may_be_several(understood.text, understood.words):
            parts = await self._asking.parts(understood.text, understood.language)
        return [await self._part(part, understood) for part in parts]

    async def _part(self, part: Part, whole: Understood) -> Sought:
        own = await asyncio.to_thread(understand, part.question, (), self._question.asked_at, self._question.zone)
        # A file or a time that is named once is meant for all of it.
        own = replace(own, names=own.names or whole.names, period=own.period or whole.period)
        found = await self.find(own)
        return Sought(found.question, spread(found.passages, _PASSAGES_OF_PART), part.label)

    async def _over(self, bridge: Bridge, whole: Understood) -> list[Sought]:
        """What has to be found first, and with the name that it gives, the rest; empty when it gives none."""
        first = await self._part(Part(bridge.inner), whole)
        extract = await self._extractive.answer(first.question, [c.source for c in alone(first.passages)])
        known = whole.text.casefold()
        names = [
            match.group()
            for pick in extract.picks
            for match in re.finditer(NAME, pick.text)
            if match.group().casefold() not in known
        ]
        if not names:
            return []
        return [first, await self._part(Part(bridge.outer.format(names[0])), whole)]


def is_several(understood: Understood) -> bool:
    """Whether a question is plainly made of several, which `Finding.parts` gives."""
    text, words = understood.text, understood.words
    return bridge_of(text, words) is not None or bool(parts_of(text, words))

"""What of a turn is said aloud: its answer clause by clause, where it comes from, and what went wrong."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.assistant.events import AnswerDelta, TurnDone, TurnError, TurnEvent
from backend.speech.clauses import Clause, Clauses
from backend.speech.sources import announcement


@dataclass(frozen=True, slots=True)
class Saying:
    """A clause: `text` as it is shown, `spoken` as an engine is given it."""

    text: str
    spoken: str


class Script:
    """Follows the events of one turn, from the first on. `text` is the answer so far."""

    def __init__(self, language: str) -> None:
        self.text = ""
        self._language = language
        self._clauses = Clauses(language)

    def after(self, event: TurnEvent) -> list[Saying]:
        """What can be said now that this has come."""
        if isinstance(event, AnswerDelta):
            return self._answer(event.text)
        if isinstance(event, TurnDone):
            # When only the record of a turn is left, its answer comes with the last event.
            rest = [] if self.text else self._answer(event.text)
            files = [(cited.path, cited.time) for cited in event.citations if cited.kind == "file"]
            sources = announcement(files, self._language)
            return [*rest, Saying(sources, sources)] if sources else rest
        if isinstance(event, TurnError):
            return [Saying(event.message, event.message)]
        return []

    def _answer(self, text: str) -> list[Saying]:
        """Whole sentences come, so nothing of them need wait for the next."""
        self.text += text
        return list(_sayings([*self._clauses.feed(text), *self._clauses.flush()]))


def _sayings(clauses: Iterable[Clause]) -> Iterable[Saying]:
    return (Saying(clause.text, clause.spoken) for clause in clauses if clause.spoken)

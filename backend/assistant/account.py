"""The account of a turn: what it has done by now, and what its last event tells of that."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from backend.assistant.buffer import TurnBuffer
from backend.assistant.events import (
    Asked,
    Considered,
    ModelUsed,
    NotCited,
    Step,
    Timings,
    TokensUsed,
    TurnDone,
)
from backend.assistant.notes import Notes
from backend.assistant.outcome import Outcome
from backend.assistant.shown import Shown
from backend.models.protocol import THIS_MACHINE, LanguageModel, ModelInfo
from backend.models.usage import Usage
from backend.search.chunk import Passage
from backend.telemetry import turn_seconds


@dataclass(slots=True)
class Account:
    """What a turn has done. `words` are our own in the language of the question, `clock` a steady clock in seconds.

    `passages` are those that the answer may rest on, `gone` see `search.chunk.Found`. `rests_on` are ids of the files
    whose words are in `searched_for` and `clarification`.
    """

    clock: Callable[[], float]
    words: Notes
    model: ModelInfo
    reason: str = "No language model was needed."
    data_went_to: list[str] = field(default_factory=list)
    usage: Usage | None = None
    steps: list[Step] = field(default_factory=list)
    confidence: float | None = None
    answered: bool = False
    notes: list[str] = field(default_factory=list)
    passages: Sequence[Passage] = ()
    gone: int = 0
    searched_for: str | None = None
    clarification: Asked | None = None
    rests_on: set[int] = field(default_factory=set)
    began: float = field(init=False)
    first_text: float | None = None

    def __post_init__(self) -> None:
        self.began = self.clock()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take down how long what is inside took. Steps of one name are added up."""
        began = self.clock()
        try:
            yield
        finally:
            took = self.clock() - began
            for place, known in enumerate(self.steps):
                if known.name == name:
                    self.steps[place] = Step(name=name, seconds=known.seconds + took)
                    break
            else:
                self.steps.append(Step(name=name, seconds=took))

    def text_shown(self) -> None:
        """The first words are about to be shown, or further ones."""
        if self.first_text is None:
            self.first_text = self.clock() - self.began

    def asked(self, model: LanguageModel, usage: Usage) -> None:
        """A model was sent the question and passages, whoever answers in the end."""
        if model.data_goes_to not in self.data_went_to:
            self.data_went_to.append(model.data_goes_to)
        self.usage = usage if self.usage is None else self.usage + usage

    def note(self, text: str) -> None:
        """Tell the reader something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def done(self, shown: Shown, buffer: TurnBuffer) -> Outcome:
        """The end of a turn that was answered."""
        total = self.clock() - self.began
        turn_seconds.observe(total)
        elsewhere = [place for place in self.data_went_to if place != THIS_MACHINE]
        model = ModelUsed(
            name=self.model.name,
            provider=self.model.provider,
            data_goes_to=" and ".join(elsewhere) or THIS_MACHINE,
            reason=self.reason,
        )
        usage = self.usage
        tokens = None
        if usage is not None:
            tokens = TokensUsed(
                read=usage.read, written=usage.written, estimated=usage.estimated, cost=usage.cost or None
            )
        note = " ".join(self.notes) or None
        timings = Timings(first_text=self.first_text, total=total)
        considered = self._considered(shown)

        def finish() -> None:
            buffer.say(
                TurnDone,
                text=shown.text,
                citations=shown.citations,
                model=model,
                confidence=self.confidence,
                answered=self.answered,
                steps=self.steps,
                timings=timings,
                tokens=tokens,
                note=note,
                considered=considered,
                searched_for=self.searched_for,
                clarification=self.clarification,
            )

        return Outcome(
            "done",
            shown,
            finish,
            model=model,
            confidence=self.confidence,
            answered=self.answered,
            note=note,
            steps=self.steps,
            timings=timings,
            considered=considered,
            tokens=tokens,
            searched_for=self.searched_for,
            clarification=self.clarification,
            rests_on=frozenset(self.rests_on),
        )

    def _considered(self, shown: Shown) -> Considered:
        cited = {citation.passage_id for citation in shown.citations}
        return Considered(
            passages=len(self.passages),
            cited=len(cited),
            not_cited=[
                NotCited(
                    title=passage.document.title,
                    page=passage.chunk.page,
                    section=passage.chunk.section,
                    time=passage.chunk.time,
                )
                for passage in self.passages
                if passage.id not in cited
            ],
            gone=self.gone,
        )

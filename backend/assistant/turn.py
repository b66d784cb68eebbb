"""One turn: retrieve, answer by the routed model or extractively, and show only what the passages support."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

import structlog

from backend.assistant.buffer import TurnBuffer
from backend.assistant.citations import Checker, Support
from backend.assistant.events import (
    Asked,
    Clarification,
    ClarificationOption,
    Considered,
    ModelUsed,
    NotCited,
    RetrievalDone,
    Step,
    Timings,
    TokensUsed,
    TurnCancelled,
    TurnDone,
    TurnError,
    TurnStarted,
)
from backend.assistant.prompt import messages
from backend.assistant.questions.choice import Chosen, without
from backend.assistant.questions.followups import Past
from backend.assistant.questions.lookup import FindNamed, Lookup, Search, nothing_named
from backend.assistant.questions.subjects import readings
from backend.assistant.questions.understood import Understood, understand
from backend.assistant.shown import Link, Shown
from backend.assistant.writing import Writing
from backend.egress.gate import Withheld, act_for
from backend.errors import ErrorCode, RateLimited, Unavailable, VoiceAssistError
from backend.models.extractive import Pick
from backend.models.protocol import THIS_MACHINE, LanguageModel, ModelInfo, SentenceEmbedder, Source
from backend.models.router import Choice, Router
from backend.models.terms import jaccard, terms
from backend.models.usage import Usage
from backend.search.chunk import Filters, Passage
from backend.telemetry import turn_seconds
from backend.trouble import told, where

log = structlog.get_logger(__name__)

Status = Literal["done", "cancelled", "failed", "interrupted"]

# Passages that an answer may rest on.
PASSAGES = 8
_SEARCH_SECONDS = 15.0
# The whole turn. The model's own limits are tighter; this is the last line against a spinner.
_TURN_SECONDS = 180.0
# A picked sentence that shares this much of its words with one already shown is not shown again.
_SAID_ALREADY = 0.6

REFUSAL = "Your files do not seem to answer this."
_CLOSEST = "These passages come closest:"
_NOTHING_FOUND = "Nothing in your files matches the question."
_NOTHING_IN_SCOPE = "Nothing in the chosen files and folders matches the question."
_LEFT_OUT = "Sentences of the language model that your files do not support were left out."
_UNSUPPORTED = "Nothing that the language model said is supported by your files."
_REPEATED = "The language model began to repeat itself and was stopped."
_FELL_BACK = "The answer is picked from your files word for word."
_NO_MODEL_ASKED = "Without passages there is nothing to ask a language model about."
_WENT_ON = "What follows its checked sentences is picked from your files word for word."


@dataclass(frozen=True, slots=True)
class Question:
    """What one turn answers. `past` are the turns before it, `chosen` the answer to a clarification."""

    turn_id: str
    conversation_id: str
    user_id: str
    text: str
    filters: Filters
    link: Link
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    past: tuple[Past, ...] = ()
    chosen: Chosen | None = None
    find_named: FindNamed = nothing_named


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn works with. `clock` is a steady clock in seconds."""

    search: Search
    router: Router
    embedder: SentenceEmbedder
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended. `finish` says its last event, after the outcome has been recorded."""

    status: Status
    shown: Shown
    finish: Callable[[], None]
    model: ModelUsed | None = None
    confidence: float | None = None
    answered: bool = False
    note: str | None = None
    steps: Sequence[Step] = ()
    timings: Timings | None = None
    considered: Considered | None = None
    searched_for: str | None = None
    clarification: Asked | None = None
    rests_on: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Progress:
    """What the turn knows by now."""

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
    first_text: float | None = None
    searched_for: str | None = None
    clarification: Asked | None = None
    # Files whose words are in `searched_for` and `clarification`.
    rests_on: set[int] = field(default_factory=set)


class Turn:
    """Answers one question. Everything it says goes to `buffer`."""

    def __init__(self, parts: Parts, question: Question, buffer: TurnBuffer) -> None:
        self._parts = parts
        self._question = question
        self._buffer = buffer
        self._shown = Shown(buffer, (), question.link)
        self._progress = _Progress(parts.router.extractive)
        self._began = parts.clock()

    async def run(self) -> Outcome:
        """Answer. A cancelled turn returns what was shown; nothing but a bug raises."""
        act_for(self._question.user_id)
        self._buffer.say(TurnStarted, conversation_id=self._question.conversation_id)
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                understood = await self._understand()
                passages = await self._retrieve(understood)
                if not await self._ask_back(understood, passages):
                    await self._answer(passages[:PASSAGES])
        except asyncio.CancelledError:
            text = self._shown.text
            return Outcome("cancelled", self._shown, lambda: self._buffer.say(TurnCancelled, text=text))
        except VoiceAssistError as error:
            log.warning("turn.failed", turn_id=self._question.turn_id, error=type(error).__name__, code=error.code)
            return self._failed(error.code, error.message)
        except TimeoutError:
            log.warning("turn.timed_out", turn_id=self._question.turn_id)
            return self._failed(ErrorCode.UNAVAILABLE, "The answer took too long. Ask again.")
        except Exception as error:  # the message may hold text of a file, so only the place is logged
            log.error("turn.crashed", turn_id=self._question.turn_id, error=told(error), where=where(error))
            return self._failed(ErrorCode.INTERNAL_ERROR, "Something went wrong inside VoiceAssist. Ask again.")
        return self._done()

    async def _understand(self) -> Understood:
        """The question as it is searched for."""
        question = self._question
        said = question.text if question.chosen is None else question.chosen.question
        with self._step("understand"):
            # The date grammar takes some milliseconds, and a fifth of a second at its first use.
            past = question.past if question.chosen is None else ()
            return await asyncio.to_thread(understand, said, past, question.asked_at)

    async def _retrieve(self, understood: Understood) -> list[Passage]:
        question = self._question
        lookup = Lookup(self._parts.search, question.user_id, question.filters, question.find_named)
        with self._step("retrieve"):
            try:
                async with asyncio.timeout(_SEARCH_SECONDS):
                    found = await lookup.find(understood)
            except TimeoutError as error:
                raise Unavailable("The search did not answer in time. Ask again.") from error
        passages = found.passages if question.chosen is None else without(found.passages, question.chosen)
        self._progress.notes += found.notes
        if found.question != question.text:
            self._progress.searched_for = found.question
            self._progress.rests_on |= {file_id for turn in question.past for file_id in turn.documents}
            if found.question != understood.text:  # a correction: its word is out of these
                self._progress.rests_on |= {passage.document.file_id for passage in found.passages}
            self._question = replace(question, text=found.question)
        self._buffer.say(
            RetrievalDone,
            passages=min(len(passages), PASSAGES),
            seconds=self._progress.steps[-1].seconds,
            searched_for=self._progress.searched_for,
        )
        self._shown = Shown(self._buffer, passages, question.link)
        self._progress.passages = passages[:PASSAGES]
        self._progress.gone = found.gone
        return passages

    async def _ask_back(self, understood: Understood, passages: Sequence[Passage]) -> bool:
        """Ask which of several readings is meant, at most once for a question. Whether it was asked."""
        if self._question.chosen is not None:
            return False
        with self._step("clarify"):
            labels = await asyncio.to_thread(readings, self._question.text, passages, understood.words)
        if not labels:
            return False
        options = [ClarificationOption(id=f"o{number}", label=label) for number, label in enumerate(labels, start=1)]
        asked = Asked(question=understood.words.ask_back, options=options)
        self._progress.clarification = asked
        self._progress.rests_on |= {passage.document.file_id for passage in passages}
        self._buffer.say(Clarification, **asked.model_dump())
        self._show_plain(f"{asked.question} {_either(labels, understood.words.or_word)}?")
        return True

    async def _answer(self, passages: Sequence[Passage]) -> None:
        if not passages:
            narrowed = self._question.filters.file_ids or self._question.filters.folder_ids
            self._progress.notes.append(_NOTHING_IN_SCOPE if narrowed else _NOTHING_FOUND)
            self._progress.confidence = 0.0
            self._progress.reason = _NO_MODEL_ASKED
            self._show_plain(REFUSAL)
            return
        sources = [_as_source(passage) for passage in passages]
        checker = Checker(self._parts.embedder, sources)
        for choice in self._parts.router.choices(sources[0].language):
            self._progress.reason = choice.reason
            if choice.model is None:
                if self._progress.notes:
                    self._progress.notes.append(_FELL_BACK)
                await self._extract(sources)
            elif await self._write(choice, choice.model, checker, sources):
                return

    async def _write(self, choice: Choice, model: LanguageModel, checker: Checker, sources: Sequence[Source]) -> bool:
        """Let a model answer. Whether the user has an answer by that; if not, the next one is asked."""
        progress = self._progress
        sent = messages(self._question.text, sources, self._question.turn_id, model.capabilities)
        writing = Writing(model, sent, checker, self._show)
        try:
            with self._step("write"), choice.attempt():
                await writing.run(self._question.user_id, self._parts.clock)
        except Withheld as error:
            progress.notes.append(error.message)
            return False
        except (Unavailable, RateLimited) as error:
            log.warning("turn.model_failed", turn_id=self._question.turn_id, error=error.message)
            self._spent(model, writing)
            progress.notes.append(error.message)
            if not self._shown.text:
                return False
            progress.notes.append(_WENT_ON)
            self._wrote(model, writing)
            await self._extract(sources)
            return True
        self._spent(model, writing)
        if writing.refused and not self._shown.text:
            self._wrote(model, writing)
            await self._extract(sources, refuse=True)
            return True
        if not self._shown.text:
            progress.notes.append(_UNSUPPORTED)
            return False
        self._wrote(model, writing)
        if writing.left_out:
            progress.notes.append(_LEFT_OUT)
        if writing.repeating:
            progress.notes.append(_REPEATED)
        return True

    def _spent(self, model: LanguageModel, writing: Writing) -> None:
        """Whoever answers in the end: the question and the passages were sent to this model."""
        progress = self._progress
        if model.data_goes_to not in progress.data_went_to:
            progress.data_went_to.append(model.data_goes_to)
        progress.usage = writing.usage if progress.usage is None else progress.usage + writing.usage

    def _wrote(self, model: LanguageModel, writing: Writing) -> None:
        self._progress.model = model
        if writing.scores:
            self._progress.answered = True
            self._progress.confidence = sum(writing.scores) / len(writing.scores)

    async def _extract(self, sources: Sequence[Source], *, refuse: bool = False) -> None:
        """Answer with sentences out of the passages, or say that they do not answer and offer the closest."""
        extractive = self._parts.router.extractive
        with self._step("extract"):
            extract = await extractive.answer(self._question.text, sources)
        if self._shown.text:
            self._go_on(extract.picks, sources)
            return
        picks = () if refuse else extract.picks
        closest = extract.closest or extract.picks
        if not refuse:
            self._progress.model = extractive
        self._progress.confidence = extract.confidence
        self._progress.answered = bool(picks)
        if picks:
            self._show_picks(picks)
            return
        self._show_plain(REFUSAL)
        if closest:
            self._show_plain(f" {_CLOSEST}")
            for pick in closest:
                self._show("\n- ", pick.text, [_as_support(pick)])

    def _go_on(self, picks: Sequence[Pick], sources: Sequence[Source]) -> None:
        """Behind checked sentences of a model that broke off: only what they do not say already."""
        said = [terms(cited.quote) for cited in self._shown.citations]
        new = [pick for pick in picks if all(jaccard(terms(pick.text), quote) < _SAID_ALREADY for quote in said)]
        self._show_picks(new, first="\n\n")

    def _show_picks(self, picks: Sequence[Pick], first: str = "") -> None:
        listed = len(picks) > 1
        before: Pick | None = None
        for pick in picks:
            separator = first if before is None else "\n" if pick.line or before.line else " "
            text = f"- {pick.text}" if listed and pick.line else pick.text
            self._show(separator, text, [_as_support(pick)])
            before = pick

    def _show(self, separator: str, text: str, supports: Sequence[Support]) -> None:
        self._mark_first_text()
        self._shown.sentence(separator, text, supports)

    def _show_plain(self, text: str) -> None:
        self._mark_first_text()
        self._shown.plain(text)

    def _mark_first_text(self) -> None:
        if self._progress.first_text is None:
            self._progress.first_text = self._parts.clock() - self._began

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = self._parts.clock()
        try:
            yield
        finally:
            self._progress.steps.append(Step(name=name, seconds=self._parts.clock() - began))

    def _failed(self, code: ErrorCode, message: str) -> Outcome:
        return Outcome(
            "failed", self._shown, lambda: self._buffer.say(TurnError, code=code, message=message), note=message
        )

    def _done(self) -> Outcome:
        progress = self._progress
        total = self._parts.clock() - self._began
        turn_seconds.observe(total)
        elsewhere = [place for place in progress.data_went_to if place != THIS_MACHINE]
        model = ModelUsed(
            name=progress.model.name,
            provider=progress.model.provider,
            data_goes_to=" and ".join(elsewhere) or THIS_MACHINE,
            reason=progress.reason,
        )
        usage = progress.usage
        tokens = usage and TokensUsed(
            read=usage.read, written=usage.written, estimated=usage.estimated, cost=usage.cost or None
        )
        note = " ".join(progress.notes) or None
        timings = Timings(first_text=progress.first_text, total=total)
        considered = self._considered()

        def finish() -> None:
            self._buffer.say(
                TurnDone,
                text=self._shown.text,
                citations=self._shown.citations,
                model=model,
                confidence=progress.confidence,
                answered=progress.answered,
                steps=progress.steps,
                timings=timings,
                tokens=tokens,
                note=note,
                considered=considered,
                searched_for=progress.searched_for,
                clarification=progress.clarification,
            )

        return Outcome(
            "done",
            self._shown,
            finish,
            model=model,
            confidence=progress.confidence,
            answered=progress.answered,
            note=note,
            steps=progress.steps,
            timings=timings,
            considered=considered,
            searched_for=progress.searched_for,
            clarification=progress.clarification,
            rests_on=frozenset(progress.rests_on),
        )

    def _considered(self) -> Considered:
        passages = self._progress.passages
        cited = {citation.passage_id for citation in self._shown.citations}
        return Considered(
            passages=len(passages),
            cited=len(cited),
            not_cited=[
                NotCited(title=passage.document.title, page=passage.chunk.page, section=passage.chunk.section)
                for passage in passages
                if passage.id not in cited
            ],
            gone=self._progress.gone,
        )


def _either(labels: Sequence[str], or_word: str) -> str:
    return f"{', '.join(labels[:-1])} {or_word} {labels[-1]}"


def _as_source(passage: Passage) -> Source:
    document, chunk = passage.document, passage.chunk
    return Source(chunk.text, document.title, chunk.headings, document.language, passage.score)


def _as_support(pick: Pick) -> Support:
    return Support(pick.source, pick.start, pick.end, pick.probability)

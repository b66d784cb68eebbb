"""One turn: understand the question, find what it is about, ask back or answer, and show only what is supported."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from backend.assistant.account import Account
from backend.assistant.allfiles.survey import Files, Survey
from backend.assistant.answering import Answering, Picks
from backend.assistant.asking import Asking
from backend.assistant.begun import Begun
from backend.assistant.buffer import TurnBuffer
from backend.assistant.contexts import spread
from backend.assistant.entailment import Entailment
from backend.assistant.events import (
    Asked,
    Clarification,
    ClarificationOption,
    RetrievalDone,
    TurnCancelled,
    TurnError,
)
from backend.assistant.finding import PASSAGES, Finding, Sought
from backend.assistant.notes import notes_for
from backend.assistant.outcome import Outcome
from backend.assistant.preparation import Preparation
from backend.assistant.question import Question
from backend.assistant.questions.allfiles import all_files
from backend.assistant.questions.choice import without
from backend.assistant.questions.courtesy import asks_nothing
from backend.assistant.questions.followups import is_doubtful
from backend.assistant.questions.lookup import Search
from backend.assistant.questions.subjects import readings
from backend.assistant.questions.understood import Understood, understand
from backend.assistant.questions.whole import whole_document
from backend.assistant.shown import Shown
from backend.egress.gate import act_for
from backend.errors import ErrorCode, VoiceAssistError
from backend.models.protocol import SentenceEmbedder
from backend.models.router import Router
from backend.search.chunk import Passage
from backend.trouble import told, where

log = structlog.get_logger(__name__)

# The whole turn. The model's own limits are tighter; this is the last line against a spinner.
_TURN_SECONDS = 180.0
_NOTHING_TO_ASK = "There was nothing to ask a language model about."


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn works with. `clock` is a steady clock in seconds.

    Without `files` questions about all files are answered from the best passages. `decompose`: questions that are
    several are answered one by one. `second_check`: a model that has answered is asked about its own sentences.
    `prepares`: answers may be prepared before they are asked for. Not where a search sends the question elsewhere: what
    nobody may come to ask is not sent, nor paid for.
    """

    search: Search
    router: Router
    embedder: SentenceEmbedder
    clock: Callable[[], float]
    files: Files | None = None
    decompose: bool = True
    second_check: bool = False
    prepares: bool = False


class Turn:
    """Answers one question. Everything it says goes to `buffer`. `ahead`: what was begun for it before."""

    def __init__(
        self, parts: Parts, question: Question, buffer: TurnBuffer, ahead: Preparation | Begun | None = None
    ) -> None:
        self._parts = parts
        self._search: Search = ahead or parts.search
        self._picks: Picks = ahead if isinstance(ahead, Preparation) else parts.router.extractive
        self._question = question
        self._buffer = buffer
        self._shown = Shown(buffer, question.link)
        self._account = Account(parts.clock, notes_for(question.text), parts.router.extractive)
        self._asking = Asking(parts.router, question.user_id, self._account)
        self._entailment = Entailment(parts.router, question, self._account) if parts.second_check else None

    async def run(self) -> Outcome:
        """Answer. A cancelled turn returns what was shown; nothing but a bug raises."""
        act_for(self._question.user_id)
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                understood = await self._understand()
                if asks_nothing(understood.text) and not self._question.narrowed:
                    self._ask_for_a_subject()
                elif not await self._answer_over_all(understood):
                    await self._answer(understood)
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
        return self._account.done(self._shown, self._buffer)

    async def _understand(self) -> Understood:
        """The question as it is searched for."""
        question = self._question
        said = question.text if question.chosen is None else question.chosen.question
        past = question.past if question.chosen is None else ()
        with self._account.step("understand"):
            # The date grammar takes some milliseconds, and a fifth of a second at its first use.
            understood = await asyncio.to_thread(understand, said, past, question.asked_at, question.zone)
        if not is_doubtful(said, understood.text, past, understood.words):
            return understood
        text = await self._asking.stand_alone(said, past, understood.language)
        if text is None:
            return understood
        return await asyncio.to_thread(understand, text, (), question.asked_at, question.zone)

    def _ask_for_a_subject(self) -> None:
        """Say that there is nothing to look for. In a chosen file or folder "what is this about?" is a question."""
        account = self._account
        account.confidence = 0.0
        account.reason = _NOTHING_TO_ASK
        account.text_shown()
        self._shown.plain(account.words.nothing_asked)

    async def _answer_over_all(self, understood: Understood) -> bool:
        """Answer a question about all files. Whether it is one, and there is anything to answer it with."""
        question, files = self._question, self._parts.files
        if files is None or question.chosen is not None:
            return False
        asked = all_files(understood.text, understood.words, question.asked_at, question.zone)
        if asked is None:
            return False
        self._searching_for(understood)
        survey = Survey(
            files,
            self._parts.router,
            self._parts.embedder,
            question,
            self._buffer,
            self._shown,
            self._account,
            self._entailment,
        )
        return await survey.answer(asked, understood.words)

    async def _answer(self, understood: Understood) -> None:
        """Answer from the best passages: the whole question, or each of those that it is made of."""
        finding = Finding(self._search, self._parts.router.extractive, self._asking, self._question, self._account)
        chosen = self._question.chosen
        document: list[Passage] = []
        sought = await finding.parts(understood) if self._parts.decompose and chosen is None else []
        if sought:
            self._found(understood, understood.text, sought)
        else:
            found = await finding.find(understood)
            passages = found.passages if chosen is None else without(found.passages, chosen)
            document = whole_document(understood, found.passages) if chosen is None else []
            sought = [Sought(found.question, document[:PASSAGES] or spread(passages, PASSAGES))]
            self._found(understood, found.question, sought)
            if not document and await self._ask_back(understood, passages):
                return
        parts = self._parts
        answering = Answering(
            parts.router, self._picks, parts.embedder, self._question, self._shown, self._account, self._entailment
        )
        await answering.answer(sought, whole=bool(document))

    def _found(self, understood: Understood, searched_for: str, sought: Sequence[Sought]) -> None:
        """Tell that passages were found, and for which question."""
        passages = list({passage.id: passage for part in sought for passage in part.passages}.values())
        self._searching_for(understood, searched_for)
        if searched_for != understood.text:  # a correction: its word is out of these
            self._account.rests_on |= {passage.document.file_id for passage in passages}
        self._account.passages = passages
        seconds = next((step.seconds for step in self._account.steps if step.name == "retrieve"), 0.0)
        self._buffer.say(
            RetrievalDone, passages=len(passages), seconds=seconds, searched_for=self._account.searched_for
        )

    def _searching_for(self, understood: Understood, text: str | None = None) -> None:
        """Note what is searched for, where it is not what the user wrote."""
        text = understood.text if text is None else text
        if text == self._question.text:
            return
        self._account.searched_for = text
        self._account.rests_on |= {file_id for turn in self._question.past for file_id in turn.documents}
        self._question = replace(self._question, text=text)

    async def _ask_back(self, understood: Understood, passages: Sequence[Passage]) -> bool:
        """Ask which of several readings is meant, at most once for a question. Whether it was asked."""
        if self._question.chosen is not None:
            return False
        account = self._account
        with account.step("clarify"):
            labels = await asyncio.to_thread(readings, self._question.text, passages, understood.words)
        if not labels:
            return False
        options = [ClarificationOption(id=f"o{number}", label=label) for number, label in enumerate(labels, start=1)]
        asked = Asked(question=understood.words.ask_back, options=options)
        account.clarification = asked
        account.rests_on |= {passage.document.file_id for passage in passages}
        self._buffer.say(Clarification, **asked.model_dump())
        account.text_shown()
        self._shown.plain(f"{asked.question} {_either(labels, understood.words.or_word)}?")
        return True

    def _failed(self, code: ErrorCode, message: str) -> Outcome:
        return Outcome(
            "failed", self._shown, lambda: self._buffer.say(TurnError, code=code, message=message), note=message
        )


def _either(labels: Sequence[str], or_word: str) -> str:
    return f"{', '.join(labels[:-1])} {or_word} {labels[-1]}"

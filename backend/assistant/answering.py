"""An answer from passages: written by the first model that gives a usable one, otherwise picked from them."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Protocol

import structlog

from backend.assistant.account import Account
from backend.assistant.citations import Checker, Support
from backend.assistant.contexts import Context, Quote, alone, joined
from backend.assistant.entailment import Cited, Entailment
from backend.assistant.finding import Sought
from backend.assistant.prompt import messages
from backend.assistant.question import Question
from backend.assistant.shown import Shown
from backend.assistant.writing import Writing
from backend.egress.gate import Withheld
from backend.errors import RateLimited, Unavailable
from backend.models.extractive import Extract, Pick
from backend.models.protocol import LanguageModel, SentenceEmbedder, Source
from backend.models.router import Choice, Router
from backend.models.terms import jaccard, terms
from backend.search.chunk import Passage

log = structlog.get_logger(__name__)

# A picked sentence that shares this much of its words with one already shown is not shown again.
_SAID_ALREADY = 0.6

# The nearest passages that are offered where none answers.
_CLOSEST = 3
_NO_MODEL_ASKED = "Without passages there is nothing to ask a language model about."


class Picks(Protocol):
    """Picks sentences out of passages: `Extractive`, or what has done so before."""

    async def answer(self, question: str, sources: Sequence[Source]) -> Extract:
        """See `Extractive.answer`."""
        ...


class Answering:
    """Answers one question of a turn. What it shows goes to `shown`, what it did to `account`.

    `picks` answers where no model does. With `entailment` a model that has answered is asked about its own sentences.
    """

    def __init__(
        self,
        router: Router,
        picks: Picks,
        embedder: SentenceEmbedder,
        question: Question,
        shown: Shown,
        account: Account,
        entailment: Entailment | None = None,
    ) -> None:
        self._router = router
        self._picks = picks
        self._embedder = embedder
        self._question = question
        self._shown = shown
        self._account = account
        self._entailment = entailment
        self._words = account.words

    async def answer(self, sought: Sequence[Sought], *, whole: bool = False) -> None:
        """Answer from these passages, best first; without any, say so.

        A model writes one answer to all of what is sought; without one each is answered by itself. `whole`: they are
        those of one document, in their order, which is asked about as a whole.
        """
        account, words = self._account, self._words
        passages = _taking_turns([part.passages for part in sought])
        if not passages:
            account.note(words.nothing_in_scope if self._question.narrowed else words.nothing_found)
            account.confidence = 0.0
            account.reason = _NO_MODEL_ASKED
            self._show_refusal(self._refusal)
            return
        contexts = joined(passages)
        checker = Checker(self._embedder, [context.source for context in contexts])
        for choice in self._router.choices(passages[0].document.language):
            account.reason = choice.reason
            if choice.model is None:
                if account.notes:
                    account.note(words.fell_back)
                await (self._begin(passages) if whole else self._extract(sought))
            elif await self._write(choice, choice.model, checker, contexts, sought):
                return

    @property
    def _refusal(self) -> str:
        return self._words.refusal_in_scope if self._question.narrowed else self._words.refusal

    async def _write(
        self,
        choice: Choice,
        model: LanguageModel,
        checker: Checker,
        contexts: Sequence[Context],
        sought: Sequence[Sought],
    ) -> bool:
        """Let a model answer. Whether the user has an answer by that; if not, the next one is asked."""
        account, words = self._account, self._words
        sources = [context.source for context in contexts]
        sent = messages(self._question.text, sources, self._question.turn_id, model.capabilities)

        said: list[Cited] = []

        def show(separator: str, text: str, supports: Sequence[Support]) -> None:
            quotes = self._show(separator, text, contexts, supports)
            said.append(Cited(text, quotes, supports[0].score))

        writing = Writing(model, sent, checker, show)
        try:
            with account.step("write"), choice.attempt():
                await writing.run(self._question.user_id, account.clock)
        except Withheld as error:
            account.note(words.withheld.format(model=model.name, reason=error.message))
            return False
        except (Unavailable, RateLimited) as error:
            log.warning("turn.model_failed", turn_id=self._question.turn_id, error=error.message)
            account.asked(model, writing.usage)
            account.note(words.failed.format(model=model.name, reason=error.message))
            if not self._shown.text:
                return False
            account.note(words.went_on)
            self._wrote(model, writing)
            await self._extract(sought)
            return True
        account.asked(model, writing.usage)
        if writing.refused and not self._shown.text:
            self._wrote(model, writing)
            await self._extract(sought, refuse=True)
            return True
        if not self._shown.text:
            account.note(words.unsupported)
            return False
        self._wrote(model, writing)
        if self._entailment is not None and said:
            await self._entailment.check(said, model, self._shown)
        if writing.left_out:
            account.note(words.left_out)
        if writing.repeating:
            account.note(words.repeated)
        return True

    def _wrote(self, model: LanguageModel, writing: Writing) -> None:
        self._account.model = model
        if writing.scores:
            self._account.answered = True
            self._account.confidence = sum(writing.scores) / len(writing.scores)

    async def _begin(self, passages: Sequence[Passage]) -> None:
        """Show how a document begins: without a language model that is what is nearest to a summary."""
        account = self._account
        contexts = alone(passages)
        with account.step("extract"):
            picks = await self._router.extractive.beginning([context.source for context in contexts])
        account.model = self._router.extractive
        account.answered = bool(picks)
        self._show_plain(account.words.beginning.format(title=passages[0].document.title))
        for pick in picks:
            self._show("\n- ", pick.text, contexts, [_as_support(pick)])

    async def _extract(self, sought: Sequence[Sought], *, refuse: bool = False) -> None:
        """Answer with sentences out of the passages, or say that they do not answer, or may not, and offer the closest.

        `refuse`: a model that read them says that they do not.
        """
        account, words = self._account, self._words
        # One by one: how sure it is was measured on passages as they are indexed.
        contexts = [alone(part.passages) for part in sought]
        with account.step("extract"):
            extracts = [
                await self._picks.answer(part.question, [context.source for context in own])
                for part, own in zip(sought, contexts, strict=True)
            ]
        if self._shown.text:
            for extract, own in zip(extracts, contexts, strict=True):
                self._go_on(extract.picks, own)
            return
        if not refuse:
            account.model = self._router.extractive
        answered = [bool(extract.picks) and not refuse for extract in extracts]
        account.answered = any(answered)
        # As sure as of the part that is least sure, of those that are answered.
        sure = [extract.confidence for extract, good in zip(extracts, answered, strict=True) if good]
        account.confidence = min(sure) if sure else max(extract.confidence for extract in extracts)
        if account.answered:
            self._show_parts(sought, contexts, extracts)
            return
        in_doubt = not refuse and any(extract.open for extract in extracts)
        self._show_refusal(words.doubt if in_doubt else self._refusal)
        closest = [
            (own, pick)
            for extract, own in zip(extracts, contexts, strict=True)
            for pick in (extract.closest or extract.picks)[: _CLOSEST // len(extracts) or 1]
        ]
        if closest:
            self._show_plain(f" {words.closest}")
            for own, pick in closest:
                self._show("\n- ", pick.text, own, [_as_support(pick)])

    def _show_parts(
        self, sought: Sequence[Sought], contexts: Sequence[Sequence[Context]], extracts: Sequence[Extract]
    ) -> None:
        """The answers to all parts, one paragraph each; of a part without one, that it has none or may have none."""
        for part, own, extract in zip(sought, contexts, extracts, strict=True):
            separator = "\n\n" if self._shown.text else ""
            if extract.picks:
                if not part.label and all(self._is_shown(pick, own) for pick in extract.picks):
                    continue  # one sentence answers both: "Who was it, and when did she come?"
                if part.label:
                    listed = len(extract.picks) > 1 and extract.picks[0].line
                    self._show_plain(f"{separator}{part.label}:")
                    separator = "\n" if listed else " "
                self._show_picks(extract.picks, own, separator)
                continue
            what = (part.label or part.question).rstrip(" ?")
            says = self._words.part_doubt if extract.open else self._words.part_refused
            self._show_plain(f"{separator}{says.format(part=what)}")
            if extract.open:
                nearest = extract.closest[0]
                self._show(" ", nearest.text, own, [_as_support(nearest)])

    def _is_shown(self, pick: Pick, contexts: Sequence[Context]) -> bool:
        quote = contexts[pick.source].quote(pick.start, pick.end)
        return self._shown.has(quote)

    def _go_on(self, picks: Sequence[Pick], contexts: Sequence[Context]) -> None:
        """Behind checked sentences of a model that broke off: only what they do not say already."""
        said = [terms(cited.quote) for cited in self._shown.citations]
        new = [pick for pick in picks if all(jaccard(terms(pick.text), quote) < _SAID_ALREADY for quote in said)]
        self._show_picks(new, contexts, first="\n\n")

    def _show_picks(self, picks: Sequence[Pick], contexts: Sequence[Context], first: str = "") -> None:
        listed = len(picks) > 1
        before: Pick | None = None
        for pick in picks:
            separator = first if before is None else "\n" if pick.line or before.line else " "
            text = f"- {pick.text}" if listed and pick.line else pick.text
            self._show(separator, text, contexts, [_as_support(pick)])
            before = pick

    def _show(self, separator: str, text: str, contexts: Sequence[Context], supports: Sequence[Support]) -> list[Quote]:
        """Show a sentence; the stretches that it cites."""
        self._account.text_shown()
        quotes = [contexts[support.source].quote(support.start, support.end) for support in supports]
        self._shown.sentence(separator, text, quotes)
        return quotes

    def _show_refusal(self, text: str) -> None:
        """Say that the files do not answer, after where else the answer is not."""
        self._show_plain(f"{self._question.missed} {text}".lstrip())

    def _show_plain(self, text: str) -> None:
        self._account.text_shown()
        self._shown.plain(text)


def _taking_turns(lists: Sequence[Sequence[Passage]]) -> list[Passage]:
    """The passages of all lists, the best of each first, none twice."""
    turns = (passage for several in zip_longest(*lists) for passage in several if passage is not None)
    return list({passage.id: passage for passage in turns}.values())


def _as_support(pick: Pick) -> Support:
    return Support(pick.source, pick.start, pick.end, pick.probability)

"""What many files say about a subject, by a language model: batch by batch (map), then put together (reduce).

Every sentence is checked against the passages that it cites, those of the batches and those of the whole: the second
time against the passages themselves, not against what the model made of them.
"""

from collections.abc import Callable, Sequence

import structlog

from backend.assistant.account import Account
from backend.assistant.allfiles.listing import Tell
from backend.assistant.citations import Checker, Support
from backend.assistant.contexts import Context, Quote, alone
from backend.assistant.entailment import Cited, Entailment
from backend.assistant.prompt import SUMMARY, messages
from backend.assistant.question import Question
from backend.assistant.shown import Shown
from backend.assistant.writing import Writing
from backend.egress.gate import Withheld
from backend.errors import RateLimited, Unavailable
from backend.models.protocol import Capabilities, LanguageModel, SentenceEmbedder, Source
from backend.models.router import Choice
from backend.models.usage import tokens_of

log = structlog.get_logger(__name__)

# Tokens of passages that a model sums up at once where it does not say how many it reads; and what rules, question and
# answer take of those that it does.
_BATCH_TOKENS = 4_000
_OTHER_TOKENS = 1_500
_LEAST_TOKENS = 400
# Calls for one answer, the last one that puts all together aside.
_MOST_BATCHES = 10


class Digest:
    """Lets one model sum up passages for one question. What it shows goes to `shown`, what it did to `account`.

    With `entailment` it is asked about its own sentences behind it.
    """

    def __init__(
        self,
        choice: Choice,
        model: LanguageModel,
        embedder: SentenceEmbedder,
        question: Question,
        account: Account,
        entailment: Entailment | None,
    ) -> None:
        self._choice = choice
        self._model = model
        self._embedder = embedder
        self._question = question
        self._account = account
        self._entailment = entailment

    async def show(
        self, shown: Shown, groups: Sequence[Sequence[Context]], asked: str, tell: Tell, in_time: Callable[[], bool]
    ) -> int:
        """Sum up the contexts of each file, and show it; how many files were read. 0: the model gave nothing usable.

        `asked` is the question that is put to the model.
        """
        batches = _batches(groups, self._model.capabilities)
        findings: list[Cited] = []
        read = 0
        answering = True
        with self._account.step("read"):
            for place, batch in enumerate(batches):
                if place and not in_time():
                    break
                contexts = [context for group in batch for context in group]
                answering = await self._write([c.source for c in contexts], contexts, asked, _collecting(findings))
                if not answering:
                    break
                read += len(batch)
                tell(read, len(groups))
        if not findings:
            return 0
        with self._account.step("write"):
            whole = await self._put_together(findings, asked) if len(batches) > 1 and answering else []
            said = whole or findings
            for place, cited in enumerate(said):
                self._account.text_shown()
                shown.sentence(" " if place else "\n\n", cited.text, cited.quotes)
        self._account.confidence = sum(cited.score for cited in said) / len(said)
        if self._entailment is not None and answering:
            await self._entailment.check(said, self._model, shown)
        return read

    async def _put_together(self, findings: Sequence[Cited], asked: str) -> list[Cited]:
        """What the model makes of the findings of all batches, if anything."""
        # What the model reads are its own checked sentences; what is checked are the passages that they rest on.
        read = [Source(f.text, f.quotes[0].passage.document.title) for f in findings]
        contexts = alone([finding.quotes[0].passage for finding in findings])
        whole: list[Cited] = []
        await self._write(read, contexts, asked, _collecting(whole))
        return whole

    async def _write(
        self,
        read: Sequence[Source],
        contexts: Sequence[Context],
        asked: str,
        collect: Callable[[str, Sequence[Quote], float], None],
    ) -> bool:
        """Ask the model about the sources `read`, and check what it says against `contexts`. Whether it answered."""
        account, words = self._account, self._account.words
        sent = messages(asked, read, self._question.turn_id, self._model.capabilities, SUMMARY)
        checker = Checker(self._embedder, [context.source for context in contexts])

        def show(_separator: str, text: str, supports: Sequence[Support]) -> None:
            collect(text, [contexts[s.source].quote(s.start, s.end) for s in supports], supports[0].score)

        writing = Writing(self._model, sent, checker, show)
        try:
            with self._choice.attempt():
                await writing.run(self._question.user_id, account.clock)
        except Withheld as error:
            account.note(words.withheld.format(model=self._model.name, reason=error.message))
            return False
        except (Unavailable, RateLimited) as error:
            log.warning("turn.model_failed", turn_id=self._question.turn_id, error=error.message)
            account.asked(self._model, writing.usage)
            account.note(words.failed.format(model=self._model.name, reason=error.message))
            return False
        account.asked(self._model, writing.usage)
        if writing.left_out:
            account.note(words.left_out)
        if writing.repeating:
            account.note(words.repeated)
        return True


def _collecting(findings: list[Cited]) -> Callable[[str, Sequence[Quote], float], None]:
    return lambda text, quotes, score: findings.append(Cited(text, quotes, score))


def _batches(groups: Sequence[Sequence[Context]], capabilities: Capabilities) -> list[list[Sequence[Context]]]:
    """The files in batches that a model can read at once, none of them cut."""
    whole = capabilities.context_tokens
    room = _BATCH_TOKENS if whole is None else min(_BATCH_TOKENS, max(_LEAST_TOKENS, whole - _OTHER_TOKENS))
    batches: list[list[Sequence[Context]]] = [[]]
    left = room
    for group in groups:
        size = sum(tokens_of(context.text) for context in group)
        if size > left and batches[-1]:
            if len(batches) == _MOST_BATCHES:
                break
            batches.append([])
            left = room
        batches[-1].append(group)
        left -= size
    return batches

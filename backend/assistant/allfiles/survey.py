"""A question about all files, from gathering the files to the answer."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from backend.assistant.account import Account
from backend.assistant.allfiles.digest import Digest
from backend.assistant.allfiles.excerpts import show_excerpts
from backend.assistant.allfiles.listing import LISTED, LISTED_OF_COUNT, Tell, show_list
from backend.assistant.allfiles.phrases import PHRASES
from backend.assistant.buffer import TurnBuffer
from backend.assistant.contexts import joined
from backend.assistant.entailment import Entailment
from backend.assistant.events import Progress, RetrievalDone
from backend.assistant.question import Question
from backend.assistant.questions.allfiles import AllFiles
from backend.assistant.questions.periods import dated, is_from
from backend.assistant.questions.phrase import split
from backend.assistant.questions.words import QuestionWords
from backend.assistant.shown import Shown
from backend.errors import Unavailable
from backend.models.protocol import SentenceEmbedder
from backend.models.router import Router
from backend.search.chunk import Document, Filters
from backend.search.matching import FileMatch, Gathered, Kind, Wanted

# Gathering reads every match, in pages, and asks the server about every file (seconds).
_GATHER_SECONDS = 60.0
# Files that are gathered, and of these those that are read for a summary, with so many passages of each.
_GATHERED = 2_000
_READ = 60
_PASSAGES_READ = 3
# Reading for a summary begins nothing new after so long (seconds).
_READING_SECONDS = 100.0


class Files(Protocol):
    """Gathers all files that this user can read at this moment and that match. Fails closed."""

    async def files(
        self, user_id: str, wanted: Wanted, filters: Filters, *, most: int, passages_each: int = 1
    ) -> Gathered: ...


class Survey:
    """Answers one question about all files. What it says goes to `shown`, what it did to `account`."""

    def __init__(
        self,
        files: Files,
        router: Router,
        embedder: SentenceEmbedder,
        question: Question,
        buffer: TurnBuffer,
        shown: Shown,
        account: Account,
        entailment: Entailment | None,
    ) -> None:
        self._files = files
        self._router = router
        self._embedder = embedder
        self._question = question
        self._buffer = buffer
        self._shown = shown
        self._account = account
        self._entailment = entailment

    async def answer(self, asked: AllFiles, words: QuestionWords) -> bool:
        """Answer; whether there was anything to answer with. Raises what the gathering raises."""
        phrases = PHRASES[words.code]
        account = self._account
        with account.step("retrieve"):
            try:
                async with asyncio.timeout(_GATHER_SECONDS):
                    found, of_kind = await self._gather(asked, words)
            except TimeoutError as error:
                raise Unavailable("Going through your files took too long. Ask about a folder or a time.") from error
        if not found.files:
            account.note(phrases.no_file)
            return False
        # Where not all are read, those that fit best are.
        best = found.files[:_READ] if asked.task == "summary" else found.files
        files = best if asked.task == "summary" and not asked.by_time else _in_order(best, by_time=asked.by_time)
        if not of_kind:
            account.note(phrases.none_of_kind.format(called=asked.called))
        if not found.complete:
            account.note(phrases.not_all.format(count=len(found.files)))
        passages = [passage for match in files[:LISTED] for passage in match.passages]
        self._buffer.say(
            RetrievalDone,
            passages=len(passages),
            seconds=account.steps[-1].seconds,
            searched_for=account.searched_for,
        )
        account.passages = passages
        account.answered = True
        account.text_shown()
        what = self._what(asked, of_kind=of_kind, words=words)
        if asked.task == "summary":
            self._shown.resting(
                "",
                phrases.found.format(what=what, count=len(found.files)),
                (match.document.file_id for match in found.files),
            )
            read = await self._sum_up(files, asked, words)
            if read < len(found.files):
                account.note(phrases.unread.format(count=len(found.files) - read))
            return True
        if asked.kind.words and of_kind and not asked.subject:
            account.note(phrases.by_kind)
        most = LISTED_OF_COUNT if asked.task == "count" else LISTED
        show_list(self._shown, what, files, asked.subject, most, phrases, self._tell(phrases.looking))
        return True

    async def _gather(self, asked: AllFiles, words: QuestionWords) -> tuple[Gathered, bool]:
        """The files, and whether they are of the kind that is asked about: without any of it, those of every kind."""
        kind = None
        if asked.kind.words or asked.kind.mimes:
            folders = await self._question.find_folders(asked.kind.words)
            kind = Kind(asked.kind.words, asked.kind.mimes, tuple(folders))
        period = asked.period

        def fits(document: Document) -> bool:
            return period is None or is_from(period, document.path, document.modified)

        wanted = Wanted(_sought(asked.subject, words), asked.phrase, asked.near, kind, fits)
        each = _PASSAGES_READ if asked.task == "summary" else 1
        found = await self._files_of(wanted, each)
        if found.files or kind is None or not wanted.subject:
            return found, True
        return await self._files_of(Wanted(wanted.subject, asked.phrase, asked.near, None, fits), each), False

    async def _files_of(self, wanted: Wanted, each: int) -> Gathered:
        question = self._question
        return await self._files.files(question.user_id, wanted, question.filters, most=_GATHERED, passages_each=each)

    async def _sum_up(self, files: Sequence[FileMatch], asked: AllFiles, words: QuestionWords) -> int:
        """Let the first model that can sum the files up, or pick their sentences; how many were read."""
        phrases, account = PHRASES[words.code], self._account
        tell = self._tell(phrases.reading)
        tell(0, len(files))
        end = account.clock() + _READING_SECONDS

        def in_time() -> bool:
            return account.clock() < end

        for choice in self._router.choices(files[0].document.language):
            account.reason = choice.reason
            if choice.model is None:
                break
            digest = Digest(choice, choice.model, self._embedder, self._question, account, self._entailment)
            groups = [joined(match.passages) for match in files]
            request = phrases.request.format(subject=asked.subject)
            read = await digest.show(self._shown, groups, request, tell, in_time)
            if read:
                account.model = choice.model
                return read
        if account.data_went_to or account.notes:
            account.note(account.words.fell_back)
        account.model = self._router.extractive
        with account.step("extract"):
            return await show_excerpts(
                self._shown, self._router.extractive, files, asked.subject, tell, in_time, dates=asked.by_time
            )

    def _tell(self, label: str) -> Tell:
        """Says how far it is, at most a hundred times."""

        def tell(done: int, total: int) -> None:
            if done in (0, total) or done % max(1, total // 100) == 0:
                self._buffer.say(Progress, done=done, total=total, label=label)

        return tell

    @staticmethod
    def _what(asked: AllFiles, *, of_kind: bool, words: QuestionWords) -> str:
        """What the files are, in words: "Letters that mention “warfarin” (March 2024)"."""
        phrases = PHRASES[words.code]
        any_file = not (asked.kind.words or asked.kind.mimes) or not of_kind
        what = phrases.files if any_file else f"{asked.called[:1].upper()}{asked.called[1:]}"
        if asked.subject:
            what += (phrases.about if asked.near else phrases.that_mention).format(subject=asked.subject)
        return what if asked.period is None else f"{what} ({asked.period.text})"


def _in_order(files: Sequence[FileMatch], *, by_time: bool) -> list[FileMatch]:
    """Those that have the words first, and the newest of them; `by_time`, the oldest of all first."""

    def day(match: FileMatch) -> float:
        return dated(match.document.path, match.document.modified)[0].timestamp()

    if by_time:
        return sorted(files, key=lambda match: (day(match), match.document.path))
    return sorted(files, key=lambda match: (not match.said, -day(match), match.document.path))


def _sought(subject: str, words: QuestionWords) -> str:
    """A subject without titles: who is "Mrs Brandt" to one is "Anna Brandt" to another."""
    found = [word for word in split(subject) if not word.sign]
    named = [word.text for word in found if word.low.rstrip(".") not in words.titles]
    return " ".join(named) if named and len(named) < len(found) else subject

"""The assistant: takes questions and runs their turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from uuid import uuid4

import structlog

from backend.assistant.answers import Answers
from backend.assistant.begun import Begun
from backend.assistant.buffer import TurnBuffer
from backend.assistant.commands.command_turn import CommandTurn
from backend.assistant.commands.heard import Heard, Unsure
from backend.assistant.commands.parsing import Utterance
from backend.assistant.commands.service import Commands
from backend.assistant.conversations import Conversations
from backend.assistant.ending import last_event
from backend.assistant.events import Cited, TurnCancelled, TurnDone, TurnError
from backend.assistant.kept import Kept
from backend.assistant.library import Library, Shelf
from backend.assistant.preparation import Preparation
from backend.assistant.question import Question, written_text
from backend.assistant.questions.choice import Chosen, by_id, by_words
from backend.assistant.questions.followups import Past
from backend.assistant.questions.lookup import WIDE, likely
from backend.assistant.questions.names import Mentioned, Named
from backend.assistant.questions.understood import may_lean
from backend.assistant.runs import AnyTurn, Runs
from backend.assistant.schemas import (
    ChatMessage,
    Scope,
    TurnEvents,
    TurnTaken,
)
from backend.assistant.thread import before, recent
from backend.assistant.turn import Parts, Turn
from backend.assistant.understanding import zone_of
from backend.assistant.withholding import readable_messages
from backend.database import Database
from backend.errors import BadInput, NotFound, Unavailable
from backend.search.chunk import Filters

log = structlog.get_logger(__name__)

LONGEST_QUESTION = 10_000


# How long to wait for the next event before asking again.
_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, for those who do not show it as it comes."""

    text: str
    citations: list[Cited]
    conversation_id: str


@dataclass(frozen=True, slots=True)
class _Thread:
    """What a question may lean on: the turns before it, and the reading of the last one that it chooses.

    `heard` is what the words are when they are no question: a command, or an answer to what was proposed.
    """

    past: tuple[Past, ...] = ()
    chosen: Chosen | None = None
    heard: Heard | None = None


_NO_THREAD = _Thread()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a user asks, as far as it can be known without answering."""

    text: str
    scope: Scope
    thread: _Thread
    zone: tzinfo


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid4())


class Assistant:
    """The service of this slice. `start` before the first question, `close` at the end. `kept`: the conversations."""

    def __init__(
        self,
        database: Database,
        library: Library,
        shelf: Shelf,
        parts: Parts,
        commands: Commands | None = None,
        *,
        now: Callable[[], datetime] = _now,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        self._now = now
        self._library = library
        self._parts = parts
        self._commands = commands
        self._new_id = new_id
        self._conversations = Conversations(database, now, new_id)
        self._answers = Answers(database, now, new_id)
        self._runs = Runs(self._conversations.finish, parts.clock)
        self.kept = Kept(self._conversations, self._answers, self._runs, library, shelf, commands)

    async def start(self) -> None:
        """Mark the answers that a crash cut off."""
        interrupted = await self._conversations.interrupt_running()
        if interrupted:
            log.warning("turns.interrupted", count=interrupted)

    async def close(self) -> None:
        """Stop all turns and give the model's connections back."""
        await self._runs.close()
        await self._parts.router.close()

    async def ask(
        self,
        user_id: str,
        text: str,
        conversation_id: str | None,
        scope: Scope | None,
        option: str | None = None,
        zone: str | None = None,
        prepared: Preparation | None = None,
    ) -> TurnTaken:
        """Take a question, or the `option` chosen after a clarification; its turn starts at once.

        `zone` is the time zone of the user, UTC where nobody says. `prepared`: what `prepare` began for it, which ends
        here or with the turn. Raises `BadInput` for an empty or too long question
        or a zone that there is not, `NotFound` for a conversation or a scope that is not the
        user's, `Conflict` while the conversation is answering, `RateLimited` for too many turns at a time.
        """
        ahead: Preparation | Begun | None = prepared
        try:
            self._runs.admit(user_id)
            begun = Begun(self._parts.search, self._parts.clock) if self._parts.prepares and prepared is None else None
            ahead = prepared or begun
            asked = await self._read(user_id, text, conversation_id, scope, option, zone, begun)
            await self._check(user_id, asked.scope)
            turn_id = self._new_id()
            conversation_id = await self._conversations.ask(user_id, conversation_id, turn_id, asked.text, asked.scope)
        except BaseException:
            if ahead is not None:
                ahead.cancel()
            raise
        return self._start(user_id, turn_id, conversation_id, asked, ahead)

    def prepare(
        self, user_id: str, text: str, conversation_id: str | None, scope: Scope | None, zone: str | None = None
    ) -> Preparation | None:
        """Begin to look for the answer to what this user may be about to `ask`, without a trace.

        None where that is not done, see `Parts.prepares`. It ends in `ask`, or by being cancelled.
        """
        parts = self._parts
        if not parts.prepares:
            return None

        async def question() -> Question | None:
            asked = await self._read(user_id, text, conversation_id, scope, None, zone)
            if asked.thread.heard is not None or asked.thread.chosen is not None:
                return None
            return self._question(user_id, "", "", asked)

        picks, writes = parts.router.extractive, parts.router.preferred.capabilities.generates
        return Preparation(question, parts.search, picks, self._library, parts.clock, picking=not writes)

    async def _read(
        self,
        user_id: str,
        text: str,
        conversation_id: str | None,
        scope: Scope | None,
        option: str | None,
        zone: str | None,
        begun: Begun | None = None,
    ) -> _Asked:
        """What is asked, and whether it is a question at all. Raises as `ask` does; writes nothing.

        A question that stands alone is searched for in `begun` while it is judged whether it is one.
        """
        text = written_text(text)
        if not text:
            raise BadInput("The question is empty.", field="text")
        if len(text) > LONGEST_QUESTION:
            raise BadInput(
                f"The question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read.", field="text"
            )
        in_zone = _zone(zone)
        messages: Sequence[ChatMessage] = ()
        if conversation_id is not None:
            conversation = await self._conversations.get(user_id, conversation_id)
            scope = conversation.scope if scope is None else scope
            messages = recent(conversation.messages)
        if begun is not None and option is None and not (messages and may_lean(text)):
            for query in likely(text):
                begun.begin(user_id, query, _filters(scope or Scope()), WIDE)
        heard = await self._hear(user_id, text, conversation_id, messages, option, in_zone, zone or "UTC")
        if heard is not None:
            thread = _Thread(heard=heard)
        elif messages:
            thread = await self._thread(user_id, messages, text, option)
        elif option is not None:
            raise _no_such_option()
        else:
            thread = _NO_THREAD
        return _Asked(text, scope or Scope(), thread, in_zone)

    def _question(self, user_id: str, turn_id: str, conversation_id: str, asked: _Asked) -> Question:
        scope = asked.scope
        return Question(
            turn_id=turn_id,
            conversation_id=conversation_id,
            user_id=user_id,
            text=asked.text,
            filters=_filters(scope),
            link=partial(self._library.link, user_id),
            asked_at=self._now(),
            zone=asked.zone,
            past=asked.thread.past,
            chosen=asked.thread.chosen,
            find_named=partial(self._named, user_id),
            find_folders=partial(self._library.folders_called, user_id),
        )

    def _start(
        self,
        user_id: str,
        turn_id: str,
        conversation_id: str,
        asked: _Asked,
        ahead: Preparation | Begun | None = None,
    ) -> TurnTaken:
        """Let the turn of a recorded question run."""
        question = self._question(user_id, turn_id, conversation_id, asked)
        buffer, heard = TurnBuffer(turn_id, user_id), asked.thread.heard

        def about_files(missed: str = "") -> AnyTurn:
            return Turn(self._parts, replace(question, missed=missed), buffer, ahead)

        if heard is None or self._commands is None:
            turn = about_files()
        else:
            if ahead is not None and not isinstance(heard, Unsure):
                ahead.cancel()
            turn = CommandTurn(self._commands, heard, question, buffer, about_files, self._parts.clock)
        task = self._runs.start(turn, buffer, conversation_id)
        if ahead is not None:
            task.add_done_callback(lambda _: ahead.cancel())
        return TurnTaken(turn_id=turn_id, conversation_id=conversation_id)

    async def _hear(
        self,
        user_id: str,
        text: str,
        conversation_id: str | None,
        messages: Sequence[ChatMessage],
        option: str | None,
        zone: tzinfo,
        zone_name: str,
    ) -> Heard | None:
        """What the words are, when they are no question about the files."""
        if self._commands is None:
            return None
        last = next((message for message in reversed(messages) if message.role == "assistant"), None)
        return await self._commands.hear(
            Utterance(
                user_id,
                text,
                self._now(),
                zone,
                zone_name,
                conversation_id,
                last.pending if last else None,
                option,
                last.citations if last else (),
            )
        )

    async def understood(
        self, user_id: str, text: str, conversation_id: str | None, zone: str | None = None
    ) -> Heard | None:
        """What `ask` would take these words for, without doing anything: a command, an answer to what was proposed.

        None: a question. Raises `BadInput` for a zone that there is not, `NotFound` for a conversation that is not the
        user's.
        """
        messages: Sequence[ChatMessage] = ()
        if conversation_id is not None:
            messages = recent((await self._conversations.get(user_id, conversation_id)).messages)
        return await self._hear(
            user_id, written_text(text), conversation_id, messages, None, _zone(zone), zone or "UTC"
        )

    async def answer(self, user_id: str, text: str, conversation_id: str | None) -> Answer:
        """Take a question and wait for its answer. Raises what `ask` raises, and `Unavailable` for a failed turn."""
        taken = await self.ask(user_id, text, conversation_id, None)
        after = 0
        while True:
            news = await self.events(user_id, taken.turn_id, after, _WAIT_SECONDS)
            for event in news.events:
                after = event.seq
                if isinstance(event, TurnDone):
                    return Answer(event.text, event.citations, taken.conversation_id)
                if isinstance(event, TurnError):
                    raise Unavailable(event.message)
            if news.done:
                raise Unavailable("The answer was cancelled.")

    async def events(self, user_id: str, turn_id: str, after: int, seconds: float) -> TurnEvents:
        """The events of a turn after number `after`, waiting up to `seconds` for the first. Raises `NotFound`."""
        buffer = self._runs.buffer(user_id, turn_id)
        if buffer is not None and not buffer.done:
            events = await buffer.wait(after, seconds)
            return TurnEvents(events=events, done=buffer.done)
        try:
            recorded, last_seq = await self._conversations.answer_of(user_id, turn_id)
        except NotFound:
            if buffer is None:
                raise
            # Its conversation was deleted, and with it what had been shown.
            gone = TurnCancelled(turn_id=turn_id, seq=max(len(buffer.events), after + 1), text="")
            return TurnEvents(events=[gone], done=True)
        [answer] = await readable_messages(self._library, user_id, [recorded])
        # A turn that is over is told again only as long as its user can still read all of what it rests on.
        if buffer is not None and answer == recorded:
            return TurnEvents(events=buffer.after(after), done=True)
        if last_seq and after >= last_seq:
            return TurnEvents(events=[], done=True)
        shown = await self.kept.with_cards(user_id, answer)
        return TurnEvents(events=[last_event(shown, max(last_seq, after + 1))], done=True)

    async def cancel(self, user_id: str, turn_id: str) -> None:
        """Stop a turn; one that has ended stays as it is. Raises `NotFound`."""
        if self._runs.buffer(user_id, turn_id) is None:
            await self._conversations.answer_of(user_id, turn_id)
            return
        await self._runs.cancel(turn_id)

    async def regenerate(self, user_id: str, turn_id: str, zone: str | None = None) -> TurnTaken:
        """Answer the question of an answer once more, within what the conversation is narrowed to now.

        Raises `BadInput` for a zone that there is not, `NotFound`, `Conflict` while the conversation is answering,
        `RateLimited` for too many turns at a time.
        """
        in_zone = _zone(zone)
        self._runs.admit(user_id)
        new_turn_id = self._new_id()
        asked = await self._answers.again(user_id, turn_id, new_turn_id)
        conversation = await self._conversations.get(user_id, asked.conversation_id)
        messages = recent(conversation.messages, asked.question_id)
        heard = await self._hear(user_id, asked.text, conversation.id, messages, None, in_zone, zone or "UTC")
        thread = _Thread(heard=heard) if heard else await self._thread(user_id, messages, asked.text)
        again = _Asked(asked.text, asked.scope, thread, in_zone)
        return self._start(user_id, new_turn_id, asked.conversation_id, again)

    async def _thread(
        self, user_id: str, messages: Sequence[ChatMessage], text: str, option: str | None = None
    ) -> _Thread:
        """The turns before, and what was chosen of the last one's options. Raises `BadInput` for an unknown option."""
        past, asked = before(await readable_messages(self._library, user_id, messages))
        if option is None:
            return _Thread(tuple(past), by_words(asked, text) if asked is not None else None)
        chosen = by_id(asked, option) if asked is not None else None
        if chosen is None:
            raise _no_such_option()
        return _Thread(tuple(past), chosen)

    async def _named(self, user_id: str, names: Mentioned) -> Named:
        files, folders = await self._library.named(user_id, names.files, names.folders)
        return Named(tuple(files), tuple(folders))

    async def _check(self, user_id: str, scope: Scope) -> None:
        unknown = await self._library.unknown(user_id, {*scope.file_ids, *scope.folder_ids})
        for name, ids in (("scope.file_ids", scope.file_ids), ("scope.folder_ids", scope.folder_ids)):
            missing = sorted(unknown.intersection(ids))
            if missing:
                raise NotFound(
                    f"You have no file or folder with the id {missing[0]}. Choose again what to ask about.",
                    field=name,
                    details={"unknown": missing},
                )


def _filters(scope: Scope) -> Filters:
    return Filters(file_ids=tuple(scope.file_ids), folder_ids=tuple(scope.folder_ids))


def _zone(name: str | None) -> tzinfo:
    try:
        return UTC if name is None else zone_of(name)
    except BadInput as error:
        raise BadInput(error.message, field="zone") from None


def _no_such_option() -> BadInput:
    return BadInput("There is no such option to choose in this conversation. Ask the question again.", field="option")

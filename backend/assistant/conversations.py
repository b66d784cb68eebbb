"""Conversations in the database. Every call names the user, and finds only what is that user's."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.assistant.events import Cited
from backend.assistant.folding import folded, search_words
from backend.assistant.outcome import Outcome
from backend.assistant.schemas import ChatMessage, Conversation, ConversationSummary, Feedback, Scope
from backend.assistant.tables import ConversationRow, MessageRow
from backend.database import Database
from backend.errors import Conflict, NotFound

_TITLE_CHARACTERS = 80
# An answer that is older and still said to be running was lost, and does not block its conversation for ever.
_LONGEST_RUN = timedelta(minutes=5)


class Conversations:
    """Stores and finds conversations. `new_id` makes ids that nobody can guess."""

    def __init__(self, database: Database, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._database = database
        self._now = now
        self._new_id = new_id

    async def list(
        self, user_id: str, offset: int, limit: int, query: str = ""
    ) -> tuple[list[ConversationSummary], int]:
        """A page of the user's conversations, the one used last first, and how many there are.

        With a `query`, those in which every word of it occurs, in the title or in a message.
        """
        async with self._database.reading() as session:
            mine = and_(ConversationRow.user_id == user_id, *map(_mentions, search_words(query)))
            total = await session.scalar(select(func.count()).select_from(ConversationRow).where(mine)) or 0
            rows = await session.scalars(
                select(ConversationRow)
                .where(mine)
                .order_by(ConversationRow.updated_at.desc(), ConversationRow.id)
                .offset(offset)
                .limit(limit)
            )
            return [summary_of(row) for row in rows], total

    async def get(self, user_id: str, conversation_id: str) -> Conversation:
        """One conversation with its messages. Raises `NotFound`."""
        async with self._database.reading() as session:
            row = await owned(session, user_id, conversation_id)
            messages = await session.scalars(in_order(row.id))
            return Conversation(
                **summary_of(row).model_dump(),
                scope=Scope.model_validate(row.scope),
                messages=[_message(message) for message in messages],
            )

    async def scope(self, user_id: str, conversation_id: str) -> Scope:
        """What the conversation is narrowed to. Raises `NotFound`."""
        async with self._database.reading() as session:
            return Scope.model_validate((await owned(session, user_id, conversation_id)).scope)

    async def rename(self, user_id: str, conversation_id: str, title: str) -> ConversationSummary:
        """Give a conversation another title. Raises `NotFound`."""
        async with self._database.transaction() as session:
            row = await owned(session, user_id, conversation_id)
            row.title, row.folded = title, folded(title)
            return summary_of(row)

    async def delete(self, user_id: str, conversation_id: str) -> None:
        """Remove a conversation and its messages for good. Raises `NotFound`."""
        async with self._database.transaction() as session:
            row = await owned(session, user_id, conversation_id)
            await session.execute(delete(MessageRow).where(MessageRow.conversation_id == row.id))
            await session.delete(row)

    async def ask(self, user_id: str, conversation_id: str | None, turn_id: str, text: str, scope: Scope) -> str:
        """Record a question and the answer that is to come; the id of the conversation, which may be a new one.

        Raises `NotFound`, and `Conflict` while another question of this conversation is being answered.
        """
        now = self._now()
        async with self._database.transaction() as session:
            if conversation_id is None:
                title = title_of(text)
                row = ConversationRow(
                    id=self._new_id(),
                    user_id=user_id,
                    title=title,
                    folded=folded(title),
                    scope=scope.model_dump(),
                    created_at=now,
                    updated_at=now,
                )
                session.add(row)
                await session.flush()
            else:
                row = await owned(session, user_id, conversation_id)
                row.updated_at = now
                row.scope = scope.model_dump()
                await ensure_idle(session, row.id, now)
            position = await next_position(session, row.id)
            question_id = self._new_id()
            session.add(
                MessageRow(
                    id=question_id,
                    conversation_id=row.id,
                    position=position,
                    role="user",
                    text=text,
                    folded=folded(text),
                    citations=[],
                    answer={},
                    turn_id=turn_id,
                    status="done",
                    last_seq=0,
                    created_at=now,
                )
            )
            session.add(awaited(self._new_id(), row.id, position + 1, question_id, turn_id, now))
            return row.id

    async def finish(self, turn_id: str, outcome: Outcome, last_seq: int) -> None:
        """Record how a turn ended. A conversation that was deleted meanwhile stays deleted."""
        answer: dict[str, Any] = {
            "model": outcome.model.model_dump() if outcome.model else None,
            "confidence": outcome.confidence,
            "answered": outcome.answered if outcome.status == "done" else None,
            "note": outcome.note,
            "steps": [step.model_dump() for step in outcome.steps],
            "timings": outcome.timings.model_dump() if outcome.timings else None,
            "tokens": outcome.tokens.model_dump() if outcome.tokens else None,
            # Counts only: a file that is no longer shared tomorrow must not be named by a conversation of today.
            "considered": outcome.considered.model_dump(exclude={"not_cited"}) if outcome.considered else None,
            "sentences": [sentence.model_dump() for sentence in outcome.shown.sentences],
            "searched_for": outcome.searched_for,
            "rests_on": sorted(outcome.rests_on),
            "clarification": outcome.clarification.model_dump() if outcome.clarification else None,
            "action_ids": list(outcome.actions),
            "pending": outcome.pending.model_dump(mode="json") if outcome.pending else None,
        }
        async with self._database.transaction() as session:
            await session.execute(
                update(MessageRow)
                .where(MessageRow.turn_id == turn_id, MessageRow.role == "assistant")
                .values(
                    text=outcome.shown.text,
                    folded=folded(outcome.shown.text),
                    citations=[cited.model_dump() for cited in outcome.shown.citations],
                    answer=answer,
                    status=outcome.status,
                    last_seq=last_seq,
                )
            )

    async def interrupt_running(self) -> int:
        """At the start: answers that were being made when the process ended will not come. How many there were."""
        async with self._database.transaction() as session:
            running = list(await session.scalars(select(MessageRow.id).where(MessageRow.status == "running")))
            await session.execute(update(MessageRow).where(MessageRow.status == "running").values(status="interrupted"))
            return len(running)

    async def answer_of(self, user_id: str, turn_id: str) -> tuple[ChatMessage, int]:
        """The recorded answer of a turn, and the number of its last event. Raises `NotFound`."""
        async with self._database.reading() as session:
            row = await session.scalar(
                select(MessageRow)
                .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
                .where(
                    MessageRow.turn_id == turn_id,
                    MessageRow.role == "assistant",
                    ConversationRow.user_id == user_id,
                )
            )
            if row is None:
                raise NotFound("There is no such question.", field="turn_id")
            return _message(row), row.last_seq


def title_of(text: str) -> str:
    """A title made from the first question: its first words, on one line."""
    line = " ".join(text.split())
    if len(line) <= _TITLE_CHARACTERS:
        return line
    space = line.rfind(" ", _TITLE_CHARACTERS // 2, _TITLE_CHARACTERS)
    return line[: space if space > 0 else _TITLE_CHARACTERS].rstrip(" ,;:.-") + "…"


def in_order(conversation_id: str) -> Select[MessageRow]:
    """The messages of a conversation: each question, and behind it its answers from the oldest to the newest."""
    asked = aliased(MessageRow)
    return (
        select(MessageRow)
        .outerjoin(asked, asked.id == MessageRow.question_id)
        .where(MessageRow.conversation_id == conversation_id)
        .order_by(func.coalesce(asked.position, MessageRow.position), MessageRow.position)
    )


async def ensure_idle(session: AsyncSession, conversation_id: str, now: datetime) -> None:
    """Raises `Conflict` while a question of the conversation is being answered."""
    running = select(MessageRow.id).where(
        MessageRow.conversation_id == conversation_id,
        MessageRow.status == "running",
        MessageRow.created_at > now - _LONGEST_RUN,
    )
    if await session.scalar(running.limit(1)):
        raise Conflict("This conversation is still answering. Wait for it, or stop it first.")


async def next_position(session: AsyncSession, conversation_id: str) -> int:
    """The place of the next message of a conversation."""
    last = await session.scalar(
        select(func.max(MessageRow.position)).where(MessageRow.conversation_id == conversation_id)
    )
    return 0 if last is None else last + 1


def awaited(
    message_id: str, conversation_id: str, position: int, question_id: str, turn_id: str, now: datetime
) -> MessageRow:
    """An answer that is to come."""
    return MessageRow(
        id=message_id,
        conversation_id=conversation_id,
        position=position,
        role="assistant",
        question_id=question_id,
        text="",
        folded="",
        citations=[],
        answer={},
        turn_id=turn_id,
        status="running",
        last_seq=0,
        created_at=now,
    )


def _mentions(word: str) -> ColumnElement[bool]:
    """The condition that a word, folded, occurs in a conversation."""
    said = exists().where(
        MessageRow.conversation_id == ConversationRow.id, MessageRow.folded.contains(word, autoescape=True)
    )
    return or_(ConversationRow.folded.contains(word, autoescape=True), said)


async def owned(session: AsyncSession, user_id: str, conversation_id: str) -> ConversationRow:
    """The conversation, if it is this user's. Raises `NotFound`."""
    row = await session.scalar(
        select(ConversationRow).where(ConversationRow.id == conversation_id, ConversationRow.user_id == user_id)
    )
    if row is None:
        raise NotFound("There is no such conversation.", field="conversation_id")
    return row


def summary_of(row: ConversationRow) -> ConversationSummary:
    """The conversation as the list shows it."""
    return ConversationSummary(id=row.id, title=row.title, created_at=row.created_at, updated_at=row.updated_at)


def _message(row: MessageRow) -> ChatMessage:
    citations: Sequence[dict[str, Any]] = row.citations
    return ChatMessage(
        id=row.id,
        role=cast("Literal['user', 'assistant']", row.role),
        text=row.text,
        citations=[Cited.model_validate(cited) for cited in citations],
        turn_id=row.turn_id,
        question_id=row.question_id,
        feedback=Feedback.model_validate(row.feedback) if row.feedback else None,
        created_at=row.created_at,
        status=cast("Literal['running', 'done', 'cancelled', 'failed', 'interrupted']", row.status),
        **row.answer,
    )

"""What is done with a recorded answer: judged, given once more, or taken along into a conversation of its own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.assistant.conversations import awaited, ensure_idle, in_order, next_position, owned, summary_of
from backend.assistant.folding import folded
from backend.assistant.schemas import ConversationSummary, Feedback, Scope
from backend.assistant.tables import ConversationRow, MessageRow
from backend.database import Database
from backend.errors import Conflict, NotFound

_NUMBER = re.compile(r" \((\d{1,6})\)$")
_TITLE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is to be answered once more."""

    conversation_id: str
    question_id: str
    text: str
    scope: Scope


class Answers:
    """Finds answers by their turn. Every call names the user, and finds only what is that user's."""

    def __init__(self, database: Database, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._database = database
        self._now = now
        self._new_id = new_id

    async def judge(self, user_id: str, turn_id: str, feedback: Feedback | None) -> None:
        """Keep what the user thinks of an answer, or forget it for None. Raises `NotFound`."""
        async with self._database.transaction() as session:
            answer = await _answer(session, user_id, turn_id)
            answer.feedback = feedback.model_dump(mode="json") if feedback else None

    async def cut(self, user_id: str, turn_id: str, length: int, note: str) -> None:
        """Keep the first `length` characters of an answer, and the citations of what is left, and note it.

        One that is shorter, or did not come to be, stays as it is. Raises `NotFound`.
        """
        async with self._database.transaction() as session:
            row = await _answer(session, user_id, turn_id)
            if row.status not in ("done", "cancelled") or length >= len(row.text.rstrip()):
                return
            text = row.text[:length].rstrip()
            sentences = [
                # A sentence that was cut in the middle still rests on all that it cites.
                {**sentence, "end": min(sentence["end"], len(text))}
                for sentence in row.answer.get("sentences", [])
                if sentence["start"] < len(text)
            ]
            numbers = {number for sentence in sentences for number in sentence["numbers"]}
            row.citations = [
                cited for cited in row.citations if cited["number"] in numbers or f"[{cited['number']}]" in text
            ]
            row.text, row.folded = text, folded(text)
            row.answer = {**row.answer, "sentences": sentences, "note": note}

    async def again(self, user_id: str, turn_id: str, new_turn_id: str) -> Asked:
        """Record that the question of an answer is answered once more; the answers it has stay.

        Raises `NotFound`, and `Conflict` while the conversation is answering.
        """
        now = self._now()
        async with self._database.transaction() as session:
            answer = await _answer(session, user_id, turn_id)
            conversation = await owned(session, user_id, answer.conversation_id)
            await ensure_idle(session, conversation.id, now)
            question = await _question(session, answer)
            position = await next_position(session, conversation.id)
            session.add(awaited(self._new_id(), conversation.id, position, question.id, new_turn_id, now))
            conversation.updated_at = now
            return Asked(conversation.id, question.id, question.text, Scope.model_validate(conversation.scope))

    async def branch(self, user_id: str, conversation_id: str, turn_id: str) -> ConversationSummary:
        """Begin a conversation that has all up to and including an answer of another one, which stays as it is.

        Of that answer's question only this version is taken along. Raises `NotFound`, and `Conflict` for an answer that
        is still being made.
        """
        now = self._now()
        async with self._database.transaction() as session:
            conversation = await owned(session, user_id, conversation_id)
            answer = await _answer(session, user_id, turn_id)
            if answer.conversation_id != conversation.id:
                raise NotFound("There is no such answer in this conversation.", field="turn_id")
            if answer.status == "running":
                raise Conflict("This answer is still being written. Wait for it, or stop it first.")
            title = await _free_title(session, user_id, conversation.title)
            row = ConversationRow(
                id=self._new_id(),
                user_id=user_id,
                title=title,
                folded=folded(title),
                scope=conversation.scope,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            await session.flush()
            kept = _up_to(list(await session.scalars(in_order(conversation.id))), answer)
            ids = {message.id: self._new_id() for message in kept}
            turns = {message.turn_id: self._new_id() for message in kept}
            for position, message in enumerate(kept):
                session.add(
                    MessageRow(
                        id=ids[message.id],
                        conversation_id=row.id,
                        position=position,
                        role=message.role,
                        question_id=ids[message.question_id] if message.question_id else None,
                        text=message.text,
                        folded=message.folded,
                        citations=message.citations,
                        answer=message.answer,
                        turn_id=turns[message.turn_id],
                        status=message.status,
                        last_seq=message.last_seq,
                        created_at=message.created_at,
                    )
                )
            return summary_of(row)


async def _answer(session: AsyncSession, user_id: str, turn_id: str) -> MessageRow:
    row = await session.scalar(
        select(MessageRow)
        .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
        .where(MessageRow.turn_id == turn_id, MessageRow.role == "assistant", ConversationRow.user_id == user_id)
    )
    if row is None:
        raise NotFound("There is no such answer.", field="turn_id")
    return row


async def _question(session: AsyncSession, answer: MessageRow) -> MessageRow:
    row = await session.scalar(select(MessageRow).where(MessageRow.id == answer.question_id))
    if row is None:
        raise NotFound("The question of this answer is no longer there.", field="turn_id")
    return row


def _up_to(messages: list[MessageRow], answer: MessageRow) -> list[MessageRow]:
    """The messages before the question of `answer`, that question, and this one of its answers."""
    at = next(place for place, message in enumerate(messages) if message.id == answer.question_id)
    return [*messages[: at + 1], answer]


async def _free_title(session: AsyncSession, user_id: str, title: str) -> str:
    """The title with the first number behind it, "(2)" and so on, that none of the user's conversations has."""
    base = _NUMBER.sub("", title)
    taken = set(
        await session.scalars(
            select(ConversationRow.title).where(
                ConversationRow.user_id == user_id, ConversationRow.title.startswith(base[:100], autoescape=True)
            )
        )
    )
    number = 2
    while (numbered := f"{base[: _TITLE_CHARACTERS - len(f' ({number})')]} ({number})") in taken:
        number += 1
    return numbered

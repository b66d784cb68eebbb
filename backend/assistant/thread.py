"""What was said before in a conversation, for the question that comes next."""

from sqlalchemy import select

from backend.assistant.questions.choice import Asked
from backend.assistant.questions.followups import Past
from backend.assistant.tables import ConversationRow, MessageRow
from backend.database import Database

# Turns that a follow-up may lean on.
_TURNS = 3


async def before(database: Database, user_id: str, conversation_id: str) -> tuple[list[Past], Asked | None]:
    """The last turns of a conversation of this user, oldest first, and the clarification that waits for an answer."""
    async with database.reading() as session:
        rows = list(
            await session.scalars(
                select(MessageRow)
                .join(ConversationRow, ConversationRow.id == MessageRow.conversation_id)
                .where(MessageRow.conversation_id == conversation_id, ConversationRow.user_id == user_id)
                .order_by(MessageRow.position.desc())
                .limit(2 * _TURNS)
            )
        )
    rows.reverse()
    questions = {row.turn_id: row.text for row in rows if row.role == "user"}
    past: list[Past] = []
    asked: Asked | None = None
    for row in rows:
        if row.role != "assistant" or row.status != "done":
            continue
        question = row.answer.get("searched_for") or questions.get(row.turn_id)
        waiting = row.answer.get("clarification")
        asked = None
        if question is None:
            continue
        if waiting:
            options = tuple((option["id"], option["label"]) for option in waiting["options"])
            asked = Asked(question, options)
            past.append(Past(question))
        else:
            cited = [part for cited in row.citations for part in (cited["title"], cited["section"]) if part]
            past.append(Past(question, row.text, tuple(cited)))
    return past, asked

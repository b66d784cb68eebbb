"""What was said before in a conversation, for the question that comes next."""

from collections.abc import Sequence

from backend.assistant.questions.choice import Asked
from backend.assistant.questions.followups import Past
from backend.assistant.schemas import ChatMessage

# Messages that a follow-up may lean on: the last three turns.
LAST = 6


def before(messages: Sequence[ChatMessage]) -> tuple[list[Past], Asked | None]:
    """The turns of these messages, oldest first, and the clarification that waits for an answer.

    `messages` must hold only what the user can read now: what comes of them is searched for, and shown.
    """
    questions = {message.turn_id: message.text for message in messages if message.role == "user"}
    past: list[Past] = []
    asked: Asked | None = None
    for message in messages:
        question = message.searched_for or questions.get(message.turn_id)
        if message.role != "assistant" or message.status != "done" or question is None:
            continue
        asked = None
        cited = [part for citation in message.citations for part in (citation.title, citation.section) if part]
        documents = {*message.rests_on, *(int(citation.document_id) for citation in message.citations)}
        if message.clarification is not None:
            asked = Asked(question, tuple((option.id, option.label) for option in message.clarification.options))
        answer = "" if message.clarification is not None else message.text
        past.append(Past(question, answer, tuple(cited), frozenset(documents)))
    return past, asked

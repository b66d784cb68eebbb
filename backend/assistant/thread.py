"""What was said before in a conversation, for the question that comes next."""

from collections.abc import Sequence

from backend.assistant.questions.choice import Asked
from backend.assistant.questions.followups import Past
from backend.assistant.schemas import ChatMessage

# Turns that a follow-up may lean on.
_TURNS = 3


def before(messages: Sequence[ChatMessage], question_id: str | None = None) -> tuple[list[Past], Asked | None]:
    """The last turns of a conversation, oldest first, and the clarification that waits for an answer.

    `messages` are those that their user may read now, in order. With `question_id` what came before that question.
    """
    questions: list[ChatMessage] = []
    for message in messages:
        if message.id == question_id:
            break
        if message.role == "user":
            questions.append(message)
    past: list[Past] = []
    asked: Asked | None = None
    for question in questions[-_TURNS:]:
        versions = [answer for answer in messages if answer.question_id == question.id and answer.status == "done"]
        if not versions:
            continue
        answer = versions[-1]
        meant = answer.searched_for or question.text
        documents = frozenset({*answer.rests_on, *(int(cited.document_id) for cited in answer.citations)})
        asked = None
        if answer.clarification is not None:
            asked = Asked(meant, tuple((option.id, option.label) for option in answer.clarification.options))
            past.append(Past(meant, documents=documents))
        else:
            cited = [part for cited in answer.citations for part in (cited.title, cited.section) if part]
            past.append(Past(meant, answer.text, tuple(cited), documents))
    return past, asked

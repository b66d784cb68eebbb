"""What was said before in a conversation, for the question that comes next."""

from collections.abc import Sequence

from backend.assistant.questions.choice import Asked
from backend.assistant.questions.followups import Past
from backend.assistant.schemas import ChatMessage

# Turns that a follow-up may lean on.
_TURNS = 3


def recent(messages: Sequence[ChatMessage], question_id: str | None = None) -> list[ChatMessage]:
    """The last questions and their answers; with `question_id` those before that question."""
    questions: list[str] = []
    for message in messages:
        if message.id == question_id:
            break
        if message.role == "user":
            questions.append(message.id)
    turns = set(questions[-_TURNS:])
    return [message for message in messages if message.id in turns or message.question_id in turns]


def before(messages: Sequence[ChatMessage]) -> tuple[list[Past], Asked | None]:
    """What these turns were about, oldest first, and the clarification that waits for an answer.

    `messages` must hold only what their user may read now: what comes of them is searched for, and shown.
    """
    past: list[Past] = []
    asked: Asked | None = None
    for question in (message for message in messages if message.role == "user"):
        versions = [answer for answer in messages if answer.question_id == question.id and answer.status == "done"]
        if not versions:
            continue
        answer = versions[-1]
        meant = answer.searched_for or question.text
        documents = frozenset({*answer.rests_on, *answer.cited_files})
        asked = None
        if answer.clarification is not None:
            asked = Asked(meant, tuple((option.id, option.label) for option in answer.clarification.options))
            past.append(Past(meant, documents=documents))
        else:
            cited = [part for cited in answer.citations for part in (cited.title, cited.section) if part]
            past.append(Past(meant, answer.text, tuple(cited), documents))
    return past, asked

"""Stored answers, as the user may read them now: what rests on files that are no longer readable is not shown.

Nothing is changed in the record, so an answer is whole again as soon as its files are. Every place that gives out
stored answers (conversations, the record of a turn, exports) passes them through here.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import structlog

from backend.assistant.schemas import ChatMessage
from backend.errors import VoiceAssistError

log = structlog.get_logger(__name__)

NOT_READABLE = "This part of the answer is not shown: a file that it rests on is no longer shared with you."
NOT_CHECKED = (
    "This part of the answer is not shown: Nextcloud could not be asked just now whether you may still read the file "
    "that it rests on. Try again soon."
)

# Nobody waits longer (seconds) for an old conversation.
_PATIENCE = 15.0


class Readable(Protocol):
    """Knows what a user can read at this moment."""

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        """Those that the user can read, asked of the server. Raises what the server's silence makes it raise."""
        ...


async def readable_messages(library: Readable, user_id: str, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages without what `user_id` cannot read now, checked in one go. Fails closed, and never raises."""
    cited = {int(citation.document_id) for message in messages for citation in message.citations}
    cited |= {file_id for message in messages for file_id in message.rests_on}
    if not cited:
        return list(messages)
    note = NOT_READABLE
    try:
        async with asyncio.timeout(_PATIENCE):
            readable = frozenset(await library.readable(user_id, cited))
    except (VoiceAssistError, TimeoutError) as error:
        log.warning("answers.not_checked", error=type(error).__name__)
        readable, note = frozenset(), NOT_CHECKED
    return [_without(message, cited - readable, note) for message in messages]


def _without(message: ChatMessage, hidden: Collection[int], note: str) -> ChatMessage:
    """The message without the sentences and citations that rest on hidden files, and without words taken from them."""
    if not hidden:
        return message
    if not set(message.rests_on).isdisjoint(hidden):
        text = note if message.clarification is not None else message.text
        message = message.model_copy(update={"text": text, "searched_for": None, "clarification": None})
    numbers = {citation.number for citation in message.citations if int(citation.document_id) in hidden}
    if not numbers:
        return message
    return message.model_copy(
        update={
            "text": _text_without(message, numbers, note),
            "citations": [citation for citation in message.citations if citation.number not in numbers],
            "sentences": [],
        }
    )


def _text_without(message: ChatMessage, numbers: set[int], note: str) -> str:
    """One note in place of each run of sentences that cite one of `numbers`."""
    if not message.sentences:
        return note  # recorded before sentences were: which of them cite what is not known
    parts: list[str] = []
    at = 0
    hiding = False
    for sentence in message.sentences:
        hidden = not numbers.isdisjoint(sentence.numbers)
        if not (hidden and hiding):
            parts.append(message.text[at : sentence.start])
            parts.append(note if hidden else message.text[sentence.start : sentence.end])
        hiding, at = hidden, sentence.end
    return "".join([*parts, message.text[at:]])

"""Stored answers, as the user may read them now: what rests on files that are no longer readable is not shown.

Nothing is changed in the record, so an answer is whole again as soon as its files are. Every place that gives out
stored answers (conversations, the record of a turn, exports) passes them through here.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import structlog

from backend.assistant.notes import notes_for
from backend.assistant.schemas import ChatMessage, CitingSentence
from backend.errors import VoiceAssistError

log = structlog.get_logger(__name__)

# Nobody waits longer (seconds) for an old conversation.
_PATIENCE = 15.0


class Readable(Protocol):
    """Knows what a user can read at this moment."""

    async def readable(self, user_id: str, node_ids: Collection[int]) -> Mapping[int, str]:
        """Those that the user can read, asked of the server. Raises what the server's silence makes it raise."""
        ...


async def readable_messages(library: Readable, user_id: str, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The messages without what `user_id` cannot read now, checked in one go. Fails closed, and never raises."""
    cited = {file_id for message in messages for file_id in message.cited_files}
    cited |= {file_id for message in messages for file_id in message.rests_on}
    cited |= {file_id for message in messages for sentence in message.sentences for file_id in sentence.documents}
    if not cited:
        return list(messages)
    checked = True
    try:
        async with asyncio.timeout(_PATIENCE):
            readable = frozenset(await library.readable(user_id, cited))
    except (VoiceAssistError, TimeoutError) as error:
        log.warning("answers.not_checked", error=type(error).__name__)
        readable, checked = frozenset(), False
    return [_without(message, cited - readable, checked=checked) for message in messages]


def _without(message: ChatMessage, hidden: Collection[int], *, checked: bool) -> ChatMessage:
    """The message without the sentences and citations that rest on hidden files, and without words taken from them."""
    if not hidden:
        return message
    notes = notes_for(message.text)
    note = notes.not_readable if checked else notes.not_checked
    if not set(message.rests_on).isdisjoint(hidden):
        text = note if message.clarification is not None else message.text
        message = message.model_copy(update={"text": text, "searched_for": None, "clarification": None})
    numbers = {citation.number for citation in message.citations if citation.file_id in hidden}
    hides = [sentence for sentence in message.sentences if _rests_on(sentence, numbers, hidden)]
    if not numbers and not hides:
        return message
    return message.model_copy(
        update={
            "text": _text_without(message, hides, note),
            "citations": [citation for citation in message.citations if citation.number not in numbers],
            "sentences": [],
        }
    )


def _rests_on(sentence: CitingSentence, numbers: set[int], hidden: Collection[int]) -> bool:
    return not numbers.isdisjoint(sentence.numbers) or any(file_id in hidden for file_id in sentence.documents)


def _text_without(message: ChatMessage, hides: Sequence[CitingSentence], note: str) -> str:
    """One note in place of each run of the sentences `hides`."""
    if not message.sentences:
        return note  # recorded before sentences were: which of them cite what is not known
    parts: list[str] = []
    at = 0
    hiding = False
    for sentence in message.sentences:
        hidden = sentence in hides
        if not (hidden and hiding):
            parts.append(message.text[at : sentence.start])
            parts.append(note if hidden else message.text[sentence.start : sentence.end])
        hiding, at = hidden, sentence.end
    return "".join([*parts, message.text[at:]])

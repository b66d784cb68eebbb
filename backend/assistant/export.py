"""A conversation as a document: Markdown for people, JSON for programs.

What was said comes out of files and models. In Markdown every sign of it that could mean something is escaped, so that
whoever opens the document sees the words, and no picture is loaded and no link followed; the only links are our own, to
the files that are cited.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from backend.assistant.events import Cited
from backend.assistant.schemas import ChatMessage, Conversation
from backend.errors import NotFound
from backend.wording import position

# Signs that mean something inside a line (CommonMark 0.31; tables, strike-through and bare addresses of GitHub's
# Markdown), and what begins a list or underlines a heading at the start of a line.
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~&@]|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LINE_START = re.compile(r"^(?:[-+=]|\d{1,9}[.)])")
_ITEM = re.compile(r"^(?:[-*•]|(\d{1,3})[.)])\s+(.*)$")
_MARK = re.compile(r"\s*\[(\d{1,3})\]")

# Names that Windows reserves; Nextcloud refuses them where it keeps to what Windows takes.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_NAME_BYTES = 160

# What an address is made of already (RFC 3986); everything else is percent-encoded.
_ADDRESS = "%/:?#@!$&'()*+,;=~-._"

_STATUS = {
    "cancelled": "(stopped by the user)",
    "failed": "(not completed)",
    "interrupted": "(not completed)",
    "running": "(still being written)",
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A conversation as a file."""

    name: str
    mime: str
    content: bytes


def exported(conversation: Conversation, kind: Literal["markdown", "json"]) -> ExportedFile:
    """A conversation as a file."""
    stem = file_stem(conversation.title)
    if kind == "json":
        return ExportedFile(f"{stem}.json", "application/json", conversation.model_dump_json(indent=2).encode())
    return ExportedFile(f"{stem}.md", "text/markdown; charset=utf-8", markdown(conversation).encode())


def markdown(conversation: Conversation, turn_id: str | None = None) -> str:
    """The questions, their newest answers and the sources; with `turn_id` only that answer and its question.

    Raises `NotFound` when the conversation has no such answer.
    """
    blocks = [f"# {escaped(conversation.title)}", f"{conversation.updated_at:%Y-%m-%d %H:%M} UTC · VoiceAssist"]
    for question, answer in exchanges(conversation, turn_id):
        blocks.append(f"## {escaped(' '.join(question.text.split()))}")
        if answer is None:
            continue
        if answer.text:
            blocks.append(_body(answer))
        if answer.status in _STATUS:
            blocks.append(_STATUS[answer.status])
        if answer.citations:
            blocks.append("\n".join(_source(cited) for cited in sorted(answer.citations, key=lambda one: one.number)))
        if answer.model is not None:
            blocks.append(escaped(f"— {answer.model.name}, {answer.created_at:%Y-%m-%d %H:%M} UTC"))
    return "\n\n".join(blocks) + "\n"


def exchanges(conversation: Conversation, turn_id: str | None) -> list[tuple[ChatMessage, ChatMessage | None]]:
    """Each question with its newest answer, or only the answer that is asked for with its question."""
    answers = [message for message in conversation.messages if message.role == "assistant"]
    if turn_id is not None:
        answers = [answer for answer in answers if answer.turn_id == turn_id]
        if not answers:
            raise NotFound("There is no such answer in this conversation.", field="turn_id")
    newest = {answer.question_id: answer for answer in answers}
    questions = [message for message in conversation.messages if message.role == "user"]
    return [(question, newest.get(question.id)) for question in questions if turn_id is None or question.id in newest]


def file_stem(title: str) -> str:
    """A name for a file, without its ending, that every file system takes, made from a title."""
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" or sign in '/\\:*?"<>|' else sign for sign in title)
    stem = " ".join(visible.split()).strip(". ")
    stem = stem.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip(". ")
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"Conversation {stem}".rstrip()
    return stem


def escaped(text: str) -> str:
    """A line of text as Markdown that shows exactly this text."""
    line = _SIGNS.sub(lambda found: f"\\{found[0]}", text)
    return _LINE_START.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", line)


def _body(answer: ChatMessage) -> str:
    links = {cited.number: cited.link for cited in answer.citations}
    lines: list[str] = []
    listed = False
    for raw in answer.text.splitlines():
        text = raw.strip()
        item = _ITEM.match(text)
        if item:
            marker = f"{item[1]}." if item[1] else "-"
            lines.append(f"{marker} {_linked(item[2], links)}")
        elif text:
            # Without an empty line the paragraph would belong to the list's last item.
            lines += ["", _linked(text, links)] if listed else [_linked(text, links)]
        else:
            lines.append("")
        listed = bool(item)
    return "\n".join(lines).strip()


def _linked(text: str, links: dict[int, str]) -> str:
    """A line, its citations as links to their files."""
    pieces: list[str] = []
    last = 0
    for mark in _MARK.finditer(text):
        number = int(mark[1])
        if number in links:
            pieces += [escaped(text[last : mark.start()]), f" {_link(f'[{number}]', links[number])}"]
            last = mark.end()
    return "".join([*pieces, escaped(text[last:])])


def _source(cited: Cited) -> str:
    place = ""
    if cited.page:
        place = f", page {cited.page}"
    elif cited.time is not None:
        place = f", at {position(cited.time)}"
    elif cited.section:
        place = f", {escaped(cited.section)}"
    words = " ".join(cited.quote.split())
    said = f": “{escaped(words)}”" if words else ""
    # Another sign than the answer's own lists have, so that they do not grow together.
    return f"* \\[{cited.number}\\] {_link(cited.title, cited.link)}{place}{said}"


def _link(text: str, address: str) -> str:
    shown = escaped(" ".join(text.split()))
    return f"[{shown}](<{quote(address, safe=_ADDRESS)}>)" if address else shown

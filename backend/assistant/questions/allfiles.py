"""Questions about all files of a kind or about a subject, which no ten passages can answer.

"Which of my letters mention warfarin?", "How many invoices are there from 2025?", "Summarise everything about the
move." They are known by how they are put; any other question is none of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from backend.assistant.questions.allfiles_forms import FORMS, Form, Task
from backend.assistant.questions.kinds import KINDS, DocumentKind
from backend.assistant.questions.periods import Period, period_of
from backend.assistant.questions.words import QuestionWords

# A longer question (characters) is not of these.
_LONGEST = 300
_QUOTED = re.compile(r"[\"“„«](?P<said>[^\"“”„«»]+)[\"”“»]")


@dataclass(frozen=True, slots=True)
class AllFiles:
    """What is asked of all files: to list them, to count them, or to sum up what they say.

    `subject` is what they are to speak of, word for word where it is a `phrase`; empty: all of the kind. `called` is
    how the question calls the files, `kind` what that means, `period` when they are to be from. `near`: what comes near
    to the subject in meaning counts as well. `by_time`: in the order of time.
    """

    task: Task
    subject: str
    called: str
    kind: DocumentKind
    period: Period | None = None
    phrase: bool = False
    near: bool = False
    by_time: bool = False


def all_files(question: str, words: QuestionWords, now: datetime, zone: tzinfo) -> AllFiles | None:
    """What a question asks of all files; None for a question that is answered from the best passages."""
    text = " ".join(question.split()).rstrip(" ?.!")
    if len(text) > _LONGEST:
        return None
    forms = FORMS[words.code]
    by_time = forms.by_time.search(text)
    if by_time is not None:
        text = " ".join(f"{text[: by_time.start()]} {text[by_time.end() :]}".split()).strip(" ,")
    for form in forms.forms:
        match = form.pattern.fullmatch(text)
        if match is not None:
            found = _read(form, match, words, now, zone)
            if found is not None:
                return replace(found, by_time=by_time is not None)
    return None


def _read(form: Form, match: re.Match[str], words: QuestionWords, now: datetime, zone: tzinfo) -> AllFiles | None:
    groups = match.groupdict()
    called = groups.get("kind") or ""
    kind = KINDS.get(called.casefold(), DocumentKind())
    rest = (groups.get("subject") or "").strip()
    when = (groups.get("when") or "").strip()
    period = period_of(f"{called or 'documents'} {when or rest}", words, now, zone) if when or rest else None
    if when and period is None:
        return None
    if period is not None and not when:
        rest = _without(rest, period, words)
    quoted = _QUOTED.fullmatch(rest)
    subject = _bare(quoted["said"] if quoted else rest, words)
    any_file = not kind.words and not kind.mimes
    if not subject and (form.task == "summary" or (any_file and period is None)):
        return None
    return AllFiles(form.task, subject, called, kind, period, phrase=quoted is not None, near=form.near)


def _without(text: str, period: Period, words: QuestionWords) -> str:
    """A text without the period that it says, and without what leads it in."""
    at = text.casefold().find(period.text.casefold())
    if at < 0:
        return text
    before, after = text[:at].rstrip(), text[at + len(period.text) :].strip()
    leading = before.split()
    while leading and leading[-1].casefold() in words.dated | words.since | words.determiners:
        leading.pop()
    return " ".join([*leading, after]).strip(" ,")


def _bare(text: str, words: QuestionWords) -> str:
    """A subject without the articles and pronouns in front of it, and without "in my files" behind it."""
    parts: Sequence[str] = FORMS[words.code].behind.sub("", text).strip(" ,.;:\"“”„«»'").split()
    while parts and parts[0].casefold() in words.determiners:
        parts = parts[1:]
    return " ".join(parts)

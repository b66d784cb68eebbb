"""In which language a question is. It is too short for statistics over letters: its small words tell."""

import re

from backend.assistant.questions.english import ENGLISH
from backend.assistant.questions.german import GERMAN
from backend.assistant.questions.words import QuestionWords

LANGUAGES: dict[str, QuestionWords] = {words.code: words for words in (ENGLISH, GERMAN)}

_WORD = re.compile(r"[^\W\d_]+")
# A question says what language it is in long before this (characters).
_READ = 600


def language_of(text: str, before: str = "en") -> str:
    """The code of the question's language among ours; `before`, that of the conversation, where nothing tells."""
    found = _WORD.findall(text[:_READ].casefold())
    counts = {code: sum(word in words.telling for word in found) for code, words in LANGUAGES.items()}
    best = max(counts.values())
    leading = [code for code, count in counts.items() if count == best]
    if best and len(leading) == 1:
        return leading[0]
    if not best and re.search(r"[äöüß]", text[:_READ].casefold()):
        return "de"
    return before if before in LANGUAGES else "en"

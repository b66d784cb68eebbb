"""Questions about one document as a whole: "what is in Holiday plans.txt?", "summarise the letter from Dr Malik"."""

from collections.abc import Sequence

from backend.assistant.questions.understood import Understood
from backend.models.cues import expected
from backend.models.terms import STOP_WORDS, normal, terms
from backend.models.terms import words as plain_words
from backend.search.chunk import Passage

# What one asks a document for without naming any of its subjects.
_CONTENT = frozenset(
    """
    summary summarise summarize sum overview content contents topic topics main point points gist read happened happen
    discussed discuss decided decide agreed agree talked deal deals meeting session inhalt zusammenfassung fasse fass
    zusammen überblick übersicht thema themen geht worum drin besprochen beschlossen passiert passierte sitzung
    versammlung
    """.split()  # noqa: SIM905 - as in terms
)


def whole_document(understood: Understood, passages: Sequence[Passage]) -> list[Passage]:
    """The passages, in their order, of the one document that a question asks about as a whole; else none.

    So where its title, heading or date holds all that the question says, and no kind of answer is asked for ("who wrote
    it?"). Unless all passages are from that document, the question must also say that it is about what stands in it.
    """
    if expected(understood.text) is not None:
        return []
    words = understood.words
    text = understood.text.casefold()
    if understood.period is not None:
        text = text.replace(understood.period.text.casefold(), " ")
    small = words.papers | words.says | words.file | words.folder | words.titles | words.verbs
    said = {word for word in plain_words(text) if word not in STOP_WORDS and word not in small}
    asked = {normal(word, words.code) for word in said - _CONTENT}
    firsts = [passage for passage in passages if passage.chunk.ordinal == 0]
    named = [first for first in firsts if asked <= set(terms(_names(first), words.code))]
    one_file = len({passage.document.file_id for passage in passages}) == 1
    if len(named) != 1 or not (one_file or (asked and said & _CONTENT)):
        return []
    mine = [passage for passage in passages if passage.document.file_id == named[0].document.file_id]
    return sorted(mine, key=lambda passage: passage.chunk.ordinal)


def _names(first: Passage) -> str:
    return "\n".join((first.document.title, *first.chunk.headings))

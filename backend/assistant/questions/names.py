"""Files and folders that a question names as the place to look in: "in the discharge letter of Mrs Brandt".

A name with its ending ("formulary.xlsx") and the name of a folder are looked up among the user's files. A file that is
described is recognised among those that a search of this user has found, so nothing is learnt of any other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from backend.assistant.questions.phrase import Word, split
from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS, normal, terms
from backend.search.chunk import Document

_READ = 600
_FILE_NAME = re.compile(
    r"[\"“„]?([\w][\w .()&+-]{0,80}?\.(?:pdf|docx?|odt|rtf|txt|md|xlsx?|ods|csv|pptx?|odp|html?|epub|eml|msg|ics|vcf|"
    r"json|xml|ipynb|png|jpe?g))\b",
    re.IGNORECASE,
)
# Words of a description: "the discharge letter of Mrs Brandt from the clinic".
_WINDOW = 9


@dataclass(frozen=True, slots=True)
class Named:
    """Ids of files and folders."""

    file_ids: tuple[int, ...] = ()
    folder_ids: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.file_ids or self.folder_ids)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Names in a question, as they are written there, to be looked up: whole file names, and names of folders."""

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    said: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        return bool(self.files or self.folders)


def mentioned(question: str, words: QuestionWords) -> Mentioned:
    """File names with an ending, and names beside the word "folder". Several readings of one place are all given."""
    text = question[:_READ]
    names: dict[str, None] = {}
    for match in _FILE_NAME.finditer(text):
        # "what does the price list.csv say": any of the words before may belong to the name.
        parts = match.group(1).split(" ")
        for first in range(len(parts)):
            names.setdefault(" ".join(parts[first:]))
    folders: dict[str, None] = {}
    found = [word for word in split(text) if not word.sign]
    for index, word in enumerate(found):
        if word.low in words.folder:
            for length in (3, 2, 1):
                after = found[index + 1 : index + 1 + length]
                before = found[max(0, index - length) : index]
                for part in (after, before):
                    if len(part) == length and part[0].low not in STOP_WORDS and part[-1].low not in STOP_WORDS:
                        folders.setdefault(text[part[0].start : part[-1].end])
    return Mentioned(tuple(names)[:10], tuple(folders)[:10], next(iter([*reversed(names), *reversed(folders)]), ""))


def described(question: str, words: QuestionWords, documents: Sequence[Document]) -> tuple[int, ...]:
    """The files among `documents` that the question clearly names as the place to look in."""
    places = _places(question[:_READ], words)
    if not places:
        return ()
    titles = {document.file_id: PurePosixPath(document.path).stem for document in documents}
    stems = {file_id: _name_terms(title, words) for file_id, title in titles.items()}
    papers = {normal(paper, words.code) for paper in words.papers}
    chosen: list[int] = []
    for place in places:
        paper = place & papers
        if not paper:
            continue
        rest = place - papers
        full = [
            file_id
            for file_id, name in stems.items()
            # All words of the name but the kind of document, which one calls by many names, are in the description.
            if (own := name - papers) and own <= rest and (len(own) > 1 or len(rest) <= 2)
        ]
        if not full and not rest:
            full = [file_id for file_id, name in stems.items() if name & paper]
            full = full if len(full) == 1 else []
        chosen += full
    return tuple(dict.fromkeys(chosen))


def _name_terms(title: str, words: QuestionWords) -> set[str]:
    return {term for term in terms(title.replace("_", " ").replace("-", " "), words.code) if not term[0].isdigit()}


def _places(text: str, words: QuestionWords) -> list[set[str]]:
    """The words of every description of a document: behind "in" or "according to", or before "says"."""
    found = split(text)
    places = []
    for index, word in enumerate(found):
        lead = next((p for p in words.inside if _stands(found, index, p)), None)
        if lead is not None:
            first = index + len(lead.split())
            last = first
            while last < len(found) and last - first < _WINDOW and not _ends(found[last], words):
                last += 1
            places.append(_content(found[first:last], words))
        elif word.low in words.says:
            first = index
            while first > 0 and index - first < _WINDOW and not _ends(found[first - 1], words):
                first -= 1
            places.append(_content(found[first:index], words))
    return [place for place in places if place]


def _stands(found: Sequence[Word], index: int, phrase: str) -> bool:
    parts = phrase.split()
    return [word.low for word in found[index : index + len(parts)]] == parts


def _ends(word: Word, words: QuestionWords) -> bool:
    """Whether a description cannot go on over this word."""
    return word.text in "?!,;:" or word.low in words.verbs or word.low in words.asking or word.low in {"about", "über"}


def _content(part: Sequence[Word], words: QuestionWords) -> set[str]:
    return {
        normal(word.low, words.code)
        for word in part
        if not word.sign and word.low not in STOP_WORDS and word.low.rstrip(".") not in words.titles
    }

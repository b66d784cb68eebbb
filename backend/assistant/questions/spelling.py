"""Words of a question that are probably misspelt, corrected from what the user can read.

A correction comes from the passages that a search of this user found, all of them readable by the user, or from the
public word lists of `pyspellchecker` (MIT): never from an index over all users' files, whose words a suggestion would
give away. Names behind a title and names of medicines are left alone: "Mr Brandt" is not "Mr Brand".
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from rapidfuzz import process
from rapidfuzz.distance import OSA

from backend.assistant.questions.phrase import Word, split
from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS, normal
from backend.models.terms import words as plain_words

# Shorter words are too near to each other.
_SHORTEST = 5
# From this length two letters may be wrong.
_LONG = 8
# Ends of the international names of medicines (WHO, "The use of stems", 2018): between two of them a letter matters.
_MEDICINES = re.compile(
    r"(?:olol|pril|sartan|xaban|gatran|statin|mycin|micin|cillin|cycline|floxacin|oxacin|azole|conazole|prazole|dipine|"
    r"azepam|zolam|triptan|setron|gliptin|gliflozin|glitazone|formin|parin|thiazide|semide|one|olone|asone|onide|mab|"
    r"tinib|vir|oxetine|pramine|tidine|profen|fenac|oxib|codone|orphan|adol|terol|tropium|lukast|dronate|cef\w+)$"
)
_READ = 600
# A public word is common from this count in the list (its sources are film subtitles).
_COMMON = 100


@cache
def public_words(language: str) -> Mapping[str, int]:
    """The public list of a language: words with their counts. Read once, in a third of a second; none for others."""
    resource = files("spellchecker").joinpath("resources", f"{language}.json.gz")
    return json.loads(gzip.decompress(resource.read_bytes())) if resource.is_file() else {}


def unknown(question: str, words: QuestionWords, texts: Iterable[str]) -> list[Word]:
    """The words of a question that stand in none of the texts, in any form; names behind a title are left out."""
    asked = split(question[:_READ])
    doubtful = [
        word
        for index, word in enumerate(asked)
        if len(word.low) >= _SHORTEST
        and word.low.isalpha()
        and word.low not in STOP_WORDS
        and not (index and asked[index - 1].low.rstrip(".") in words.titles)
        and not (index > 1 and asked[index - 1].text == "." and asked[index - 2].low in words.titles)
        and not word.text.isupper()
    ]
    if not doubtful:
        return []
    joined = "\n".join(texts).casefold()
    return [word for word in doubtful if word.low not in joined and _stem(word.low, words.code) not in joined]


def _stem(word: str, language: str) -> str:
    """What forms of a word begin with; never so short that it begins other words."""
    stem = normal(word, language)
    return stem if len(stem) >= _SHORTEST - 1 else word


def corrected(question: str, words: QuestionWords, texts: Sequence[str]) -> str | None:
    """The question with its misspelt words corrected; None when there is nothing to correct. Not for the event loop."""
    doubtful = unknown(question, words, texts)
    if not doubtful:
        return None
    public = public_words(words.code)
    # A word of the language is no mistake, only a word that the files do not have.
    doubtful = [word for word in doubtful if word.low not in public]
    if not doubtful:
        return None
    own = Counter(word for text in texts for word in plain_words(text) if len(word) >= _SHORTEST - 1 and word.isalpha())
    made = question
    changed = False
    for word in reversed(doubtful):
        better = _nearest(word.low, own) or _nearest(word.low, public, at_least=_COMMON)
        if better is not None:
            made = made[: word.start] + _cased(better, word.text) + made[word.end :]
            changed = True
    return made if changed else None


def _nearest(word: str, among: Mapping[str, int], *, at_least: int = 1) -> str | None:
    """The word that is nearest, among equals the most frequent one."""
    most = 2 if len(word) >= _LONG and not _MEDICINES.search(word) else 1
    choices = [
        w for w, count in among.items() if count >= at_least and abs(len(w) - len(word)) <= most and w[0] == word[0]
    ]
    found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=20)
    near = [(distance, -among[w], w) for w, distance, _ in found if w != word]
    return min(near)[2] if near else None


def _cased(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word

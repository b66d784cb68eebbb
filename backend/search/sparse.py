"""Sparse vectors: the words of a text, stemmed in its language, weighted for BM25.

The store multiplies in the inverse document frequency when it compares, so a vector does not depend on the collection
(Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework"; Qdrant's modifier `idf`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qdrant_edge import Bm25, Bm25Config, DisabledStemmer, StopwordsSet, TokenizerType

# Languages with a Snowball stemmer and a list of stop words.
STEMMED = frozenset(
    ["ar", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ro", "ru", "sv", "tr"]
)

# Languages written without spaces between words; the tokenizer splits them with a dictionary.
_UNSPACED = frozenset({"zh", "ja", "th", "ko", "lo", "km", "my"})

# Words, without stop words, of a chunk as long as the built-in model reads (256 word pieces).
_AVERAGE_LENGTH = 110.0

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Weights `values` at the dimensions `indices`; both have the same length."""

    indices: tuple[int, ...]
    values: tuple[float, ...]

    def __bool__(self) -> bool:
        return bool(self.indices)


def document_vector(text: str, language: str) -> SparseVector:
    """The vector of a text to be searched: term frequencies, saturated and set off against the text's length."""
    vector = _model(_kind(language)).embed_document(text)
    return SparseVector(tuple(vector.indices), tuple(vector.values))


def query_vector(text: str, languages: Iterable[str]) -> SparseVector:
    """The vector of a question, whose words are stemmed in each of `languages`, the languages of what is searched.

    A question is too short to tell its language for sure, and "Metformin" is searched in all of them anyway. A word
    that is a stop word in one of the languages counts in none, unless nothing would be left: the "the" of an English
    question would be a rare and heavy word among German texts.
    """
    vectors = word_vectors(text, languages)
    stems = {stem for vector in vectors for stem in vector.indices}
    return SparseVector(tuple(sorted(stems)), (1.0,) * len(stems))


def word_vectors(text: str, languages: Iterable[str]) -> list[SparseVector]:
    """The words of a question, each with a vector of its own, as `query_vector` reads them."""
    kinds = sorted({_kind(language) for language in languages})
    words = list(dict.fromkeys(_WORD.findall(text)))
    telling = [word for word in words if all(_stems(kind, word) for kind in kinds)]
    stems = [sorted({stem for kind in kinds for stem in _stems(kind, word)}) for word in telling or words]
    return [SparseVector(tuple(own), (1.0,) * len(own)) for own in stems if own]


def matches(text: str, language: str, query: SparseVector) -> list[tuple[int, int]]:
    """Where words of `text` stand that a question asks for: character ranges, in order, with the end excluded."""
    kind = _kind(language)
    wanted = frozenset(query.indices)
    return [word.span() for word in _WORD.finditer(text) if not wanted.isdisjoint(_stems(kind, word.group()))]


def has_in_order(text: str, language: str, words: Sequence[SparseVector]) -> bool:
    """Whether these words (see `word_vectors`) stand one behind the other in a text, small words between them aside."""
    kind = _kind(language)
    stems = [own for word in _WORD.findall(text) if (own := _stems(kind, word))]
    wanted = [frozenset(word.indices) for word in words]
    return any(
        all(not wanted[place].isdisjoint(stems[start + place]) for place in range(len(wanted)))
        for start in range(len(stems) - len(wanted) + 1)
    )


def _kind(language: str) -> str:
    if language in STEMMED:
        return language
    return "unspaced" if language in _UNSPACED else "plain"


@lru_cache(maxsize=20_000)
def _stems(kind: str, word: str) -> frozenset[int]:
    return frozenset(_model(kind).embed_query(word).indices)


@lru_cache(maxsize=len(STEMMED) + 2)
def _model(kind: str) -> Bm25:
    if kind in STEMMED:
        return Bm25(Bm25Config(language=kind, avg_len=_AVERAGE_LENGTH))
    tokenizer = TokenizerType.Multilingual if kind == "unspaced" else TokenizerType.Word
    return Bm25(
        Bm25Config(tokenizer=tokenizer, stemmer=DisabledStemmer(), stopwords=StopwordsSet(), avg_len=_AVERAGE_LENGTH)
    )

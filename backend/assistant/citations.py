"""Ties a sentence to the passages that it cites, and decides whether they support it."""

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.models.protocol import SentenceEmbedder, Source
from backend.models.sentences import Span, split
from backend.models.terms import STOP_WORDS, number, numbers, terms, words

# [1], [1, 2], [1-3], [^1], [Passage 2], 【3】: what models write when they are asked for [1].
_MARK = re.compile(
    r"[ \t]*[\[【]\^?(?:(?:passages?|sources?|quellen?)[ ]?)?"
    r"(\d{1,4}(?:[ ]?(?:[,;]|[-–]|and|und|&)[ ]?(?:(?:passage|source)[ ])?\d{1,4})*)(?:†[^\]】]*)?[\]】]",
    re.IGNORECASE,
)
_LONGEST_RANGE = 20

# A sentence is supported when its cited passages hold this share of its words and are this near to it in meaning
# (cosine of the embeddings), in any of three grades: nearly the same words need no embedding, few words must mean
# nearly the same. Chosen on one half of `tests/integration/assistant/claims.tsv`; a test reports the other half.
_SAME_WORDS = 0.9
_GRADES = ((0.78, 0.60), (0.60, 0.72), (0.45, 0.85))
_FEWEST_WORDS = _GRADES[-1][0]
# Of several cited passages, one that carries less of the sentence than this is not cited for it.
_CARRIES = 0.2
# A neighbouring sentence belongs to the quote when it adds this share of the claim's terms.
_WORTH_QUOTING = 0.2
# Two clauses that share so much of all their words say the same thing, or its opposite; shorter ones tell nothing.
_SAME_CLAUSE = 0.6
_TELLING = 2
# A German sentence made of so many of the passage's own words has no noun that is not in it.
_OWN_WORDS = 0.7
# So many stretches of each cited passage are compared by embedding (about 10 ms each).
_COMPARED = 3

_NEGATIONS = frozenset(
    """
    not no never without avoid avoids avoided none neither nor cannot can't don't doesn't didn't isn't aren't
    wasn't won't mustn't shouldn't forbidden contraindicated stop nicht kein keine keinen keinem keiner nie
    niemals ohne ne pas jamais sans aucun no nunca sin ningún
    """.split()  # noqa: SIM905 - a list of quoted words would fill pages
)
_CLAUSE = re.compile(r"[,;:.()–—]\s|\s(?:and|but|because|which|und|aber|weil)\s")
_DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:mon|diens|donners|frei|sams|sonn)tag|\bmittwoch"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b"
    r"|\b(?:januar|februar|märz|juni|juli|oktober|dezember)\b",
    re.IGNORECASE,
)
# Addresses of pages and mailboxes, also those without "http".
_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s)\]>]+|\bwww\.[^\s)\]>]+|\b(?:[\w-]+\.)+[a-z]{2,}/[^\s)\]>]*|[\w.+-]+@[\w-]+\.[\w.-]+",
    re.IGNORECASE,
)
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?:[^)\s]+)(?:\s+\"[^\"]*\")?\)")
# The address of a mailbox or a page in angle brackets, which is no tag: "Anna Berg <anna@example.org>".
_ADDRESS = re.compile(r"<(?:mailto:)?([^\s<>@]+@[^\s<>@]+|https?://[^\s<>]+)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
# What is left of markup that was not whole (or was put together out of pieces) is broken, so that no reader of Markdown
# or HTML takes it for a picture, a link, the address of a link, or a tag (CommonMark 0.31, sections 4.7, 6.3 to 6.6).
_HALVES = (
    (re.compile(r"!(?=\[)"), ""),
    (re.compile(r"\](?=\()"), "] "),
    (re.compile(r"\](?=:)"), "] "),
    (re.compile(r"<(?=[a-zA-Z/!?])"), "< "),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence without its citation marks, and the numbers that it cites in order, each once."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """The stretch `sources[source].text[start:end]` that supports a claim, and how well (0 to 1)."""

    source: int
    start: int
    end: int
    score: float


def parse(sentence: str) -> Claim:
    """Take the citation marks out of a sentence."""
    cites: dict[int, None] = {}
    for mark in _MARK.finditer(sentence):
        for part in re.split(r"[,;&]|and|und", mark.group(1), flags=re.IGNORECASE):
            bounds = [int(number) for number in re.findall(r"\d+", part)]
            first, last = bounds[0], bounds[-1]
            if first <= last <= first + _LONGEST_RANGE:
                cites.update(dict.fromkeys(range(first, last + 1)))
            else:
                cites.update(dict.fromkeys(bounds))
    text = _MARK.sub("", sentence)
    return Claim(re.sub(r"\s+([.!?,;:])(?=\s|$)", r"\1", text).strip(), tuple(cites))


def marked(text: str, cites: Sequence[int]) -> str:
    """A sentence with its citations behind it, the inverse of `parse`."""
    return f"{text} {''.join(f'[{number}]' for number in cites)}" if cites else text


def harmless(text: str) -> str:
    """A sentence out of a model or a file without images, markup and link targets, and without signs of Markdown.

    Whoever shows it as Markdown or HTML loads nothing by it and leads nowhere. A bare address stays what it is: words.
    """
    text = _BOLD.sub(r"\1", _HEADING.sub("", text))
    text = _TAG.sub("", _ADDRESS.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub("", text))))
    for half, broken in _HALVES:
        text = half.sub(broken, text)
    return text.strip()


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A sentence (`core`) of a source, widened to `start`..`end` where a neighbour carries part of the claim."""

    source: int
    core: Span
    start: int
    end: int
    present: frozenset[str]


class Checker:
    """Checks claims against numbered passages, by words and, where these leave it open, by embedding."""

    def __init__(self, embedder: SentenceEmbedder, sources: Sequence[Source]) -> None:
        self._embedder = embedder
        self._given = sources
        self._read: list[_Read] | None = None
        # What was embedded for an earlier sentence of the answer.
        self._vectors: dict[str, NDArray[np.float32]] = {}

    async def read(self) -> None:
        """Cut the passages into sentences, in a thread. What was not read by then is read for the first claim."""
        self._read = await asyncio.to_thread(self._cut)

    def _cut(self) -> list["_Read"]:
        return [_Read(index, source) for index, source in enumerate(self._given)]

    @property
    def _sources(self) -> list["_Read"]:
        if self._read is None:
            self._read = self._cut()
        return self._read

    async def support(self, claim: Claim) -> list[Support]:
        """The stretches of the passages that support `claim`, the best first; empty when none does.

        `claim.cites` count from 1; numbers without a passage are passed over.
        """
        cited = [self._sources[number - 1] for number in claim.cites if 1 <= number <= len(self._sources)]
        found = await self._supported(claim.text, cited) if cited else []
        if not found and (likely := self._likely(claim.text, cited)):
            # Small models cite nothing, or the wrong passage. Where another one plainly says it, that one is cited.
            found = await self._supported(claim.text, likely)
        return found

    def _likely(self, claim: str, tried: Sequence["_Read"]) -> list["_Read"]:
        """The source that shares most words with the claim, if it shares enough and was not tried alone."""
        shares = [(_share(claim, source.stretches(claim)[:1], [source]), source) for source in self._sources]
        share, best = max(shares, key=lambda pair: pair[0], default=(0.0, None))
        return [best] if best is not None and share >= _FEWEST_WORDS and [best] != list(tried) else []

    async def _supported(self, text: str, cited: Sequence["_Read"]) -> list[Support]:
        if not words(text):
            return []
        stretches = [source.stretches(text)[0] for source in cited]
        share = _share(text, stretches, cited)
        if share < _FEWEST_WORDS:
            return []
        score = share
        if share < _SAME_WORDS:
            stretches, meaning = await self._by_meaning(text, cited)
            share = max(share, _share(text, stretches, cited))
            if not any(share >= least_words and meaning >= least for least_words, least in _GRADES):
                return []
            score = (share + meaning) / 2
        stretches.sort(key=lambda stretch: -_share(text, [stretch], cited))
        best = stretches[0]
        if not _facts_hold(text, stretches, self._sources):
            return []
        if not self._same_polarity(text, best):
            return []
        return [
            Support(stretch.source, stretch.start, stretch.end, min(1.0, score))
            for stretch in stretches
            if stretch is best or _share(text, [stretch], cited) >= _CARRIES
        ]

    def _same_polarity(self, text: str, best: _Stretch) -> bool:
        """Whether both deny something or neither does: "is taken" is not supported by "is not taken".

        Where both have clauses, each is compared with the one that shares most words with it.
        """
        source = self._sources[best.source]
        whole = source.text[best.start : best.end]
        if _negated(text) != _negated(whole if _negated(text) else best.core.of(source.text)):
            return False
        theirs = [(clause, set(terms(clause, source.language))) for clause in _clauses(whole)]
        for clause in _clauses(text):
            wanted = set(terms(clause, source.language)) - _NEGATIONS
            other, held = max(theirs, key=lambda pair: len(wanted & pair[1]), default=("", set()))
            alike = len(wanted & held) >= _SAME_CLAUSE * max(1, len(wanted | held - _NEGATIONS))
            if len(wanted) >= _TELLING and alike and _denials(clause) % 2 != _denials(other) % 2:
                return False
        return True

    async def _by_meaning(self, claim: str, cited: Sequence["_Read"]) -> tuple[list[_Stretch], float]:
        """For each cited source the stretch nearest to the claim in meaning, and the nearest one's similarity."""
        options = [(source, stretch) for source in cited for stretch in source.stretches(claim)[:_COMPARED]]
        texts = [f"{source.about}{source.text[stretch.start : stretch.end]}" for source, stretch in options]
        new = [claim, *dict.fromkeys(text for text in texts if text not in self._vectors)]
        vectors = await self._embedder.embed_passages(new)
        self._vectors.update(zip(new[1:], vectors[1:], strict=True))
        similarity = np.array([self._vectors[text] for text in texts]) @ vectors[0]
        nearest: dict[int, tuple[float, _Stretch]] = {}
        for (source, stretch), value in zip(options, similarity, strict=True):
            if source.index not in nearest or float(value) > nearest[source.index][0]:
                nearest[source.index] = (float(value), stretch)
        return [stretch for _, stretch in nearest.values()], float(np.max(similarity))


class _Read:
    """A source, cut into sentences."""

    def __init__(self, index: int, source: Source) -> None:
        self.index = index
        self.text = source.text
        self.language = source.language
        self.about = "".join(f"{part}: " for part in (source.title, *source.headings[-1:]) if part)
        self.spans = split(source.text)
        self.context = frozenset(terms(" ".join((source.title, *source.headings)), source.language))
        self._present = [frozenset(terms(span.of(source.text), source.language)) for span in self.spans]
        self.numbers_around = numbers(" ".join((source.title, *source.headings)))
        if self.spans and self.spans[0].kind == "row":  # the names of the columns
            self.context |= self._present[0]

    def stretches(self, claim: str) -> list[_Stretch]:
        """The sentences that share most terms with the claim, best first; at least one unless the source is empty."""
        wanted = frozenset(terms(claim, self.language))
        order = sorted(range(len(self.spans)), key=lambda i: (-len(wanted & self._present[i]), i))
        return [self._widened(i, wanted) for i in order[:_COMPARED]] or [
            _Stretch(self.index, Span(0, 0, "sentence"), 0, 0, frozenset())
        ]

    def _widened(self, index: int, wanted: frozenset[str]) -> _Stretch:
        # A neighbour that shares no more than a number or a day says something else about another thing.
        first = last = index
        present = self._present[index]
        for neighbour in (index - 1, index + 1):
            if 0 <= neighbour < len(self.spans) and self.spans[neighbour].kind == "sentence":
                adds = {
                    term
                    for term in (wanted & self._present[neighbour]) - present - self.context
                    if not term[0].isdigit() and not _DAY.match(term)
                }
                if wanted and len(adds) / len(wanted) >= _WORTH_QUOTING:
                    first, last = min(first, neighbour), max(last, neighbour)
                    present = present | self._present[neighbour]
        return _Stretch(self.index, self.spans[index], self.spans[first].start, self.spans[last].end, present)


def _share(claim: str, stretches: Sequence[_Stretch], cited: Sequence[_Read]) -> float:
    """The share of the claim's terms that the stretches hold, their titles and headings helping."""
    readers = {source.index: source for source in cited}
    best = 0.0
    for language in {readers[stretch.source].language for stretch in stretches}:
        wanted = set(terms(claim, language))
        if wanted:
            held = {t for s in stretches for t in s.present | readers[s.source].context}
            best = max(best, len(wanted & held) / len(wanted))
    return best


def _facts_hold(claim: str, stretches: Sequence[_Stretch], sources: Sequence[_Read]) -> bool:
    """Whether every number, day, name and address of the claim stands in what it cites."""
    read = [sources[s.source] for s in stretches]
    quoted = " ".join(sources[s.source].text[s.start : s.end] for s in stretches)
    around = " ".join(f"{source.about} {source.text}" for source in read)
    there = Counter(_digits(quoted))
    free = numbers(quoted).difference(there).union(*(source.numbers_around for source in read))
    if any(found not in free and count > there[found] for found, count in Counter(_digits(claim)).items()):
        return False
    if any(address.rstrip(".,;") not in around for address in _URL.findall(claim)):
        return False
    near = " ".join((quoted, *(source.about for source in read)))
    if not _days(claim) <= _days(near):
        return False
    spoken = {form for word in words(around) for form in (word, _bare(word))}
    if any(source.language == "de" for source in read):
        # Every German noun has a capital and may be another word for the same, but not among the passage's own words.
        strange = [name for name in _names(claim) if not _spoken_of(name, spoken)]
        return not strange or _share(claim, stretches, sources) < _OWN_WORDS
    return all(set(words(name)) <= spoken for name in _names(claim))


def _digits(text: str) -> list[str]:
    return [number(word) for word in words(text) if word[0].isdigit()]


def _days(text: str) -> set[str]:
    """The weekdays and months named in a text, by their first three letters."""
    return {day.casefold()[:3] for day in _DAY.findall(text)}


def _names(claim: str) -> list[str]:
    """Words with a capital inside the sentence."""
    tokens = re.findall(r"[^\W\d_][\w'’]*", claim)
    return [_bare(t) for t in tokens[1:] if t[0].isupper() and t.casefold() not in STOP_WORDS]


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("’s")


def _spoken_of(name: str, spoken: Collection[str]) -> bool:
    """Whether a German noun stands in a passage, be it in another form or as part of a longer word."""
    root = name.casefold()[: max(4, len(name) - 3)]
    return any(root in word for word in spoken)


def _clauses(text: str) -> list[str]:
    return _CLAUSE.split(text)


def _denials(text: str) -> int:
    found = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text.casefold())
    return sum(word.replace("’", "'") in _NEGATIONS for word in found)


def _negated(text: str) -> bool:
    return _denials(text) > 0

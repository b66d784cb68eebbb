"""The stretches of the passages that may answer a question, and how far each one's words meet the question's.

A sentence seldom repeats its subject ("Take it with food." under the heading "Metformin"), so its title, headings and
the line that leads into a list count for it as context.
"""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.models.cues import Expected, holds, said
from backend.models.protocol import Source
from backend.models.sentences import Span, split
from backend.models.terms import STOP_WORDS, normal, terms, words

# Shorter stretches ("Yes.", "Page 3") say nothing on their own.
_SHORTEST = 3
# Words of at least this length that share their first letters are taken as kin (vaccine, vaccination).
_KIN_LENGTH = 5
_KIN_SHARE = 0.7
_KIN_CREDIT = 0.7
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
# The sign or number that a list item begins with, and bold words in front of a text.
_ENUMERATED = re.compile(r"^[ \t]*(?:[-*+•‣▪◦–—]|\(?\d{1,3}[.)]|\(?[a-zA-Z][)])[ \t]+(?=\S)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{2,60}?)\1(?=[\s.:])")
# The number of a section: "§ 3 Deposit", "1.2 Scope".
_SECTION = re.compile(r"^(?:§+ ?)?\d+(?:\.\d+)*[.)]?\s+(?=\D)")
# Longer ones (words) are sentences.
_LONGEST_LABEL = 4
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+(?:\s+\"[^\"]*\")?\)")
# How letters and mails begin, and how they end, with the name that stands there.
_GREETING = re.compile(
    r"(?:dear|hello|hi|hallo|liebe[rs]?|sehr geehrte[rs]?|guten (?:tag|morgen|abend)|good (?:morning|afternoon))\b"
    r"(?:[^.,:!?]|\b(?:dr|prof|mrs?|ms)\.){0,60}[,!]?",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:with )?(?:kind|kindest|best|warm|many) (?:regards|wishes|thanks)|regards"
    r"|(?:yours )?(?:sincerely|faithfully|truly)"
    r"|(?:mit )?(?:freundliche|beste|viele|liebe|herzliche)[nm]? gr(?:ü|ue)(?:ß|ss)en?)\b"
    r"(?:[^.:!?]|\b(?:dr|prof|mrs?|ms)\.){0,60}",
    re.IGNORECASE,
)


Stems = frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, line, list item or table row of a source.

    `span` lies in the text of `sources[source]`; `text` is it with single spaces, `lead` the lead-in or the table's
    header, `headings` are those above it. `own` are its terms, `context` those of title, headings and lead-in, `whole`
    those of its source. `series` is the number of the list or table that it is in, 0 for none. `bare`: it is a heading,
    or how a letter begins and ends, or a word or two in a list, and says nothing but the names and dates in it.
    """

    source: int
    span: Span
    text: str
    lead: str
    headings: tuple[str, ...]
    own: frozenset[str]
    context: frozenset[str]
    whole: frozenset[str]
    series: int
    bare: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. Each term is the set of its stems, one per language of the passages.

    `specific` are the names and numbers among them: an answer about other ones is no answer. `words` says where in the
    text each word stands that carries a term, `said` are all of its words.
    """

    text: str
    terms: frozenset[Stems]
    specific: frozenset[Stems]
    expected: Expected | None
    words: tuple[tuple[tuple[int, int], Stems], ...]
    said: frozenset[str]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far a candidate's words meet the question's, each 0 to 1, rare words counting more.

    `own`: by its own words. `context`: with its title, headings and lead-in. `specific`: the share of the question's
    names and numbers found in its source or title. `cue`: 1 when it holds the kind of answer asked for, -1 when it does
    not, 0 when the question is open.
    """

    own: float
    context: float
    specific: float
    cue: float


def understand(text: str, languages: Sequence[str], kind: Expected | None) -> Question:
    """Read a question for passages in these languages: it is stemmed as each of them."""

    def stems(word: str) -> Stems:
        return frozenset(normal(word, language) for language in languages)

    wanted = frozenset(stems(word) for word in words(text) if word not in STOP_WORDS)
    specific = frozenset(stems(name) for name in _names(text))
    standing = tuple(
        (word.span(), stems(word.group().casefold()))
        for word in _WORD.finditer(text)
        if word.group().casefold() not in STOP_WORDS
    )
    return Question(text, wanted, specific & wanted, kind, standing, said(text))


def candidates(sources: Sequence[Source]) -> list[Candidate]:
    """All candidates of all sources, in order; a stretch that two sources share (overlapping chunks) comes once."""
    found: list[Candidate] = []
    seen: set[str] = set()
    series = 0
    for number, source in enumerate(sources):
        every = (source.title, *source.headings, *(name for _, above in source.places for name in above))
        whole = frozenset(terms("\n".join((source.text, *every)), source.language))
        names = {name.casefold() for name in (PurePosixPath(source.title).stem, *every) if name}
        lead = label = ""
        header: str | None = None
        before: Span | None = None
        for span in split(source.text):
            raw = span.of(source.text)
            text = clean(raw)
            begins = _begins(span, before, source.text)
            if span.kind in ("item", "row") and (before is None or before.kind != span.kind):
                series += 1
            if begins:
                label = ""
            before = span
            if span.kind == "row":
                if not re.search(r"\w", text):  # the line under a Markdown table's header
                    continue
                if header is None:
                    header = lead = text if not re.search(r"\d", text) else ""
                    if header:
                        continue
            else:
                header = None
                if span.kind == "heading":
                    lead = text
            own = frozenset(terms(text, source.language))
            short = len(words(text)) < _SHORTEST
            if not short or (own and span.kind != "sentence"):
                key = f"{source.title}\n{text.casefold()}"
                if key not in seen:
                    seen.add(key)
                    headings = source.above(span.start)
                    above = " ".join((source.title, *headings, lead, label))
                    found.append(
                        Candidate(
                            source=number,
                            span=span,
                            text=text,
                            lead=lead if span.kind == "row" else label or lead,
                            headings=headings,
                            own=own,
                            context=frozenset(terms(above, source.language)),
                            whole=whole,
                            series=series if span.kind in ("item", "row") else 0,
                            bare=(short and span.kind == "item") or _is_bare(span, text, raw, names),
                        )
                    )
            if begins:
                label = _run_in(span, raw)
            if text.endswith(":"):
                lead = text
            elif span.kind == "sentence":
                lead = ""
    return found


def _is_bare(span: Span, text: str, raw: str, names: Collection[str]) -> bool:
    """Whether a stretch is a heading or like one, a field with one ("Subject: Invoice"), or a formula of letters."""
    if span.kind == "heading" and not _says_something(text):
        return True
    _, _, value = text.casefold().partition(": ")
    formula = _GREETING.fullmatch(text) or _CLOSING.fullmatch(text)
    return raw.startswith("#") or text.casefold() in names or value in names or formula is not None


def _begins(span: Span, before: Span | None, text: str) -> bool:
    """Whether a paragraph or an item begins with this stretch."""
    if before is None or before.kind != span.kind:
        return True
    if span.kind == "item":
        return _ENUMERATED.match(span.of(text)) is not None
    return _PARAGRAPH.search(text, before.end, span.start) is not None


def _run_in(span: Span, begin: str) -> str:
    """The heading that a paragraph or item begins with ("**Bar.** The licence …", "2. Bar."): the first stretch, or
    stands in it, and the others are about it.
    """
    if span.kind not in ("item", "sentence"):
        return ""
    plain = _ENUMERATED.sub("", begin)
    if bold := _BOLD.match(plain):
        return bold[2].rstrip(".: ")
    short = span.kind == "item" and plain.endswith((".", ":")) and len(words(plain)) <= _LONGEST_LABEL
    return plain.rstrip(".: ") if short else ""


def clean(text: str) -> str:
    """A stretch as it is shown: single spaces, no list sign, no Markdown, nothing of a picture, of a link its words."""
    text = re.sub(r"(?<=\S)(?:\t+| {3,})(?=\S)", " | ", text)  # columns set apart by tabs or spaces
    text = _LINK.sub(r"\1", _IMAGE.sub(" ", text))
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"^(?:#{1,6}|[->*+•‣▪◦–—])\s+", "", text)
    text = re.sub(r"^\|\s*|\s*\|$", "", text)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def in_question(asked: Question, found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that can be an answer.

    A bare one only where it holds the kind of answer asked for. Of a table in which a row has a name or number that the
    question says, only such rows: another stage's limit is no answer to "what is the limit in stage 3?".
    """
    has = [any(not stems.isdisjoint(one.own) for stems in asked.specific) for one in found]
    told_apart = {one.series for one, named in zip(found, has, strict=True) if named and one.span.kind == "row"}
    kind = asked.expected
    return [
        one
        for one, named in zip(found, has, strict=True)
        if (named or one.span.kind != "row" or one.series not in told_apart)
        and (not one.bare or (kind is not None and holds(one.text, kind, asked.said)))
    ]


def shown(candidate: Candidate) -> str:
    """The text for a reader: a table row with the names of its columns, an item without its number."""
    if candidate.span.kind != "row":
        return _ENUMERATED.sub("", candidate.text) if candidate.span.kind == "item" else candidate.text
    cells = _cells(candidate.text)
    names = _cells(candidate.lead)
    if len(cells) == len(names):
        return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)
    return "; ".join(cell for cell in cells if cell)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")]


def _says_something(line: str) -> bool:
    """Whether a line by itself is more than a heading: a field ("Phone: 555 0142"), or one with a number."""
    name, colon, value = line.partition(":")
    return bool(colon and name and value.strip()) or re.search(r"\d", _SECTION.sub("", line)) is not None


def _names(question: str) -> list[str]:
    """Words with a capital inside the question, and those with digits."""
    found = []
    tokens = re.findall(r"[^\W_][\w'’-]*(?:[.,]\d+)*", question)
    capitals = [token for token in tokens[1:] if token[0].isupper() and token.casefold() not in STOP_WORDS]
    # In German every noun has a capital, in a shouted question every word: they tell nothing then.
    telling = question != question.upper() and not re.match(
        r"(?:wer|wen|wem|wessen|was|wann|wo|wie|warum|welche[rsn]?|ab|bis|bei|seit|gibt|ist|hat|kann|darf|muss)\b",
        question.casefold(),
    )
    for token in tokens:
        if any(c.isdigit() for c in token) or (telling and token in capitals):
            found += words(token)
    return found


class Weights:
    """How much each of the question's terms counts: its inverse document frequency, a candidate being a document.

    Terms that occur nowhere count most: a question about something that no passage names is not answered by them.
    """

    def __init__(self, question: Question, found: Sequence[Candidate]) -> None:
        self._weight = {}
        for stems in question.terms:
            count = sum(not stems.isdisjoint(candidate.own) for candidate in found)
            self._weight[stems] = math.log(1 + (len(found) + 1) / (1 + count))
        self._total = sum(self._weight.values())

    def of(self, stems: Stems) -> float:
        """The weight of one term, 1 for what is no term of the question."""
        return self._weight.get(stems, 1.0)

    def share(self, present: frozenset[str]) -> float:
        """The share of the question's weight that these terms hold; 0 for a question without terms."""
        if not self._total:
            return 0.0
        return sum(weight * credit(stems, present) for stems, weight in self._weight.items()) / self._total


def overlap(question: Question, candidate: Candidate, weights: Weights) -> Overlap:
    """Compare the words of a candidate with the question's."""
    cue = 0.0
    if question.expected is not None:
        header = candidate.lead if candidate.span.kind == "row" else ""
        cue = 1.0 if holds(candidate.text, question.expected, question.said, header) else -1.0
    in_reach = candidate.whole | candidate.context
    specific = [credit(stems, in_reach) for stems in question.specific]
    return Overlap(
        own=weights.share(candidate.own),
        context=weights.share(candidate.own | candidate.context),
        specific=sum(specific) / len(specific) if specific else 1.0,
        cue=cue,
    )


def credit(stems: Stems, present: frozenset[str]) -> float:
    """How far `present` holds a term: 1 in one of its stems, less for a word of the same kin, 0 not at all."""
    if not stems.isdisjoint(present):
        return 1.0
    return max(_kin(stem, present) for stem in stems)


def _kin(term: str, present: frozenset[str]) -> float:
    if len(term) < _KIN_LENGTH or term[0].isdigit():
        return 0.0
    for other in present:
        if other[:4] == term[:4] and len(other) >= _KIN_LENGTH:
            shared = len(_common_prefix(term, other))
            if shared >= _KIN_LENGTH and shared >= _KIN_SHARE * max(len(term), len(other)):
                return _KIN_CREDIT
    return 0.0


def _common_prefix(one: str, other: str) -> str:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]

"""Whether a question has several readings in the passages found for it, and what to call them.

"How is kidney disease treated?" has several when sections on acute, chronic and diabetic kidney disease each have all of
its words: they name the same thing with another word added. It has one when the question holds that word, when a
passage speaks of the thing without any, or when one of them answers more of it than the others. Readings are called as
the titles and headings call them, which are those of passages that the user can read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS, normal, terms, words as plain_words
from backend.search.chunk import Passage

# Passages that count. What comes later is too far from the question to be a reading of it.
_LOOKED_AT = 16
_FEWEST, _MOST = 2, 6
# A question with more words than this says what it means.
_MOST_WORDS = 7
_LONGEST_LABEL = 60
_DATE = re.compile(r"\b(?:19|20)\d\d(?:[-_. ](?:0?[1-9]|1[0-2])(?:[-_. ](?:0?[1-9]|[12]\d|3[01]))?)?\b")

# Words that make one thing into several kinds of it; only these count where they stand in running text, or alone as a
# heading. Case-folded stems are compared, so "acute" also stands for "akute".
_QUALIFIERS = frozenset(
    """acute subacute chronic recurrent primary secondary tertiary mild moderate severe diabetic hypertensive viral
    bacterial fungal allergic autoimmune congenital hereditary gestational juvenile systolic diastolic ischaemic
    ischemic haemorrhagic prerenal pre-renal postrenal post-renal intrinsic renal hepatic upper lower left right local
    systemic internal external open closed stable unstable paroxysmal persistent permanent seasonal perennial tension
    cluster inhaled oral topical intravenous intramuscular subcutaneous active latent pulmonary annual monthly weekly
    daily private statutory temporary permanent first second third full-time part-time adult paediatric adults children
    pregnancy infants akut akute akuter akutes chronisch chronische chronischer chronisches primär primäre sekundär
    sekundäre leicht leichte mittelschwer mittelschwere schwer schwere viral virale bakteriell bakterielle allergisch
    allergische diabetisch diabetische prärenal prärenale postrenal postrenale intrarenal intrarenale stabile instabile
    obere untere obere unterer linke rechte oral orale erwachsene kinder schwangerschaft säuglinge""".split()  # noqa: SIM905
)
_NUMBERED = r"(?:type|typ|grade|grad|stage|stadium|class|klasse|phase|group|gruppe)? ?(?:[A-H]|[1-9]|I{1,3}|IV)"


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading: the words that all readings share, what this one adds, and what it is called."""

    family: frozenset[str]
    extra: frozenset[str]
    label: str
    place: str


def readings(question: str, passages: Sequence[Passage], words: QuestionWords) -> tuple[str, ...]:
    """What the readings of a question are called, best first; nothing when one reading is clearly meant."""
    asked = frozenset(terms(question, words.code)) - _small(words)
    if not 1 <= len(asked) <= _MOST_WORDS or words.broad.search(question.casefold()):
        return ()
    matching = [p for p in passages[:_LOOKED_AT] if _has_all(asked, p)]
    if len(matching) < _FEWEST:
        return ()
    named = [(passage, _named(passage, asked, words)) for passage in matching]
    for candidates in (_by_name(named, asked, words), _by_text(question, matching, asked, words)):
        labels = tuple(dict.fromkeys(reading.label for reading in candidates))
        if _FEWEST <= len(labels) <= _MOST:
            return labels
    return ()


def _small(words: QuestionWords) -> frozenset[str]:
    """Stems of words that choose no subject."""
    return frozenset(normal(word, words.code) for word in words.verbs | words.says | words.file)


def _has_all(asked: frozenset[str], passage: Passage) -> bool:
    text = "\n".join((passage.document.title, *passage.chunk.headings, passage.chunk.text)).casefold()
    return all(term in text for term in asked)


def _named(passage: Passage, asked: frozenset[str], words: QuestionWords) -> _Reading | None:
    """The reading that a passage is of, by its title and headings; None when they do not name what is asked about.

    A reading without `extra` is the thing itself, of no kind.
    """
    levels = [PurePosixPath(passage.document.path).stem, *passage.chunk.headings]
    aspects = frozenset(normal(word, words.code) for word in words.aspects | words.generic | words.papers)
    best: _Reading | None = None
    for place, level in enumerate(levels):
        level_terms = frozenset(terms(level, words.code))
        family = level_terms & asked
        if not family - aspects:
            continue
        extra = level_terms - asked - frozenset(normal(paper, words.code) for paper in words.papers)
        label = level
        if not extra and place + 1 < len(levels) and _is_kind(levels[place + 1]):
            label = levels[place + 1]
            extra = frozenset(terms(label, words.code)) - asked
        reading = _Reading(family, extra, _tidy(label), "/".join(levels[:place]))
        if best is None or len(family) >= len(best.family):
            best = reading
    return best


def _is_kind(heading: str) -> bool:
    found = plain_words(heading)
    return (
        bool(found)
        and len(found) <= 4
        and (found[0] in _QUALIFIERS or re.fullmatch(rf"\w* ?{_NUMBERED}", heading.strip(), re.IGNORECASE) is not None)
    )


def _by_name(
    named: Sequence[tuple[Passage, _Reading | None]], asked: frozenset[str], words: QuestionWords
) -> list[_Reading]:
    """Readings that titles and headings name: those that share most of the question's words, if none is general."""
    found = [reading for _, reading in named if reading is not None]
    first = named[0][1]
    if first is None or not first.extra:
        return []
    family = max((reading.family for reading in found), key=len)
    # The best passage decides what it is about; others of the same family are its siblings.
    if first.family != family and len(first.family) < len(family):
        return []
    siblings = [reading for reading in found if reading.family == first.family]
    if any(not reading.extra for reading in siblings):
        return []
    return siblings if _are_siblings(siblings, asked, words) else []


def _are_siblings(siblings: Sequence[_Reading], asked: frozenset[str], words: QuestionWords) -> bool:
    """Whether labels are of a kind: what they add is short, and the thing is what they are mostly about."""
    extras = {reading.extra for reading in siblings}
    if len(extras) < _FEWEST:
        return False
    # One that adds to another is no sibling but a part of it.
    if any(one < other for one in extras for other in extras):
        return False
    return all(len(extra) <= max(2, len(siblings[0].family) + 1) for extra in extras)


def _by_text(question: str, matching: Sequence[Passage], asked: frozenset[str], words: QuestionWords) -> list[_Reading]:
    """Readings that the running text names: "acute kidney disease" in one passage, "chronic …" in another."""
    thing = _thing(question, words)
    if thing is None:
        return []
    before = re.compile(rf"\b([^\W\d_][\w-]+) {re.escape(thing)}", re.IGNORECASE)
    behind = re.compile(rf"\b{re.escape(thing)}s? ({_NUMBERED})\b")
    bare = re.compile(rf"\b{re.escape(thing)}", re.IGNORECASE)
    found: dict[str, _Reading] = {}
    for passage in matching:
        text = passage.chunk.text
        kinds = [m.group(1) for m in before.finditer(text) if m.group(1).casefold() in _QUALIFIERS]
        kinds += [m.group(1) for m in behind.finditer(text)]
        of_no_kind = len(bare.findall(text)) - len(kinds)
        if not kinds and of_no_kind and not found:
            return []  # the best passage speaks of the thing itself
        for kind in kinds:
            stem = normal(kind.casefold(), words.code)
            if stem in asked:
                return []
            label = f"{kind} {thing}" if kind.casefold() in _QUALIFIERS else f"{thing} {kind}"
            found.setdefault(stem, _Reading(asked, frozenset({stem}), _tidy(label), ""))
    return list(found.values())


def _thing(question: str, words: QuestionWords) -> str | None:
    """The longest run of words that name something, without aspects: "kidney disease" of "treatment of kidney disease"."""
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[\w-]+|[^\w\s]", question):
        low = word.casefold()
        plain = low in STOP_WORDS or low in words.verbs or low in words.aspects or not word[0].isalpha()
        if plain:
            runs.append([])
        else:
            runs[-1].append(word)
    best = max(runs, key=lambda run: (len(run), sum(map(len, run))))
    return " ".join(best) or None


def _tidy(label: str) -> str:
    label = " ".join(label.replace("_", " ").split()).strip(" .:#-")
    label = label[:1].upper() + label[1:]
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1].rstrip() + "…"

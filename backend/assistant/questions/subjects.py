"""Whether a question has several readings in the passages found for it, and what to call them.

"How is kidney disease treated?" has several when sections on acute, chronic and diabetic kidney disease have its words:
they name the same thing with another word beside it. It has one when the question holds that word, when a section
speaks of the thing without any, or when one of them answers more of it than the others. Readings are called as titles
and headings call them, which are those of passages that the user can read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest
from pathlib import PurePosixPath

from backend.assistant.questions.language import LANGUAGES
from backend.assistant.questions.words import QuestionWords
from backend.models.terms import STOP_WORDS, normal, terms
from backend.models.terms import words as plain_words
from backend.search.chunk import Passage

# Passages that count. What comes later is too far from the question to be a reading of it.
_LOOKED_AT = 16
_FEWEST, _MOST = 2, 6
# A question with more words than this says what it means.
_MOST_WORDS = 7
_LONGEST_LABEL = 60
# A section must have this share of the question's words to be one of its readings.
_LEAST_SHARE = 0.75
_HEADING_WORDS = 7
_NO_HEADING = tuple(".!?,;:|")
_DATE = re.compile(r"\b(?:19|20)\d\d(?:[-_. ](?:0?[1-9]|1[0-2])(?:[-_. ](?:0?[1-9]|[12]\d|3[01]))?)?\b")
_LETTER = re.compile(r"(?<=\w )[A-H]\b(?! [a-zäöüß])")

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


@dataclass(frozen=True, slots=True)
class _Section:
    """A stretch of a passage below one heading: the names of what it stands in, outermost first, and its text."""

    levels: tuple[str, ...]
    text: str


def readings(question: str, passages: Sequence[Passage], words: QuestionWords) -> tuple[str, ...]:
    """What the readings of a question are called, best first; nothing when one reading is clearly meant.

    Stems some thousand words: not for the event loop.
    """
    asked = _asked(question, words)
    if not 1 <= len(asked) <= _MOST_WORDS or words.broad.search(question.casefold()):
        return ()
    sections = [section for passage in passages[:_LOOKED_AT] for section in _sections(passage)]
    named = [_named(section, asked, words) for section in sections]
    thing = _thing(question, words)
    # Names and kinds are found quickly: where they tell nothing apart, the texts need not be stemmed.
    kinds = {kind for section in sections for kind, _ in _kinds(section.text, thing)}
    if len(kinds) < _FEWEST and not _several(named):
        return ()
    shares = [len(asked & _terms("\n".join((*section.levels, section.text)), words)) for section in sections]
    most = max(shares, default=0)
    if most < _LEAST_SHARE * len(asked):
        return ()
    keep = [place for place, share in enumerate(shares) if share == most]
    by_text = _by_text([sections[place] for place in keep], thing, asked, words)
    for candidates in (_by_name([named[place] for place in keep]), by_text):
        labels = tuple(dict.fromkeys(reading.label for reading in candidates))
        if _FEWEST <= len(labels) <= _MOST:
            return labels
    return ()


def _asked(question: str, words: QuestionWords) -> frozenset[str]:
    """The words that say what is asked about. Verbs and small words choose no subject."""
    small = words.verbs | words.says | words.file | words.fillers
    content = " ".join(word for word in re.findall(r"[\w-]+", question) if word.casefold() not in small)
    return frozenset(_terms(content, words))


def _terms(text: str, words: QuestionWords) -> set[str]:
    """The words of a text as they are compared: a date is one of them, and so is a letter that tells two things apart.

    "Store A": among small words "a" would be lost.
    """
    return {*terms(_DATE.sub(" ", text), words.code), *_DATE.findall(text), *_LETTER.findall(text)}


@lru_cache(maxsize=4_096)
def _name_terms(name: str, code: str) -> frozenset[str]:
    """The words of a title or heading: many passages share them."""
    return frozenset(_terms(name, LANGUAGES[code]))


@cache
def _choosing_nothing(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Stems of aspects, which name no subject by themselves, and of kinds of document."""
    words = LANGUAGES[code]
    return frozenset(normal(word, code) for word in words.aspects), frozenset(normal(p, code) for p in words.papers)


def _sections(passage: Passage) -> list[_Section]:
    """The passage, cut at lines that are headings inside of it."""
    levels = (PurePosixPath(passage.document.path).stem, *passage.chunk.headings)
    lines = [line.strip() for line in passage.chunk.text.splitlines() if line.strip()]
    found: list[tuple[str | None, list[str]]] = [(None, [])]
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        title = line.lstrip("#").strip()
        short = 0 < len(title.split()) <= _HEADING_WORDS and not title.endswith(_NO_HEADING)
        if short and len(following) > 2 * len(title):
            found.append((title, []))
        else:
            found[-1][1].append(line)
    return [
        _Section(levels if title is None or title in levels else (*levels, title), "\n".join(body))
        for title, body in found
        if body
    ]


def _named(section: _Section, asked: frozenset[str], words: QuestionWords) -> _Reading | None:
    """The reading that a section is of, by its title and headings; None when they do not name what is asked about.

    A reading without `extra` is the thing itself, of no kind.
    """
    aspects, papers = _choosing_nothing(words.code)
    best: _Reading | None = None
    for place, level in enumerate(section.levels):
        level_terms = _name_terms(level, words.code)
        family = level_terms & asked
        if not family - aspects:
            continue
        extra = level_terms - asked - papers
        label = level
        below = section.levels[place + 1] if place + 1 < len(section.levels) else ""
        if _is_kind(below) and not _name_terms(below, words.code) & family:
            label = below
            extra = _name_terms(below, words.code) - asked
        reading = _Reading(family, extra, _tidy(label))
        # The name that says most of what is asked, and of these one that says which.
        if best is None or (len(family), bool(extra)) > (len(best.family), bool(best.extra)):
            best = reading
    return best


def _is_kind(heading: str) -> bool:
    found = plain_words(heading)
    return (
        bool(found)
        and len(found) <= 4
        and (found[0] in _QUALIFIERS or re.fullmatch(rf"\w* ?{_NUMBERED}", heading.strip(), re.IGNORECASE) is not None)
    )


def _several(named: Sequence[_Reading | None]) -> bool:
    """Whether names tell kinds of one thing apart."""
    kinds: dict[frozenset[str], set[frozenset[str]]] = {}
    for reading in named:
        if reading is not None and reading.extra:
            kinds.setdefault(reading.family, set()).add(reading.extra)
    return any(len(extras) >= _FEWEST for extras in kinds.values())


def _by_name(named: Sequence[_Reading | None]) -> list[_Reading]:
    """Readings that titles and headings name: they name the same of what is asked, and each something else beside it.

    The best section decides what that is. If one says it without anything beside it, it is the thing itself.
    """
    first = named[0]
    if first is None or any(reading is not None and reading.family > first.family for reading in named):
        return []
    siblings = [reading for reading in named if reading is not None and reading.family == first.family]
    extras = {reading.extra for reading in siblings}
    # One that adds to another is no sibling but a part of it; one that adds nothing is the thing itself.
    if frozenset() in extras or any(one < other for one in extras for other in extras):
        return []
    return siblings if all(len(extra) <= max(2, len(first.family) + 1) for extra in extras) else []


def _kinds(text: str, thing: str | None) -> list[tuple[str, str]]:
    """The kinds of a thing that a text names, each with what it calls them: ("acute", "acute kidney disease")."""
    if thing is None or thing.casefold() not in text.casefold():
        return []
    before = re.finditer(rf"\b([^\W\d_][\w-]+) {re.escape(thing)}", text, re.IGNORECASE)
    behind = re.finditer(rf"\b{re.escape(thing)}s? ({_NUMBERED})\b", text)
    named = [
        (match.group(1), f"{match.group(1)} {thing}") for match in before if match.group(1).casefold() in _QUALIFIERS
    ]
    return named + [(match.group(1), f"{thing} {match.group(1)}") for match in behind]


def _by_text(
    matching: Sequence[_Section], thing: str | None, asked: frozenset[str], words: QuestionWords
) -> list[_Reading]:
    """Readings that the running text names: "acute kidney disease" in one passage, "chronic …" in another."""
    found: dict[str, _Reading] = {}
    for section in matching:
        kinds = _kinds(section.text, thing)
        if not kinds and not found and thing is not None and thing.casefold() in section.text.casefold():
            return []  # the best passage speaks of the thing itself
        for kind, label in kinds:
            stem = normal(kind.casefold(), words.code)
            if stem in asked:
                return []
            found.setdefault(stem, _Reading(asked, frozenset({stem}), _tidy(label)))
    return list(found.values())


def _thing(question: str, words: QuestionWords) -> str | None:
    """The longest run of words that name something: "kidney disease" of "the treatment of kidney disease"."""
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

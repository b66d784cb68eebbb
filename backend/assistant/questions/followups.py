"""Questions that lean on what was said before, made to stand alone.

Three ways of leaning are told apart: a fragment takes the place of a part of the last question ("and for children?"), a
pronoun or a pointing phrase stands for what it was about ("is it safe?"), and a question without a subject of its own
asks for one of its aspects ("what is the dose?"). A question that does none of this is left exactly as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.assistant.questions.phrase import Phrase, Word, is_content, noun_phrases, split
from backend.assistant.questions.words import QuestionWords

# A longer question brings its own subject (characters); this also bounds the work.
LONGEST = 300
# A fragment has no more words than this.
_FRAGMENT = 7
# Letters at the end that two words of a kind have in common ("apixaban", "rivaroxaban").
_ENDING = 4
_MOST_SUBJECTS = 3
# What leads in a topic. Behind others a thing says which one is meant: "the contract with the laundry".
_TOPIC = frozenset(("about", "on", "regarding", "concerning", "über", "zu", "bezüglich"))
# A name in an answer: capitals inside of it, or two in a row.
NAME = re.compile(r"(?:[A-ZÄÖÜ][\w'’-]*\.? )?[A-ZÄÖÜ][\w'’-]+ [A-ZÄÖÜ][\w'’-]+|(?:Mrs?|Ms|Dr|Herr|Frau)\.? [A-ZÄÖÜ]\w+")


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier turn: its question as it was understood, its answer, titles and headings of what it cited.

    `documents` are the ids of the files that all of this comes from.
    """

    question: str
    answer: str = ""
    subjects: tuple[str, ...] = ()
    documents: frozenset[int] = frozenset()


def stand_alone(question: str, past: Sequence[Past], words: QuestionWords) -> str | None:
    """The question as one would ask it without the conversation; None for one that stands alone as it is.

    `past` are the earlier turns, oldest first.
    """
    if not past or not question.strip() or len(question) > LONGEST:
        return None
    found = split(question)
    spoken = [word for word in found if not word.sign]
    if not spoken:
        return None
    last = past[-1]
    fragment = _fragment(question, spoken, words)
    if fragment is not None:
        return _substituted(last.question, fragment, words)
    pointing = _pointing(question, found, words)
    if pointing is not None:
        return _resolved(question, pointing, past, words)
    if _points_back(question, found, words) or _lacks_subject(question, found, words):
        return _with_subject(question, last, words)
    return None


def _plain(spoken: Sequence[Word]) -> str:
    return " ".join(word.low for word in spoken)


def _fragment(question: str, spoken: list[Word], words: QuestionWords) -> str | None:
    """What a fragment puts into the place of a part of the last question: "for children" of "and for children?"."""
    plain = _plain(spoken)
    opener = next((o for o in words.openers if plain.startswith(o + " ")), None)
    verbless = not any(word.low in words.verbs for word in spoken)
    if opener is not None:
        first = len(opener.split())
        about = opener.split()[-1] in {"about", "mit"} and len(opener.split()) > 1
        # The preposition and the article of "and for the" belong to what follows.
        while not about and first > 1 and spoken[first - 1].low in words.prepositions | words.determiners:
            first -= 1
        rest = spoken[first:]
        asked = any(word.low in words.asking for word in rest)
        if rest and len(rest) <= _FRAGMENT and not asked and rest[0].low not in words.verbs:
            return question[rest[0].start : rest[-1].end]
        return None
    bare = next((o for o in words.bare_openers if plain.startswith(o + " ")), None)
    rest = spoken[1:] if bare is not None else spoken
    asked = any(word.low in words.asking for word in rest)
    led = rest[0].low in words.prepositions or (bare is not None and not asked)
    if led and verbless and not asked and len(rest) <= _FRAGMENT:
        return question[rest[0].start : rest[-1].end]
    return None


def _pointing(question: str, found: list[Word], words: QuestionWords) -> Word | None:
    """The pronoun or pointing word that stands for something outside of the question."""
    no_thing = words.expletive.search(_plain([word for word in found if not word.sign])) is not None
    # "What class is it?": what is asked for is not what "it" stands for.
    asked = {after.start for word, after in pairwise(found) if word.low in words.asking}
    phrases = noun_phrases(question, found, words)
    for index, word in enumerate(found):
        after = found[index + 1] if index + 1 < len(found) else None
        before = [phrase for phrase in phrases if phrase.end <= word.start]
        if word.sign and before:
            return None  # what a second clause or sentence points to is in the first
        if word.low in words.pointing:
            if after is not None and after.low in words.generic and not any(p.led for p in before):
                return word
            continue
        # A German "Sie" inside a sentence is the polite form of address.
        polite = words.code == "de" and index > 0 and word.text[0].isupper()
        if (
            word.low in words.it
            and not no_thing
            and not any(_may_be_it(p, words) for p in before if p.start not in asked)
        ):
            return word
        if polite:
            continue
        if word.low in words.person:
            if not any(phrase.person or phrase.led for phrase in before):
                return word
        elif word.low in words.they | words.possessive and not before:
            return word
    return None


def _may_be_it(phrase: Phrase, words: QuestionWords) -> bool:
    """Whether an "it" behind this phrase may stand for it: for one thing, not a person."""
    head = phrase.text.split()[-1].casefold()
    many = words.code == "en" and head.endswith("s") and not head.endswith("ss")
    return phrase.led and not many and not phrase.person


def _points_back(question: str, found: list[Word], words: QuestionWords) -> bool:
    """Whether a phrase of the question leans on what was said, and on nothing said in the question before it."""
    spoken = [word for word in found if not word.sign]
    while len(spoken) > 1 and spoken[0].low in words.bare_openers:  # "and how long?"
        spoken = spoken[1:]
    match = words.back.search(_plain(spoken))
    if match is None:
        return False
    before = len(_plain(spoken)[: match.start()].split())
    start = spoken[before].start if before < len(spoken) else len(question)
    return not any(p.led and not p.aspect and p.end <= start for p in noun_phrases(question, found, words))


def _is_name(phrase: Phrase) -> bool:
    return phrase.led and phrase.text[0].isupper()


def _lacks_subject(question: str, found: list[Word], words: QuestionWords) -> bool:
    """Whether all that is named are aspects of something: "what are the side effects?", "the dose?"."""
    phrases = noun_phrases(question, found, words)
    led = any(word.low in words.verbs or word.low in words.determiners for word in found)
    return bool(phrases) and all(phrase.aspect for phrase in phrases) and led


def _substituted(before: str, fragment: str, words: QuestionWords) -> str:
    """The last question with the fragment in the place of what it contrasts with, or behind it."""
    base = before.rstrip(" ?.!")
    new = split(fragment)
    old = [word for word in split(base) if not word.sign]
    core = [word for word in new if not word.sign and is_content(word, words)]
    for word in core:
        for other in old:
            if other.low != word.low and _alike(other, word, words):
                start, end = _widened(old, other, new, words)
                return f"{base[:start]}{_fitting(fragment, base[:start], words)}{base[end:]}?"
    topic = _last_topic(base, old, new, words)
    return f"{base}, {fragment}?" if topic is None else f"{base[:topic]}{fragment}?"


def _last_topic(base: str, old: list[Word], new: list[Word], words: QuestionWords) -> int | None:
    """Where the last question ends in what another thing may take the place of: its topic ("about the bar"), or the
    only thing that it names ("how much is the rent?").
    """
    phrases = noun_phrases(base, split(base), words)
    if new[0].low not in words.determiners or not phrases or phrases[-1].end != len(base) or phrases[-1].person:
        return None
    at = next(place for place, word in enumerate(old) if word.start == phrases[-1].start)
    led = at > 1 and old[at - 1].low in words.determiners
    only = sum(phrase.led for phrase in phrases) == 1 and old[at - 2].low not in words.prepositions
    return old[at - 1].start if led and (only or old[at - 2].low in _TOPIC) else None


def _widened(old: list[Word], other: Word, new: list[Word], words: QuestionWords) -> tuple[int, int]:
    """The stretch of the last question that the fragment replaces: with its article, and its preposition."""
    at = old.index(other)
    first = at
    if first and old[first - 1].low in words.determiners:
        first -= 1
    if first and old[first - 1].low in words.prepositions and new[0].low in words.prepositions:
        first -= 1
    return old[first].start, other.end


def _fitting(fragment: str, before: str, words: QuestionWords) -> str:
    """The fragment without a preposition that the last question brings itself or has no place for."""
    first, _, rest = fragment.partition(" ")
    said = before.split()[-1].casefold() if before.split() else ""
    if rest and first.casefold() in words.prepositions and (said in words.prepositions or said in words.verbs):
        return rest
    return fragment


def _alike(one: Word, other: Word, words: QuestionWords) -> bool:
    """Whether two words are of a kind, so that the second may stand for the first."""
    if any(one.low in kind and other.low in kind for kind in words.contrasts):
        return True
    if one.text[0].isdigit() or other.text[0].isdigit():
        return False
    short = min(len(one.low), len(other.low)) <= _ENDING + 1
    ending = one.low[-_ENDING:] == other.low[-_ENDING:]
    return ending and not short and one.low not in words.aspects


def _resolved(question: str, pronoun: Word, past: Sequence[Past], words: QuestionWords) -> str:
    """The question with the subject in the place of the pronoun, and the other subjects behind it."""
    person = pronoun.low in words.person
    subjects = _subjects(past[-1], words, person=person)
    if not subjects:
        return _with_subject(question, past[-1], words)
    head, *others = subjects
    end = pronoun.end
    if pronoun.low in words.possessive and not (person and question[end:].strip(" ?.!") == ""):
        owned = pronoun.low not in words.person or bool(re.match(r"\s+\w", question[end:]))
        if owned:
            head = f"{head}'s" if words.code == "en" else head
    if pronoun.low in words.pointing:
        generic = re.match(r"\s+\w+", question[end:])
        # "that drug" says less than the name; the article goes with it.
        end += generic.end() if generic else 0
    said = f"{question[: pronoun.start]}{head}{question[end:]}"
    return _listed(said, others)


def _with_subject(question: str, last: Past, words: QuestionWords) -> str:
    return _listed(question, _subjects(last, words, person=False))


def _listed(question: str, subjects: Sequence[str]) -> str:
    new = [subject for subject in subjects if subject.casefold() not in question.casefold()][:_MOST_SUBJECTS]
    if not new:
        return question
    base = question.rstrip(" ?.!")
    return f"{base} ({', '.join(new)})?"


def _subjects(last: Past, words: QuestionWords, *, person: bool) -> list[str]:
    """What the last turn was about, the likeliest first: what its sources are called after counts more."""
    found = split(last.question)
    phrases = [phrase for phrase in noun_phrases(last.question, found, words) if not phrase.aspect]
    cited = " ".join(last.subjects).casefold()

    def worth(phrase: Phrase) -> float:
        head = phrase.text.split()[-1].casefold()
        value = 1.0 * phrase.led + 1.5 * (bool(cited) and head in cited)
        return value + (4.0 if person else -2.0) * phrase.person

    ranked = sorted(phrases, key=worth, reverse=True)
    texts = [phrase.text for phrase in ranked]
    named = any(phrase.person and _is_name(phrase) for phrase in phrases)
    answered = NAME.search(last.answer)
    if person and not named and answered is not None:
        texts.insert(0, answered.group())
    elif not person and answered is not None and last.answer.startswith(answered.group()):
        texts.append(answered.group())
    return list(dict.fromkeys(texts))


def is_doubtful(question: str, text: str, past: Sequence[Past], words: QuestionWords) -> bool:
    """Whether `text`, what the rules made of a question, may not be what is meant.

    So where they only put a subject behind it, or where it points to something and they found nothing that it could be.
    """
    if not past or len(question) > LONGEST:
        return False
    if text != question:
        return text.endswith(")?")
    found = [word.low for word in split(question) if not word.sign]
    pointing = words.it | words.they | words.person | words.possessive | words.pointing
    return len(found) <= _FRAGMENT and any(word in pointing for word in found)

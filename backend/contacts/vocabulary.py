"""The words in which contacts are known, and which of them a spoken word may be."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from backend.contacts.sounds import alike, by_ear, keys, similar
from backend.contacts.words import FULL_NAMES, SHORT_FORMS

# How much a word of a name is worth, by how it matches. What stands in one step of the margin (`matching.MARGIN`)
# cannot be told apart: by ear "Maier" may as well be "Meyer", in writing it is not.
EXACT = 1.0
SAME_SOUND = 0.93
SAME_SOUND_HEARD = 1.0
ALIKE = 0.88
ALIKE_HEARD = 0.96
FULL_NAME = 0.96  # "Max" is said, and the card has Maximilian: as likely as a card with Max
SHORT_FORM = 0.9  # "Maximilian" is said, and the card has Max
INITIAL = 0.78
SIMILAR = 0.75

# A description may be of another kind than the word in the card: "radiology", "radiologist", "Radiologie".
_STEM = 0.97
_STEM_LETTERS = 5
_STEM_SHARE = 0.65
_TOPIC_SIMILAR = 0.9

# Words that are looked at more closely, of those nearest in letters.
_NEAREST = 60
_FARTHEST = 0.5
_HARD_C = re.compile("c(?![eih])")


class Names:
    """The words of all names."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))
        self._known = frozenset(self._words)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        self._by_initial: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            for spelt in by_ear(word):
                self._by_sound[spelt].append(word)
            self._by_initial[word[0]].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._known or any(self._sounding_like(word))

    def _sounding_like(self, word: str) -> Iterator[str]:
        for spelt in by_ear(word):
            yield from self._by_sound.get(spelt, ())

    def like(self, word: str, *, heard: bool) -> Mapping[str, float]:
        """The known words that `word` may be, with what each is worth."""
        found: dict[str, float] = {}
        if len(word) == 1:
            found = dict.fromkeys(self._by_initial.get(word, ()), INITIAL)
        elif word[0] in self._known:
            found[word[0]] = INITIAL  # the card has the initial only
        for near, *_ in process.extract(
            word, self._words, scorer=OSA.normalized_similarity, score_cutoff=_FARTHEST, limit=_NEAREST
        ):
            if alike(word, near):
                found[near] = ALIKE_HEARD if heard else ALIKE
            elif similar(word, near):
                found[near] = SIMILAR
        for same in self._sounding_like(word):
            found[same] = SAME_SOUND_HEARD if heard else SAME_SOUND
        for form in SHORT_FORMS.get(word, frozenset()) & self._known:
            worth = FULL_NAME if form in FULL_NAMES.get(word, frozenset()) else SHORT_FORM
            found[form] = max(found.get(form, 0.0), worth)
        if word in self._known:
            found[word] = EXACT
        return found


class Topics:
    """The words of positions, departments, organisations and categories."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))
        self._known = frozenset(self._words)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if len(word) >= _STEM_LETTERS:
                self._by_stem[_plain(word)[:_STEM_LETTERS]].append(word)

    def like(self, word: str) -> Mapping[str, float]:
        """The known words that `word` may be, with what each is worth."""
        found: dict[str, float] = {}
        for near, *_ in process.extract(
            word, self._words, scorer=OSA.normalized_similarity, score_cutoff=_FARTHEST, limit=_NEAREST
        ):
            if similar(word, near) and keys(word) & keys(near):
                found[near] = _TOPIC_SIMILAR
        for other in self._by_stem.get(_plain(word)[:_STEM_LETTERS], ()):
            if _same_stem(_plain(word), _plain(other)):
                found[other] = _STEM
        if word in self._known:
            found[word] = EXACT
        return found


def _plain(word: str) -> str:
    """For comparison of learned words across languages: "cardiology", "Kardiologie"."""
    return _HARD_C.sub("k", word).replace("ae", "a").replace("ph", "f")


def _same_stem(one: str, other: str) -> bool:
    common = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        common += 1
    return common >= _STEM_LETTERS and common >= _STEM_SHARE * max(len(one), len(other))

"""Finding the cue words of a language in a command."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.assistant.understanding.language import Cue


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in the tokens `first` to before `last`."""

    cue: Cue
    first: int
    last: int


class CueFinder:
    """Finds phrases of word classes. A phrase may be in several classes."""

    def __init__(
        self,
        cues: Mapping[Cue, Sequence[str]],
        possessives: Sequence[str] = (),
        heads: Mapping[Cue, tuple[str, ...]] | None = None,
    ) -> None:
        self._heads = dict(heads or {})
        self._possessives = tuple(possessives)
        self._phrases: dict[str, list[tuple[tuple[str, ...], Cue]]] = defaultdict(list)
        for cue, phrases in cues.items():
            for phrase in phrases:
                words = tuple(phrase.split())
                self._phrases[words[0]].append((words, cue))
        for rivals in self._phrases.values():
            rivals.sort(key=lambda entry: -len(entry[0]))

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All cues in order. Of a class, a longer phrase hides the shorter ones inside it. A word also matches without
        its mark of possession ("boss's"), and is then an OWNER."""
        bases = [self._owner(word) for word in words]
        hits: list[Hit] = []
        reached: dict[Cue, int] = {}
        for start, word in enumerate(words):
            if bases[start] != word and not self._phrases.get(word):
                hits.append(Hit(Cue.OWNER, start, start + 1))
            hits += [
                Hit(cue, start, start + 1)
                for cue, endings in self._heads.items()
                if word.endswith(endings) and word not in self._phrases
            ]
            for phrase, cue in (*self._phrases.get(word, ()), *self._bare(word, bases[start])):
                end = start + len(phrase)
                if reached.get(cue, 0) > start or not self._fits(phrase, words[start:end], bases[start:end]):
                    continue
                reached[cue] = end
                hits.append(Hit(cue, start, end))
        return hits

    def _owner(self, word: str) -> str:
        """The word without a mark of possession."""
        for ending in self._possessives:
            if word.endswith(ending) and len(word) > len(ending) + 1:
                return word.removesuffix(ending)
        return word

    def _bare(self, word: str, base: str) -> list[tuple[tuple[str, ...], Cue]]:
        return [] if base == word or word in self._phrases else self._phrases.get(base, [])

    @staticmethod
    def _fits(phrase: tuple[str, ...], words: Sequence[str], bases: Sequence[str]) -> bool:
        return len(words) == len(phrase) and all(
            wanted in (word, base) for wanted, word, base in zip(phrase, words, bases, strict=True)
        )


class Cues:
    """The cues of one command, for questions about them."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.hits = tuple(hits)
        self._by_cue: dict[Cue, list[Hit]] = defaultdict(list)
        for hit in hits:
            self._by_cue[hit.cue].append(hit)

    def __contains__(self, cue: object) -> bool:
        return cue in self._by_cue

    def all(self, *cues: Cue) -> list[Hit]:
        """The hits of some classes, in order."""
        return sorted(
            (hit for cue in cues for hit in self._by_cue.get(cue, ())), key=lambda hit: (hit.first, -hit.last)
        )

    def first(self, *cues: Cue) -> Hit | None:
        """The first hit of some classes."""
        return next(iter(self.all(*cues)), None)

    def has(self, *cues: Cue) -> bool:
        """Whether one of the classes is there."""
        return any(cue in self._by_cue for cue in cues)

    def opens(self, *cues: Cue) -> bool:
        """Whether the command begins with one of the classes."""
        return any(hit.first == 0 for cue in cues for hit in self._by_cue.get(cue, ()))

    def covering(self, position: int, *cues: Cue) -> bool:
        """Whether a token belongs to one of the classes."""
        return any(hit.first <= position < hit.last for cue in cues for hit in self._by_cue.get(cue, ()))

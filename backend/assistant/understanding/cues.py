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

    def __init__(self, cues: Mapping[Cue, Sequence[str]]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], Cue]]] = defaultdict(list)
        for cue, phrases in cues.items():
            for phrase in phrases:
                words = tuple(phrase.split())
                self._phrases[words[0]].append((words, cue))
        for rivals in self._phrases.values():
            rivals.sort(key=lambda entry: -len(entry[0]))

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All cues in order. Of a class, a longer phrase hides the shorter ones inside it."""
        hits: list[Hit] = []
        reached: dict[Cue, int] = {}
        for start, word in enumerate(words):
            for phrase, cue in self._phrases.get(word, ()):
                end = start + len(phrase)
                if reached.get(cue, 0) > start or tuple(words[start:end]) != phrase:
                    continue
                reached[cue] = end
                hits.append(Hit(cue, start, end))
        return hits


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
        return sorted((hit for cue in cues for hit in self._by_cue.get(cue, ())), key=lambda hit: (hit.first, -hit.last))

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

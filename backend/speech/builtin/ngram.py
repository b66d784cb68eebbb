"""Trigrams of words, smoothed after Witten and Bell, written in the ARPA format that pocketsphinx reads.

A probability is what was counted, mixed with what one word less of history says:

    P(w | h) = (c(h w) + T(h) P(w | h')) / (c(h) + T(h))

c(h w) is how often w followed h, c(h) how often anything did, and T(h) how many different words did: a history that was
followed by many words will be followed by others (Witten and Bell 1991, method C; the mixed form is that of Chen and
Goodman 1998, section 2.5). Below the single words all words of the vocabulary are alike. Because of the mixture, a
word that never followed h has T(h) / (c(h) + T(h)) times its probability after h': that is the back-off weight of h.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

START, END = "<s>", "</s>"
ORDER = 3

History = tuple[str, ...]

# What the format writes for a word that is never predicted: the start of a sentence.
_NEVER = -99.0


class Ngrams:
    """Counts sentences, and tells how probable a word is after others."""

    def __init__(self) -> None:
        # For each history of 0, 1 or 2 words: how often each word followed it. Counts are weights, not always whole.
        self._counts: dict[History, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._words: set[str] = {END}
        self._known_sums: dict[History, tuple[float, float]] = {}

    def add(self, words: Sequence[str], weight: float = 1.0) -> None:
        """Count a sentence, `weight` times."""
        self._known_sums.clear()
        sentence = (START, *words, END)
        for place in range(1, len(sentence)):
            for length in range(min(place, ORDER - 1) + 1):
                self._counts[sentence[place - length : place]][sentence[place]] += weight
        self._words.update(words)

    def add_pairs(self, pairs: Iterable[tuple[str, str, float]]) -> None:
        """Count words that follow another, of which the sentences are not known: (history, word, weight)."""
        self._known_sums.clear()
        for before, word, weight in pairs:
            self._counts[(before,)][word] += weight
            self._words.add(word)
            if before != START:
                self._words.add(before)

    def add_words(self, words: Mapping[str, float]) -> None:
        """Count words of which nothing is known but how frequent they are."""
        self._known_sums.clear()
        for word, weight in words.items():
            self._counts[()][word] += weight
            self._words.add(word)

    @property
    def words(self) -> frozenset[str]:
        """All words that may be predicted, the end of a sentence included."""
        return frozenset(self._words)

    def probability(self, word: str, history: History = ()) -> float:
        """P(word | history), of at most two words."""
        followers = self._counts.get(history)
        if followers is None:
            return self.probability(word, history[1:])
        shorter = self.probability(word, history[1:]) if history else 1 / len(self._words)
        total, kinds = self._sums(history)
        return (followers.get(word, 0.0) + kinds * shorter) / (total + kinds)

    def write(self, file: TextIO) -> None:
        """Write the model in the ARPA format, sorted, so that the same sentences make the same file."""
        entries: list[list[tuple[History, float]]] = [[] for _ in range(ORDER)]
        probabilities: dict[History, float] = {}
        for word in self._words:
            probabilities[(word,)] = self.probability(word)
        for history in sorted(self._counts, key=len):
            for word in self._counts[history] if history else ():
                probabilities[(*history, word)] = self.probability(word, history)
        entries[0].append(((START,), _NEVER))
        for gram, probability in probabilities.items():
            entries[len(gram) - 1].append((gram, math.log10(probability)))
        file.write("\\data\\\n")
        file.writelines(f"ngram {length}={len(of_length)}\n" for length, of_length in enumerate(entries, 1))
        for length, of_length in enumerate(entries, 1):
            file.write(f"\n\\{length}-grams:\n")
            for gram, logarithm in sorted(of_length):
                back_off = f"\t{self._back_off(gram):.4f}" if length < ORDER else ""
                file.write(f"{logarithm:.4f}\t{' '.join(gram)}{back_off}\n")
        file.write("\n\\end\\\n")

    def _back_off(self, history: History) -> float:
        if history not in self._counts:
            return 0.0
        total, kinds = self._sums(history)
        return math.log10(kinds / (total + kinds))

    def _sums(self, history: History) -> tuple[float, float]:
        """c(h) and T(h). A word counted by less than one, from a weighted source, is less than a kind of its own."""
        if history not in self._known_sums:
            counts = self._counts[history].values()
            self._known_sums[history] = sum(counts), sum(min(1.0, count) for count in counts)
        return self._known_sums[history]

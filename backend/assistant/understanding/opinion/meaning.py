"""What the meaning of a whole command, as the built-in embedding model sees it, says about its kind."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from backend.assistant.understanding.opinion.kinds import Kind
from backend.assistant.understanding.opinion.opinion import KINDS, UNIT
from backend.assistant.understanding.tokens import Token

# So many times as likely is what the rules say: a meaning of many kinds of things seldom tells the kind alone.
RULED = 2.0
# The vector of a text by all-MiniLM-L6-v2: the weights were learnt from its vectors and fit no others.
Embed = Callable[[str], NDArray[np.float32]]


class Meaning:
    """A linear classifier over the vector of a command. It does not change once made."""

    def __init__(self, weights: NDArray[np.float64]) -> None:
        """`weights`: a row of the bias, then one for each number of the vector; kinds in order."""
        self._bias, self._weights = weights[0], weights[1:]

    def of(self, vector: NDArray[np.float32]) -> dict[Kind, float]:
        """How likely each kind is; together 1."""
        scores = self._bias + vector @ self._weights
        shares = np.exp(scores - scores.max())
        return dict(zip(KINDS, (shares / shares.sum()).tolist(), strict=True))


def spoken(tokens: Sequence[Token]) -> str:
    """The text that is embedded: the words as they were meant, without fillers and courtesies."""
    return " ".join(token.word for token in tokens)


def both(words: Mapping[Kind, float], meaning: Mapping[Kind, float], ruled: Kind) -> dict[Kind, float]:
    """The shares by words and by meaning made one, where the rules say `ruled`. Words and meaning were learnt from the
    same commands, so words count for half."""
    shares = {kind: meaning[kind] * sqrt(words[kind]) for kind in KINDS}
    if ruled is not Kind.NONE:
        shares[ruled] *= RULED
    return {kind: share / sum(shares.values()) for kind, share in shares.items()}


@lru_cache
def meaning_of(code: str) -> Meaning | None:
    """What was learnt for a language, None where nothing was."""
    source = files(__package__).joinpath(f"{code}.meaning.weights")
    if not source.is_file():
        return None
    rows = [line.split() for line in source.read_text(encoding="utf-8").splitlines()[1:]]
    return Meaning(np.array(rows, dtype=np.float64) * UNIT)

"""Late interaction: a question compared with a passage token by token (Khattab and Zaharia 2020, "ColBERT").

The vector of a whole passage blurs what its sentences say; the vectors of its tokens, from the same run of the model,
do not. They are kept small: the directions in which the model's token vectors differ most (a principal component
analysis of the sample documents, `python -m bench.projection`), in eight bits, without words that say little.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_PROJECTION = Path(__file__).with_name("projection.npy")

_SCALE = 127

# The vocabulary of BERT (uncased) is ordered by frequency from "the" on; before it stand signs and single characters.
_FIRST_WORD = 1996
_DIGITS = (1014, 1023)
# The hundred most frequent words are not worth their room in a passage.
_FREQUENT = 100

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class QueryTokens:
    """The tokens of a question: vectors of length 1 as rows, and how much each counts (sum 1, or all 0)."""

    vectors: Rows
    weights: Rows


def compress(ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> bytes:
    """The vectors (n, 384) of a passage's tokens `ids` (n,), packed: eight bits a number, telling tokens only."""
    return np.rint(project(vectors[telling(ids)]) * _SCALE).astype(np.int8).tobytes()


def project(vectors: NDArray[np.float32]) -> Rows:
    """Token vectors (n, 384) in the directions that count, each of length 1."""
    rows = vectors @ _projection()
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def weights(ids: NDArray[np.int64]) -> Rows:
    """How much each token of a question counts: the telling ones alike. (Rare ones more: no better.)"""
    values = telling(ids).astype(np.float32)
    return values / max(1.0, float(values.sum()))


def similarities(query: QueryTokens, passages: Sequence[bytes]) -> Rows:
    """For each packed passage the weighted mean, over the question's tokens, of the nearest token's cosine."""
    width = _projection().shape[1]
    found = np.zeros(len(passages), dtype=np.float32)
    for number, packed in enumerate(passages):
        if packed:
            rows = np.frombuffer(packed, dtype=np.int8).reshape(-1, width).astype(np.float32)
            found[number] = (query.vectors @ rows.T).max(axis=1) @ query.weights / _SCALE
    return found


def telling(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which tokens say something: all but signs, single letters and the most frequent words."""
    return (ids >= _FIRST_WORD + _FREQUENT) | _is_digit(ids)


def _is_digit(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (ids >= _DIGITS[0]) & (ids <= _DIGITS[1])


@cache
def _projection() -> NDArray[np.float32]:
    """The principal directions (384, 48)."""
    return np.asarray(np.load(_PROJECTION), dtype=np.float32)

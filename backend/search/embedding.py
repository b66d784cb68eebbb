"""The protocol of a model that turns text into vectors."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from backend.search.late import QueryTokens

Vectors = NDArray[np.float32]


class TokenCounter(Protocol):
    """Counts tokens as an embedding model sees them, without those that the model adds at the ends."""

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        ...

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each of `texts`."""
        ...


class Embedder(TokenCounter, Protocol):
    """Turns texts into vectors of length 1, so that their dot product is the cosine of the angle between them.

    The embedding calls raise `Unavailable` or `RateLimited` when the model cannot be asked now, `BadInput` when it
    refuses the text.
    """

    @property
    def name(self) -> str:
        """Which model this is. Vectors of two names are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that count, without those that the model adds; what follows them is cut off."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts to be searched, as rows (len(texts), dimension) of float32."""
        ...

    async def embed_query(self, text: str) -> Vectors:
        """The vector (dimension,) of a question. Does not wait behind passages."""
        ...

    async def close(self) -> None:
        """Give threads and connections back."""
        ...


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that also gives the vectors of single tokens, by which passages are compared a second time."""

    async def embed_chunks(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """As `embed_passages`, and for each text the vectors of its tokens as `late.compress` packs them."""
        ...

    async def embed_question(self, text: str) -> tuple[Vectors, QueryTokens]:
        """As `embed_query`, and the vectors of the question's tokens."""
        ...


def normalised(rows: NDArray[np.floating]) -> Vectors:
    """`rows` as float32, each scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)

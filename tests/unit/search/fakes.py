"""Stand-ins for the tests of search."""

import hashlib
from collections.abc import Sequence

import numpy as np

from backend.search.embedding import Vectors, normalised


class WordEmbedder:
    """An embedder that adds up a random vector for each word. Texts with common words are close to each other.

    It leaves unproved what only a real model shows: meaning, limits on length, and time.
    """

    dimension = 32
    max_tokens = 64

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self.passages: list[str] = []
        self.closed = False

    def count(self, text: str) -> int:
        return len(text.split())

    def count_many(self, texts: Sequence[str]) -> list[int]:
        return [self.count(text) for text in texts]

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.passages += texts
        return np.stack([self._vector(text) for text in texts])

    async def embed_query(self, text: str) -> Vectors:
        return self._vector(text)

    async def close(self) -> None:
        self.closed = True

    def _vector(self, text: str) -> Vectors:
        total = np.zeros(self.dimension)
        for word in text.lower().split():
            seed = int.from_bytes(hashlib.sha256(f"{self.name}:{word}".encode()).digest()[:4], "little")
            total += np.random.default_rng(seed).normal(size=self.dimension)
        return normalised(total)

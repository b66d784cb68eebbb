"""A small clinic's documents (`clinic.md`), questions about them (`questions.tsv`), and a search over them.

The questions are labelled: a stretch of the sentence that answers, or nothing where the documents do not. Every second
one is for tuning; the figures are reported on the others. The search fuses embeddings with shared words, in memory: it
leaves unproved the vector store and the access check, which the search slice's own tests prove.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backend.models.protocol import SentenceEmbedder, Source
from backend.models.terms import terms

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and a stretch of the sentence that answers it; empty when nothing does."""

    text: str
    gold: str


def sections() -> list[Source]:
    """The documents, a section each."""
    found: list[Source] = []
    for document in (_FOLDER / "clinic.md").read_text(encoding="utf-8").split("\n= "):
        title, _, body = document.removeprefix("= ").partition("\n")
        language = "de" if title.startswith("Urlaub") else "en"
        parts = re.split(r"^## (.*)\n", body, flags=re.MULTILINE)
        if parts[0].strip():
            found.append(Source(parts[0].strip(), title.strip(), (), language))
        for heading, text in zip(parts[1::2], parts[2::2], strict=True):
            found.append(Source(text.strip(), title.strip(), (heading,), language))
    return found


def questions(name: str = "questions.tsv") -> list[Asked]:
    """The labelled questions, in the order of the file."""
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [Asked(*line.split("\t")) for line in lines if line.strip()]


class Clinic:
    """The sections, ready to be searched."""

    def __init__(self, embedder: SentenceEmbedder, sources: list[Source]) -> None:
        self.sources = sources
        self._embedder = embedder
        self._vectors: np.ndarray | None = None

    async def search(self, question: str, limit: int = 8) -> list[int]:
        """Indices of the sections that fit best, by reciprocal rank fusion (Cormack et al. 2009)."""
        if self._vectors is None:
            self._vectors = await self._embedder.embed_passages([_whole(source) for source in self.sources])
        similarity = self._vectors @ await self._embedder.embed_query(question)
        shared = np.array(
            [
                len(set(terms(question, source.language)) & set(terms(_whole(source), source.language)))
                for source in self.sources
            ]
        )
        fused = sum(1 / (60 + np.argsort(np.argsort(-values, kind="stable"))) for values in (similarity, shared))
        return [int(i) for i in np.argsort(-fused, kind="stable")[:limit]]


def _whole(source: Source) -> str:
    return ". ".join((source.title, *source.headings, source.text))

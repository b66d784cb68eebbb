"""Embeddings by any sentence-transformers model, by name or folder (extra `models`)."""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import BadInput, Unavailable
from backend.search.embedding import Vectors, normalised

# Passages are given to the model so many at a time; a question is served between two such batches.
_PASSAGES_PER_RUN = 4

# [CLS] and [SEP], or what a model has in their place.
_SPECIAL_TOKENS = 2

# A model that does not say how much it reads.
_MAX_TOKENS = 512


class TransformersEmbedder:
    """`Embedder` of a sentence-transformers model, with the prompts that the model defines for queries and passages.

    One thread runs the model; PyTorch would not be faster with more. Opening it takes seconds: do that in a thread.
    """

    def __init__(self, model: str) -> None:
        """Raises `Unavailable` without the extra, `BadInput` when there is no such model."""
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise Unavailable(
                f"The embedding model {model!r} needs sentence-transformers. Run: pip install 'voiceassist[models]'"
            ) from error
        try:
            self._model: Any = SentenceTransformer(model)
        except (OSError, ValueError) as error:
            raise BadInput(f"There is no sentence-transformers model {model!r}. Check EMBEDDING_MODEL.") from error
        folder = Path(model)
        # Two folders may have the same name and hold different models.
        version = f"@{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]}" if folder.is_dir() else ""
        self.name = f"transformers:{folder.name if version else model}{version}"
        # Version 5 of the library has a new name for it.
        dimension = getattr(self._model, "get_embedding_dimension", self._model.get_sentence_embedding_dimension)
        self.dimension = int(dimension())
        self.max_tokens = int(self._model.max_seq_length or _MAX_TOKENS) - _SPECIAL_TOKENS
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embed-transformers")
        self._turn = asyncio.Lock()

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return self.count_many([text])[0]

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each of `texts`."""
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`, as rows."""
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _PASSAGES_PER_RUN):
            batch = list(texts[start : start + _PASSAGES_PER_RUN])
            # One batch of passages waits in the thread's queue at a time, so a question waits for one at most.
            async with self._turn:
                rows[start : start + len(batch)] = await self._run("encode_document", batch)
        return rows

    async def embed_query(self, text: str) -> Vectors:
        """The vector of a question."""
        rows = await self._run("encode_query", [text])
        vector: Vectors = rows[0]
        return vector

    async def close(self) -> None:
        """Stop the thread."""
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    async def _run(self, method: str, texts: list[str]) -> Vectors:
        def encode() -> Vectors:
            # Models from before version 5 of the library know one method for both.
            encode = getattr(self._model, method, self._model.encode)
            return normalised(encode(texts, batch_size=_PASSAGES_PER_RUN, show_progress_bar=False))

        return await asyncio.get_running_loop().run_in_executor(self._thread, encode)

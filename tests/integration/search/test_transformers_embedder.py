"""Embeddings by sentence-transformers (extra `models`), with a tiny model that the test makes."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from backend.errors import BadInput, Unavailable
from backend.search.transformers import TransformersEmbedder

installed = importlib.util.find_spec("sentence_transformers") is not None
needs_extra = pytest.mark.skipif(not installed, reason="the extra `models` is not installed")

# Warnings of the libraries about themselves.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two small layers with random weights, as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "knee", "pain", "drug", "the", "##s"]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(folder / "bert")
    word = models.Transformer(str(folder / "bert"), max_seq_length=20)
    SentenceTransformer(modules=[word, models.Pooling(16)], device="cpu").save(str(folder / "model"))
    return folder / "model"


@needs_extra
async def test_a_saved_model_embeds_as_the_library_does(model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    embedder = TransformersEmbedder(str(model))
    texts = ["knee pain", "the drug", "the knees", "pain", "drug drug drug"]
    rows = await embedder.embed_passages(texts)
    expected = SentenceTransformer(str(model), device="cpu").encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(rows, expected, atol=1e-5)
    np.testing.assert_allclose(await embedder.embed_query("the drug"), rows[1], atol=1e-5)
    assert rows.shape == (5, embedder.dimension) == (5, 16)
    assert embedder.max_tokens == 18
    assert embedder.count_many(["knees pain", ""]) == [3, 0]
    assert embedder.count("pain " * 100) == 100
    assert embedder.name.startswith("transformers:model@")
    await embedder.close()


@needs_extra
def test_a_folder_without_a_model_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="EMBEDDING_MODEL"):
        TransformersEmbedder(str(tmp_path))


@pytest.mark.skipif(installed, reason="the extra `models` is installed")
def test_without_the_extra_the_error_says_what_to_install() -> None:
    with pytest.raises(Unavailable, match="voiceassist\\[models\\]"):
        TransformersEmbedder("any")

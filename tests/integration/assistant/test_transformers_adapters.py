"""BioGPT, PubMedBERT and cross-encoders by their real libraries, over tiny models with random weights made here.

What these models are worth with their real weights is left unproved: they are not downloaded in tests.
"""

import asyncio
import importlib.util
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.egress.gate import Gate
from backend.errors import BadInput, Unavailable
from backend.models.biogpt import BioGpt
from backend.models.protocol import LanguageModel, Message
from backend.models.registry import Registry
from backend.models.rerank import CrossEncoderReranker, open_reranker
from backend.models.usage import Usage
from backend.search.embedders import open_embedder
from backend.settings import AnswersBy, Settings
from tests.integration.assistant.conftest import BuildWorld
from tests.integration.assistant.test_turns import FLU, FLU_ANSWER, check_citations

installed = all(importlib.util.find_spec(name) for name in ("sentence_transformers", "sacremoses"))
needs_extra = pytest.mark.skipif(not installed, reason="the extra `models` is not installed: make test-models")

# Warnings of the libraries about themselves.
pytestmark = pytest.mark.filterwarnings("default")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "flu", "vaccine", "drug", "the", "##s"]


@pytest.fixture(scope="module")
def biogpt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BioGPT of two small layers, with a tokenizer of single letters."""
    import torch
    from transformers import BioGptConfig, BioGptForCausalLM, BioGptTokenizer

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("biogpt")
    letters = [chr(code) for code in range(33, 127)]
    tokens = ["<s>", "<pad>", "</s>", "<unk>", *letters, *(f"{letter}</w>" for letter in letters)]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = BioGptTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    config = BioGptConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=96,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    )
    BioGptForCausalLM(config).save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    return folder / "model"


def _bert(folder: Path) -> Any:
    from transformers import BertConfig, BertTokenizerFast

    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    return BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )


@pytest.fixture(scope="module")
def pubmedbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertModel

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("pubmedbert")
    BertModel(_bert(folder)).save_pretrained(folder / "bert")
    word = models.Transformer(str(folder / "bert"), max_seq_length=20)
    SentenceTransformer(modules=[word, models.Pooling(16)], device="cpu").save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT that scores pairs."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("cross")
    config = _bert(folder)
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(folder / "bert")
    return folder / "bert"


def biogpt_settings(folder: Path, **values: object) -> Settings:
    given = {"answers_by": AnswersBy.BIOGPT, "enable_biogpt_adapter": True, "biogpt_model": str(folder), **values}
    return Settings.model_validate(given)


async def chosen(settings: Settings) -> LanguageModel:
    (model,) = await Registry(settings, Gate(settings)).chosen()
    return model


@needs_extra
async def test_biogpt_goes_on_with_a_text_as_the_library_does(biogpt: Path) -> None:
    import torch
    from transformers import BioGptForCausalLM, BioGptTokenizer

    model = await chosen(biogpt_settings(biogpt))
    pieces = [piece async for piece in model.stream([Message("user", "the flu vaccine is")], "alice")]
    await model.close()
    tokenizer = BioGptTokenizer.from_pretrained(biogpt)
    ids = tokenizer("the flu vaccine is", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        expected = BioGptForCausalLM.from_pretrained(biogpt).generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=48, do_sample=False
        )
    new = expected[0, ids.shape[1] :]
    text = "".join(piece for piece in pieces if isinstance(piece, str))
    assert text.strip() == tokenizer.decode(new, skip_special_tokens=True).strip()
    assert pieces[-1] == Usage(ids.shape[1], len(new))
    assert model.data_goes_to == "this machine"
    assert model.capabilities.context_tokens == 48
    assert model.capabilities.languages == ("en",)


@needs_extra
async def test_a_text_longer_than_biogpt_reads_loses_its_beginning(biogpt: Path) -> None:
    model = await chosen(biogpt_settings(biogpt))
    pieces = [piece async for piece in model.stream([Message("user", "passage " * 500 + "question")], "alice")]
    await model.close()
    usage = pieces[-1]
    assert isinstance(usage, Usage)
    assert usage.read == 48


@needs_extra
async def test_closing_the_stream_stops_biogpt_soon(biogpt: Path) -> None:
    model = await asyncio.to_thread(BioGpt, str(biogpt), 30.0)
    model._new_tokens = 10**6  # it would go on past its positions and fail; it is stopped long before
    stream = model.stream([Message("user", "the")], "alice")
    began = time.monotonic()
    await anext(stream)
    await stream.aclose()
    await model.close()
    assert time.monotonic() - began < 10


@needs_extra
async def test_a_turn_with_biogpt_ends_in_an_answer_out_of_the_files(build_world: BuildWorld, biogpt: Path) -> None:
    """With random weights it writes nothing that the files support."""
    world = await build_world(settings=lambda _url: biogpt_settings(biogpt))
    events = await world.ask(FLU)
    done = events[-1]
    assert FLU_ANSWER in done["text"]
    assert "supported by your files" in done["note"]
    assert done["tokens"]["written"] > 0
    assert done["model"]["data_goes_to"] == "this machine"
    check_citations(events)


@needs_extra
async def test_biogpt_is_off_unless_it_is_enabled(biogpt: Path) -> None:
    settings = biogpt_settings(biogpt, enable_biogpt_adapter=False)
    assert await Registry(settings, Gate(settings)).chosen() == []


@needs_extra
async def test_pubmedbert_embeds_when_it_is_enabled_and_only_then(pubmedbert: Path) -> None:
    from sentence_transformers import SentenceTransformer

    given = {"embedding_model": "pubmedbert", "pubmedbert_model": str(pubmedbert)}
    off = Settings.model_validate(given)
    with pytest.raises(BadInput, match="ENABLE_PUBMEDBERT_ADAPTER"):
        await open_embedder(off, Gate(off))
    on = Settings.model_validate({**given, "enable_pubmedbert_adapter": True})
    embedder = await open_embedder(on, Gate(on))
    texts = ["the flu vaccine", "drugs"]
    expected = SentenceTransformer(str(pubmedbert), device="cpu").encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(await embedder.embed_passages(texts), expected, atol=1e-5)
    await embedder.close()


@needs_extra
async def test_a_cross_encoder_scores_as_the_library_does(cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder

    settings = Settings(rerank_model=str(cross_encoder))
    reranker = await open_reranker(settings, Gate(settings))
    assert isinstance(reranker, CrossEncoderReranker)
    texts = ["the flu vaccine", "drug", "drugs the vaccine"]
    scores = await reranker.scores("flu", texts)
    expected = CrossEncoder(str(cross_encoder)).predict([("flu", text) for text in texts])
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert len(set(scores)) == 3
    assert await reranker.scores("flu", []) == []
    await reranker.close()


@needs_extra
async def test_a_folder_without_a_model_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="BIOGPT_MODEL"):
        await asyncio.to_thread(BioGpt, str(tmp_path), 1.0)
    with pytest.raises(BadInput, match="RERANK_MODEL"):
        await asyncio.to_thread(CrossEncoderReranker, str(tmp_path))


@pytest.mark.skipif(installed, reason="the extra `models` is installed")
def test_without_the_extra_the_error_says_what_to_install() -> None:
    with pytest.raises(Unavailable, match="voiceassist\\[models\\]"):
        BioGpt("any", 1.0)
    with pytest.raises(Unavailable, match="voiceassist\\[models\\]"):
        CrossEncoderReranker("any")

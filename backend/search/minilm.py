"""The ONNX graph of all-MiniLM-L6-v2, built from its safetensors weights.

The model is a BERT encoder (Devlin et al. 2018) with 6 layers of width 384, whose token vectors are averaged and scaled
to length 1 (Reimers and Gurevych 2019, Sentence-BERT). The graph uses the fused operators of onnxruntime's
`com.microsoft` domain (Attention, BiasGelu, SkipLayerNormalization); a graph of plain operators gives the same numbers,
more slowly.
"""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from backend.errors import Broken

LAYERS = 6
HEADS = 12
DIMENSION = 384
NORM_EPSILON = 1e-12

# Bump when the graph changes: a cached graph of another version is built anew.
_GRAPH_VERSION = 2
_OPSET = 17
_FUSED_OPSET = 1
_IR_VERSION = 8

# sha256 of the files of sentence-transformers/all-MiniLM-L6-v2 at Hugging Face, which the package carries unchanged.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

Weights = dict[str, NDArray[np.float32]]


def read_safetensors(raw: bytes) -> Weights:
    """All float32 tensors of a safetensors file (https://github.com/huggingface/safetensors, "Format")."""
    body = 8 + int.from_bytes(raw[:8], "little")
    weights: Weights = {}
    for name, entry in json.loads(raw[8:body]).items():
        if entry.get("dtype") == "F32":
            start, end = entry["data_offsets"]
            weights[name] = np.frombuffer(raw[body + start : body + end], dtype="<f4").reshape(entry["shape"])
    return weights


def read_tokenizer(path: Path) -> Tokenizer:
    """The model's tokenizer, without its cutting and padding. Raises `Broken` when the file is not the known one."""
    tokenizer = Tokenizer.from_str(_checked(path, TOKENIZER_SHA256).decode())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def ensure(weights: Path, folder: Path) -> Path:
    """The path of the graph in `folder`, built from the safetensors file `weights` when it is missing or damaged.

    Raises `Broken` when `weights` is not the known file.
    """
    graph = folder / f"minilm-{_GRAPH_VERSION}.onnx"
    seal = graph.with_suffix(".sha256")
    parts = (graph, graph.with_suffix(".weights"))
    try:
        if seal.read_text() == _digest(*parts):
            return graph
    except FileNotFoundError:
        pass
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        built = Path(scratch) / graph.name
        _save(build(read_safetensors(_checked(weights, WEIGHTS_SHA256))), built)
        for part in parts:
            (built.parent / part.name).replace(part)
        # The seal comes last: whatever a killed build leaves behind does not carry it, and is built again.
        unsealed = built.with_suffix(".sha256")
        unsealed.write_text(_digest(*parts))
        unsealed.replace(seal)
    return graph


def build(weights: Weights) -> onnx.ModelProto:
    """The model as an ONNX graph.

    Inputs: `input_ids` (batch, length) int32 and `mask` (batch, length) int32, 1 for tokens and 0 for padding on the
    right. Outputs: `embedding` (batch, 384) float32 of length 1, and `tokens` (batch, length, 384) float32, the vectors
    that were averaged; those of padding mean nothing.
    """
    return helper.make_model(
        _graph(weights),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", _FUSED_OPSET)],
        ir_version=_IR_VERSION,
    )


def _save(model: onnx.ModelProto, path: Path) -> None:
    # The weights lie beside the graph, so that onnxruntime maps them instead of holding a second copy.
    onnx.save_model(
        model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=f"{path.stem}.weights"
    )


def _checked(path: Path, sha256: str) -> bytes:
    raw = path.read_bytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise Broken(f"{path} has sha256 {found}, not {sha256}. Install its package again.")
    return raw


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _graph(weights: Weights) -> onnx.GraphProto:
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, value: NDArray[np.generic]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def tensor(name: str, *, transposed: bool = False) -> str:
        value = weights[name]
        return constant(name, value.T if transposed else value)

    def add(kind: str, inputs: list[str], outputs: list[str], *, fused: bool = False, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, outputs, domain="com.microsoft" if fused else "", **attributes))
        return outputs[0]

    embeddings = "embeddings."
    hidden = add(
        "EmbedLayerNormalization",
        [
            "input_ids",
            "",
            tensor(embeddings + "word_embeddings.weight"),
            # One sentence per text: its token type is always 0, so that vector is part of every position's.
            constant(
                "positions",
                weights[embeddings + "position_embeddings.weight"]
                + weights[embeddings + "token_type_embeddings.weight"][0],
            ),
            "",
            tensor(embeddings + "LayerNorm.weight"),
            tensor(embeddings + "LayerNorm.bias"),
            "mask",
        ],
        ["embedded", "lengths"],
        fused=True,
        epsilon=NORM_EPSILON,
    )
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        projections = [prefix + f"attention.self.{part}." for part in ("query", "key", "value")]
        context = add(
            "Attention",
            [
                hidden,
                constant(f"{prefix}qkv.weight", np.concatenate([weights[p + "weight"].T for p in projections], axis=1)),
                constant(f"{prefix}qkv.bias", np.concatenate([weights[p + "bias"] for p in projections])),
                "lengths",
            ],
            [f"{prefix}context"],
            fused=True,
            num_heads=HEADS,
        )

        def dense(value: str, name: str) -> str:
            return add("MatMul", [value, tensor(name + ".weight", transposed=True)], [name + ".product"])

        def normalise(value: str, skip: str, block: str) -> str:
            inputs = [value, skip, tensor(block + "LayerNorm.weight"), tensor(block + "LayerNorm.bias")]
            bias = tensor(block + "dense.bias")
            return add("SkipLayerNormalization", [*inputs, bias], [block + "out"], fused=True, epsilon=NORM_EPSILON)

        attended = normalise(dense(context, f"{prefix}attention.output.dense"), hidden, f"{prefix}attention.output.")
        wide = dense(attended, f"{prefix}intermediate.dense")
        active = add("BiasGelu", [wide, tensor(f"{prefix}intermediate.dense.bias")], [f"{prefix}active"], fused=True)
        hidden = normalise(dense(active, f"{prefix}output.dense"), attended, f"{prefix}output.")
    add("Identity", [hidden], ["tokens"])

    # The sum over tokens has the direction of their mean, and only the direction is kept.
    one = constant("one", np.array([1]))
    row = add("Unsqueeze", [add("Cast", ["mask"], ["weight"], to=TensorProto.FLOAT), one], ["row"])
    total = add("Squeeze", [add("MatMul", [row, hidden], ["summed"]), one], ["total"])
    add("LpNormalization", [total], ["embedding"], axis=-1, p=2)
    return helper.make_graph(
        nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(name, TensorProto.INT32, ["batch", "length"]) for name in ("input_ids", "mask")],
        [
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", DIMENSION]),
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["batch", "length", DIMENSION]),
        ],
        constants,
    )

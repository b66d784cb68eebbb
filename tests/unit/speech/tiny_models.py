"""Models of a few kilobytes that sherpa-onnx loads as it loads real ones, made with onnx.

They prove loading, resampling, streaming, times and errors. They leave unproved what a real model hears and how it
sounds: the tiny transducer says "call doctor" over and over as long as there is noise, a token for every 40 ms, and
the tiny voice hums 220 Hz, longer for more phonemes.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from backend.speech.local.models import Family, Model, place, seal

TOKENS = ("<blk>", "▁CALL", "▁DOC", "TOR", "<unk>")
# Piper's symbols, as far as English and German need them: pad, begin, end, and what espeak-ng writes.
PHONEMES = "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðøŋœɐɑɒɔəɚɛɜɡɪɫɹɾʃʊʌʏʒʔˈˌːθχᵻ\u0303\u0329\u032f\u0361"
VOICE_RATE = 22_050
_KOKORO_RATE, _KOKORO_LENGTHS, _KOKORO_STYLE = 24_000, 511, 256
_OPSET = [helper.make_opsetid("", 13)]
# Log energies of a filter bank: noise is above, silence far below.
_THRESHOLD = -8.0


def tiny_ear(home: Path, name: str = "tiny-ear", languages: tuple[str, ...] = ("en",)) -> Model:
    """A streaming transducer (of sherpa-onnx's simplest kind, LSTM), where a fetched model would be."""
    model = Model(
        name,
        Family.TRANSDUCER,
        languages,
        "http://localhost/none",
        "0" * 64,
        0,
        name,
        {"encoder": "encoder.onnx", "decoder": "decoder.onnx", "joiner": "joiner.onnx", "tokens": "tokens.txt"},
        "none",
    )
    folder = place(home, model)
    folder.mkdir(parents=True)
    (folder / "tokens.txt").write_text("".join(f"{token} {number}\n" for number, token in enumerate(TOKENS)))
    onnx.save(_encoder(), str(folder / "encoder.onnx"))
    onnx.save(_decoder(), str(folder / "decoder.onnx"))
    onnx.save(_joiner(), str(folder / "joiner.onnx"))
    seal(folder, model)
    return model


def tiny_voice(home: Path, name: str = "tiny-voice", languages: tuple[str, ...] = ("en",)) -> Model:
    """A Piper voice."""
    model = Model(
        name,
        Family.PIPER,
        languages,
        "http://localhost/none",
        "1" * 64,
        0,
        name,
        {"model": "model.onnx", "tokens": "tokens.txt"},
        "none",
        ("hum",),
    )
    folder = place(home, model)
    folder.mkdir(parents=True)
    (folder / "tokens.txt").write_text("".join(f"{symbol} {number}\n" for number, symbol in enumerate(PHONEMES)))
    onnx.save(_hum(), str(folder / "model.onnx"))
    seal(folder, model)
    return model


def tiny_kokoro(home: Path) -> Model:
    """A Kokoro model of two voices: "low" hums 220 Hz, "high" 440."""
    model = Model(
        "tiny-kokoro",
        Family.KOKORO,
        ("en",),
        "http://localhost/none",
        "2" * 64,
        0,
        "tiny-kokoro",
        {"model": "model.onnx", "voices": "voices.bin", "tokens": "tokens.txt"},
        "none",
        ("low", "high"),
    )
    folder = place(home, model)
    folder.mkdir(parents=True)
    (folder / "tokens.txt").write_text("".join(f"{symbol} {number}\n" for number, symbol in enumerate(PHONEMES)))
    # One style for each length of a text, as in Kokoro; the first number of ours is the pitch.
    styles = np.ones((2, _KOKORO_LENGTHS, 1, _KOKORO_STYLE), dtype=np.float32)
    styles[1] = 2
    (folder / "voices.bin").write_bytes(styles.tobytes())
    onnx.save(_kokoro(), str(folder / "model.onnx"))
    seal(folder, model)
    return model


def _model(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: dict[str, object],
    about: dict[str, str],
) -> onnx.ModelProto:
    kept = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, kept)
    made = helper.make_model(graph, opset_imports=_OPSET, ir_version=8)
    helper.set_model_props(made, about)
    onnx.checker.check_model(made)
    return made


def _floats(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def _encoder() -> onnx.ModelProto:
    """One frame for every four of the filter bank: how far it is above the threshold, in each number of the frame."""
    size = len(TOKENS)
    return _model(
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2], keepdims=1),
            helper.make_node("Sub", ["mean", "threshold"], ["above"]),
            helper.make_node("Mul", ["above", "ten"], ["scaled"]),
            helper.make_node("Clip", ["scaled", "low", "high"], ["clear"]),
            helper.make_node("Mul", ["clear", "ones"], ["encoder_out"]),
            helper.make_node("Identity", ["h"], ["next_h"]),
            helper.make_node("Identity", ["c"], ["next_c"]),
        ],
        [_floats("x", "N", 9, 80), _floats("h", 1, "N", 1), _floats("c", 1, "N", 1)],
        [_floats("encoder_out", "N", 1, size), _floats("next_h", 1, "N", 1), _floats("next_c", 1, "N", 1)],
        {
            "threshold": np.float32(_THRESHOLD),
            "ten": np.float32(10),
            "low": np.float32(-50),
            "high": np.float32(50),
            "ones": np.ones((1, 1, size), dtype=np.float32),
        },
        {
            "model_type": "lstm",
            "num_encoder_layers": "1",
            "T": "9",
            "decode_chunk_len": "4",
            "rnn_hidden_size": "1",
            "d_model": "1",
        },
    )


def _decoder() -> onnx.ModelProto:
    """A score for the token that comes next: after "tor" comes "call" again."""
    scores = np.full((len(TOKENS), len(TOKENS)), -1_000, dtype=np.float32)
    for token, after in ((0, 1), (1, 2), (2, 3), (3, 1), (4, 1)):
        scores[token, after] = 10
    return _model(
        [
            helper.make_node("Gather", ["y", "last"], ["token"], axis=1),
            helper.make_node("Gather", ["scores", "token"], ["decoder_out"], axis=0),
        ],
        [helper.make_tensor_value_info("y", TensorProto.INT64, ["N", 2])],
        [_floats("decoder_out", "N", len(TOKENS))],
        {"last": np.int64(1), "scores": scores},
        {"vocab_size": str(len(TOKENS)), "context_size": "2"},
    )


def _joiner() -> onnx.ModelProto:
    """The sum; blank has a score of its own, between those of noise and of silence."""
    size = len(TOKENS)
    keep = np.ones((1, size), dtype=np.float32)
    keep[0, 0] = 0
    return _model(
        [
            helper.make_node("Add", ["encoder_out", "decoder_out"], ["sum"]),
            helper.make_node("Mul", ["sum", "keep"], ["logit"]),
        ],
        [_floats("encoder_out", "N", size), _floats("decoder_out", "N", size)],
        [_floats("logit", "N", size)],
        {"keep": keep},
        {"joiner_dim": str(size)},
    )


def _hum() -> onnx.ModelProto:
    """256 samples of a tone for each phoneme, more when it is to be slower."""
    return _model(
        [
            helper.make_node("Cast", ["input_lengths"], ["length"], to=TensorProto.FLOAT),
            helper.make_node("Gather", ["scales", "one"], ["slowness"], axis=0),
            helper.make_node("Mul", ["length", "slowness"], ["stretched"]),
            helper.make_node("Mul", ["stretched", "hop"], ["samples"]),
            helper.make_node("Squeeze", ["samples"], ["count"]),
            helper.make_node("Range", ["zero", "count", "step"], ["times"]),
            helper.make_node("Mul", ["times", "angle"], ["angles"]),
            helper.make_node("Sin", ["angles"], ["tone"]),
            helper.make_node("Mul", ["tone", "half"], ["quiet"]),
            helper.make_node("Unsqueeze", ["quiet", "axes"], ["output"]),
        ],
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "L"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            _floats("scales", 3),
        ],
        [_floats("output", 1, 1, "S")],
        {
            "one": np.int64(1),
            "hop": np.float32(256),
            "zero": np.float32(0),
            "step": np.float32(1),
            "angle": np.float32(2 * np.pi * 220 / VOICE_RATE),
            "half": np.float32(0.5),
            "axes": np.array([0, 1], dtype=np.int64),
        },
        {
            "sample_rate": str(VOICE_RATE),
            "n_speakers": "1",
            "language": "English",
            "voice": "en-us",
            "has_espeak": "1",
            "add_blank": "0",
            "comment": "piper",
        },
    )


def _kokoro() -> onnx.ModelProto:
    """256 samples of a tone for each phoneme; its pitch is in the style."""
    return _model(
        [
            helper.make_node("Shape", ["tokens"], ["shape"]),
            helper.make_node("Gather", ["shape", "one"], ["length"], axis=0),
            helper.make_node("Cast", ["length"], ["phonemes"], to=TensorProto.FLOAT),
            helper.make_node("Squeeze", ["speed"], ["pace"]),
            helper.make_node("Div", ["phonemes", "pace"], ["stretched"]),
            helper.make_node("Mul", ["stretched", "hop"], ["count"]),
            helper.make_node("Range", ["zero", "count", "step"], ["times"]),
            helper.make_node("Gather", ["style", "first"], ["pitches"], axis=1),
            helper.make_node("Squeeze", ["pitches"], ["pitch"]),
            helper.make_node("Mul", ["angle", "pitch"], ["turn"]),
            helper.make_node("Mul", ["times", "turn"], ["angles"]),
            helper.make_node("Sin", ["angles"], ["tone"]),
            helper.make_node("Mul", ["tone", "half"], ["audio"]),
        ],
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "L"]),
            _floats("style", 1, _KOKORO_STYLE),
            _floats("speed", 1),
        ],
        [_floats("audio", "S")],
        {
            "one": np.int64(1),
            "first": np.int64(0),
            "hop": np.float32(256),
            "zero": np.float32(0),
            "step": np.float32(1),
            "angle": np.float32(2 * np.pi * 220 / _KOKORO_RATE),
            "half": np.float32(0.5),
        },
        {
            "sample_rate": str(_KOKORO_RATE),
            "n_speakers": "2",
            "has_espeak": "1",
            "style_dim": f"{_KOKORO_LENGTHS},1,{_KOKORO_STYLE}",
            "voice": "en-us",
            "language": "English",
        },
    )

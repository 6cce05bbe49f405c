"""A multilingual encoder of chance in the formats of the real one: a 4-bit file, a tokenizer and
fine-tuned weights.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from models.inference.routing import Routing
from models.lab.judgement.ship import keras_arrays
from models.multilingual import encoder_weights
from models.multilingual.encoder_artifact import Fitted
from models.networks.bert_shape import EncoderShape

Array = npt.NDArray[np.float32]
WORDS = [
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "good",
    "bad",
    "the",
    "film",
    "phone",
    "battery",
    "not",
    "very",
    "was",
    "is",
    "gut",
]
SHAPE = EncoderShape(vocabulary=len(WORDS), positions=200, width=32, layers=2, heads=4, inner=64)
TYPES = 2
FITTED = Fitted(
    0.7,
    Routing(("en", "de"), np.arange(10.0), np.array([0.0, 0.5, 1.0]), np.linspace(0, 1, 11), 0.3),
)


def quantised(weights: Array) -> npt.NDArray[np.uint8]:
    """Q4_0, as ggml packs it: the largest of a block, with its sign, is -8."""
    blocks = weights.reshape(-1, 32)
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(1)[:, None], 1)
    scale = (peak / -8).astype(np.float16)
    safe = np.where(scale == 0, 1, scale).astype(np.float32)
    levels = np.clip(np.floor(blocks / safe + 8.5), 0, 15).astype(np.uint8)
    halves = levels[:, :16] | (levels[:, 16:] << 4)
    return np.concatenate([scale.view(np.uint8), halves], 1).reshape(len(weights), -1)


def tensors(seed: int = 0) -> dict[str, Array]:
    """The pretrained weights, by the names that the file has for them."""
    rng = np.random.default_rng(seed)
    width, inner = SHAPE.width, SHAPE.inner
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (SHAPE.vocabulary, width),
        "emb.pos": (SHAPE.positions, width),
        "emb.type": (TYPES, width),
        "emb.ln.w": (width,),
        "emb.ln.b": (width,),
    }
    for layer in range(SHAPE.layers):
        matrices = dict.fromkeys(("q", "k", "v", "ao"), (width, width)) | {
            "fi": (inner, width),
            "fo": (width, inner),
        }
        for name, (rows, columns) in matrices.items():
            shapes |= {f"l{layer}.{name}.w": (rows, columns), f"l{layer}.{name}.b": (rows,)}
        for name in ("aln", "oln"):
            shapes |= {f"l{layer}.{name}.w": (width,), f"l{layer}.{name}.b": (width,)}
    return {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def write_e5(path: Path) -> Path:
    """A 4-bit file: matrices packed, the rest as floats."""
    values = tensors()
    packed = {
        name: quantised(array).tobytes()
        if name == "emb.word" or (name.startswith("l") and array.ndim == 2)
        else array.tobytes()
        for name, array in values.items()
    }
    pieces, strings, skipped = 3, b"abc", b"charsmap"
    head = b"E5S1" + struct.pack("<i", 1)
    head += struct.pack(
        "<7i",
        SHAPE.width,
        SHAPE.layers,
        SHAPE.heads,
        SHAPE.inner,
        SHAPE.vocabulary,
        SHAPE.positions,
        TYPES,
    )
    head += (
        struct.pack("<fi", 1e-12, 32)
        + struct.pack("<5i", pieces, 0, 1, 2, 3)
        + struct.pack("<Q", len(strings))
    )
    head += (
        bytes(4 * (pieces + 1) + 4 * pieces)
        + strings
        + bytes(4)
        + struct.pack("<I", len(skipped))
        + skipped
    )
    head += struct.pack("<i", len(packed))
    at = len(head) + sum(2 + len(name) + 5 + 16 for name in packed)
    directory, body = b"", b""
    for name, data in packed.items():
        directory += (
            struct.pack("<H", len(name))
            + name.encode()
            + bytes(1)
            + struct.pack("<i", values[name].size)
        )
        directory += struct.pack("<QQ", at + len(body), len(data))
        body += data
    path.write_bytes(head + directory + body)
    return path


def write_tokenizer(path: Path) -> Path:
    """Words are pieces; marks of begin and end as in multilingual-e5-small."""
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[("<s>", WORDS.index("<s>")), ("</s>", WORDS.index("</s>"))],
    )
    tokenizer.save(str(path))
    return path


def state(seed: int = 1) -> dict[str, npt.NDArray[np.float16]]:
    """Fine-tuned weights, by the names that ``finetune`` gives them."""
    rng = np.random.default_rng(seed)
    width, inner = SHAPE.width, SHAPE.inner
    shapes: dict[str, tuple[int, ...]] = {
        "positions": (SHAPE.positions, width),
        "token_type": (width,),
    }
    dense = {"head": (3, width)}
    norms = ["embedding_norm", "head_norm"]
    for layer in range(SHAPE.layers):
        name = f"layers.{layer}"
        dense |= {f"{name}.qkv": (3 * width, width), f"{name}.attention_out": (width, width)}
        dense |= {f"{name}.inner": (inner, width), f"{name}.outer": (width, inner)}
        norms += [f"{name}.attention_norm", f"{name}.outer_norm"]
    for name, shape in dense.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in norms:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    return {name: rng.normal(0, 0.3, shape).astype(np.float16) for name, shape in shapes.items()}


def write_parts(folder: Path) -> tuple[Path, Path, Path]:
    """What an encoder is put together from: the folder of the layers, the 4-bit file and the
    tokenizer.
    """
    made = encoder_weights.make(SHAPE, keras_arrays(state(), SHAPE.layers), {})
    encoder_weights.save(made, folder / "layers", "# A card\n")
    return (
        folder / "layers",
        write_e5(folder / "e5.bin"),
        write_tokenizer(folder / "tokenizer.json"),
    )

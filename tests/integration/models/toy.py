"""Reviews so simple that everything learns them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from models.artifact.artifact import save
from models.artifact.calibration import Calibration, Labels
from models.networks.bert_shape import EncoderShape
from models.text.ngrams import EncoderSettings
from models.text.subwords import SHAPE as NAMES
from models.training.ngram_training import ngram_artifact

GOOD = ("wonderful", "great", "loved", "moving", "best")
BAD = ("terrible", "dull", "hated", "boring", "worst")
NEUTRAL = ("the", "film", "was", "with", "some", "actors", "and", "a", "story", "it")

SHAPE = EncoderShape(vocabulary=50, positions=16, width=24, layers=2, heads=3, inner=32)
"""Of an encoder so small that it is built in no time."""


def reviews(count: int = 200, seed: int = 0) -> tuple[list[str], Labels]:
    """Texts of 3 to 12 words, one of which tells the label."""
    rng = np.random.default_rng(seed)
    positive = np.arange(count) % 2 == 0
    texts = []
    for label in positive:
        words = [str(word) for word in rng.choice(NEUTRAL, rng.integers(2, 12))]
        words.insert(int(rng.integers(len(words))), str(rng.choice(GOOD if label else BAD)))
        texts.append(" ".join(words))
    return texts, positive


def write(path: Path, count: int = 200) -> Path:
    """They as a CSV file."""
    texts, positive = reviews(count)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(
            (text, "positive" if label else "negative")
            for text, label in zip(texts, positive, strict=True)
        )
    return path


def bag(folder: Path, seed: int) -> Path:
    """A model of n-grams whose weights are chance: another version for every seed."""
    weights = np.random.default_rng(seed).normal(size=2**12).astype(np.float32)
    save(
        ngram_artifact("toy", EncoderSettings(bits=12), weights, 0.0, Calibration(), {}),
        folder,
        "A toy.",
    )
    return folder


def encoder_tensors() -> dict[str, npt.NDArray[np.float32]]:
    """Weights of chance, named and laid out as Hugging Face has them."""
    rng = np.random.default_rng(3)
    width, inner = SHAPE.width, SHAPE.inner
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (SHAPE.vocabulary, width),
        "embeddings.position_embeddings.weight": (SHAPE.positions, width),
        "embeddings.token_type_embeddings.weight": (2, width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
    }
    for number in range(SHAPE.layers):
        layer = f"encoder.layer.{number}"
        for part in (
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        ):
            shapes |= {f"{layer}.{part}.weight": (width, width), f"{layer}.{part}.bias": (width,)}
        shapes |= {
            f"{layer}.intermediate.dense.weight": (inner, width),
            f"{layer}.intermediate.dense.bias": (inner,),
        }
        shapes |= {
            f"{layer}.output.dense.weight": (width, inner),
            f"{layer}.output.dense.bias": (width,),
        }
        for part in ("attention.output", "output"):
            shapes |= {
                f"{layer}.{part}.LayerNorm.weight": (width,),
                f"{layer}.{part}.LayerNorm.bias": (width,),
            }
    drawn = {name: rng.normal(0, 0.2, shape).astype(np.float32) for name, shape in shapes.items()}
    # Norms about 1, as they are in real ones: what a text is must be seen through all layers.
    return {
        name: array + np.float32(name.endswith("LayerNorm.weight")) for name, array in drawn.items()
    }


def encoder(folder: Path) -> Path:
    """A pretrained encoder of chance, as Hugging Face lays it out: its pieces are the words of the
    toy reviews.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *GOOD, *BAD, *NEUTRAL]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(encoder_tensors(), folder / "model.safetensors")
    config = {theirs: getattr(SHAPE, ours) for ours, theirs in NAMES.items()}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf8")
    return folder

"""The multilingual encoder, here one of chance, against its definition in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import erf, softmax

from models.lab.judgement.ship import keras_arrays
from models.multilingual import encoder_weights
from models.multilingual.encoder import MultilingualEncoder
from schemas.errors import InputError, ModelIntegrityError, ModelNotFound
from tests.unit.models.multilingual.tiny import (
    SHAPE,
    WORDS,
    state,
    tensors,
    write_e5,
    write_tokenizer,
)

Array = npt.NDArray[np.float32]
TEXTS = [
    "the film was good",
    "bad",
    "",
    "the battery is not very good",
    "nothing known here",
    "gut " * 300,
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The folder of the layers, the 4-bit file and the tokenizer."""
    folder = tmp_path_factory.mktemp("encoder")
    encoder_weights.save(
        encoder_weights.make(SHAPE, keras_arrays(state(), SHAPE.layers), {}),
        folder / "layers",
        "# A card\n",
    )
    return (
        folder / "layers",
        write_e5(folder / "e5.bin"),
        write_tokenizer(folder / "tokenizer.json"),
    )


@pytest.fixture(scope="module")
def encoder(files: tuple[Path, Path, Path]) -> MultilingualEncoder:
    return MultilingualEncoder.load(*files)


def defined(pieces: list[int]) -> Array:
    """P of the three classes for one text, written down from the papers; the table of 4-bit rows as
    their definition has it.
    """
    from tests.unit.models.multilingual.test_e5_file import defined_rows

    tuned = {name: array.astype(np.float32) for name, array in state().items()}

    def dense(states: Array, name: str) -> Array:
        return np.asarray(states @ tuned[f"{name}.weight"].T + tuned[f"{name}.bias"])

    def norm(states: Array, name: str, epsilon: float = 1e-12) -> Array:
        scaled = (states - states.mean(-1, keepdims=True)) / np.sqrt(
            states.var(-1, keepdims=True) + epsilon
        )
        return np.asarray(scaled * tuned[f"{name}.weight"] + tuned[f"{name}.bias"])

    states = (
        defined_rows(tensors()["emb.word"])[pieces]
        + tuned["positions"][: len(pieces)]
        + tuned["token_type"]
    )
    states = norm(states, "embedding_norm")
    size = SHAPE.width // SHAPE.heads
    for number in range(SHAPE.layers):
        layer = f"layers.{number}"
        split = np.split(dense(states, f"{layer}.qkv"), 3, axis=-1)
        queries, keys, values = (
            part.reshape(len(pieces), SHAPE.heads, size).transpose(1, 0, 2) for part in split
        )
        attention = softmax(queries @ keys.transpose(0, 2, 1) / np.sqrt(size), axis=-1)
        mixed = (attention @ values).transpose(1, 0, 2).reshape(len(pieces), SHAPE.width)
        states = norm(states + dense(mixed, f"{layer}.attention_out"), f"{layer}.attention_norm")
        inner = dense(states, f"{layer}.inner")
        inner = np.asarray(inner * 0.5 * (1 + erf(inner / np.sqrt(2))))
        states = norm(states + dense(inner, f"{layer}.outer"), f"{layer}.outer_norm")
    return np.asarray(softmax(dense(norm(states.mean(0), "head_norm", 1e-5), "head")))


def pieces_of(text: str) -> list[int]:
    words = [WORDS.index(word) if word in WORDS else 3 for word in text.split()]
    return [0, *(words if len(words) <= 192 else words[:128] + words[-64:]), 2]


def test_probabilities_are_those_of_the_definition_whatever_a_batch_holds(
    encoder: MultilingualEncoder,
) -> None:
    expected = np.stack([defined(pieces_of(text)) for text in TEXTS])
    for batch in (1, 2, 32):
        found = encoder(TEXTS, batch)
        assert found.shape == (len(TEXTS), 3)
        assert np.abs(found - expected).max() < 2e-3, batch


def test_no_texts_have_no_probabilities(encoder: MultilingualEncoder) -> None:
    assert encoder([]).shape == (0, 3)


def test_layers_of_another_table_are_refused(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    layers, _, tokenizer = files
    path = write_e5(tmp_path / "e5.bin")
    data = bytearray(path.read_bytes())
    data[8 + 4 * 4] += 1  # the size of the vocabulary
    path.write_bytes(data)
    with pytest.raises(ModelIntegrityError, match="belong to another model"):
        MultilingualEncoder.load(layers, path, tokenizer)


def test_a_damaged_part_a_missing_folder_and_a_missing_package_are_named(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    layers, e5, tokenizer = files
    with pytest.raises(ModelNotFound, match="there is no manifest"):
        MultilingualEncoder.load(tmp_path, e5, tokenizer)
    for name in ("manifest.json", "README.md", "weights-0.npz"):
        (tmp_path / name).write_bytes((layers / name).read_bytes())
    (tmp_path / "weights-0.npz").write_bytes((layers / "weights-0.npz").read_bytes()[:-1])
    with pytest.raises(ModelIntegrityError, match=r"weights-0\.npz does not match its digest"):
        MultilingualEncoder.load(tmp_path, e5, tokenizer)
    with pytest.raises(InputError, match="no 4-bit file"):
        MultilingualEncoder.load(layers, tokenizer, tokenizer)

"""The multilingual encoder, here one of chance, against its definition in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import erf, softmax

from infra.settings import ScoringSettings
from models.artifact import artifact as artifacts
from models.artifact.artifact import Artifact
from models.inference.classifier import Classifier
from models.inference.routing import Routing
from models.multilingual import encoder_artifact
from models.multilingual.encoder_artifact import Fitted
from schemas.errors import InputError, ModelIntegrityError, ModelNotFound
from tests.unit.models.multilingual.tiny import (
    FITTED,
    SHAPE,
    WORDS,
    state,
    tensors,
    write_e5,
    write_parts,
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
KNOWN = {TEXTS[0], TEXTS[1], TEXTS[3], TEXTS[5]}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """The folder of the layers, the 4-bit file and the tokenizer."""
    return write_parts(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def encoder(files: tuple[Path, Path, Path]) -> Artifact:
    return encoder_artifact.build(*files, fitted=FITTED)


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


@pytest.mark.parametrize("engine", ["tensorflow", "onnx"])
def test_probabilities_are_those_of_the_definition_whatever_a_batch_holds(
    encoder: Artifact, engine: str
) -> None:
    classifier = Classifier.start(encoder, ScoringSettings(engine=engine))
    assert classifier.any_language
    assert classifier.languages == ("en", "de")
    logs = np.log(np.stack([defined(pieces_of(text)) for text in TEXTS]))
    expected = softmax(FITTED.scale * logs, axis=-1)
    for batch in (1, 2, len(TEXTS)):
        for start in range(0, len(TEXTS), batch):
            part = TEXTS[start : start + batch]
            judged = classifier.judge(part, ["und"] * len(part))
            assert np.abs(judged.probabilities - expected[start : start + batch]).max() < 2e-3
            # Of "nothing known here" there is no piece, and of nothing neither.
            assert judged.evidence.tolist() == [text in KNOWN for text in part]


def test_no_texts_have_no_judgement(encoder: Artifact) -> None:
    assert len(Classifier.start(encoder, ScoringSettings()).judge([], [])) == 0


def test_a_saved_encoder_is_the_same_when_loaded(encoder: Artifact, tmp_path: Path) -> None:
    artifacts.save(encoder, tmp_path / "encoder", "# A card\n")
    loaded = artifacts.load(tmp_path / "encoder")
    assert loaded.version == encoder.version
    assert loaded.arrays["table/rows"].dtype == np.int8
    found = Routing.of(loaded.arrays, loaded.languages)
    assert found.by_language.tolist() == pytest.approx(FITTED.routing.by_language.tolist())


def test_what_was_fitted_is_read_as_it_was_written(tmp_path: Path) -> None:
    FITTED.write(tmp_path / "fitted.json")
    again = Fitted.read(tmp_path / "fitted.json")
    assert (again.scale, again.routing.own) == (FITTED.scale, FITTED.routing.own)
    assert again.routing.quantiles.tolist() == pytest.approx(FITTED.routing.quantiles.tolist())


def test_the_shipped_calibration_and_routing_are_of_the_shipped_students_languages() -> None:
    fitted = Fitted.read()
    assert fitted.routing.languages == tuple(artifacts.read_manifest(artifacts.JUDGE)["languages"])
    assert len(fitted.routing.by_language) == len(fitted.routing.languages) + 1
    assert 0 < fitted.scale < 1


def test_layers_of_another_table_are_refused(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    layers, _, tokenizer = files
    path = write_e5(tmp_path / "e5.bin")
    data = bytearray(path.read_bytes())
    data[8 + 4 * 4] += 1  # the size of the vocabulary
    path.write_bytes(data)
    with pytest.raises(ModelIntegrityError, match="belong to another model"):
        encoder_artifact.build(layers, path, tokenizer)


def test_a_damaged_part_a_missing_folder_and_a_missing_package_are_named(
    files: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    layers, e5, tokenizer = files
    with pytest.raises(ModelNotFound, match="there is no manifest"):
        encoder_artifact.build(tmp_path, e5, tokenizer)
    for name in ("manifest.json", "README.md", "weights-0.npz"):
        (tmp_path / name).write_bytes((layers / name).read_bytes())
    (tmp_path / "weights-0.npz").write_bytes((layers / "weights-0.npz").read_bytes()[:-1])
    with pytest.raises(ModelIntegrityError, match=r"weights-0\.npz does not match its digest"):
        encoder_artifact.build(tmp_path, e5, tokenizer)
    with pytest.raises(InputError, match="no 4-bit file"):
        encoder_artifact.build(layers, tokenizer, tokenizer)

"""Training, saving, loading: deterministic, and nobody loads what was tampered with."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from infra.files.delimited import FIELD_LIMIT
from models.artifact import artifact
from models.artifact.model_card import model_card
from models.text.ngrams import EncoderSettings
from models.training.datasets import read
from models.training.ngram_training import Trained, TrainingSettings, fit_weights, train
from schemas.errors import InputError, ModelIntegrityError, ModelNotFound

GOOD = [
    "a wonderful film",
    "great acting and a great story",
    "I loved every minute",
    "moving and funny",
    "the best of the year",
]
BAD = [
    "a terrible film",
    "awful acting and a dull story",
    "I hated every minute",
    "boring and silly",
    "the worst of the year",
]
SETTINGS, ENCODER = TrainingSettings(folds=2), EncoderSettings(bits=14)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "tiny.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(40):
            writer.writerow([f"{GOOD[number % 5]} {number}", "positive"])
            writer.writerow([f"{BAD[number % 5]} {number}", "negative"])
    return path


def fit(data: Path) -> Trained:
    return train(data, "tiny", str.strip, SETTINGS, ENCODER, lambda step, share: None)


@pytest.fixture(scope="module")
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    trained = fit(data)
    artifact.save(trained.artifact, path, model_card(trained))
    return path


def test_the_same_data_and_settings_give_the_same_bytes(
    data: Path, folder: Path, tmp_path: Path
) -> None:
    trained = fit(data)
    artifact.save(trained.artifact, tmp_path, model_card(trained))
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_what_is_loaded_is_what_was_saved(data: Path, folder: Path) -> None:
    saved, loaded = fit(data).artifact, artifact.load(folder)
    assert saved.arrays.keys() == loaded.arrays.keys()
    for name, array in saved.arrays.items():
        assert np.array_equal(array, loaded.arrays[name]), name
    assert (saved.name, saved.version, saved.calibration) == (
        loaded.name,
        loaded.version,
        loaded.calibration,
    )


def test_it_learns_what_there_is_to_learn(data: Path) -> None:
    assert fit(data).validation.accuracy > 0.95


def test_the_manifest_tells_what_it_was_made_of(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["training"]["data"] == "tiny.csv"
    assert manifest["training"]["settings"]["seed"] == 0
    assert set(manifest["sha256"]) == {"README.md", "weights.npz"}


@pytest.mark.parametrize("name", ["weights.npz", "README.md"])
def test_a_changed_file_is_refused_and_named(folder: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(ModelIntegrityError, match=name):
        artifact.load(copy)


def test_a_missing_and_an_added_file_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    (copy / "extra.py").write_text("")
    with pytest.raises(ModelIntegrityError):
        artifact.load(copy)
    (copy / "extra.py").unlink()
    (copy / "weights.npz").unlink()
    with pytest.raises(ModelIntegrityError, match="weights"):
        artifact.load(copy)


@pytest.mark.parametrize("manifest", ["", "{}", "[]", '{"format": 99, "sha256": {}}'])
def test_a_damaged_manifest_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(ModelIntegrityError, match="manifest"):
        artifact.load(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("arrays", {}),
        ("arrays", {"sum/bias": "float32", "sum/weights": "float16"}),
        ("arrays", {"sum/bias": "exact", "another": "root8"}),
        ("arrays", None),
        ("languages", ["de"]),
        ("calibration", {"scale": 9.0, "offset": 0.0}),
        ("calibration", []),
        ("encoder", {"kind": "ngrams", "config": {"bits": 14, "ngrams": 2}}),
        ("encoder", {"unknown": 1}),
        ("network", {"kind": "another", "config": {"size": 16384}}),
        ("network", "another"),
        ("sha256", ["README.md", "weights.npz"]),
        ("version", "1"),
    ],
)
def test_a_manifest_that_does_not_fit_its_weights_is_refused(
    folder: Path, tmp_path: Path, key: str, value: object
) -> None:
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | {key: value}))
    with pytest.raises(ModelIntegrityError, match="manifest"):
        artifact.load(copy)
    del manifest[key]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelIntegrityError, match="manifest"):
        artifact.load(copy)


def test_no_model_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="nowhere"):
        artifact.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text,lable\na,positive\n", "columns"),
        ("text,label\na,positive\nb,so-so\n", "line 3"),
        ("text,label\n", "no labelled reviews"),
        ("", "is empty"),
        (
            "text,label\na,positive\n" + "b" * (FIELD_LIMIT + 1) + ",negative\n",
            r"row 2 \(line 3\): a field of more than",
        ),
        ("text,label\ngood,positive\nbad,negative\n", "too few"),
        ("text,label\n" + "good,positive\n" * 9, "too few"),
    ],
)
def test_a_bad_data_file_is_named_with_the_line(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=complaint) as caught:
        fit(path)
    assert "bad.csv" in str(caught.value)


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_text("text,label\na,positive\n", encoding="utf-8-sig")
    assert read(path).texts == ["a"]


DAMAGED = bytearray(
    gzip.compress(
        b"text,label\n" + b"".join(b"%d,positive\n" % number**2 for number in range(500)), mtime=0
    )
)
DAMAGED[20] ^= 0xFF


@pytest.mark.parametrize("content", [None, b"not gzip", b"\x1f\x8b\x08", bytes(DAMAGED)])
def test_a_missing_or_damaged_file_is_an_error_of_ours(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.csv.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.csv\.gz"):
        fit(path)


def test_labels_that_features_hardly_explain_take_more_steps_and_no_warning() -> None:
    chance = np.random.default_rng(0)
    features = scipy.sparse.csr_matrix((chance.random((3000, 300)) < 0.2).astype(np.float32))
    positive = chance.random(3000) < 0.3
    weights, _ = fit_weights(features, positive, TrainingSettings(strength=100))
    assert np.isfinite(weights).all()

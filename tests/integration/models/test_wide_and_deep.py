"""The network that is shipped: learns from labels and from a teacher, and comes back from its
artifact.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from infra.settings import ScoringSettings
from models import networks
from models.artifact import artifact
from models.artifact.calibration import apply
from models.inference import encoders
from models.inference.classifier import Classifier
from models.lab.network_card import student_card
from models.lab.teacher_output import (
    SoftLabels,
    load_soft_labels,
    load_vectors,
    review_key,
    save_soft_labels,
    save_vectors,
)
from models.lab.wide_and_deep_training import Trained, WideAndDeepSettings, train
from models.text.ngrams import pad
from models.training.datasets import write
from models.training.training_settings import FittingSettings
from schemas.errors import InputError
from tests.integration.models.toy import BAD, GOOD, reviews

SETTINGS = WideAndDeepSettings(
    bits=14, words=60, length=12, dimensions=8, filters=12, middle=8.0,
    fitting=FittingSettings(epochs=8, batch=16, learning_rate=1e-2, patience=8, class_weights=False,
    decay=True),
)  # fmt: skip


def teacher(folder: Path) -> Path:
    """What a teacher would have left of the toy reviews."""
    words = [*GOOD, *BAD]
    labels = SoftLabels(
        [f"it was {word}" for word in words],
        np.array([0.95] * 5 + [0.05] * 5),
        [review_key("x")] * 10,
    )
    save_soft_labels(labels, folder)
    save_vectors(
        words, np.random.default_rng(0).normal(size=(len(words), 16)).astype(np.float32), folder
    )
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("student")
    long, short = reviews(200, seed=1), reviews(100, seed=2)
    write(folder / "reviews.csv.gz", [f"{text} . {text}" for text in long[0]], long[1])
    write(folder / "sentences.csv.gz", *short)
    return train(
        [folder / "reviews.csv.gz", folder / "sentences.csv.gz"],
        teacher(folder),
        "toy",
        "en",
        str.strip,
        SETTINGS,
        lambda step, share: None,
    )


def test_it_learns_reviews_and_sentences(trained: Trained) -> None:
    assert {name: figures.accuracy >= 0.95 for name, figures in trained.validation.items()} == {
        "reviews.csv.gz": True,
        "sentences.csv.gz": True,
    }
    assert "| reviews.csv.gz | " in student_card(trained)


def test_a_loaded_model_scores_as_its_network_does_whatever_the_padding(
    trained: Trained, tmp_path: Path
) -> None:
    artifact.save(trained.artifact, tmp_path / "model", "card")
    loaded = artifact.load(tmp_path / "model")
    assert loaded.version == trained.artifact.version
    texts = [*reviews(20, seed=5)[0], "", "great", "wonderful " * 40]
    scores = Classifier.start(loaded, ScoringSettings()).score(texts)
    network, encode = networks.build(loaded), encoders.build(loaded)
    for text, score in zip(texts, scores, strict=True):
        inputs = encode([text])
        for width in (48, 61):
            logit = network([pad(inputs["ids"], 200), pad(inputs["words"], width)])
            assert float(score) == pytest.approx(
                float(apply(loaded.calibration, np.asarray(logit))[0]), abs=1e-5
            )


def test_what_a_teacher_left_is_read_again_and_lessons_of_held_out_reviews_are_left_out(
    tmp_path: Path,
) -> None:
    teacher(tmp_path)
    labels = load_soft_labels(tmp_path)
    assert labels.texts[0] == f"it was {GOOD[0]}"
    assert labels.scores.tolist() == [0.95] * 5 + [0.05] * 5
    assert labels.without({review_key("x")}).texts == []
    assert load_vectors(tmp_path)[0].keys() == {*GOOD, *BAD}


@pytest.mark.parametrize(
    ("damaged", "load"), [("soft_labels.csv.gz", load_soft_labels), ("vectors.npz", load_vectors)]
)
def test_a_damaged_teacher_is_an_error_that_names_the_file(
    tmp_path: Path, damaged: str, load: Callable[[Path], object]
) -> None:
    teacher(tmp_path)
    (tmp_path / damaged).write_bytes(b"nonsense")
    with pytest.raises(InputError, match=damaged):
        load(tmp_path)

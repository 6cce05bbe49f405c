"""What every engine does: the same ids, the same probabilities, whatever stands beside them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from infra.local.ports import free_port
from infra.settings import ModelSettings, ScoringSettings
from models.artifact import artifact
from models.artifact.artifact import save
from models.inference import encoders, engines
from models.inference.classifier import Classifier
from models.inference.engines.port import Engine
from models.inference.engines.triton_deployment import deploy
from models.inference.network_reader import MAX_CELLS, WORTH_A_CALL, groups
from models.labels import BINARY, decide, scores
from models.text.ngrams import PADDING, Ids, pad
from schemas.errors import (
    ConfigurationError,
    EngineUnavailable,
    ModelIntegrityError,
    ModelNotFound,
    ModelNotServed,
)
from streams.composition import load_to_serve
from streams.demo.sample import load
from tests.servers.triton import Triton

LIGHT = artifact.load(artifact.LIGHT)
TEXTS = [review.text for review in load()[:40]]


# How far from the definition a probability may be. In 8 bits with one scale, the many tiny weights
# of an n-gram bag are rounded away or up to the smallest step.
TOLERANCES = {"numba": 1e-5, "tensorflow": 1e-5, "onnx": 1e-5, "onnx-int8": 0.25, "triton": 1e-5}


@pytest.fixture(scope="module", params=TOLERANCES)
def name(request: pytest.FixtureRequest) -> str:
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture(scope="module")
def settings(name: str, request: pytest.FixtureRequest) -> ScoringSettings:
    address = request.getfixturevalue("triton_server").address if name == "triton" else ""
    return ScoringSettings.model_validate({"engine": name, "triton_url": address})


@pytest.fixture(scope="module")
def engine(settings: ScoringSettings) -> Engine:
    return engines.start(LIGHT, settings)


@pytest.fixture(scope="module")
def rows() -> list[Ids]:
    return encoders.build(LIGHT)(TEXTS)["ids"]


def reference(rows: list[Ids]) -> list[float]:
    """The definition, in NumPy."""
    weights, bias = LIGHT.arrays["sum/weights"], LIGHT.arrays["sum/bias"]
    logits = np.array([weights[row].astype(np.float64).sum() + bias for row in rows])
    return list(1 / (1 + np.exp(-(LIGHT.calibration.scale * logits + LIGHT.calibration.offset))))


def test_probabilities_are_those_of_the_definition(
    name: str, engine: Engine, rows: list[Ids]
) -> None:
    result = engine.probabilities({"ids": pad(rows, max(map(len, rows)))})
    assert scores(result) == pytest.approx(reference(rows), abs=TOLERANCES[name])
    assert result.sum(axis=1) == pytest.approx(1, abs=1e-6)


def test_neither_neighbours_nor_padding_change_a_result(engine: Engine, rows: list[Ids]) -> None:
    together = scores(engine.probabilities({"ids": pad(rows, 5000)}))
    alone = [scores(engine.probabilities({"ids": row[None, :]}))[0] for row in rows]
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 0), (3, 1), (257, 3), (1500, 2)])
def test_any_shape_is_answered_with_as_many_probabilities(
    engine: Engine, shape: tuple[int, int]
) -> None:
    result = engine.probabilities({"ids": np.full(shape, PADDING, np.int32)})
    assert result.shape == (shape[0], BINARY)
    assert result.dtype == np.float32


def test_a_model_knows_good_from_bad(settings: ScoringSettings) -> None:
    know(Classifier.start(LIGHT, settings))


def test_the_shipped_model_knows_good_from_bad() -> None:
    know(Classifier.load())


def know(classifier: Classifier) -> None:
    """What can be asked of any model, whatever runs it."""
    good, bad, empty = classifier.score(
        [
            "A wonderful, moving film. I loved it!",
            "Dull, badly acted, a complete waste of time.",
            "",
        ]
    )
    assert good > 0.9
    assert bad < 0.1
    assert 0.3 < empty < 0.7
    assert classifier.score([]).shape == (0,)
    long = classifier.score(["great " * 16_000, "awful " * 16_000, *TEXTS])
    assert long[2:] == pytest.approx(classifier.score(TEXTS), abs=1e-6)


def test_groups_hold_every_position_once_within_the_bound() -> None:
    lengths = [5, 0, 1000, 3, 999, 20, 7]
    found = list(groups(lengths, 1000))
    assert sorted(position for group in found for position in group) == list(range(7))
    for group in found:
        assert len(group) == 1 or len(group) * max(lengths[i] for i in group) <= 1000


def test_groups_hold_little_padding() -> None:
    lengths = np.random.default_rng(0).integers(0, 5000, 300).tolist()
    for group in groups(lengths, MAX_CELLS):
        assert sum(lengths[group[-1]] - lengths[i] for i in group) <= WORTH_A_CALL


@pytest.mark.parametrize(
    "folder", [artifact.PRETRAINED, artifact.CHINESE], ids=lambda folder: str(folder.name)
)
def test_the_shipped_models_score_real_reviews_as_tensorflow_does(folder: Path) -> None:
    texts = [*TEXTS, "A fine film.", "这本书很好看。我很喜欢。", ""]
    expected, found = (
        Classifier.load(str(folder), ScoringSettings.model_validate({"engine": name})).score(texts)
        for name in ("tensorflow", "numba")
    )
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("engine", ["auto", "numba", "tensorflow", "onnx", "triton"])
def test_the_multilingual_model_is_loaded_like_any_other_and_has_an_engine_of_its_own(
    engine: str,
) -> None:
    judge = Classifier.load(str(artifact.JUDGE), ScoringSettings.model_validate({"engine": engine}))
    assert judge.any_language
    found = decide(
        judge.judge(["Das war wunderbar!", "最悪です", "qxzv wqk", ""], ["de", "ja", "en", "und"])
    )
    assert [one.label for one in found] == ["positive", "negative", "neutral", "neutral"]
    assert [one.evidence for one in found] == [True, True, False, False]
    assert judge.judge([], []).probabilities.shape == (0, 3)


@pytest.mark.parametrize("folder", [artifact.LIGHT, artifact.PRETRAINED, artifact.CHINESE])
def test_a_binary_model_abstains_where_it_knows_nothing(folder: Path) -> None:
    known = "书很好" if folder == artifact.CHINESE else "A wonderful film"
    found = decide(Classifier.load(str(folder)).judge([known, "👍", ""], ["und"] * 3))
    assert [one.evidence for one in found] == [True, False, False]
    assert [one.label for one in found] == ["positive", "neutral", "neutral"]
    assert all(one.probabilities is None for one in found)


def test_the_shipped_models_are_scored_without_tensorflow() -> None:
    script = (
        "import sys; from models.registry.references import COMES_ALONG; from "
        "models.inference.classifier import Classifier;"
        "[Classifier.load(str(folder)).score(['A fine film.']) for folder in COMES_ALONG];"
        "print({'tensorflow', 'keras', 'onnxruntime'} & sys.modules.keys())"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("set()\n", "")


def test_nobody_at_the_address_is_something_to_wait_for() -> None:
    settings = ScoringSettings(
        engine="triton", triton_url=f"127.0.0.1:{free_port()}", triton_timeout_s=2
    )
    engine = engines.start(LIGHT, settings)
    with pytest.raises(EngineUnavailable, match=settings.triton_url):
        engine.probabilities({"ids": np.zeros((1, 1), np.int32)})


def test_a_server_without_this_version_is_told_from_one_that_is_away_and_from_one_with_other_inputs(
    triton_server: Triton,
) -> None:
    settings = ScoringSettings(engine="triton", triton_url=triton_server.address)
    with pytest.raises(ModelNotServed, match=f"abc123 .*{triton_server.address}"):
        engines.start(replace(LIGHT, version="abc123"), settings).probabilities(
            {"ids": np.zeros((1, 1), np.int32)}
        )
    with pytest.raises(ModelIntegrityError, match=LIGHT.version):
        engines.start(LIGHT, settings).probabilities({"words": np.zeros((1, 1), np.int32)})


def test_a_model_that_triton_lacks_cannot_be_loaded_and_is_served_once_it_was_deployed(
    triton_server: Triton, tmp_path: Path
) -> None:
    save(replace(LIGHT, name="deployed"), tmp_path / "model", "A model.")
    settings = ScoringSettings(
        engine="triton",
        triton_url=triton_server.address,
        triton_repository=triton_server.repository,
        triton_backend="python",
    )
    load = partial(load_to_serve, str(tmp_path / "model"), ModelSettings(), settings)
    with pytest.raises(ModelNotFound, match="deployed"):
        load()
    with pytest.raises(ConfigurationError, match="TRITON_REPOSITORY"):
        deploy(tmp_path / "model", settings.model_copy(update={"triton_repository": None}))
    deploy(tmp_path / "model", settings)
    assert load().name == "deployed"
    deploy(tmp_path / "model", settings.model_copy(update={"triton_repository": None}))


def test_a_server_that_does_not_take_what_was_exported_is_not_waited_for_for_ever(
    triton_server: Triton, tmp_path: Path
) -> None:
    save(replace(LIGHT, name="elsewhere"), tmp_path / "model", "A model.")
    settings = ScoringSettings(
        engine="triton",
        triton_url=triton_server.address,
        triton_repository=tmp_path / "other",
        triton_export_wait_s=1,
    )
    with pytest.raises(EngineUnavailable, match="exported 1 s ago"):
        deploy(tmp_path / "model", settings)


def test_a_triton_server_is_asked_for_few_lengths_so_that_it_can_merge_what_workers_ask() -> None:
    from models.inference.engines.triton import widened

    assert (
        len({widened(np.zeros((1, length), np.int32)).shape for length in range(1, 5000, 7)}) <= 8
    )

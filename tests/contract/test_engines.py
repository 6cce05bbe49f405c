"""What every engine does: the same ids, the same probabilities, whatever stands beside them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from infra import native
from infra.local.ports import free_port
from infra.settings import ModelSettings, ScoringSettings
from models.artifact import artifact, calibration
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import Artifact, Part, save
from models.artifact.calibration import Calibration
from models.inference import encoders, engines
from models.inference.classifier import MAX_CELLS, WORTH_A_CALL, Classifier, groups
from models.inference.engines.numba import runs
from models.inference.engines.port import Engine
from models.inference.engines.triton_deployment import deploy
from models.labels import BINARY, decide, scores
from models.networks import word_networks
from models.text.ngrams import PADDING, Ids, pad
from models.text.vocabulary import WordEncoder, as_array, learn
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

if TYPE_CHECKING:
    import keras

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


@pytest.mark.parametrize("kind", word_networks.KINDS)
def test_every_network_gives_the_same_on_every_library(kind: str) -> None:
    words = learn(TEXTS, 300, 24)
    parts = (
        Part(kind, {"vocabulary": words.vocabulary}),
        Part(encoders.WORDS, {"length": words.length}),
    )
    native.prepare()
    network = word_networks.build(kind, vocabulary=words.vocabulary)
    agree(
        made_of(kind, parts, network, words), int8=kind == "cnn"
    )  # one has to do: converting takes seconds


@pytest.mark.parametrize("adapted", [False, True])
def test_the_wide_and_deep_network_gives_the_same_on_every_library(adapted: bool) -> None:
    made = wide_and_deep_model()
    if adapted:
        size = made.network.config["size"]
        rng = np.random.default_rng(1)
        more: dict[str, tuple[Array, Storage]] = {
            "adapter/shift": (rng.normal(size=size).astype(np.float32), "float32"),
            "adapter/gate": (rng.normal(size=size).astype(np.float32), "float32"),
            "adapter/bias": (np.array([0.3, -0.2], np.float32), "float32"),
        }
        for name in ("adapter/shift", "adapter/gate"):
            more[name][0][PADDING] = 0
        network = Part("adapted", {"size": size, "base": asdict(made.network)})
        kept = {key: (array, made.storage[key]) for key, array in made.arrays.items()}
        made = artifact.make("adapted", network, made.encoder, kept | more, made.calibration, {})
    agree(made, int8=not adapted)


def wide_and_deep_model() -> Artifact:
    """A small one, its weights by chance."""
    words = learn(TEXTS, 300, 24)
    shape = {
        "vocabulary": words.vocabulary,
        "dimensions": 8,
        "filters": 10,
        "width": 3,
        "stretch": 8,
        "units": 7,
        "layers": 2,
    }
    parts = (
        Part("wide_and_deep", {"size": 2**12, "experts": 3, "middle": 10.0, "step": 0.3, **shape}),
        Part(encoders.NGRAMS_AND_WORDS, {"length": words.length, "bits": 12, "ngrams": 3}),
    )
    native.prepare()
    from models.networks import wide_and_deep

    rng = np.random.default_rng(0)
    wide: dict[str, Array] = {
        "wide/table": rng.normal(size=(2**12, 3)).astype(np.float32),
        "wide/bias": np.ones(3, np.float32),
        "mixture/weights": rng.normal(size=(2, 5)).astype(np.float32),
    }  # fmt: skip
    wide["wide/table"][PADDING] = 0
    deep = wide_and_deep.deep(wide_and_deep.DeepShape(**shape))
    return made_of("wide", parts, deep, words, **wide)


def made_of(
    name: str, parts: tuple[Part, Part], network: keras.Model, words: WordEncoder, **more: Array
) -> Artifact:
    """A model with the weights that a network begins with, and some more."""
    native.prepare()
    from models import networks

    arrays: dict[str, tuple[Array, Storage]] = {
        key: (array, "float16") for key, array in networks.arrays(network).items()
    }
    arrays |= {key: (array, "float32") for key, array in more.items()}
    arrays[encoders.VOCABULARY] = (as_array(words.words), "exact")
    return artifact.make(name, *parts, arrays, Calibration(scale=3.0, offset=0.1), {})


def agree(made: Artifact, *, int8: bool) -> None:
    """Every library in process gives what Keras gives, whatever the padding."""
    native.prepare()
    import keras

    from models import networks

    rows = encoders.build(made)([*TEXTS[:8], "short", ""])
    widest = {name: max(map(len, ids)) for name, ids in rows.items()}
    inputs = {name: pad(ids, widest[name]) for name, ids in rows.items()}
    wider = {name: pad(ids, widest[name] + 16) for name, ids in rows.items()}
    network = networks.build(made)
    logits = network(keras.tree.map_structure(lambda tensor: inputs[tensor.name], network.input))
    expected = calibration.apply(made.calibration, np.asarray(logits, np.float64))
    tolerances = {"tensorflow": 1e-5, "onnx": 1e-5} | ({"onnx-int8": 0.15} if int8 else {})
    if runs(made.network):
        tolerances["numba"] = 1e-5
    for name, tolerance in tolerances.items():
        engine = engines.start(made, ScoringSettings.model_validate({"engine": name}))
        found = scores(engine.probabilities(inputs))
        assert found == pytest.approx(expected, abs=tolerance), name
        assert scores(engine.probabilities(wider)) == pytest.approx(
            found, abs=1e-6 if name != "onnx-int8" else 0.05
        ), name
        nothing = {name: np.zeros((0, 0), np.int32) for name in rows}
        assert engine.probabilities(nothing).shape == (0, BINARY)


def test_what_numba_can_run_is_left_to_it_and_everything_else_to_tensorflow() -> None:
    made, words = wide_and_deep_model(), learn(TEXTS, 300, 24)
    assert (
        engines.chosen(LIGHT, ScoringSettings())
        == engines.chosen(made, ScoringSettings())
        == "numba"
    )
    wider = replace(made, network=Part("wide_and_deep", {**made.network.config, "width": 5}))
    gru = replace(made, network=Part("gru", {"vocabulary": words.vocabulary}))
    assert (
        engines.chosen(wider, ScoringSettings())
        == engines.chosen(gru, ScoringSettings())
        == "tensorflow"
    )
    assert engines.chosen(made, ScoringSettings(engine="onnx")) == "onnx"
    with pytest.raises(ModelIntegrityError, match="Numba does not run a gru"):
        engines.start(gru, ScoringSettings(engine="numba"))


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


@pytest.mark.parametrize("name", ["ids", "words"])
def test_ids_that_a_model_has_no_weights_for_are_refused_where_they_would_be_read_beyond_its_tables(
    name: str,
) -> None:
    engine = engines.start(wide_and_deep_model(), ScoringSettings(engine="numba"))
    inputs = {name: np.ones((1, 4), np.int32) for name in ("ids", "words")}
    for wrong in (2**20, -1):
        with pytest.raises(ModelIntegrityError, match="encoder is not that of its network"):
            engine.probabilities(inputs | {name: np.full((1, 4), wrong, np.int32)})


@pytest.mark.parametrize(
    "name",
    ["wide/table", "course_0/kernel", "course_1/bias", "logit/kernel", "embedding/embeddings"],
)
def test_weights_of_another_shape_are_refused_before_a_compiled_loop_reads_them(name: str) -> None:
    made = wide_and_deep_model()
    other = replace(made, arrays={**made.arrays, name: made.arrays[name][:-1]})
    with pytest.raises(ModelIntegrityError, match="not those of a wide_and_deep"):
        engines.start(other, ScoringSettings(engine="numba"))


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

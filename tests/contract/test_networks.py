"""Networks of small models, their weights by chance: each gives the same on every library that runs
it, and Numba refuses what is not made for it.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from onnxruntime import InferenceSession

from infra import native
from infra.settings import ScoringSettings
from models.artifact import artifact, calibration
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Calibration
from models.inference import encoders, engines
from models.inference.engines.numba import runs
from models.inference.engines.onnx_graph import graph
from models.inference.engines.port import OUTPUT
from models.inference.engines.triton_deployment import deploy
from models.inference.network_reader import network as reader_of
from models.labels import BINARY, Floats, scores
from models.multilingual import encoder_artifact
from models.networks import word_networks
from models.text.ngrams import PADDING, pad
from models.text.vocabulary import WordEncoder, as_array, learn
from schemas.errors import ModelIntegrityError
from streams.demo.sample import load
from tests.servers.triton import Triton
from tests.unit.models.multilingual.tiny import FITTED, write_parts

if TYPE_CHECKING:
    import keras

TEXTS = [review.text for review in load()[:40]]


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


def test_an_encoder_gives_the_same_on_every_library_and_in_fewer_bits(tmp_path: Path) -> None:
    made = encoder_artifact.build(*write_parts(tmp_path), fitted=FITTED)
    assert engines.chosen(made, ScoringSettings()) == "onnx"  # which needs no TensorFlow
    texts = ["the film was not very good", "gut", "", "the battery " * 200]
    expected = judged(made, "tensorflow", texts)
    assert expected.shape == (4, 3)
    assert judged(made, "onnx", texts).tolist() == [
        pytest.approx(row, abs=1e-5) for row in expected.tolist()
    ]
    assert np.abs(judged(made, "onnx-int8", texts) - expected).max() < 0.05
    halved = graph(made, "float16")
    assert halved.ByteSize() < 0.7 * graph(made).ByteSize()
    session = InferenceSession(halved.SerializeToString(), providers=["CPUExecutionProvider"])
    pieces = encoders.build(made)(texts)["pieces"]
    [found] = session.run([OUTPUT], {"pieces": pad(pieces, max(map(len, pieces)))})
    assert np.abs(found - expected).max() < 0.02


def test_an_encoder_on_triton_answers_as_in_process(triton_server: Triton, tmp_path: Path) -> None:
    made = encoder_artifact.build(*write_parts(tmp_path), fitted=FITTED)
    artifact.save(made, tmp_path / "model", "# A card\n")
    settings = ScoringSettings(
        engine="triton",
        triton_url=triton_server.address,
        triton_repository=triton_server.repository,
        triton_backend="python",
    )
    deploy(tmp_path / "model", settings)
    texts = ["the film was not very good", "gut", ""]
    found = reader_of(made, settings).judge(texts, ["und"] * 3).probabilities
    assert np.abs(found - judged(made, "onnx", texts)).max() < 1e-5


def judged(made: Artifact, engine: str, texts: list[str]) -> Floats:
    """Probabilities of a model in process."""
    settings = ScoringSettings.model_validate({"engine": engine})
    return reader_of(made, settings).judge(texts, ["und"] * len(texts)).probabilities


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
    light, made = artifact.load(artifact.LIGHT), wide_and_deep_model()
    words = learn(TEXTS, 300, 24)
    assert (
        engines.chosen(light, ScoringSettings())
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

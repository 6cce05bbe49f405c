"""What every engine does: the same ids, the same probabilities, whatever stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from infra import native
from infra.local.ports import free_port
from infra.settings import ScoringSettings
from models import artifact, calibration, encoders, engines
from models.artifact import Artifact, Part
from models.calibration import Calibration
from models.classifier import MAX_CELLS, WORTH_A_CALL, Classifier, groups
from models.encoding import PADDING, Ids, pad
from models.engines.port import Engine
from models.networks import of_words
from models.storage import Array, Storage
from models.words import as_array, learn
from schemas.errors import EngineUnavailable, ModelIntegrityError
from streams.demo.sample import load
from tests.servers.triton import Triton

SHIPPED, LIGHT = artifact.load(), artifact.load(artifact.LIGHT)
TEXTS = [review.text for review in load()[:40]]


# How far from the definition a probability may be. In 8 bits with one scale, the many tiny weights of an n-gram bag are rounded
# away or up to the smallest step.
TOLERANCES = {"tensorflow": 1e-5, "onnx": 1e-5, "onnx-int8": 0.25, "triton": 1e-5}


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


def judged_by_keras(model: Artifact, texts: Sequence[str]) -> list[float]:
    """The network of a model, without any engine."""
    native.prepare()
    from models import networks

    network, encode = networks.build(model), encoders.build(model)
    found = []
    for text in texts:
        inputs = {name: pad(rows, max(1, len(rows[0]))) for name, rows in encode([text]).items()}
        found.append(np.asarray(network([inputs[tensor.name] for tensor in network.inputs]), np.float64))
    scores: list[float] = calibration.apply(model.calibration, np.concatenate(found)).tolist()
    return scores


def test_probabilities_are_those_of_the_definition(name: str, engine: Engine, rows: list[Ids]) -> None:
    result = engine.probabilities({"ids": pad(rows, max(map(len, rows)))})
    assert result == pytest.approx(reference(rows), abs=TOLERANCES[name])


def test_neither_neighbours_nor_padding_change_a_result(engine: Engine, rows: list[Ids]) -> None:
    together = engine.probabilities({"ids": pad(rows, 5000)})
    alone = [engine.probabilities({"ids": row[None, :]})[0] for row in rows]
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 0), (3, 1), (257, 3), (1500, 2)])
def test_any_shape_is_answered_with_as_many_probabilities(engine: Engine, shape: tuple[int, int]) -> None:
    result = engine.probabilities({"ids": np.full(shape, PADDING, np.int32)})
    assert result.shape == (shape[0],)
    assert result.dtype == np.float32


def test_the_shipped_model_knows_good_from_bad(settings: ScoringSettings) -> None:
    classifier = Classifier.load(scoring=settings)
    good, bad, empty = classifier.score(
        ["A wonderful, moving film. I loved it!", "Dull, badly acted, a complete waste of time.", ""]
    )
    assert good > 0.9
    assert bad < 0.1
    assert 0.3 < empty < 0.7
    assert classifier.score([]).shape == (0,)
    # The network itself, each text alone, is what every engine must agree with.
    assert classifier.score(TEXTS) == pytest.approx(judged_by_keras(SHIPPED, TEXTS), abs=TOLERANCES[settings.engine])
    long = classifier.score(["great " * 16_000, "awful " * 16_000, *TEXTS])
    # With 8 bits, activations are scaled by what else is in the batch.
    assert long[2:] == pytest.approx(classifier.score(TEXTS), abs=0.05 if settings.engine == "onnx-int8" else 1e-6)


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


@pytest.mark.parametrize("kind", of_words.KINDS)
def test_every_network_gives_the_same_on_every_library(kind: str) -> None:
    native.prepare()
    from models import networks

    words = learn(TEXTS, 300, 24)
    keras_network = of_words.build(kind, vocabulary=words.vocabulary)
    arrays: dict[str, tuple[Array, Storage]] = {key: (array, "float16") for key, array in networks.arrays(keras_network).items()}
    arrays[encoders.VOCABULARY] = (as_array(words.words), "exact")
    parts = Part(kind, {"vocabulary": words.vocabulary}), Part(encoders.WORDS, {"length": words.length})
    made = artifact.make(kind, *parts, arrays, Calibration(scale=3.0, offset=0.1), {})
    rows = encoders.build(made)([*TEXTS[:8], "short", ""])["ids"]
    inputs, wider = {"ids": pad(rows, 24)}, {"ids": pad(rows, 40)}
    found = {}
    for name, tolerance in {"tensorflow": 1e-5, "onnx": 1e-5, "onnx-int8": 0.15}.items():
        if name == "onnx-int8" and kind != "cnn":
            continue  # one has to do: converting takes seconds
        engine = engines.start(made, ScoringSettings.model_validate({"engine": name}))
        found[name] = engine.probabilities(inputs)
        assert found[name] == pytest.approx(found["tensorflow"], abs=tolerance)
        assert engine.probabilities(wider) == pytest.approx(found[name], abs=1e-6 if name != "onnx-int8" else 0.05)
        assert engine.probabilities({"ids": np.zeros((0, 0), np.int32)}).shape == (0,)


def test_nobody_at_the_address_is_something_to_wait_for() -> None:
    settings = ScoringSettings(engine="triton", triton_url=f"127.0.0.1:{free_port()}", triton_timeout_s=2)
    engine = engines.start(LIGHT, settings)
    with pytest.raises(EngineUnavailable, match=settings.triton_url):
        engine.probabilities({"ids": np.zeros((1, 1), np.int32)})


def test_a_server_without_this_version_is_waited_for_and_one_with_other_inputs_is_not(triton_server: Triton) -> None:
    settings = ScoringSettings(engine="triton", triton_url=triton_server.address)
    with pytest.raises(EngineUnavailable, match=f"abc123 .*{triton_server.address}"):
        engines.start(replace(LIGHT, version="abc123"), settings).probabilities({"ids": np.zeros((1, 1), np.int32)})
    with pytest.raises(ModelIntegrityError, match=LIGHT.version):
        engines.start(LIGHT, settings).probabilities({"words": np.zeros((1, 1), np.int32)})


def test_a_triton_server_is_asked_for_few_lengths_so_that_it_can_merge_what_workers_ask() -> None:
    from models.engines.triton import widened

    assert len({widened(np.zeros((1, length), np.int32)).shape for length in range(1, 5000, 7)}) <= 8

"""What every engine does: the same ids, the same probabilities, whatever stands beside them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from infra import native
from models import artifact, encoders
from models.classifier import MAX_CELLS, WORTH_A_CALL, Classifier, groups
from models.encoding import PADDING, Ids, pad
from models.engines.port import Engine
from streams.demo.sample import load

SHIPPED = artifact.load()
TEXTS = [review.text for review in load()[:40]]


def tensorflow() -> Engine:
    native.prepare()
    from models.engines.tensorflow import TensorFlowEngine

    return TensorFlowEngine(SHIPPED, threads=1)


@pytest.fixture(scope="module", params=[tensorflow])
def engine(request: pytest.FixtureRequest) -> Engine:
    make: Callable[[], Engine] = request.param
    return make()


@pytest.fixture(scope="module")
def rows() -> list[Ids]:
    return encoders.build(SHIPPED)(TEXTS)["ids"]


def reference(rows: list[Ids]) -> list[float]:
    """The definition, in NumPy."""
    weights, bias = SHIPPED.arrays["sum/weights"], SHIPPED.arrays["sum/bias"]
    logits = np.array([weights[row].astype(np.float64).sum() + bias for row in rows])
    return list(1 / (1 + np.exp(-(SHIPPED.calibration.scale * logits + SHIPPED.calibration.offset))))


def test_probabilities_are_those_of_the_definition(engine: Engine, rows: list[Ids]) -> None:
    assert engine.probabilities({"ids": pad(rows, max(map(len, rows)))}) == pytest.approx(reference(rows), abs=1e-5)


def test_neither_neighbours_nor_padding_change_a_result(engine: Engine, rows: list[Ids]) -> None:
    together = engine.probabilities({"ids": pad(rows, 5000)})
    alone = [engine.probabilities({"ids": row[None, :]})[0] for row in rows]
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 0), (3, 1), (257, 3), (600, 2)])
def test_any_shape_is_answered_with_as_many_probabilities(engine: Engine, shape: tuple[int, int]) -> None:
    result = engine.probabilities({"ids": np.full(shape, PADDING, np.int32)})
    assert result.shape == (shape[0],)
    assert result.dtype == np.float32


def test_the_shipped_model_knows_good_from_bad() -> None:
    native.prepare()
    classifier = Classifier.load()
    good, bad, empty = classifier.score(
        ["A wonderful, moving film. I loved it!", "Dull, badly acted, a complete waste of time.", ""]
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

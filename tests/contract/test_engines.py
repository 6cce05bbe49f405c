"""What every engine does: the same ids, the same probabilities, whatever stands beside them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from infra import native
from models import artifact
from models.classifier import Classifier, groups
from models.encoding import PADDING, Encoder, Ids, pad
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


def reference(rows: list[Ids]) -> list[float]:
    """The definition, in NumPy."""
    logits = np.array([SHIPPED.weights[row].astype(np.float64).sum() + SHIPPED.bias for row in rows])
    return list(1 / (1 + np.exp(-(SHIPPED.calibration.scale * logits + SHIPPED.calibration.offset))))


def test_probabilities_are_those_of_the_definition(engine: Engine) -> None:
    rows = Encoder(SHIPPED.encoder)(TEXTS)
    assert engine.probabilities(pad(rows, max(map(len, rows)))) == pytest.approx(reference(rows), abs=1e-5)


def test_neither_neighbours_nor_padding_change_a_result(engine: Engine) -> None:
    rows = Encoder(SHIPPED.encoder)(TEXTS)
    together = engine.probabilities(pad(rows, 5000))
    alone = [engine.probabilities(row[None, :])[0] for row in rows]
    assert together == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (1, 0), (3, 1), (257, 3), (600, 2)])
def test_any_shape_is_answered_with_as_many_probabilities(engine: Engine, shape: tuple[int, int]) -> None:
    result = engine.probabilities(np.full(shape, PADDING, np.int32))
    assert result.shape == (shape[0],)
    assert result.dtype == np.float32


def test_the_number_of_shapes_it_prepares_for_is_bounded(engine: Engine) -> None:
    for length in range(1, 3000, 37):
        engine.probabilities(np.full((1 + length % 256, length), PADDING, np.int32))
    assert getattr(engine, "shapes") <= 4 * 13  # noqa: B009  not part of the seam


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

"""Arrays on disk: what comes back, and how far it is from what went in."""

from __future__ import annotations

import numpy as np
import pytest

from models.artifact.array_storage import Array, Storage, pack, stored, unpack

WEIGHTS = np.linspace(-4, 4, 1000, dtype=np.float32).reshape(250, 4)


@pytest.mark.parametrize(
    ("how", "error"), [("root8", 0.04), ("linear8", 0.017), ("float16", 0.002), ("float32", 0.0)]
)
def test_what_comes_back_is_close_to_what_went_in(how: Storage, error: float) -> None:
    back = stored(WEIGHTS, how)
    assert back.dtype == np.float32
    assert np.abs(back - WEIGHTS).max() <= error


@pytest.mark.parametrize("how", ["root8", "linear8", "float16", "float32", "exact"])
@pytest.mark.parametrize(
    "array",
    [WEIGHTS, np.zeros((3, 2), np.float32), np.float32(2.5) * np.ones(()), np.zeros((0, 4))],
)
def test_storing_what_was_stored_changes_nothing(array: Array, how: Storage) -> None:
    once = stored(array, how)
    assert once.shape == np.shape(array)
    assert np.array_equal(stored(once, how), once)


def test_small_weights_survive_beside_one_that_is_large() -> None:
    weights = np.array([100.0, 0.01, -0.01], np.float32)
    assert stored(weights, "root8")[1] == pytest.approx(0.01, rel=0.4)
    assert stored(weights, "linear8")[1] == 0, "one scale for all that a vector holds"
    columns = np.array([[100.0, 0.01], [50.0, -0.005]], np.float32)
    assert stored(columns, "linear8")[1] == pytest.approx([50, -0.005], rel=0.01)


def test_words_and_ids_are_kept_exactly() -> None:
    for array in (np.array(["good", "böse"]), np.array([2**63, 1], np.uint64)):
        assert stored(array, "exact").tolist() == array.tolist()


def test_an_array_that_is_missing_or_stored_in_another_way_is_refused() -> None:
    packed = pack("a", WEIGHTS, "root8")
    with pytest.raises(KeyError):
        unpack("b", packed, "root8")
    with pytest.raises(ValueError, match="float16"):
        unpack("a", packed, "float16")

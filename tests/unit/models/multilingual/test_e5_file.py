"""The 4-bit codec and the file it is in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.multilingual.e5_file import E5File, dequantised
from schemas.errors import InputError
from tests.unit.models.multilingual.tiny import SHAPE, TYPES, quantised, tensors, write_e5

Array = npt.NDArray[np.float32]


def defined_rows(weights: Array) -> Array:
    """What is left of weights in Q4_0, a block of 32 at a time, without any packing."""
    rows = []
    for block in weights.reshape(-1, 32):
        scale = np.float32(np.float16(block[np.abs(block).argmax()] / -8))
        levels = np.clip(np.floor(block / (scale or np.float32(1)) + 8.5), 0, 15) - 8
        rows.append(levels * scale)
    return np.concatenate(rows).reshape(weights.shape).astype(np.float32)


matrices = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.sampled_from([32, 64])),
    elements=st.floats(-8, 8, width=16),
)


@given(matrices)
def test_four_bits_keep_every_weight_within_a_step_of_its_block(weights: Array) -> None:
    found = dequantised(quantised(weights))
    assert np.array_equal(found, defined_rows(weights))
    blocks = weights.reshape(-1, 32)
    steps = np.abs(blocks).max(1, keepdims=True) / 8
    assert (np.abs(found.reshape(-1, 32) - blocks) <= 1.01 * steps + 1e-6).all()


def test_a_file_gives_its_shape_its_floats_and_the_rows_asked_for(tmp_path: Path) -> None:
    file, values = E5File.open(write_e5(tmp_path / "e5.bin")), tensors()
    assert (file.shape, file.types) == (SHAPE, TYPES)
    assert np.array_equal(file.floats("emb.pos", SHAPE.positions, SHAPE.width), values["emb.pos"])
    asked = np.array([7, 0, 7], np.int32)
    assert np.array_equal(file.vectors(asked), defined_rows(values["emb.word"])[asked])


def test_what_is_no_such_file_is_named(tmp_path: Path) -> None:
    path = write_e5(tmp_path / "e5.bin")
    for data in (b"", b"E5S1", path.read_bytes()[:100], b"GGUF" + path.read_bytes()[4:]):
        (tmp_path / "other.bin").write_bytes(data)
        with pytest.raises(InputError, match=r"other\.bin: no 4-bit file"):
            E5File.open(tmp_path / "other.bin")
    with pytest.raises(InputError, match="No such file"):
        E5File.open(tmp_path / "missing.bin")

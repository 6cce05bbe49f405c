"""The layers of the encoder on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.multilingual import encoder_weights
from schemas.errors import ModelIntegrityError
from tests.unit.models.multilingual.tiny import SHAPE


def test_large_matrices_are_kept_in_eight_bits_by_output_and_saving_again_gives_the_same_bytes(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        f"layer_{number}/kernel": rng.normal(0, 1, (400, 300)).astype(np.float32)
        for number in range(3)
    }
    arrays["layer_0/kernel"][:, 5] *= 1000
    arrays["layer_0/bias"] = np.array([0.1, 1e-3], np.float32)
    made = encoder_weights.make(SHAPE, arrays, {"texts": 3})
    for folder in ("first", "second"):
        encoder_weights.save(made, tmp_path / folder, "# A card\n")
    loaded = encoder_weights.load(tmp_path / "first")
    assert (loaded.version, loaded.shape, loaded.training) == (made.version, SHAPE, {"texts": 3})
    for name, array in arrays.items():
        assert np.array_equal(loaded.arrays[name], made.arrays[name])
        steps = np.abs(array).max(0) / 127 if array.ndim == 2 else np.abs(array) * 2**-10
        assert (np.abs(loaded.arrays[name] - array) <= 0.51 * steps).all(), (
            "an output with large weights costs the others nothing"
        )
    assert [
        (tmp_path / "first" / path.name).read_bytes() == path.read_bytes()
        for path in (tmp_path / "second").iterdir()
    ] == [True] * 3


def test_weights_are_cut_into_parts_of_a_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_weights, "PART_BYTES", 150_000)
    arrays = {f"{number}/kernel": np.full((400, 300), number, np.float32) for number in range(3)}
    encoder_weights.save(encoder_weights.make(SHAPE, arrays, {}), tmp_path, "# A card\n")
    assert {path.name for path in tmp_path.glob("*.npz")} == {
        "weights-0.npz",
        "weights-1.npz",
        "weights-2.npz",
    }
    assert set(encoder_weights.load(tmp_path).arrays) == set(arrays)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "0" * 12),
        ("kind", "other"),
        ("format", 2),
        ("shape", {}),
        ("shape", {"width": 16}),
        ("arrays", {"x": "linear8"}),
        ("sha256", []),
    ],
)
def test_a_manifest_that_was_changed_is_refused(tmp_path: Path, key: str, value: object) -> None:
    encoder_weights.save(
        encoder_weights.make(SHAPE, {"bias": np.ones(3, np.float32)}, {}), tmp_path, "# A card\n"
    )
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ModelIntegrityError, match="manifest"):
        encoder_weights.load(tmp_path)


def test_the_shipped_layers_are_whole_and_small_enough_for_any_code_host() -> None:
    assert encoder_weights.load().shape.layers == 12
    assert all(path.stat().st_size < 5 * 2**20 for path in encoder_weights.FOLDER.iterdir())

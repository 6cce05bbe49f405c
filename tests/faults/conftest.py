"""What these tests share: small models to swap, which none of them changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from models.artifact.artifact import WEIGHTS
from schemas.records import Variant
from tests.faults.toys import Toys, toy


@pytest.fixture(scope="session")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Toys:
    folder = tmp_path_factory.mktemp("models")
    one, two = toy(folder / "one", 1), toy(folder / "two", 2)
    weights = Path(shutil.copytree(folder / "two", folder / "tampered")) / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    return Toys(
        one, two, Variant("champion", "toy", two.model_version, str(folder / "tampered"), 1.0)
    )

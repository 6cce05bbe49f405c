"""Dimensions and constants of BERT encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EPSILON: Final = 1e-12
"""Of the layer norms; ``HEAD_EPSILON`` of the multilingual encoder's last one."""
HEAD_EPSILON: Final = 1e-5
MASKED_OUT: Final = -1e9
"""Added to the likeness to padding before the softmax."""


@dataclass(frozen=True, slots=True)
class EncoderShape:
    """Of the network; the defaults are all-MiniLM-L6-v2's."""

    vocabulary: int = 30_522
    positions: int = 512
    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536

"""Floating-point operations of networks, counted from the dimensions of their layers.

Products of matrices and convolutions alone, a multiplication and an addition being two operations:
look-ups, norms, activations and softmax are left out, as is usual for shares of a device's peak.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.labels import CLASSES
from models.networks.bert_shape import EncoderShape

COURSE_WIDTH = 3
"""Of the convolutions over stretches of words in ``models.networks.wide_and_deep``."""


def of_encoder(shape: EncoderShape, pieces: int) -> int:
    """Operations for one text of so many pieces, by the multilingual encoder."""
    read = min(pieces, shape.positions)
    projections = 4 * shape.width**2
    attention = 2 * read * shape.width
    feed_forward = 2 * shape.width * shape.inner
    layers = shape.layers * read * (projections + attention + feed_forward)
    return 2 * (layers + shape.width * CLASSES)


def of_wide_and_deep(config: Mapping[str, Any], words: int) -> int:
    """Operations for one text of so many words, by the network with this manifest entry. Its
    n-grams and its first convolution are look-ups.
    """
    stretches = -(-words // config["stretch"])
    units, filters = config["units"], config["filters"]
    courses = [filters, *[units] * (config["layers"] - 1)]
    deep = sum(stretches * COURSE_WIDTH * width * units for width in courses)
    features = 2 * (filters + units)
    mixture = 2 * (config["experts"] + 2)
    return int(2 * (deep + features + mixture))

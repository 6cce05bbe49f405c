"""``Engine``: the interface between the stream and whatever runs the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from models import labels
from models.labels import BINARY, both
from models.text.ngrams import PADDING, Ids

Floats = labels.Floats


class Engine(Protocol):
    """Runs one version of one model."""

    def probabilities(self, inputs: Mapping[str, Ids]) -> Floats:
        """Of the classes, calibrated, float32 [batch, classes], of the network's named inputs, each
        int32 [batch, its own length]. See ``models.labels`` for the order of the classes.

        Rows are filled up with ``PADDING``; a length may be 0. Rows do not influence each other,
        nor does padding. Raises ``EngineUnavailable`` where the engine is a server and away.
        """
        ...

    def warm_up(self) -> None:
        """Do once what would make the first request slow."""
        ...


OUTPUT = "probability"
"""Name of the output of a graph outside Undertone: P(positive) [batch], of three classes each
one's probability [batch, 3].
"""
ORDINARY = (32, 256)
"""Reviews and ids to warm up with: enough to make a library do what it does once, and soon done."""


def filled(run: Callable[[dict[str, Ids]], Floats], inputs: Mapping[str, Ids]) -> Floats:
    """Probabilities [batch, classes] by ``run``, which gives an ``OUTPUT``, on inputs that have a
    row and a column at least: not every library knows what to do with nothing.
    """
    if not all(map(len, inputs.values())):
        return np.zeros((0, BINARY), np.float32)
    found = run(
        {
            name: ids if ids.shape[1] else np.full((len(ids), 1), PADDING, np.int32)
            for name, ids in inputs.items()
        }
    )
    return both(found) if found.ndim == 1 else found

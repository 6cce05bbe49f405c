"""The seam between the stream and whatever runs the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.encoding import Ids


class Engine(Protocol):
    """Runs one version of one model."""

    def probabilities(self, inputs: Mapping[str, Ids]) -> npt.NDArray[np.float32]:
        """P(positive), calibrated, float32 [batch], of the network's named inputs, each int32 [batch, its own length].

        Rows are filled up with ``PADDING``; a length may be 0. Rows do not influence each other, nor does padding.
        Raises ``EngineUnavailable`` where the engine is a server and away.
        """
        ...

    def warm_up(self) -> None:
        """Do once what would make the first request slow."""
        ...


def widened(inputs: Mapping[str, Ids]) -> dict[str, Ids]:
    """The inputs, those of length 0 as one column of padding: not every library knows what to do with nothing."""
    return {name: ids if ids.shape[1] else np.zeros((len(ids), 1), np.int32) for name, ids in inputs.items()}

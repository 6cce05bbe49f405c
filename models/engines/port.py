"""The seam between the stream and whatever runs the network."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.encoding import Ids


class Engine(Protocol):
    """Runs one version of one model."""

    def probabilities(self, ids: Ids) -> npt.NDArray[np.float32]:
        """P(positive), calibrated, float32 [batch], of int32 ids [batch, length] filled up with ``PADDING``.

        Rows do not influence each other, nor does padding. Raises ``EngineUnavailable`` where the engine is a server and away.
        """
        ...

    def warm_up(self) -> None:
        """Do once what would make the first request slow."""
        ...

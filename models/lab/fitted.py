"""``FittedNetwork``: a trained network with everything that its artifact is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import keras
import numpy as np
import numpy.typing as npt

from models import networks
from models.artifact import array_storage
from models.artifact.array_storage import Array, Storage
from models.artifact.artifact import Part
from models.training.training_loop import Fitted

STORAGE: Storage = "float16"


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """A network after its training, and what its artifact needs of it and of its encoder.

    ``logits``: of the texts held out, by its weights as they are stored; ``seconds``: that its
    training took.
    """

    network: Part
    encoder: Part
    arrays: Mapping[str, tuple[Array, Storage]] = field(repr=False)
    logits: npt.NDArray[np.float32] = field(repr=False)
    fitted: Fitted
    seconds: float


def stored(network: keras.Model) -> dict[str, tuple[Array, Storage]]:
    """Its weights as an artifact gives them back, in 16 bits each."""
    return {
        name: (array_storage.stored(array, STORAGE), STORAGE)
        for name, array in networks.arrays(network).items()
    }

"""Training hyperparameters and progress reports. Imports no Keras, so that the command line can
import it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, float], None]
"""(what is being done, share of the whole that is done)."""


@dataclass(frozen=True, slots=True)
class FittingSettings:
    """AdamW (Loshchilov & Hutter 2017) on batches of ``batch`` texts.

    ``clip``: the longest gradient of a weight; ``patience``: epochs without a lower validation loss
    before it stops; ``decay``: whether the learning rate falls evenly to nothing over ``epochs``,
    after a tenth of an epoch in which it rises; ``class_weights``: whether both classes count
    alike, however many examples each has.
    """

    epochs: int = 10
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    clip: float = 1.0
    patience: int = 2
    class_weights: bool = True
    decay: bool = False
    seed: int = 0


FINE_TUNING = FittingSettings(
    epochs=1, batch=16, learning_rate=5e-5, weight_decay=0.01, class_weights=False, decay=True
)
"""Of a pretrained encoder: more would forget what it knows (Devlin et al. 2019)."""
HEAD_ALONE = FittingSettings(epochs=60, batch=64, learning_rate=3e-3, patience=5)
"""Of a head on an encoder's vectors, which is a matter of seconds."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass, ``number`` counted from 1. Losses are means of the log loss; the training one is
    taken while it changes.
    """

    number: int
    loss: float
    validation_loss: float
    validation_accuracy: float
    seconds: float

"""Platt scaling: calibrated probabilities from logits, by a scale and an offset.

Platt 1999; for why it is needed, Guo et al. 2017, https://arxiv.org/abs/1706.04599
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibration:
    """P(positive) = sigmoid(scale * logit + offset)."""

    scale: float = 1.0
    offset: float = 0.0


def fit(logits: Floats, positive: Labels) -> Calibration:
    """The calibration with the least log loss on reviews that the model was not trained on; both of
    shape [n].
    """
    from scipy.optimize import minimize  # half a second to import: only for who trains

    signs = np.where(positive, -1.0, 1.0)

    def log_loss(parameters: npt.NDArray[np.float64]) -> float:
        return float(np.mean(np.logaddexp(0, signs * (parameters[0] * logits + parameters[1]))))

    scale, offset = minimize(log_loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return Calibration(round(float(scale), 6), round(float(offset), 6))


def apply(calibration: Calibration, logits: Floats) -> Floats:
    """Probabilities of the same shape."""
    clipped: Floats = np.clip(calibration.scale * logits + calibration.offset, -80, 80)
    return 1 / (1 + np.exp(-clipped))

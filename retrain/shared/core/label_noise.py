"""Label noise by confident learning: the share of wrong labels, and which are suspicious. Pure.

Northcutt et al. 2021, https://doi.org/10.1613/jair.1.12125: a label is suspicious where a model
that has not seen it is at least as sure of the other label as it usually is where that one is
given.
"""

from __future__ import annotations

import numpy as np

from models.artifact.calibration import Floats, Labels


def suspicious(scores: Floats, positive: Labels) -> Labels:
    """Mask of the labels that are probably wrong; ``scores``: out-of-sample P(positive). Both [n],
    of both labels.
    """
    usual_positive = float(np.mean(scores[positive]))
    usual_negative = float(np.mean(1 - scores[~positive]))
    as_positive = (scores >= usual_positive) & (scores > 0.5)
    as_negative = (1 - scores >= usual_negative) & (scores < 0.5)
    wrong: Labels = np.where(positive, as_negative, as_positive)
    return wrong


def share(scores: Floats, positive: Labels) -> float:
    """An estimate of the share of wrong labels: of those that a model is sure about, the
    suspicious.
    """
    wrong = suspicious(scores, positive)
    sure = wrong | suspicious(scores, ~positive)
    return float(np.sum(wrong) / max(1, int(np.sum(sure))))

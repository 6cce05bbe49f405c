"""Release gate: non-inferiority test of a candidate against a champion on labelled reviews and on
the behaviour suite.

What the loop trains must pass a stricter test (``retrain.trainer.core.acceptance``); this one is
for models that people bring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.artifact.calibration import Floats, Labels
from models.evaluation.behaviour.comparing import BehaviourComparison
from models.evaluation.classification_metrics import expected_calibration_error
from models.evaluation.significance import Interval, gain


@dataclass(frozen=True, slots=True)
class Limits:
    """``max_loss`` of accuracy that must be ruled out with 95% confidence; ``max_error`` of
    calibration, above the champion's.
    """

    max_loss: float = 0.01
    max_error: float = 0.01


@dataclass(frozen=True, slots=True)
class Decision:
    """Both on the same reviews. ``reasons``: why the candidate does not ship; none if it does."""

    reviews: int
    champion_accuracy: float
    candidate_accuracy: float
    gained: Interval
    champion_error: float
    candidate_error: float
    reasons: tuple[str, ...]


def decide(
    champion: Floats,
    candidate: Floats,
    positive: Labels,
    limits: Limits,
    behaviour: BehaviourComparison | None = None,
) -> Decision:
    """Of P(positive) by both and the truth, all [n], n > 0, and of both on the behaviour suite."""
    old, new = ((scores >= 0.5) == positive for scores in (champion, candidate))
    gained, interval = gain(old, new)
    errors = [expected_calibration_error(scores, positive) for scores in (champion, candidate)]
    reasons = []
    if interval.low < -limits.max_loss:
        lost, allowed = 100 * -interval.low, 100 * limits.max_loss
        reasons.append(
            f"it may lose {lost:.1f} points of accuracy (found: {-100 * gained:.1f}), more than "
            f"{allowed:.1f}"
        )
    if errors[1] > errors[0] + limits.max_error:
        reasons.append(f"its calibration error is {errors[1]:.3f}, the champion's {errors[0]:.3f}")
    if behaviour:
        reasons += [f"on the behaviour suite, {reason}" for reason in behaviour.reasons]
    return Decision(
        len(positive),
        float(np.mean(old)),
        float(np.mean(new)),
        interval,
        errors[0],
        errors[1],
        tuple(reasons),
    )

"""Classification metrics: accuracy, F1, AUC, calibration error and confusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import brier_score_loss, f1_score, roc_auc_score

from models.artifact.calibration import Floats, Labels
from models.labels import LABELS, NEUTRAL, POSITIVE, Judgement, confidences, positions

BINS = 15


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures on ``reviews`` labelled reviews; ``confusion`` is label → prediction → count; ``auc``
    is None for one class.
    """

    reviews: int
    accuracy: float
    f1: float
    auc: float | None
    ece: float
    brier: float
    confusion: dict[str, dict[str, int]]


def evaluate(scores: Floats, positive: Labels) -> Evaluation:
    """Compare P(positive) with the truth, both of shape [n], n > 0. ``f1`` is the mean of both
    classes' F1.
    """
    predicted = scores >= 0.5
    names = {True: "positive", False: "negative"}
    return Evaluation(
        reviews=len(scores),
        accuracy=float(np.mean(predicted == positive)),
        f1=float(f1_score(positive, predicted, average="macro", zero_division=0.0)),
        auc=float(roc_auc_score(positive, scores)) if len(set(positive.tolist())) == 2 else None,
        ece=expected_calibration_error(scores, positive),
        brier=float(brier_score_loss(positive, scores, pos_label=True)),
        confusion={
            names[label]: {
                names[guess]: int(np.sum((positive == label) & (predicted == guess)))
                for guess in (True, False)
            }
            for label in (True, False)
        },
    )


@dataclass(frozen=True, slots=True)
class ClassEvaluation:
    """Figures of three classes on ``reviews`` labelled reviews. ``f1``: the mean of those of the
    labels that occur; ``balanced``: the mean of the accuracies of negative and positive reviews by
    the side of 0.5 that their score is on; ``confusion`` as in ``Evaluation``.
    """

    reviews: int
    accuracy: float
    f1: float
    balanced: float
    ece: float
    confusion: dict[str, dict[str, int]]


def evaluate_classes(judgement: Judgement, labels: Sequence[int]) -> ClassEvaluation:
    """Compare what is decided of texts with the truth, positions in ``LABELS`` [n], n > 0."""
    truth, predicted = np.array(labels), positions(judgement)
    occurring = sorted(set(truth.tolist()))
    favourable = (judgement.scores >= 0.5) == (truth == POSITIVE)
    sides = [np.mean(favourable[truth == label]) for label in occurring if label != NEUTRAL]
    return ClassEvaluation(
        reviews=len(truth),
        accuracy=float(np.mean(predicted == truth)),
        f1=float(f1_score(truth, predicted, labels=occurring, average="macro", zero_division=0.0)),
        balanced=float(np.mean(sides)) if sides else float("nan"),
        ece=_calibration_error(confidences(judgement), predicted == truth),
        confusion={
            LABELS[label]: {
                LABELS[guess]: int(np.sum((truth == label) & (predicted == guess)))
                for guess in range(len(LABELS))
            }
            for label in range(len(LABELS))
        },
    )


def expected_calibration_error(scores: Floats, positive: Labels) -> float:
    """Mean distance of confidence and accuracy over ``BINS`` equal bins of confidence (Guo et al.
    2017).
    """
    return _calibration_error(np.maximum(scores, 1 - scores), (scores >= 0.5) == positive)


def _calibration_error(confidence: Floats, right: Labels) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in np.unique(bins):
        inside = bins == number
        error += float(np.mean(inside) * abs(np.mean(right[inside]) - np.mean(confidence[inside])))
    return error

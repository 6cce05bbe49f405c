"""Cross-validation of a training plan: out-of-fold predictions for every review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.artifact.calibration import Floats, Labels
from models.augmentation import NONE, Augmentations
from models.lab.plan_fitting import held_out_logits
from models.lab.plans import AnyPlan
from models.training.folds import folds
from models.training.training_settings import Progress


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """``logits``: of each review, by a model that did not see it; ``accuracies``: of each fold."""

    logits: Floats = field(repr=False)
    right: npt.NDArray[np.bool_] = field(repr=False)
    accuracies: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """Of all reviews."""
        return float(np.mean(self.right))

    @property
    def deviation(self) -> float:
        """Standard deviation of the folds' accuracies."""
        return float(np.std(self.accuracies, ddof=1))


def cross_validate(
    plan: AnyPlan,
    texts: Sequence[str],
    positive: Labels,
    number: int,
    seed: int,
    progress: Progress = lambda step, share: None,
    augment: Augmentations = NONE,
) -> OutOfFold:
    """``number`` folds, two at least. What ``augment`` adds is made of the training part alone."""
    logits = np.zeros(len(texts))
    accuracies = []
    for at, (rest, held_out) in enumerate(folds(len(texts), number, seed)):
        progress(f"fold {at + 1} of {number}", at / number)
        training = [texts[position] for position in rest]
        added, labels = augment(training, positive[rest])

        def within(step: str, share: float, at: int = at) -> None:
            progress(f"fold {at + 1} of {number}: {step}", (at + share) / number)

        truth = positive[held_out]
        logits[held_out] = held_out_logits(
            plan,
            training + added,
            np.concatenate([positive[rest], labels]),
            [texts[i] for i in held_out],
            truth,
            within,
        )
        accuracies.append(float(np.mean((logits[held_out] > 0) == truth)))
    return OutOfFold(logits, (logits > 0) == positive, tuple(accuracies))

"""Effect of each augmentation: out-of-fold accuracy with and without it, on the same reviews and
folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.artifact.calibration import Labels
from models.augmentation import Augmentations
from models.lab.crossvalidation import cross_validate
from models.lab.plans import AnyPlan
from models.training.training_settings import Progress

NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Effect:
    """``change`` of the accuracy, and the 95% interval that it lies in."""

    name: str
    accuracy: float
    change: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """In a word or two."""
        return "helps" if self.low > 0 else "harms" if self.high < 0 else "no clear effect"


def effects(
    plan: AnyPlan,
    texts: Sequence[str],
    positive: Labels,
    augmentations: Augmentations,
    number: int,
    seed: int,
    progress: Progress,
) -> tuple[float, list[Effect]]:
    """Accuracy without any, and the effect of each one alone, by ``number`` folds."""
    whole = 1 + len(augmentations.by_name)

    def part(at: int, name: str) -> Progress:
        return lambda step, share: progress(f"{name}, {step}", (at + share) / whole)

    plain = cross_validate(plan, texts, positive, number, seed, part(0, "none"))
    found = []
    for at, chosen in enumerate(augmentations.by_name, 1):
        alone = Augmentations((chosen,), augmentations.seed)
        result = cross_validate(plan, texts, positive, number, seed, part(at, chosen[0]), alone)
        low, high = interval(plain.right, result.right)
        found.append(
            Effect(chosen[0], result.accuracy, result.accuracy - plain.accuracy, low, high)
        )
    progress("done", 1.0)
    return plain.accuracy, found


def interval(before: npt.NDArray[np.bool_], after: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The 95% interval of the change of accuracy on the same reviews: by the normal, of their
    paired differences.

    It tells the chance of which reviews there are, not that of training once more.
    """
    differences = after.astype(float) - before.astype(float)
    error = NORMAL_95 * float(np.std(differences, ddof=1)) / len(differences) ** 0.5
    mean = float(np.mean(differences))
    return mean - error, mean + error

"""Figures in three classes of many sets: by set, language, domain, length and source of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.evaluation.classification_metrics import evaluate_classes
from models.evaluation.significance import RESAMPLES, Interval, percentiles
from models.evaluation.slices import NAMES, length_band
from models.labels import CLASSES, Judgement, positions
from models.text.word_spans import word_count

SET, LENGTH = "set", "length"


@dataclass(frozen=True, slots=True)
class PartFigures:
    """Figures of the ``reviews`` that have in common what ``name`` says, see ``ClassEvaluation``;
    ``balanced`` is None where no review is of one side. Intervals are of 95%, by the bootstrap.
    """

    name: str
    reviews: int
    accuracy: float
    accuracy_interval: Interval
    f1: float
    f1_interval: Interval
    balanced: float | None
    ece: float


def document(
    model: str, names: Mapping[str, Sequence[str]], judgement: Judgement, labels: Sequence[int]
) -> dict[str, Any]:
    """What ``undertone evaluate FOLDER --json`` prints and reads again: figures by each way of
    taking the texts apart. ``names``: by way, ``SET`` among them, a name for each text.
    """
    by = {way: by_part(values, judgement, labels) for way, values in names.items()}
    order = [f"{name} words" for name in NAMES]
    if LENGTH in by:
        by[LENGTH] = tuple(sorted(by[LENGTH], key=lambda part: order.index(part.name)))
    return {
        "model": model,
        "reviews": len(labels),
        "mean": mean(by[SET]),
        "by": {way: [asdict(part) for part in found] for way, found in by.items()},
    }


def length_name(text: str) -> str:
    """The part by ``LENGTH`` that a text belongs to."""
    return f"{length_band(word_count(text))} words"


def by_part(
    names: Sequence[str], judgement: Judgement, labels: Sequence[int]
) -> tuple[PartFigures, ...]:
    """Figures for each name, in the order in which the names come first. ``names`` [n]; ``labels``
    [n], positions in ``LABELS``.
    """
    members: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        members.setdefault(name, []).append(at)
    truth = np.array(labels)
    return tuple(_figures(name, judgement.of(at), truth[at]) for name, at in members.items())


def mean(parts: Sequence[PartFigures]) -> dict[str, float]:
    """The mean of each figure, in which every part counts once."""
    balanced = [part.balanced for part in parts if part.balanced is not None]
    return {
        name: float(np.mean([getattr(part, name) for part in parts]))
        for name in ("accuracy", "f1", "ece")
    } | ({"balanced": float(np.mean(balanced))} if balanced else {})


def _figures(name: str, judgement: Judgement, truth: npt.NDArray[np.int64]) -> PartFigures:
    found = evaluate_classes(judgement, truth.tolist())
    cells = np.bincount(truth * CLASSES + positions(judgement), minlength=CLASSES**2)
    accuracy, f1 = _intervals(cells)
    return PartFigures(
        name,
        found.reviews,
        found.accuracy,
        accuracy,
        found.f1,
        f1,
        None if np.isnan(found.balanced) else found.balanced,
        found.ece,
    )


def _intervals(cells: npt.NDArray[np.int64]) -> tuple[Interval, Interval]:
    """Of accuracy and macro-F1, from the counts of a confusion matrix: drawing reviews anew is
    drawing these.
    """
    total = int(cells.sum())
    drawn = np.random.default_rng(0).multinomial(total, cells / total, RESAMPLES)
    matrices = drawn.reshape(-1, CLASSES, CLASSES)
    right = np.diagonal(matrices, axis1=1, axis2=2)
    sums = matrices.sum(1) + matrices.sum(2)
    f1 = np.where(sums > 0, 2 * right / np.maximum(sums, 1), 0.0)
    occurring = cells.reshape(CLASSES, CLASSES).sum(1) > 0
    return percentiles(right.sum(1) / total), percentiles(f1[:, occurring].mean(1))

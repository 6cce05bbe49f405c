"""Input drift of text descriptors, from length to punctuation."""

from __future__ import annotations

import numpy as np

from retrain.drift.core.drift_statistics import compare
from retrain.drift.core.finding import DriftReport, Thresholds
from retrain.drift.core.multiple_testing import holm
from retrain.drift.core.samples import DESCRIPTORS, Window


def descriptors(reference: Window, current: Window, thresholds: Thresholds) -> DriftReport | None:
    """The descriptor that differs most: Wasserstein distance in standard deviations;
    Kolmogorov-Smirnov, corrected by Holm.
    """
    if not len(reference.scored) or not len(current.scored):
        return None
    before, after = reference.scored.descriptors, current.scored.descriptors
    columns = [column for column in range(len(DESCRIPTORS)) if np.ptp(before[:, column]) > 0]
    if not columns:
        return None
    p_values = holm([compare("ks", before[:, column], after[:, column]) for column in columns])
    effects = [compare("wasserstein", before[:, column], after[:, column]) for column in columns]
    # What is large and sure before what is only one of the two.
    found = list(zip(columns, effects, p_values, strict=True))
    column, effect, p_value = min(
        found, key=lambda each: (each[1] < thresholds.min_descriptor, each[2], -each[1])
    )
    evidence = {
        DESCRIPTORS[each]: {"effect": round(size, 4), "p_value": chance}
        for each, size, chance in found
    }
    return DriftReport(
        f"descriptors/{DESCRIPTORS[column]}",
        "input",
        effect,
        thresholds.min_descriptor,
        p_value,
        {"descriptors": evidence},
    )

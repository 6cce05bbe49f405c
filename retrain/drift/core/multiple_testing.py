"""Holm correction of p-values for multiple testing.

Holm 1979, https://www.jstor.org/stable/4615733
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in the order given: the chance that any of them is as small without drift
    is what they say.
    """
    order = np.argsort(np.asarray(p_values, np.float64), kind="stable")
    adjusted, largest = np.zeros(len(order)), 0.0
    for rank, position in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[position]))
        adjusted[position] = largest
    return [float(value) for value in adjusted]

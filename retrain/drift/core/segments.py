"""Segments of a language's reviews, by product and source, that are large enough on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from retrain.drift.core.samples import Rows, Sample

Dimension = Literal["product", "source"]
LONGEST_NAME = 256
"""Segments are named in events, alerts, metrics and files."""


@dataclass(frozen=True, slots=True)
class Reviews:
    """A sample, and the product and source of each of its reviews, empty where there is none."""

    sample: Sample
    products: Sequence[str] = field(repr=False)
    sources: Sequence[str] = field(repr=False)

    def of(self, dimension: Dimension) -> Sequence[str]:
        """The product or source of each."""
        return self.products if dimension == "product" else self.sources


def segments(
    language: str,
    reference: Reviews,
    current: Reviews,
    dimensions: Sequence[Dimension],
    least: int,
    most: int,
) -> dict[str, tuple[Sample, Sample]]:
    """Segment → (reference, current): the language, and the ``most`` largest products and sources
    of ``least`` reviews each.

    A product that the reference does not know differs from it by nature: it is judged with all
    others only. So is one whose name is longer than ``LONGEST_NAME``.
    """
    found = {f"language={language}": (reference.sample, current.sample)}
    for dimension in dimensions:
        before, now = Counter(reference.of(dimension)), Counter(current.of(dimension))
        known = {name: count for name, count in now.items() if 0 < len(name) <= LONGEST_NAME}
        large = [name for name, count in known.items() if count >= least and before[name] >= least]
        for name in sorted(large, key=lambda name: (-now[name], name))[:most]:
            sides = (
                each.sample.take(_where(each.of(dimension), name)) for each in (reference, current)
            )
            found[f"language={language},{dimension}={name}"] = (next(sides), next(sides))
    return found


def _where(names: Sequence[str], name: str) -> Rows:
    return np.fromiter((each == name for each in names), bool, len(names))

"""Rating scales: what a producer's number of stars, points or thumbs says on the scale of one to
five stars.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

BOUNDS: Final = re.compile(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Scale:
    """Ratings from ``low`` to ``high``. ``only``: the values that there are, where not all between
    count.
    """

    name: str
    low: float
    high: float
    only: frozenset[float] = frozenset()

    def holds(self, rating: float) -> bool:
        """Whether a rating is on the scale."""
        return rating in self.only if self.only else self.low <= rating <= self.high

    def stars(self, rating: float) -> float | None:
        """The rating as one to five stars; None where it is off the scale."""
        if not self.holds(rating):
            return None
        return 1 + 4 * (max(rating, self.low) - self.low) / (self.high - self.low)


KNOWN: Final = {
    "stars": Scale("stars", 1.0, 5.0),
    "ten-stars": Scale("ten-stars", 1.0, 10.0),
    "thumbs": Scale("thumbs", 0.0, 1.0, frozenset({-1.0, 0.0, 1.0})),
}
"""Names of scales. Thumbs down are 0, -1 or false, thumbs up 1 or true."""


def parse(text: str) -> Scale:
    """A known name, or bounds such as ``0..100``. Raises ``ValueError``."""
    if text in KNOWN:
        return KNOWN[text]
    match = BOUNDS.fullmatch(text)
    if match is None:
        raise ValueError(f"is neither {', '.join(KNOWN)} nor bounds such as 0..100")
    low, high = float(match[1]), float(match[2])
    if not low < high or not math.isfinite(high - low):
        raise ValueError("the first bound of a scale must be less than the second")
    return Scale(text, low, high)


@dataclass(frozen=True, slots=True)
class Scales:
    """The scale of each source; that of all others is ``others``."""

    by_source: Mapping[str, Scale] = field(default_factory=dict)
    others: Scale = KNOWN["stars"]

    @classmethod
    def of_settings(cls, entries: Iterable[str]) -> Scales:
        """From entries ``SOURCE=SCALE``, and at most one ``SCALE`` alone for all others. Raises
        ``ValueError``.
        """
        by_source: dict[str | None, Scale] = {}
        for entry in entries:
            source, separator, scale = entry.rpartition("=")
            key = source if separator else None
            if key in by_source:
                raise ValueError(f"names {source or 'the scale of all other sources'} twice")
            by_source[key] = parse(scale)
        others = by_source.pop(None, KNOWN["stars"])
        return cls(
            {source: scale for source, scale in by_source.items() if source is not None}, others
        )

    def of(self, source: str | None) -> Scale:
        """The scale of a source, or of reviews that name none."""
        return self.others if source is None else self.by_source.get(source, self.others)


FIVE_STARS: Final = Scales()

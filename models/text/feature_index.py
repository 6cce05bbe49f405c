"""Feature index: compact numbering of the hashed ids that a model has weights for, so that its
tables stay small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

Bitmap = npt.NDArray[np.uint8]
WORD = 64


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Ids below a power of two → 1, 2, … in their order for those that are known.

    Takes a bit for each id there may be, and half a bit for counting: a table of numbers would take
    32, and as many times longer to read, for it would not fit the processor's cache.
    """

    words: npt.NDArray[np.uint64] = field(repr=False)
    before: npt.NDArray[np.int32] = field(repr=False)
    """How many are known of the ids of earlier words."""

    @classmethod
    def of(cls, bitmap: Bitmap) -> Self:
        """Those whose bit is set: see ``bitmap``. Raises ``ValueError`` where these are no whole
        words.
        """
        words = np.ascontiguousarray(bitmap, np.uint8).view("<u8").astype(np.uint64)
        return cls(
            words,
            (np.cumsum(np.bitwise_count(words), dtype=np.int64) - np.bitwise_count(words)).astype(
                np.int32
            ),
        )


ALL = KnownIds(np.zeros(0, np.uint64), np.zeros(0, np.int32))
"""Where ids stand for themselves."""


def bitmap(known: npt.NDArray[np.bool_]) -> Bitmap:
    """A bit for each id, filled up to whole words, for the arrays of a model."""
    whole = -(-len(known) // WORD) * WORD
    return np.packbits(np.pad(known, (0, whole - len(known))), bitorder="little")

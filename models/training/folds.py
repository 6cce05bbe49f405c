"""Cross-validation folds of a training file; every choice is made on them, never on a test file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.intp]


def folds(count: int, number: int, seed: int) -> list[tuple[Positions, Positions]]:
    """``number`` times (the rest, a part held out) of the positions 0 … count-1, by chance; the
    parts differ by one at most.
    """
    parts = np.array_split(np.random.default_rng(seed).permutation(count), number)
    return [
        (np.concatenate([*parts[:at], *parts[at + 1 :]]), part) for at, part in enumerate(parts)
    ]

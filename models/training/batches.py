"""Training batches: texts of similar length together, to save padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.artifact.calibration import Floats
from models.text.ngrams import Ids, pad
from models.training.folds import Positions

POOL = 32
"""Batches among which texts are sorted by length: enough to save padding, few enough that batches
stay a matter of chance.
"""


class Batched(Protocol):
    """Examples that can be had in batches. ``targets``: P(positive), 0 or 1 unless a teacher gave
    them.
    """

    @property
    def targets(self) -> Floats:
        """Of each example."""
        ...

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Of each example; those of like length go together."""
        ...

    def batch(self, positions: Positions) -> Mapping[str, npt.NDArray[Any]]:
        """The inputs of some examples by name, [len(positions), …]."""
        ...


@dataclass(frozen=True, slots=True)
class Examples:
    """``inputs``: the network's by name, of each text the ids; ``targets``: P(positive), 0 or 1
    unless a teacher gave them.
    """

    inputs: Mapping[str, Sequence[Ids]] = field(repr=False)
    targets: Floats = field(repr=False)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Length of the longest input of each text, in ids."""
        return np.array(
            [max(map(len, rows)) for rows in zip(*self.inputs.values(), strict=True)], np.int64
        )

    def batch(self, positions: Positions) -> dict[str, Ids]:
        """The inputs of some texts, int32 [len(positions), longest], one column wide at least."""
        chosen = {name: [rows[at] for at in positions] for name, rows in self.inputs.items()}
        return {name: pad(rows, max(1, *map(len, rows))) for name, rows in chosen.items()}


@dataclass(frozen=True, slots=True)
class Vectors:
    """Examples that are vectors already, float32 [examples, width]: one input, ``vector``."""

    vectors: npt.NDArray[np.float32] = field(repr=False)
    targets: Floats = field(repr=False)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """All alike."""
        return np.ones(len(self.vectors), np.int64)

    def batch(self, positions: Positions) -> dict[str, npt.NDArray[np.float32]]:
        """See ``Batched``."""
        return {"vector": self.vectors[positions]}


def in_order(lengths: npt.NDArray[np.int64], size: int) -> list[Positions]:
    """Every position once, from short to long."""
    return list(_cut(np.argsort(lengths, kind="stable"), size))


def by_chance(
    lengths: npt.NDArray[np.int64], size: int, rng: np.random.Generator
) -> list[Positions]:
    """Every position once, in an order that only chance and, a little, length decide."""
    batches: list[Positions] = []
    for pool in _cut(rng.permutation(len(lengths)), size * POOL):
        batches += _cut(pool[np.argsort(lengths[pool], kind="stable")], size)
    return [batches[at] for at in rng.permutation(len(batches))]


def _cut(positions: Positions, size: int) -> Iterator[Positions]:
    for start in range(0, len(positions), size):
        yield positions[start : start + size]

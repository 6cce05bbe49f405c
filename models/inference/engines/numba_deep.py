"""Numba engine's deep side of a wide and deep network; see ``models.networks.wide_and_deep`` for
the architecture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from models.artifact.array_storage import Array
from models.inference.engines import numba_kernels as kernels
from models.inference.engines.numba_kernels import Steps
from models.inference.engines.port import Floats
from models.networks.folding import folded
from models.text.hash_kernels import Places
from models.text.ngrams import PADDING, Ids

STEPS, TINY = 32_767, 1e-30
"""A step is one 32,767th of a filter's largest weight: too small to be seen in a probability's
fourth digit, and in 16 bits twice as much of the tables fits into the processor's cache, which is
what looking up waits for."""


@dataclass(frozen=True, slots=True)
class Deep:
    """``tables`` [vocabulary, places, filters] in steps of ``step`` [filters]; ``weights``: of the
    logit, by what it is made of.

    All of them are filled up with zeros to a width that the loops can take.
    """

    tables: Steps = field(repr=False)
    step: Floats = field(repr=False)
    stretch: int
    courses: tuple[tuple[Floats, Floats], ...] = field(repr=False)
    weights: tuple[Floats, ...] = field(repr=False)
    bias: Floats

    @classmethod
    def of(cls, config: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """Of a network's settings and arrays. Raises ``KeyError`` or ``ValueError`` where these are
        not its arrays.
        """
        arrays, filters, width = folded(arrays), config["filters"], config["filters"]
        tables = np.stack([arrays[f"phrases/place_{at}"] for at in range(kernels.SPAN)], axis=1)
        same_shape(tables, config["vocabulary"], kernels.SPAN, filters)
        tables[PADDING] = 0  # the loops know where a text ends
        step = _filled(np.maximum(np.abs(tables).max((0, 1)), TINY) / STEPS, 0)
        courses = []
        for number in range(config["layers"]):
            kernel, bias = arrays[f"course_{number}/kernel"], arrays[f"course_{number}/bias"]
            same_shape(kernel, kernels.SPAN, width, config["units"])
            same_shape(bias, config["units"])
            places = [_filled(_filled(place, 0), 1) for place in kernel]
            courses.append((np.concatenate(places, axis=1), _filled(bias, 0)))
            width = config["units"]
        same_shape(arrays["logit/kernel"], 2 * filters + 2 * width, 1)
        parts = np.split(arrays["logit/kernel"][:, 0], np.cumsum([filters, filters, width]))
        weights = tuple(_filled(part, 0) for part in parts)
        steps = np.round(_filled(tables / step[:filters], 2)).astype(np.int16)
        return cls(steps, step, config["stretch"], tuple(courses), weights, arrays["logit/bias"])

    def logits(self, words: Ids, lengths: Places) -> Floats:
        """Float32 [batch]; ``lengths``: how many words each text has. Not for a batch of none."""
        stretches = -(-lengths // self.stretch)
        firsts = (
            np.cumsum(stretches + 1) - stretches
        )  # before the rows of each text there is one of zeros, and behind the last
        rows = int(firsts[-1] + stretches[-1]) + 1
        found = kernels.phrases(words, lengths, self.tables, self.stretch, firsts, rows)
        total, row = (steps.astype(np.float32) * self.step for steps in found)
        features = [kernels.pooled(row, firsts, stretches)[0], _by_root(total, lengths)]
        for kernel, bias in self.courses:
            row = kernels.course(row, firsts, stretches, kernel, bias)
        largest, total = kernels.pooled(row, firsts, stretches)
        features += [largest, _by_root(total, stretches)]
        logits: Floats = sum(
            (part @ weights for part, weights in zip(features, self.weights, strict=True)),
            self.bias,
        )
        return logits


def same_shape(array: Array, *shape: int) -> None:
    """Raises ``ValueError`` where it has another."""
    if array.shape != shape:
        raise ValueError(f"{array.shape} instead of {shape}")


def _filled(array: Array, axis: int) -> Floats:
    """Zeros behind it along that axis, up to a whole number of turns."""
    more = [
        (0, -size % kernels.UNROLLED if at == axis else 0) for at, size in enumerate(array.shape)
    ]
    return np.ascontiguousarray(np.pad(array, more), np.float32)


def _by_root(total: Floats, lengths: Places) -> Floats:
    return total / np.sqrt(np.maximum(lengths, 1)).astype(np.float32)[:, None]

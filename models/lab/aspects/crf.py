"""Linear-chain conditional random field over tags: loss and gradients by the forward-backward
algorithm, in compiled loops.

Lafferty et al. 2001, https://repository.upenn.edu/cis_papers/159
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from models.text.hash_kernels import compiled

Floats = npt.NDArray[np.float32]


@compiled
def losses(
    logits: Floats, tags: npt.NDArray[np.int32], counts: Floats, transitions: Floats
) -> tuple[float, Floats, Floats]:
    """Negative log likelihood of all rows [rows, units, tags], and its gradients by ``logits`` and
    ``transitions``. A unit where ``counts`` is 0 parts what is before it from what is behind.
    """
    rows, length, size = logits.shape
    total = np.float64(0)
    by_logits, by_transitions = np.zeros_like(logits), np.zeros_like(transitions)
    odds = np.exp(transitions)
    ahead, behind = np.empty((length, size)), np.empty((length, size))
    for row in range(rows):
        start = 0
        while start < length:
            if counts[row, start] == 0:
                start += 1
                continue
            stop = start
            while stop < length and counts[row, stop] != 0:
                stop += 1
            for at in range(start, stop):
                top = logits[row, at].max()
                scale = np.float64(0)
                for tag in range(size):
                    value = np.exp(np.float64(logits[row, at, tag] - top))
                    if at > start:
                        reached = np.float64(0)
                        for before in range(size):
                            reached += ahead[at - 1, before] * odds[before, tag]
                        value *= reached
                    ahead[at, tag] = value
                    scale += value
                ahead[at] /= scale
                total += np.log(scale) + top - logits[row, at, tags[row, at]]
                if at > start:
                    total -= transitions[tags[row, at - 1], tags[row, at]]
            behind[stop - 1] = 1
            for at in range(stop - 2, start - 1, -1):
                top = logits[row, at + 1].max()
                for tag in range(size):
                    value = np.float64(0)
                    for after in range(size):
                        value += (
                            odds[tag, after]
                            * np.exp(np.float64(logits[row, at + 1, after] - top))
                            * behind[at + 1, after]
                        )
                    behind[at, tag] = value
                behind[at] /= behind[at].sum()
            for at in range(start, stop):
                both = ahead[at] * behind[at]
                both /= both.sum()
                for tag in range(size):
                    by_logits[row, at, tag] = both[tag]
                by_logits[row, at, tags[row, at]] -= 1
                if at > start:
                    pairs = np.empty((size, size))
                    top = logits[row, at].max()
                    for before in range(size):
                        for tag in range(size):
                            pairs[before, tag] = (
                                ahead[at - 1, before]
                                * odds[before, tag]
                                * np.exp(np.float64(logits[row, at, tag] - top))
                                * behind[at, tag]
                            )
                    pairs /= pairs.sum()
                    for before in range(size):
                        for tag in range(size):
                            by_transitions[before, tag] += np.float32(pairs[before, tag])
                    by_transitions[tags[row, at - 1], tags[row, at]] -= 1
            start = stop
    return total, by_logits, by_transitions


@tf.custom_gradient  # type: ignore[untyped-decorator]
def loss(logits: Any, transitions: Any, tags: Any, counts: Any) -> Any:
    """``losses`` as a part of a graph."""
    kinds = (tf.float64, tf.float32, tf.float32)
    total, by_logits, by_transitions = tf.numpy_function(
        losses, (logits, tags, counts, transitions), kinds
    )
    total = tf.cast(tf.ensure_shape(total, ()), tf.float32)
    by_logits.set_shape(logits.shape)
    by_transitions.set_shape(transitions.shape)

    def back(upstream: Any) -> Any:
        return upstream * by_logits, upstream * by_transitions, None, None

    return total, back

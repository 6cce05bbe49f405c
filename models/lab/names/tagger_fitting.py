"""Optimizer of the tagger: Adam for its layers, Adagrad for the feature vectors, which few examples
share.

Kingma & Ba 2015, https://arxiv.org/abs/1412.6980; Duchi et al. 2011. The sums of features are of
any length, which the libraries' layers pay for with padding; compiled, an epoch takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from models.names.tagger import Read
from models.names.tagger_network import AROUND, TAGS, WINDOW, Floats, Weights, window_of
from models.names.token_features import BEYOND, PADDING
from models.text.hash_kernels import Numbers, Places, compiled
from models.training.training_settings import Progress

IGNORED: Final = -1
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FittingPlan:
    """``size`` of a feature's vector, ``bits`` of its number; ``forgets``: the share of words, in
    the middle and around it, of which only the letters are known, so that the network can judge
    words it has never seen. ``rate``, ``rows``: learning rates."""

    size: int = 32
    bits: int = 16
    hidden: int = 64
    epochs: int = 4
    batch: int = 256
    rate: float = 2e-3
    rows: float = 0.1
    forgets: tuple[float, float] = (0.5, 0.15)
    drops: float = 0.1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts as they are read, and a tag for each candidate, ``IGNORED`` where nothing is to be
    learnt.
    """

    read: Read = field(repr=False)
    tags: npt.NDArray[np.int8]


@compiled
def gather(
    candidates: Places, styles: npt.NDArray[np.uint8], features: Numbers, lasts: Places,
    table: Floats, forgotten: Mask,
) -> Floats:  # fmt: skip
    """The vectors around each candidate, one after another: [candidates, WINDOW * size]."""
    size = table.shape[1]
    windows, tokens = (
        np.zeros((len(candidates), WINDOW * size), np.float32),
        np.empty(WINDOW, np.int64),
    )
    for number in range(len(candidates)):
        window_of(candidates[number], styles, tokens)
        for place in range(WINDOW):
            vector = windows[number, place * size : (place + 1) * size]
            token = tokens[place]
            if token < 0:
                vector += table[BEYOND]
                continue
            first, last = lasts[token - 1] if token else 0, lasts[token]
            for at in range(first, last):
                feature = features[at]
                if at == first and forgotten[number, place]:
                    feature = PADDING
                share = (
                    np.float32(1)
                    if at < first + 2
                    else np.float32(1) / np.float32(last - first - 2)
                )
                for column in range(size):
                    vector[column] += table[feature, column] * share
    return windows


@compiled
def scatter(
    candidates: Places, styles: npt.NDArray[np.uint8], features: Numbers, lasts: Places,
    table: Floats, squares: Floats,
    forgotten: Mask, gradients: Floats, rate: float,
) -> None:  # fmt: skip
    """Change the features' vectors by the gradients of what ``gather`` gave; ``squares`` [features]
    grows.
    """
    size, tokens = table.shape[1], np.empty(WINDOW, np.int64)
    for number in range(len(candidates)):
        window_of(candidates[number], styles, tokens)
        for place in range(WINDOW):
            gradient = gradients[number, place * size : (place + 1) * size]
            token = tokens[place]
            first, last = (lasts[token - 1] if token else 0, lasts[token]) if token >= 0 else (0, 1)
            square = np.float32(0)
            for column in range(size):
                square += gradient[column] * gradient[column]
            square /= np.float32(size)
            for at in range(first, last):
                feature = features[at] if token >= 0 else np.int32(BEYOND)
                if at == first and token >= 0 and forgotten[number, place]:
                    feature = np.int32(PADDING)
                if feature == PADDING:
                    continue
                share = (
                    np.float32(1)
                    if at < first + 2
                    else np.float32(1) / np.float32(last - first - 2)
                )
                squares[feature] += square * share * share
                step = np.float32(rate) * share / np.sqrt(squares[feature] + np.float32(1e-8))
                for column in range(size):
                    table[feature, column] -= step * gradient[column]


class Adam:
    """Steps for a few arrays, which are changed in place."""

    def __init__(self, arrays: list[Floats]) -> None:
        self._arrays = arrays
        self._moments = [(np.zeros_like(array), np.zeros_like(array)) for array in arrays]
        self._steps = 0

    def __call__(self, gradients: list[Floats], rate: float) -> None:
        """One step."""
        self._steps += 1
        for array, gradient, (first, second) in zip(
            self._arrays, gradients, self._moments, strict=True
        ):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient * gradient - second)
            corrected = np.sqrt(second / (1 - 0.999**self._steps)) + 1e-8
            array -= rate * (first / (1 - 0.9**self._steps)) / corrected


def fit(
    examples: Examples, plan: FittingPlan, progress: Progress, begun: Weights | None = None
) -> Weights:
    """The weights after all epochs, from those of a tagger ``begun`` or from chance. The same
    arguments give the same weights.
    """
    rng = np.random.default_rng(plan.seed)
    weights = (
        _initial(plan, rng)
        if begun is None
        else Weights(*(np.array(array, np.float32) for array in begun))
    )
    squares = np.full(len(weights.table), 1e-4, np.float32)
    step = Adam(list(weights[1:]))
    reading, rows = examples.read, np.flatnonzero(examples.tags != IGNORED)
    done, total = 0, plan.epochs * -(-len(rows) // plan.batch)
    for epoch in range(plan.epochs):
        losses = []
        for batch in _batches(rng.permutation(rows), plan.batch):
            slower = 1 - done / total
            candidates, tags = reading.candidates[batch], examples.tags[batch]
            forgotten = _forgotten(len(batch), plan, rng)
            windows = gather(
                candidates,
                reading.styles,
                reading.features,
                reading.lasts,
                weights.table,
                forgotten,
            )
            kept = (rng.random((len(batch), plan.hidden), np.float32) >= plan.drops).astype(
                np.float32
            ) / np.float32(1 - plan.drops)
            loss, gradients, behind = _backward(windows, tags, weights, kept)
            step(gradients, plan.rate * slower)
            scatter(
                candidates,
                reading.styles,
                reading.features,
                reading.lasts,
                weights.table,
                squares,
                forgotten,
                behind,
                plan.rows * slower,
            )
            losses.append(loss)
            done += 1
        progress(f"epoch {epoch + 1}, loss {np.mean(losses):.4f}", done / total)
    return weights


def _initial(plan: FittingPlan, rng: np.random.Generator) -> Weights:
    def normal(*shape: int, scale: float) -> Floats:
        return np.asarray(rng.normal(0, scale, shape), np.float32)

    table = normal(1 << plan.bits, plan.size, scale=0.05)
    table[PADDING] = 0
    inputs = WINDOW * plan.size
    return Weights(
        table, normal(inputs, plan.hidden, scale=(2 / inputs) ** 0.5),
        np.zeros(plan.hidden, np.float32),
        normal(plan.hidden, len(TAGS), scale=(1 / plan.hidden) ** 0.5),
        np.zeros(len(TAGS), np.float32),
    )  # fmt: skip


def _batches(rows: npt.NDArray[np.intp], size: int) -> Iterator[npt.NDArray[np.intp]]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def _forgotten(count: int, plan: FittingPlan, rng: np.random.Generator) -> Mask:
    middle, around = plan.forgets
    limits = np.full(WINDOW, around)
    limits[AROUND] = middle
    forgotten: Mask = rng.random((count, WINDOW)) < limits
    return forgotten


def _backward(
    windows: Floats, tags: npt.NDArray[np.int8], weights: Weights, kept: Floats
) -> tuple[float, list[Floats], Floats]:
    """The mean loss; gradients of the layers, and of the windows."""
    hidden = np.maximum(windows @ weights.inner + weights.inner_bias, 0) * kept
    logits = hidden @ weights.outer + weights.outer_bias
    logits -= logits.max(1, keepdims=True)
    likely = np.exp(logits)
    likely /= likely.sum(1, keepdims=True)
    rows = np.arange(len(tags))
    loss = float(-np.log(likely[rows, tags] + 1e-9).mean())
    likely[rows, tags] -= 1
    likely /= len(tags)
    inside = (likely @ weights.outer.T) * kept * (hidden > 0)
    gradients = [windows.T @ inside, inside.sum(0), hidden.T @ likely, likely.sum(0)]
    return loss, gradients, inside @ weights.inner.T * np.float32(len(tags))

"""Training of the categoriser: vectors of word pieces, and a head over those of a term and of its
clause, in NumPy.

The vector of a piece is a projection of the encoder's plus a correction of its own, which decays:
pieces of languages without labels move with the projection. Two losses: the category, and a
contrast that brings a term and its translations together (InfoNCE, https://arxiv.org/abs/1807.03748),
by which the user's own aspects are recognised in other languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Bags: TypeAlias = sparse.csr_matrix
"""Rows of weights of pieces that sum to 1, or to 0 where there is no piece."""


@dataclass(frozen=True, slots=True)
class FittingSettings:
    """``decay``: of the corrections; ``contrast``: weight of that loss, whose logits are cosines
    divided by ``temperature``; ``no_term``, ``no_context``: shares of examples without.
    """

    width: int = 64
    hidden: int = 128
    epochs: float = 5.0
    batch: int = 512
    rate: float = 2e-3
    decay: float = 2e-4
    contrast: float = 0.3
    temperature: float = 0.1
    no_term: float = 0.05
    no_context: float = 0.15
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Examples:
    """``twin``: the row of a translation of the term, -1 where there is none; ``same``: terms that
    are no negatives of each other have the same number.
    """

    terms: Bags = field(repr=False)
    contexts: Bags = field(repr=False)
    category: Numbers = field(repr=False)
    weight: Floats = field(repr=False)
    twins: tuple[Numbers, ...] = field(repr=False)
    same: Numbers = field(repr=False)


@dataclass(slots=True)
class Head:
    """``parameters``: ``projection`` [encoder, width], ``hidden/kernel`` [2 width, hidden], and so
    on; ``correction`` [pieces, width].
    """

    parameters: dict[str, Floats] = field(repr=False)
    correction: Floats = field(repr=False)

    def vectors(self, encoder: Floats) -> Floats:
        """Of the pieces whose encoder's vectors are given, in the order of all pieces."""
        return np.asarray(encoder @ self.parameters["projection"] + self.correction)


def start(encoder: Floats, counts: Floats, categories: int, how: FittingSettings) -> Head:
    """Principal components of the encoder's vectors, and random layers."""
    chance = np.random.default_rng(how.seed)
    weight = np.sqrt(counts)[:, None]
    values, directions = np.linalg.eigh((weight * encoder).T @ encoder / weight.sum())
    chosen = np.argsort(-values)[: how.width]
    projection = directions[:, chosen] / np.sqrt(values[chosen].mean())
    inputs = 2 * how.width

    def layer(rows: int, columns: int) -> Floats:
        return chance.normal(0, np.sqrt(2 / rows), (rows, columns)).astype(np.float32)

    return Head(
        {
            "projection": projection.astype(np.float32),
            "hidden/kernel": layer(inputs, how.hidden),
            "hidden/bias": np.zeros(how.hidden, np.float32),
            "out/kernel": layer(how.hidden, categories) * np.float32(0.3),
            "out/bias": np.zeros(categories, np.float32),
        },
        np.zeros((len(encoder), how.width), np.float32),
    )


class Adam:
    """https://arxiv.org/abs/1412.6980, of rows where these are given."""

    def __init__(self, like: Floats) -> None:
        """Moments of zero."""
        self.first, self.second = np.zeros_like(like), np.zeros_like(like)

    def step(
        self, value: Floats, gradient: Floats, rate: float, number: int, rows: Numbers | None = None
    ) -> None:
        """Change ``value`` in place. ``number``: of the step, from 1 on."""
        where = slice(None) if rows is None else rows
        first = 0.9 * self.first[where] + 0.1 * gradient
        second = 0.999 * self.second[where] + 0.001 * np.square(gradient)
        self.first[where], self.second[where] = first, second
        corrected = first / (1 - 0.9**number)
        scale = np.sqrt(second / (1 - 0.999**number)) + 1e-8
        value[where] -= (rate * corrected / scale).astype(np.float32)


def fit(
    examples: Examples,
    encoder: Floats,
    head: Head,
    how: FittingSettings,
    report: Callable[[str], None],
) -> Head:
    """Train the head in place; the rate falls in a line."""
    chance = np.random.default_rng(how.seed + 1)
    optimisers = {name: Adam(value) for name, value in head.parameters.items()}
    of_correction = Adam(head.correction)
    steps = int(how.epochs * len(examples.category) / how.batch)
    losses = np.zeros(2)
    for number, rows in enumerate(_batches(len(examples.category), steps, how, chance), 1):
        used, gradients, loss = _gradients(examples, encoder, head, rows, how, chance)
        rate = how.rate * (1 - (number - 1) / steps)
        for name, optimiser in optimisers.items():
            optimiser.step(head.parameters[name], gradients[name], rate, number)
        correction = gradients["correction"] + how.decay * head.correction[used]
        of_correction.step(head.correction, correction, rate, number, used)
        losses = 0.99 * losses + 0.01 * loss
        if number % 200 == 0 or number == steps:
            report(f"step {number} of {steps}: {losses / (1 - 0.99**number)}")
    return head


def _batches(
    count: int, steps: int, how: FittingSettings, chance: np.random.Generator
) -> Iterator[Numbers]:
    order, at = chance.permutation(count), 0
    for _ in range(steps):
        if at + how.batch > count:
            order, at = chance.permutation(count), 0
        yield order[at : at + how.batch]
        at += how.batch


def _gradients(
    examples: Examples,
    encoder: Floats,
    head: Head,
    rows: Numbers,
    how: FittingSettings,
    chance: np.random.Generator,
) -> tuple[Numbers, dict[str, Floats], npt.NDArray[np.float64]]:
    """The pieces of the batch, the gradients by name, and both losses."""
    pairs, others = _twins(examples, rows, chance)
    bags = [examples.terms[rows], examples.contexts[rows], examples.terms[others]]
    used = np.unique(np.concatenate([bag.indices for bag in bags])).astype(np.int64)
    terms, contexts, twins = (bag[:, used] for bag in bags)
    inputs = encoder[used]
    table = inputs @ head.parameters["projection"] + head.correction[used]
    kept = (
        chance.random((2, len(rows), 1)) >= np.array([how.no_term, how.no_context])[:, None, None]
    )
    kept_term, kept_context = kept.astype(np.float32)
    plain = terms @ table
    read = np.concatenate([plain * kept_term, (contexts @ table) * kept_context], 1)
    loss, found, back = _classified(head, read, examples.category[rows], examples.weight[rows])
    of_terms = back[:, : how.width] * kept_term
    contrast, of_pairs, of_twins = _contrasted(
        plain[pairs], twins @ table, examples.same[rows][pairs], how.temperature
    )
    of_terms[pairs] += how.contrast * of_pairs
    change = (
        terms.T @ of_terms
        + contexts.T @ (back[:, how.width :] * kept_context)
        + how.contrast * (twins.T @ of_twins)
    ).astype(np.float32)
    found["projection"], found["correction"] = inputs.T @ change, change
    return used, found, np.array([loss, contrast])


def _twins(
    examples: Examples, rows: Numbers, chance: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Positions in ``rows`` that have a translation, and the row of one of each."""
    pairs = np.array([at for at, row in enumerate(rows) if len(examples.twins[row])], np.int64)
    others = [chance.choice(examples.twins[rows[at]]) for at in pairs]
    return pairs, np.array(others, np.int64)


def _classified(
    head: Head, read: Floats, category: Numbers, weight: Floats
) -> tuple[float, dict[str, Floats], Floats]:
    """Cross-entropy, its gradients, and that of what was read."""
    parameters = head.parameters
    before = read @ parameters["hidden/kernel"] + parameters["hidden/bias"]
    hidden = np.maximum(before, 0)
    logits = hidden @ parameters["out/kernel"] + parameters["out/bias"]
    logits -= logits.max(1, keepdims=True)
    likely = np.exp(logits)
    likely /= likely.sum(1, keepdims=True)
    share = weight / weight.sum()
    at = np.arange(len(category))
    loss = -float((share * np.log(likely[at, category] + 1e-12)).sum())
    likely[at, category] -= 1
    back = likely * share[:, None]
    of_hidden = (back @ parameters["out/kernel"].T) * (before > 0)
    gradients = {
        "out/kernel": hidden.T @ back,
        "out/bias": back.sum(0),
        "hidden/kernel": read.T @ of_hidden,
        "hidden/bias": of_hidden.sum(0),
    }
    return loss, gradients, of_hidden @ parameters["hidden/kernel"].T


def _contrasted(
    first: Floats, second: Floats, same: Numbers, temperature: float
) -> tuple[float, Floats, Floats]:
    """InfoNCE of rows that belong together, and the gradients of both."""
    if not len(first):
        return 0.0, first, second
    (a, length_a), (b, length_b) = _unit(first), _unit(second)
    logits = a @ b.T / np.float32(temperature)
    also = same[:, None] == same[None, :]
    np.fill_diagonal(also, False)
    logits[also] = -1e9
    logits -= logits.max(1, keepdims=True)
    likely = np.exp(logits)
    likely /= likely.sum(1, keepdims=True)
    loss = -float(np.log(np.diag(likely) + 1e-12).mean())
    back = likely / np.float32(len(first) * temperature)
    back[np.diag_indices(len(first))] -= np.float32(1 / (len(first) * temperature))
    return loss, _through(a, length_a, back @ b), _through(b, length_b, back.T @ a)


def _unit(vectors: Floats) -> tuple[Floats, Floats]:
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors / length, length


def _through(unit: Floats, length: Floats, back: Floats) -> Floats:
    """The gradient of vectors by that of their unit vectors."""
    return np.asarray((back - unit * (unit * back).sum(1, keepdims=True)) / length, np.float32)

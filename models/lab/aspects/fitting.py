"""Fitting of the tagger: Adam for its layers, AdaGrad for the vectors, and a running mean of the
weights, which is what comes out.

Adam: Kingma & Ba 2015, https://arxiv.org/abs/1412.6980. The mean: Polyak & Juditsky 1992,
https://doi.org/10.1137/0330046.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from infra.whole_files import replaced_file
from models.lab.aspects import crf, graph
from models.lab.aspects.batches import Batch, Shape, batches, drawn, gathered, scattered
from models.lab.aspects.prepared import Prepared

Floats = npt.NDArray[np.float32]
Say = Callable[[str], None]
START, STEADY, TINY = 0.9, 0.999, 1e-8
SECONDS_BETWEEN_CHECKPOINTS = 60
WARM_UP, LEAST_RATE = 200, 0.02
FIRST_SQUARE = 1e-9


@dataclass(frozen=True, slots=True)
class FittingSettings:
    """``draws``: texts of each set in an epoch. ``styles``: the number of each set's style, by set.
    ``own``: share of texts whose style is known, by set; ``forgotten``: share of units whose word
    is not. ``polarity``: weight of its loss, and by set ``weights`` of terms in it.
    """

    draws: Mapping[str, int]
    styles: tuple[int, ...]
    own: tuple[float, ...]
    weights: tuple[float, ...]
    epochs: float = 12
    channels: int = 128
    hidden: int = 64
    head: int = 16
    rate: float = 2e-3
    piece_rate: float = 0.01
    hashed_rate: float = 0.02
    dropout: float = 0.25
    forgotten: float = 0.2
    polarity: float = 0.5
    mean: float = 0.999
    scale: float = 0.35
    seed: int = 0
    shape: Shape = field(default_factory=Shape)


@dataclass(slots=True)
class State:
    """Everything that a checkpoint holds; ``mean``: of the layers; ``tables``: vectors and the sums
    of squares of their gradients.
    """

    layers: dict[str, Floats] = field(repr=False)
    first: dict[str, Floats] = field(repr=False)
    second: dict[str, Floats] = field(repr=False)
    mean: dict[str, Floats] = field(repr=False)
    tables: dict[str, Floats] = field(repr=False)
    steps: int = 0
    batches: int = 0

    @classmethod
    def begin(cls, vectors: Floats, words: Floats, how: FittingSettings) -> Self:
        """Before training; ``vectors``: of pieces, ``words``: of hashed features."""
        chance = np.random.default_rng(how.seed)
        table = np.asarray(vectors * how.scale, np.float32)
        hashed = np.asarray(words * how.scale, np.float32)
        width = table.shape[1] + hashed.shape[1]
        layers = graph.layers(
            width, how.channels, how.hidden, how.head, 1 + max(how.styles), how.seed
        )
        layers["style"] = np.asarray(chance.normal(0, 0.05, layers["style"].shape), np.float32)
        tables = {
            "pieces": table,
            "hashed": hashed,
            "piece_squares": np.full(len(table), FIRST_SQUARE, np.float32),
            "hashed_squares": np.full(len(hashed), FIRST_SQUARE, np.float32),
        }
        first, second = (
            {name: np.zeros_like(one) for name, one in layers.items()} for _ in range(2)
        )
        return cls(
            layers, first, second, {name: one.copy() for name, one in layers.items()}, tables
        )

    def adam(self, gradients: Mapping[str, Floats], rate: float, mean: float) -> None:
        """One step of the layers."""
        self.steps += 1
        rate *= float(np.sqrt(1 - STEADY**self.steps) / (1 - START**self.steps))
        keep = min(mean, self.steps / (self.steps + 10))
        for name, gradient in gradients.items():
            first, second, layer = self.first[name], self.second[name], self.layers[name]
            first += (1 - START) * (gradient - first)
            second += (1 - STEADY) * (gradient * gradient - second)
            layer -= rate * first / (np.sqrt(second) + TINY)
            self.mean[name] += (1 - keep) * (layer - self.mean[name])

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        arrays: dict[str, Any] = {
            f"{part}|{name}": one
            for part in ("layers", "first", "second", "mean", "tables")
            for name, one in getattr(self, part).items()
        }
        with replaced_file(path) as file:
            np.savez(file, **arrays, steps=self.steps, batches=self.batches)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a checkpoint."""
        names = ("layers", "first", "second", "mean", "tables")
        parts: dict[str, dict[str, Floats]] = {name: {} for name in names}
        with np.load(path) as file:
            for key in file.files:
                part, _, name = key.partition("|")
                if name:
                    parts[part][name] = file[key]
            return cls(
                parts["layers"],
                parts["first"],
                parts["second"],
                parts["mean"],
                parts["tables"],
                int(file["steps"]),
                int(file["batches"]),
            )


def step_function(how: FittingSettings, names: list[str]) -> Any:
    """A compiled step: loss and gradients of a batch."""

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def step(weights: Any, x: Any, blocks: Any, styles: Any, tags: Any, share: Any, terms: Any,
             polarity: Any, term_share: Any) -> Any:  # fmt: skip
        named = dict(zip(names, weights, strict=True))
        mask = tf.cast(blocks > 0, tf.float32)[..., None]
        with tf.GradientTape() as tape:
            tape.watch([x, *weights])
            styled = (x + tf.gather(named["style"], styles)) * mask
            logits, clause = graph.tag_logits(named, styled, mask, how.dropout)
            unlikely = crf.loss(logits, named["transitions"], tags, share)
            tagging = unlikely / (tf.reduce_sum(share) + 1.0)
            said = graph.polarity_logits(named, clause, blocks, terms, how.dropout)
            wrong = tf.nn.sparse_softmax_cross_entropy_with_logits(polarity, said)
            judging = tf.reduce_sum(wrong * term_share) / (tf.reduce_sum(term_share) + 1.0)
            loss = tagging + how.polarity * judging
        found = [tf.convert_to_tensor(one) for one in tape.gradient(loss, [x, *weights])]
        return tagging, judging, found

    return step


def fit(
    prepared: Prepared, vectors: Floats, words: Floats, how: FittingSettings, path: Path,
    say: Say,
) -> State:  # fmt: skip
    """From the checkpoint at ``path`` on where there is one."""
    state = State.load(path) if path.is_file() else State.begin(vectors, words, how)
    names = list(state.layers)
    step = step_function(how, names)
    saved, told = time.monotonic(), []
    for batch, share, chance in schedule(prepared, how, state):
        tagging, judging = _one(prepared, batch, how, state, step, names, share, chance)
        told.append((tagging, judging))
        if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
            state.save(path)
            loss = np.mean(told[-300:], 0)
            say(f"step {state.steps:,}, rate {share:.2f}, tags {loss[0]:.4f}, "
                f"polarity {loss[1]:.4f}")  # fmt: skip
            saved = time.monotonic()
    state.save(path)
    return state


def schedule(
    prepared: Prepared, how: FittingSettings, state: State
) -> Iterator[tuple[Batch, float, np.random.Generator]]:
    """The batches that are left, and the share of the rates at each."""
    epoch, at = 0, 0
    while epoch < how.epochs:
        chance = np.random.default_rng((how.seed, epoch))
        these = list(batches(prepared, drawn(prepared, dict(how.draws), chance), how.shape))
        for number, batch in enumerate(these):
            done = (epoch + number / len(these)) / how.epochs
            if done >= 1:
                return
            if at >= state.batches:
                share = max(LEAST_RATE, 1 - done) * min(1.0, (at + 1) / WARM_UP)
                yield batch, share, np.random.default_rng((how.seed, 1, at))
                state.batches = at + 1
            at += 1
        epoch += 1


def _one(
    prepared: Prepared, batch: Batch, how: FittingSettings, state: State, step: Any,
    names: list[str], rate: float, chance: np.random.Generator,
) -> tuple[float, float]:  # fmt: skip
    tables, flat = state.tables, batch.units.ravel()
    forgotten = chance.random(len(flat), np.float32)
    source = (prepared.hashed, prepared.pieces, prepared.lasts)
    x = gathered(flat, *source, tables["pieces"], tables["hashed"], forgotten, how.forgotten)
    drawn_numbers = chance.random(int(batch.blocks.max()) + 1)
    own = drawn_numbers[batch.blocks] < np.array(how.own)[batch.sets]
    styles = np.where(own, np.array(how.styles, np.int32)[batch.sets], 0)
    tags = np.where(batch.units >= 0, prepared.tags[batch.units], -1).astype(np.int32)
    share = (tags >= 0).astype(np.float32)
    terms = np.zeros((how.shape.terms, 5), np.int64)
    count = min(len(batch.terms), how.shape.terms)
    terms[:count] = batch.terms[:count]
    term_share = np.zeros(len(terms), np.float32)
    term_share[:count] = np.array(how.weights, np.float32)[terms[:count, 4]]
    tagging, judging, gradients = step(
        [tf.constant(state.layers[name]) for name in names],
        tf.constant(x.reshape(*batch.units.shape, -1)), tf.constant(batch.blocks),
        tf.constant(styles), tf.constant(np.maximum(tags, 0)), tf.constant(share),
        tf.constant(terms[:, :3]), tf.constant(terms[:, 3]), tf.constant(term_share),
    )  # fmt: skip
    found = [one.numpy() for one in gradients]
    scattered(
        flat, *source, tables["pieces"], tables["hashed"], forgotten, how.forgotten,
        found[0].reshape(len(flat), -1), tables["piece_squares"], tables["hashed_squares"],
        how.piece_rate * rate, how.hashed_rate * rate,
    )  # fmt: skip
    state.adam(dict(zip(names, found[1:], strict=True)), how.rate * rate, how.mean)
    return float(tagging), float(judging)

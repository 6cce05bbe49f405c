"""The deep side: a convolution over the vectors of word pieces, pooled, and two layers; trained in
NumPy.

Kim 2014, https://arxiv.org/abs/1408.5882. The vectors begin as those of a multilingual encoder, so
that words that training texts hardly hold begin beside those that they do, in every language.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from infra.whole_files import replaced_file
from models.lab.judgement.student import deep_kernels as kernels
from models.lab.judgement.student.prepared import Chosen, Floats, Ragged
from models.lab.judgement.student.weighing import Targets
from models.student.shape import HEAD, SPAN, TAIL
from models.text.hash_kernels import Places

SECONDS_BETWEEN_CHECKPOINTS = 60
WARM_UP = 200
LEAST_RATE = 0.02
START, STEADY, TINY = 0.9, 0.999, 1e-8
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DeepSettings:
    """``rate``: of Adam for the layers; ``table_rate``: of AdaGrad for the vectors; both fall to
    nothing, then begin once more at a share ``again`` of themselves for ``more`` epochs.
    ``dropout``: of pooled answers; ``dropped``: share of pieces that training does not see."""

    epochs: float = 5
    more: float = 1
    again: float = 0.5
    batch: int = 128
    filters: int = 96
    hidden: int = 64
    rate: float = 2e-3
    table_rate: float = 0.02
    dropout: float = 0.3
    dropped: float = 0.08
    scale: float = 0.35
    seed: int = 0

    def share(self, step: int, an_epoch: int) -> float:
        """Of both rates at a step; 0 when training is over."""
        first, more = round(an_epoch * self.epochs), round(an_epoch * self.more)
        if step < first:
            return max(LEAST_RATE, 1 - step / first) * min(1.0, (step + 1) / WARM_UP)
        return (
            self.again * max(LEAST_RATE, 1 - (step - first) / more) if step < first + more else 0.0
        )


@dataclass(slots=True)
class Network:
    """``vectors`` [pieces, width]; ``layers`` by name; the rest is what the optimisers remember."""

    vectors: Floats = field(repr=False)
    layers: dict[str, Floats] = field(repr=False)
    squares: Floats = field(repr=False)
    first: dict[str, Floats] = field(repr=False)
    second: dict[str, Floats] = field(repr=False)
    steps: int = 0

    @classmethod
    def begin(cls, vectors: Floats, how: DeepSettings) -> Network:
        """As it is before training."""
        chance, width = np.random.default_rng(how.seed), vectors.shape[1]
        table = (vectors * how.scale).astype(np.float32)
        missing = np.abs(table).sum(1) == 0
        table[missing] = chance.normal(0, 0.1, (int(missing.sum()), width))
        table[0] = 0

        def normal(*shape: int, scale: float = 1.0) -> Floats:
            fan = SPAN * width if len(shape) == 3 else shape[0]
            return np.asarray(chance.normal(0, 1, shape) * np.sqrt(2 / fan) * scale, np.float32)

        layers = {
            "convolution/kernel": normal(SPAN, width, how.filters),
            "convolution/bias": np.zeros(how.filters, np.float32),
            "hidden/kernel": normal(2 * how.filters, how.hidden),
            "hidden/bias": np.zeros(how.hidden, np.float32),
            "out/kernel": normal(how.hidden, 3, scale=0.3),
            "out/bias": np.zeros(3, np.float32),
        }
        blank = [{name: np.zeros_like(array) for name, array in layers.items()} for _ in range(2)]
        return cls(table, layers, np.full(len(table), TINY, np.float32), blank[0], blank[1])

    def forward(
        self, pieces: Any, firsts: Places, lengths: Places, mask: Floats | None = None
    ) -> dict[str, Any]:
        """Every layer's output; ``mask``: of the pooled answers."""
        layers, found = self.layers, self.vectors[pieces]
        kernel = layers["convolution/kernel"]
        answers = np.zeros((len(found), kernel.shape[2]), np.float32)
        answers[1:-1] = found[:-2] @ kernel[0] + found[1:-1] @ kernel[1] + found[2:] @ kernel[2]
        answers += layers["convolution/bias"]
        largest, where, total = kernels.pool(answers, firsts, lengths)
        pooled = np.concatenate([largest, total], 1)
        if mask is not None:
            pooled *= mask
        hidden = np.maximum(pooled @ layers["hidden/kernel"] + layers["hidden/bias"], 0)
        logits = hidden @ layers["out/kernel"] + layers["out/bias"]
        return {
            "found": found,
            "answers": answers,
            "where": where,
            "pooled": pooled,
            "hidden": hidden,
            "logits": logits,
        }

    def step(
        self,
        laid: tuple[Any, Places, Places],
        answers: Floats,
        weights: Floats,
        rates: tuple[float, float],
        mask: Floats,
    ) -> float:
        """One step of training; the loss before it."""
        pieces, firsts, lengths = laid
        out = self.forward(pieces, firsts, lengths, mask)
        logits = out["logits"] - out["logits"].max(1, keepdims=True)
        share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        loss = -float((weights[:, None] * answers * np.log(share + TINY)).sum() / len(answers))
        delta = (weights[:, None] * (share - answers) / len(answers)).astype(np.float32)
        gradients = {"out/kernel": out["hidden"].T @ delta, "out/bias": delta.sum(0)}
        delta = (delta @ self.layers["out/kernel"].T) * (out["hidden"] > 0)
        gradients |= {"hidden/kernel": out["pooled"].T @ delta, "hidden/bias": delta.sum(0)}
        delta = (delta @ self.layers["hidden/kernel"].T) * mask
        half = delta.shape[1] // 2
        sides = np.ascontiguousarray(delta[:, :half]), np.ascontiguousarray(delta[:, half:])
        delta = kernels.unpool(out["answers"], firsts, lengths, sides[0], out["where"], sides[1])
        found, inner, kernel = out["found"], delta[1:-1], self.layers["convolution/kernel"]
        windows = (slice(None, -2), slice(1, -1), slice(2, None))
        gradients["convolution/kernel"] = np.stack([found[window].T @ inner for window in windows])
        gradients["convolution/bias"] = delta.sum(0)
        back = np.zeros_like(found)
        for place, window in enumerate(windows):
            back[window] += inner @ kernel[place].T
        self._adam(gradients, rates[0])
        kernels.scatter(pieces, back, self.vectors, self.squares, rates[1])
        return loss

    def _adam(self, gradients: dict[str, Floats], rate: float) -> None:
        self.steps += 1
        rate *= float(np.sqrt(1 - STEADY**self.steps) / (1 - START**self.steps))
        for name, gradient in gradients.items():
            first, second = self.first[name], self.second[name]
            first += (1 - START) * (gradient - first)
            second += (1 - STEADY) * (gradient * gradient - second)
            self.layers[name] -= rate * first / (np.sqrt(second) + TINY)

    def logits(self, which: Places, pieces: Ragged) -> Floats:
        """[which, 3]."""
        found = np.zeros((len(which), 3), np.float32)
        order = np.argsort((pieces.ends - pieces.starts)[which], kind="stable")
        for start in range(0, len(order), 256):
            batch = order[start : start + 256]
            laid = kernels.laid_out(
                which[batch], pieces.values, pieces.starts, pieces.ends, HEAD, TAIL, 0.0, 0
            )
            found[batch] = self.forward(*laid)["logits"]
        return found

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        parts = {"layers": self.layers, "first": self.first, "second": self.second}
        arrays = {
            f"{part}|{name}": array
            for part, named in parts.items()
            for name, array in named.items()
        }
        arrays |= {"vectors": self.vectors, "squares": self.squares, "steps": np.array(self.steps)}
        with replaced_file(path) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Network:
        """Read a checkpoint."""
        with np.load(path) as file:
            parts: dict[str, dict[str, Floats]] = {"layers": {}, "first": {}, "second": {}}
            for key in file.files:
                part, _, name = key.partition("|")
                if name:
                    parts[part][name] = file[key]
            return cls(
                file["vectors"],
                parts["layers"],
                file["squares"],
                parts["first"],
                parts["second"],
                int(file["steps"]),
            )


def fit(
    pieces: Ragged,
    vectors: Floats,
    train: Chosen,
    targets: Targets,
    how: DeepSettings,
    path: Path,
    say: Say,
) -> Network:
    """Trained on the texts of ``train``, from the checkpoint at ``path`` on where there is one."""
    network = Network.load(path) if path.is_file() else Network.begin(vectors, how)
    texts = np.flatnonzero(train)
    an_epoch = -(-len(texts) // how.batch)
    saved, losses = time.monotonic(), [0.0]
    order, ordered = texts, -1
    while (share := how.share(network.steps, an_epoch)) > 0:
        number, at = divmod(network.steps, an_epoch)
        if number != ordered:
            order, ordered = (
                np.random.default_rng(how.seed * 1000 + number).permutation(texts),
                number,
            )
        batch = order[at * how.batch : (at + 1) * how.batch]
        chance = np.random.default_rng((how.seed, network.steps))
        mask = (chance.random((len(batch), 2 * how.filters), np.float32) > how.dropout).astype(
            np.float32
        ) / (1 - how.dropout)
        laid = kernels.laid_out(
            batch, pieces.values, pieces.starts, pieces.ends, HEAD, TAIL, how.dropped, network.steps
        )
        loss = network.step(
            laid,
            targets.answers[batch],
            targets.weights[batch],
            (how.rate * share, how.table_rate * share),
            mask,
        )
        losses.append(loss)
        if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS or not how.share(
            network.steps, an_epoch
        ):
            network.save(path)
            say(f"step {network.steps:,}, {an_epoch:,} an epoch, loss {np.mean(losses[-500:]):.4f}")
            saved = time.monotonic()
    return network

"""Training loop of all networks: batches by length, early stopping, and a checkpoint after each
epoch.

Backend-neutral. A training that was killed goes on after its last whole epoch, and ends as if
nothing had happened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from models.artifact.calibration import Floats
from models.training import checkpoint
from models.training.batches import Batched, by_chance, in_order
from models.training.checkpoint import Arrays, Checkpoint
from models.training.training_settings import Epoch, FittingSettings, Progress
from schemas.errors import InputError

EVALUATION_BATCH = 256


@dataclass(frozen=True, slots=True)
class Fitted:
    """Result of a training; the network has the weights of epoch ``best``. ``logits``: its, of the
    validation examples.
    """

    history: tuple[Epoch, ...]
    best: int
    logits: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Resumption:
    """Checkpoint file, and the identity of the training it belongs to."""

    path: Path
    setup: str


@dataclass(slots=True)
class _State:
    history: list[Epoch]
    best: Arrays

    @property
    def best_epoch(self) -> Epoch:
        return min(self.history, key=lambda epoch: epoch.validation_loss)


@contextmanager
def precision() -> Iterator[str]:
    """Half precision for what is built inside where there is a GPU (Micikevicius et al. 2017);
    gives the policy's name.

    bfloat16, which has the range of float32: with float16, even its losses scaled, recurrent
    networks came to no number.
    """
    before = keras.config.dtype_policy()
    name = "mixed_bfloat16" if keras.distribution.list_devices("gpu") else "float32"
    keras.config.set_dtype_policy(name)
    try:
        yield name
    finally:
        keras.config.set_dtype_policy(before)


def fit(
    network: keras.Model,
    training: Batched,
    validation: Batched,
    settings: FittingSettings,
    *,
    progress: Progress,
    observe: Callable[[Epoch], None] = lambda epoch: None,
    resumption: Resumption | None = None,
) -> Fitted:
    """Train until the loss on the validation examples has not fallen for ``patience`` epochs, or
    for ``epochs``.

    ``observe`` gets each epoch once, those before a kill excepted: it got them then. Raises
    ``InputError`` for a checkpoint of another training, or where the loss is no number any more.
    """
    network.compile(
        keras.optimizers.AdamW(
            _learning_rate(settings, len(training.targets)),
            weight_decay=settings.weight_decay,
            clipnorm=settings.clip,
        ),
        loss=log_loss,
        # lengths differ from batch to batch, and a compiler would begin anew for each
        jit_compile=False,
    )
    network.optimizer.build(network.trainable_variables)
    variables = [*network.variables, *network.optimizer.variables]
    state = _resumed(resumption, variables) or _State([], [])
    weights = (
        example_weights(training.targets)
        if settings.class_weights
        else np.ones(len(training.targets), np.float32)
    )
    while not _finished(state, settings):
        number = len(state.history) + 1
        began = time.perf_counter()
        loss = _pass(network, training, weights, settings, number, progress)
        logits = predict(network, validation)
        epoch = _measured(number, loss, logits, validation.targets, time.perf_counter() - began)
        state.history.append(epoch)
        if state.best_epoch is epoch:
            state.best = _values(network.weights)
        observe(epoch)
        if resumption:
            notes = {"history": [asdict(epoch) for epoch in state.history]}
            checkpoint.save(
                Checkpoint(resumption.setup, notes, _values(variables), state.best), resumption.path
            )
    _assign(network.weights, state.best)
    return Fitted(tuple(state.history), state.best_epoch.number, predict(network, validation))


def log_loss(targets: Any, logits: Any) -> Any:
    """Cross entropy of each example, [batch]; ``targets`` may lie between 0 and 1."""
    logits = keras.ops.cast(logits, "float32")
    return keras.ops.softplus(logits) - logits * keras.ops.cast(targets, "float32")


def example_weights(targets: Floats) -> npt.NDArray[np.float32]:
    """Weights with which both classes count alike, 1 in the mean."""
    positive = float(np.mean(targets))
    if not 0 < positive < 1:
        return np.ones(len(targets), np.float32)
    return np.asarray(targets / (2 * positive) + (1 - targets) / (2 * (1 - positive)), np.float32)


def predict(
    network: keras.Model, examples: Batched, batch: int = EVALUATION_BATCH
) -> npt.NDArray[np.float32]:
    """Outputs of the network on the examples, usually logits: float32 [examples], or [examples,
    width] of an encoder.
    """
    results = np.zeros((len(examples.targets), *network.output.shape[1:]), np.float32)
    for positions in in_order(examples.lengths, batch):
        results[positions] = network.predict_on_batch(_arranged(network, examples.batch(positions)))
    return results


def _learning_rate(settings: FittingSettings, examples: int) -> Any:
    """Of each step. The optimizer counts them, and a checkpoint holds the optimizer: it goes on
    where it was.
    """
    if not settings.decay:
        return settings.learning_rate
    batches = math.ceil(examples / settings.batch)
    warm_up = max(1, batches // 10)
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        settings.epochs * batches - warm_up,
        warmup_target=settings.learning_rate,
        warmup_steps=warm_up,
    )


def _pass(
    network: keras.Model,
    training: Batched,
    weights: npt.NDArray[np.float32],
    settings: FittingSettings,
    number: int,
    progress: Progress,
) -> float:
    """One epoch; the mean of the loss. Its order depends on seed and number alone, so that it is
    the same after a kill.
    """
    batches = by_chance(
        training.lengths, settings.batch, np.random.default_rng([settings.seed, number])
    )
    targets = training.targets.astype(np.float32)
    total = 0.0
    for at, positions in enumerate(batches):
        progress(
            f"epoch {number} of at most {settings.epochs}",
            (number - 1 + at / len(batches)) / settings.epochs,
        )
        inputs = _arranged(network, training.batch(positions))
        # Keras gives the mean over all calls since the metrics were reset, so they are, each time.
        network.reset_metrics()
        total += float(
            network.train_on_batch(inputs, targets[positions], weights[positions])
        ) * len(positions)
    if not np.isfinite(total):
        raise InputError(
            f"the loss is NaN in epoch {number}: try a learning rate below {settings.learning_rate}"
        )
    return total / len(targets)


def _measured(
    number: int, loss: float, logits: npt.NDArray[np.float32], targets: Floats, seconds: float
) -> Epoch:
    losses = np.logaddexp(0, logits.astype(np.float64)) - logits * targets
    return Epoch(
        number,
        loss,
        float(np.mean(losses)),
        float(np.mean((logits > 0) == (targets > 0.5))),
        seconds,
    )


def _finished(state: _State, settings: FittingSettings) -> bool:
    done = len(state.history)
    return done >= settings.epochs or (
        done > 0 and done - state.best_epoch.number >= settings.patience
    )


def _resumed(resumption: Resumption | None, variables: list[Any]) -> _State | None:
    found = checkpoint.load(resumption.path, resumption.setup) if resumption else None
    if found is None:
        return None
    _assign(variables, found.state)
    return _State([Epoch(**epoch) for epoch in found.notes["history"]], found.best)


def _arranged(network: keras.Model, inputs: Mapping[str, Any]) -> Any:
    """The inputs as the network takes them: one, a list or a dictionary."""
    return keras.tree.map_structure(lambda tensor: inputs[tensor.name], network.input)


def _values(variables: list[Any]) -> Arrays:
    return [variable.numpy() for variable in variables]


def _assign(variables: list[Any], arrays: Arrays) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)

"""Training of a classifier on a pretrained encoder: fine-tuning, or a head on frozen vectors, which
is faster.

Sun et al. 2019, https://arxiv.org/abs/1905.05583
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from infra.whole_files import replaced_file
from models import networks
from models.artifact.artifact import Part
from models.artifact.calibration import Labels
from models.inference.encoders import PIECES, TOKENIZER
from models.lab.fitted import FittedNetwork, stored
from models.lab.plans import MINILM, MiniLmPlan
from models.networks import minilm
from models.networks.bert_shape import EncoderShape
from models.text.ngrams import Ids
from models.text.subwords import Pretrained
from models.training.batches import Batched, Examples, Vectors
from models.training.training_loop import Fitted, Resumption, fit, precision, predict
from models.training.training_settings import Epoch, Progress
from schemas.errors import InputError

CHUNK = 512
"""Texts whose vectors are computed, and kept for a training that is killed, in one go."""
BATCH = 32
"""Texts that an encoder is given at once: fastest on a CPU."""
BODY = "minilm_encoder"
FEWEST = 8
"""Word pieces without which nothing can be learnt of a text."""


def fitted(
    plan: MiniLmPlan,
    texts: Sequence[str],
    positive: Labels,
    held_out: Sequence[str],
    truth: Labels,
    progress: Progress,
    *,
    observe: Callable[[Epoch], None] = lambda epoch: None,
    resumption: Resumption | None = None,
) -> FittedNetwork:
    """Train on at most ``plan.examples`` texts, stop by those held out. Raises ``InputError`` where
    there is no encoder.
    """
    source = Pretrained.find(Path(plan.pretrained) if plan.pretrained else None)
    shape = EncoderShape(**source.shape())
    if not FEWEST <= plan.pieces <= shape.positions:
        raise InputError(
            f"pieces must be from {FEWEST} to {shape.positions}, which is what this encoder reads"
        )
    chosen = np.sort(
        np.random.default_rng(plan.fitting.seed).permutation(len(texts))[: plan.examples or None]
    )
    progress("word pieces", 0.0)
    encoder = source.encoder(plan.pieces)
    training = Examples(encoder([texts[at] for at in chosen]), positive[chosen].astype(np.float32))
    validation = Examples(encoder(held_out), truth.astype(np.float32))
    keras.utils.set_random_seed(plan.fitting.seed)
    train = partial(
        fit, settings=plan.fitting, progress=progress, observe=observe, resumption=resumption
    )
    with precision():
        network = minilm.build(shape, dropout=plan.dropout)
        minilm.load_pretrained(network.get_layer(BODY), source.tensors())
    if plan.frozen:
        shipped = _as_stored(network, shape)
        logits, result, seconds = _head_alone(
            shipped, plan, training, validation, train, progress, resumption
        )
    else:
        result, seconds = train(network, training, validation), 0.0
        shipped = _as_stored(network, shape)
        logits = predict(shipped, validation, BATCH)
    return FittedNetwork(
        Part(MINILM, source.shape()),
        Part(PIECES, {"length": plan.pieces}),
        stored(shipped) | {TOKENIZER: (source.tokenizer(), "exact")},
        logits,
        result,
        seconds + sum(epoch.seconds for epoch in result.history),
    )


def _head_alone(
    network: keras.Model,
    plan: MiniLmPlan,
    training: Examples,
    validation: Examples,
    train: Callable[[keras.Model, Batched, Batched], Fitted],
    progress: Progress,
    resumption: Resumption | None,
) -> tuple[npt.NDArray[np.float32], Fitted, float]:
    """Give ``network`` a head; the logits of the validation examples, and the seconds that the
    vectors took.
    """
    rows = [*training.inputs["pieces"], *validation.inputs["pieces"]]
    vectors, seconds = _vectors(network.get_layer(BODY), rows, resumption, progress)
    count = len(training.targets)
    rated = Vectors(vectors[count:], validation.targets)
    head = _head(vectors.shape[1], plan.dropout)
    result = train(head, Vectors(vectors[:count], training.targets), rated)
    networks.assign(head, {name: array for name, (array, _) in stored(head).items()})
    network.get_layer("head").set_weights(head.get_layer("head").get_weights())
    return predict(head, rated), result, seconds


def _head(width: int, dropout: float) -> keras.Model:
    vector = keras.Input((width,), name="vector")
    logits = keras.layers.Dense(1, name="head")(keras.layers.Dropout(dropout)(vector))
    return keras.Model(vector, keras.layers.Reshape((), name="logits")(logits))


def _as_stored(network: keras.Model, shape: EncoderShape) -> keras.Model:
    """In whole precision, with weights as they are on disk: what is calibrated must be what is
    shipped.
    """
    shipped = minilm.build(shape)
    networks.assign(shipped, {name: array for name, (array, _) in stored(network).items()})
    return shipped


def _vectors(
    body: keras.Model, rows: Sequence[Ids], resumption: Resumption | None, progress: Progress
) -> tuple[npt.NDArray[np.float32], float]:
    """What the encoder makes of each text, [texts, width], and the seconds it took. No chunk is
    made again after a kill.
    """
    parts, total = [], 0.0
    for start in range(0, len(rows), CHUNK):
        progress(f"vectors of {len(rows):,} texts", start / len(rows))
        path = (
            resumption.path.with_name(f"vectors-{resumption.setup}-{start}.npz")
            if resumption
            else None
        )
        if path and path.is_file():
            with np.load(path) as file:
                part, seconds = file["vectors"], float(file["seconds"])
        else:
            began = time.perf_counter()
            chunk = rows[start : start + CHUNK]
            part = predict(
                body, Examples({"pieces": chunk}, np.zeros(len(chunk), np.float32)), BATCH
            )
            seconds = time.perf_counter() - began
            if path:
                _keep(path, part, seconds)
        parts.append(part)
        total += seconds
    return np.concatenate(parts), total


def _keep(path: Path, vectors: npt.NDArray[np.float32], seconds: float) -> None:
    with replaced_file(path) as file:
        np.savez(file, vectors=vectors, seconds=seconds)

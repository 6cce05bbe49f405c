"""Domain adaptation: an adapter trained on a few thousand labelled texts, which leaves the base
network unchanged.

A regression tells the new domain's texts from the old one's by their n-grams; where it does, a
second one corrects the model's logit. Both are convex, take seconds and come out the same every
time. To the first, neutral texts are old ones: what is like them is not shifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse
from scipy.optimize import minimize, minimize_scalar

from models.artifact import artifact
from models.artifact.array_storage import Array, Storage, stored
from models.artifact.artifact import (
    ADAPTED,
    ADAPTER_BIAS,
    ADAPTER_GATE,
    ADAPTER_KNOWN,
    ADAPTER_SHIFT,
    STUDENT,
    Artifact,
    Part,
)
from models.artifact.calibration import Floats, Labels
from models.inference import encoders
from models.text.feature_index import bitmap
from models.text.ngrams import Encoder, EncoderSettings
from models.training.folds import folds
from models.training.ngram_training import TrainingSettings, fit_weights, matrix
from schemas.errors import InputError

ALWAYS_OPEN = 12.0
"""Bias of a gate that nothing teaches to close."""
MOST_UNLIKE = 50
"""The rarer label is made to count so many times as much at most, halved."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "wide_and_deep": ("wide/table",),
    "ngram_bag": ("sum/weights",),
    STUDENT: (),
}
"""By kind of network, which of its arrays have a row for each id of the adapter's n-grams."""


@dataclass(frozen=True, slots=True)
class AdaptationSettings:
    """``strength``: inverse of the penalty on shifts, ``gate_strength`` on gates; chosen on
    held-out tweets.

    ``rare``: n-grams in fewer texts than this have no weights. ``folds``: the gate of a text that
    is learnt from is that of a regression which has not seen it, else every text would look like
    its own domain.
    """

    seed: int = 0
    strength: float = 0.3
    smoothing: float = 1.0
    gate_strength: float = 1.0
    rare: int = 2
    folds: int = 3


@dataclass(frozen=True, slots=True)
class Lessons:
    """Masked texts, whether each is positive, and how much it counts; all [n]."""

    texts: Sequence[str] = field(repr=False)
    positive: Labels = field(repr=False)
    weights: Floats = field(repr=False)


def base_of(model: Artifact) -> Artifact:
    """The model without its adapter, if it has one: adapters replace one another and do not pile
    up.
    """
    return artifact.without_adapter(model)


def adaptable(model: Artifact) -> bool:
    """Whether an adapter fits: the model reads hashed n-grams."""
    return base_of(model).network.kind in TABLES


def adapt(
    base: Artifact,
    new: Lessons,
    new_logits: Floats,
    old: Lessons,
    old_logits: Floats,
    settings: AdaptationSettings,
    training: dict[str, Any],
    *,
    neutral: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> Artifact:
    """``base``, which has no adapter, with one. Logits: what ``base`` says of each text,
    calibrated.

    ``languages``: where ``base`` is multilingual, the only ones whose texts are shifted, all if
    there are none. Both labels count alike in all. Raises ``InputError`` where no adapter fits, or
    the new texts are all of one label.
    """
    if not adaptable(base):
        raise InputError(f"{base.name}: a network {base.network.kind} cannot be adapted")
    if len(np.unique(new.positive)) < 2:
        raise InputError("all new reviews have the same label")
    hashing, ids, every = _features(base, [*new.texts, *old.texts, *neutral], settings)
    is_new = np.arange(every.shape[0]) < len(new.texts)
    gating = TrainingSettings(
        settings.seed, settings.folds, settings.gate_strength, settings.smoothing
    )
    gates, gate_bias = _gate(every, is_new, gating)
    sided = len(new.texts) + len(old.texts)
    columns, opened = every[:sided], _opened(every, is_new, gating)[:sided]
    positive = np.concatenate([new.positive, old.positive])
    weights = balanced(
        np.concatenate([new.weights, old.weights]).astype(np.float64), positive, opened
    )
    logits = np.concatenate([new_logits, old_logits])
    shifts, shift_bias = fit_shifts(columns, positive, logits, opened, weights, settings)
    shift_bias += _forgotten(columns, positive, logits, opened, weights, settings)
    scale = base.calibration.scale
    tables: dict[str, tuple[Array, Array]] = {
        ADAPTER_SHIFT: (shifts / scale, ids),
        ADAPTER_GATE: (gates, ids),
    }
    biases = np.array([shift_bias / scale, gate_bias], np.float32)
    made = {**training, "adaptation": asdict(settings)}
    if base.network.kind == STUDENT:
        return _over_student(base, hashing, tables, biases, made, languages)
    return _artifact(base, hashing, tables, biases, made)


def fit_shifts(
    features: scipy.sparse.csr_matrix,
    positive: Labels,
    logits: Floats,
    opened: Floats,
    weights: Floats,
    settings: AdaptationSettings,
) -> tuple[npt.NDArray[np.float64], float]:
    """The weights [ids] and the bias with which sigmoid(logit + opened * shift) says best what is
    positive.

    Weights are penalised relative to the naive Bayes ratios of their n-grams (Wang & Manning 2012),
    as in ``models.training.ngram_training``.
    """
    counts = [
        settings.smoothing + features.T @ np.where(rows, weights * opened, 0.0)
        for rows in (positive, ~positive)
    ]
    ratios = np.subtract(*(np.log(count / count.sum()) for count in counts))
    scaled = features.multiply(opened[:, None]).multiply(ratios[None, :]).tocsr()
    transposed, signs, parts = (
        scaled.T.tocsr(),
        np.where(positive, 1.0, -1.0),
        weights * settings.strength,
    )

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        margins = signs * (logits + scaled @ parameters[:-1] + opened * parameters[-1])
        slopes = -signs * parts * np.exp(-np.logaddexp(0, margins))
        value = float(parts @ np.logaddexp(0, -margins) + parameters[:-1] @ parameters[:-1] / 2)
        return value, np.concatenate([transposed @ slopes + parameters[:-1], [slopes @ opened]])

    found = minimize(
        loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200}
    ).x
    return found[:-1] * ratios, float(found[-1])


def out_of_fold(
    base: Artifact, new: Lessons, logits: Floats, settings: AdaptationSettings
) -> Floats:
    """By how much shifts that were learnt of the other texts change the logit of each, without
    gates; [n].
    """
    _, _, columns = _features(base, new.texts, settings)
    opened = np.ones(len(new.texts))
    return _unseen(
        columns, new.positive, logits, opened, balanced(new.weights, new.positive, opened), settings
    )


def balanced(weights: Floats, positive: Labels, opened: Floats) -> Floats:
    """The weights, scaled so that both labels count alike where the gate is open, and all together
    as before.
    """
    share = np.array([np.sum((weights * opened)[positive == label]) for label in (False, True)])
    scaled: Floats = (
        weights
        * (share.sum() / 2 / np.maximum(share, share.sum() / MOST_UNLIKE))[positive.astype(int)]
    )
    return scaled


def _unseen(
    features: scipy.sparse.csr_matrix,
    positive: Labels,
    logits: Floats,
    opened: Floats,
    weights: Floats,
    settings: AdaptationSettings,
) -> Floats:
    """The shift of each text, from regressions on the others; before its gate."""
    shifts = np.zeros(len(positive))
    for rest, part in folds(len(positive), settings.folds, settings.seed):
        found, bias = fit_shifts(
            features[rest], positive[rest], logits[rest], opened[rest], weights[rest], settings
        )
        shifts[part] = features[part] @ found + bias
    return shifts


def _forgotten(
    features: scipy.sparse.csr_matrix,
    positive: Labels,
    logits: Floats,
    opened: Floats,
    weights: Floats,
    settings: AdaptationSettings,
) -> float:
    """What the bias lacks for both labels to count alike where texts were not seen: the rarer one's
    n-grams are known less.
    """
    shifted = logits + opened * _unseen(features, positive, logits, opened, weights, settings)
    signs = np.where(positive, 1.0, -1.0)

    def loss(bias: float) -> float:
        return float(weights @ np.logaddexp(0, -signs * (shifted + opened * bias)))

    return float(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)


def _features(
    base: Artifact, texts: Sequence[str], settings: AdaptationSettings
) -> tuple[EncoderSettings, npt.NDArray[np.intp], scipy.sparse.csr_matrix]:
    """How n-grams are hashed (by ``base``, if it reads them), the ids that are not too rare, and
    which text holds which of them.
    """
    hashing = EncoderSettings()
    if base.network.kind != STUDENT:
        hashing = EncoderSettings(base.encoder.config["bits"], base.encoder.config["ngrams"])
    features = matrix(Encoder(hashing)(texts), 2**hashing.bits)
    ids = np.flatnonzero(
        np.bincount(features.indices, minlength=features.shape[1]) >= settings.rare
    )
    return hashing, ids, features[:, ids].tocsr()


def _gate(
    features: scipy.sparse.csr_matrix, is_new: Labels, settings: TrainingSettings
) -> tuple[npt.NDArray[np.float32], float]:
    """Weights [ids] and bias of the gate; open for all texts where all are new."""
    if is_new.all():
        return np.zeros(features.shape[1], np.float32), ALWAYS_OPEN
    return fit_weights(features, is_new, settings)


def _opened(
    features: scipy.sparse.csr_matrix, is_new: Labels, settings: TrainingSettings
) -> Floats:
    """How far the gate is open for each text, from regressions on the others."""
    opened = np.zeros(features.shape[0])
    for rest, part in folds(features.shape[0], settings.folds, settings.seed):
        weights, bias = _gate(features[rest], is_new[rest], settings)
        opened[part] = 1 / (1 + np.exp(-np.clip(features[part] @ weights + bias, -80, 80)))
    return opened


def _artifact(
    base: Artifact,
    hashing: EncoderSettings,
    tables: Mapping[str, tuple[Array, Array]],
    biases: Array,
    training: dict[str, Any],
) -> Artifact:
    """``tables``: by name the weights and the ids that they are of. Ids that ``base`` knows nothing
    of become known to it.
    """
    width = 2**hashing.bits
    arrays = _stored(base)
    config = dict(base.network.config)
    spread = _spread(tables, width)
    if encoders.KNOWN in base.arrays:
        known_before = np.flatnonzero(np.unpackbits(base.arrays[encoders.KNOWN], bitorder="little"))
        before = np.zeros(width, np.bool_)
        # Rows of zeros are those that an adapter before this one asked for.
        tables_before = [
            base.arrays[key][1:].reshape(len(known_before), -1) for key in TABLES[base.network.kind]
        ]
        kept = np.any([table.any(axis=1) for table in tables_before], axis=0)
        before[known_before[kept]] = True
        # What storing in 8 bits rounds away needs no id.
        used = np.any([stored(table, "root8") != 0 for table in spread.values()], axis=0)
        known = before | used
        rows = np.cumsum(known)
        for key in TABLES[base.network.kind]:
            old = base.arrays[key]
            grown = np.zeros((int(known.sum()) + 1, *old.shape[1:]), old.dtype)
            grown[rows[before]] = old[1:][kept]
            arrays[key] = (grown, base.storage[key])
        arrays[encoders.KNOWN] = (bitmap(known), "exact")
        spread = {
            name: np.concatenate([[np.float32(0)], table[known]]) for name, table in spread.items()
        }
    size = len(spread[ADAPTER_SHIFT])
    arrays |= {name: (table, "root8") for name, table in spread.items()}
    arrays[ADAPTER_BIAS] = (biases, "float32")
    config["size"] = size
    network = Part(ADAPTED, {"size": size, "base": asdict(Part(base.network.kind, config))})
    return artifact.make(
        base.name, network, base.encoder, arrays, base.calibration, training, base.languages
    )


def _over_student(
    base: Artifact,
    hashing: EncoderSettings,
    tables: Mapping[str, tuple[Array, Array]],
    biases: Array,
    training: dict[str, Any],
    languages: Sequence[str],
) -> Artifact:
    """The student reads other features, so the adapter has an encoder of its own."""
    spread = _spread(tables, 2**hashing.bits)
    known = np.any([stored(table, "root8") != 0 for table in spread.values()], axis=0)
    arrays = _stored(base)
    arrays |= {
        name: (np.concatenate([[np.float32(0)], table[known]]), "root8")
        for name, table in spread.items()
    }
    arrays[ADAPTER_KNOWN] = (bitmap(known), "exact")
    arrays[ADAPTER_BIAS] = (biases, "float32")
    config = {"encoder": asdict(hashing), "base": asdict(base.network)}
    network = Part(ADAPTED, config | ({"languages": list(languages)} if languages else {}))
    return artifact.make(
        base.name, network, base.encoder, arrays, base.calibration, training, base.languages
    )


def _stored(base: Artifact) -> dict[str, tuple[Array, Storage]]:
    """Its arrays, and how each is kept."""
    return {key: (array, base.storage[key]) for key, array in base.arrays.items()}


def _spread(tables: Mapping[str, tuple[Array, Array]], width: int) -> dict[str, Array]:
    """By name the weights of all ids."""
    spread = {}
    for name, (weights, ids) in tables.items():
        spread[name] = np.zeros(width, np.float32)
        spread[name][ids] = weights
    return spread

"""Domain adaptation: an adapter trained on a few thousand labelled texts, which leaves the base
network unchanged.

A regression tells the new domain's texts from the old one's by their n-grams; where it does, a
second one corrects the model's logit. Both are convex, take seconds and come out the same every
time. To the first, neutral texts are old ones: what is like them is not shifted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse
from scipy.optimize import minimize, minimize_scalar

from models.artifact import artifact
from models.artifact.array_storage import Array
from models.artifact.artifact import ADAPTER_GATE, ADAPTER_SHIFT, STUDENT, Artifact
from models.artifact.calibration import Floats, Labels
from models.text.ngrams import Encoder, EncoderSettings
from models.training import adapted_artifact
from models.training.adapted_artifact import TABLES
from models.training.folds import folds
from models.training.ngram_training import TrainingSettings, fit_weights, matrix
from schemas.errors import InputError

ALWAYS_OPEN = 12.0
"""Bias of a gate that nothing teaches to close."""
MOST_UNLIKE = 50
"""The rarer label is made to count so many times as much at most, halved."""


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
        return adapted_artifact.over_student(base, hashing, tables, biases, made, languages)
    return adapted_artifact.over_network(base, hashing, tables, biases, made)


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

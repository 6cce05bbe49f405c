"""Training of the n-gram bag: naive Bayes initialization, logistic regression to the optimum,
out-of-fold calibration.

Deterministic: the same file and settings give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from infra.files import FileOptions
from models.artifact import calibration
from models.artifact.array_storage import stored
from models.artifact.artifact import Artifact, Part, make
from models.artifact.calibration import Calibration, Floats, Labels
from models.augmentation import NONE, Augmentations
from models.evaluation.classification_metrics import Evaluation, evaluate
from models.inference import encoders
from models.text.ngrams import Encoder, EncoderSettings, Ids
from models.training.datasets import read
from models.training.training_settings import Progress
from schemas.errors import InputError

LIBRARIES = ("numpy", "scikit-learn", "scipy")


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """``strength``: inverse of the L2 penalty; ``smoothing``: added to the naive Bayes counts.
    Chosen on folds of the data.
    """

    seed: int = 0
    folds: int = 5
    strength: float = 4.0
    smoothing: float = 1.0


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and how good models made the same way were on reviews they had not seen."""

    artifact: Artifact
    validation: Evaluation


def train(
    path: Path,
    name: str,
    clean: Callable[[str], str],
    settings: TrainingSettings,
    encoder: EncoderSettings,
    progress: Progress,
    augment: Augmentations = NONE,
    options: FileOptions | None = None,
) -> Trained:
    """Train on a labelled table. ``clean`` is what the stream does to a text before it is scored.
    Raises ``InputError``.

    What ``augment`` adds is made of each fold's training reviews only.
    """
    progress("reading", 0.0)
    data = read(path, options)
    progress("encoding", 0.05)
    texts = [clean(text) for text in data.texts]
    encode = Encoder(encoder)
    features = matrix(encode(texts), 2**encoder.bits)

    def fitted(rows: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.float32], float]:
        added, labels = augment([texts[row] for row in rows], data.positive[rows])
        if not added:
            return fit_weights(features[rows], data.positive[rows], settings)
        grown = scipy.sparse.vstack(
            [features[rows], matrix(encode(added), 2**encoder.bits)]
        ).tocsr()
        return fit_weights(grown, np.concatenate([data.positive[rows], labels]), settings)

    logits = np.zeros(len(data.texts))
    folds = np.array_split(
        np.random.default_rng(settings.seed).permutation(len(data.texts)), settings.folds
    )
    for number, held_out in enumerate(folds):
        progress(f"fold {number + 1} of {settings.folds}", 0.2 + 0.65 * number / settings.folds)
        rest = np.concatenate([fold for fold in folds if fold is not held_out])
        if len(np.unique(data.positive[rest])) < 2:
            raise InputError(f"{path}: too few reviews of one label for {settings.folds} folds")
        weights, bias = fitted(rest)
        logits[held_out] = features[held_out] @ stored(weights, "root8") + bias
    calibrated = calibration.fit(logits, data.positive)
    validation = evaluate(calibration.apply(calibrated, logits), data.positive)
    progress("all reviews", 0.85)
    weights, bias = fitted(np.arange(len(texts)))
    training = {
        "data": path.name,
        "data_sha256": data.sha256,
        "reviews": len(data.texts),
        "settings": asdict(settings),
        "libraries": {library: version(library) for library in LIBRARIES},
        "out_of_fold": asdict(validation),
        **augment.described(),
    }
    progress("done", 1.0)
    return Trained(ngram_artifact(name, encoder, weights, bias, calibrated, training), validation)


def ngram_artifact(
    name: str,
    encoder: EncoderSettings,
    weights: Floats,
    bias: float,
    calibrated: Calibration,
    training: dict[str, Any],
) -> Artifact:
    """The artifact of an n-gram bag: ``weights`` [2**bits] as trained, kept in 8 bits each."""
    return make(
        name,
        Part("ngram_bag", {"size": len(weights)}),
        encoders.ngrams(encoder),
        {"sum/weights": (weights, "root8"), "sum/bias": (np.array(bias), "float32")},
        calibrated,
        training,
    )


def matrix(rows: Sequence[Ids], width: int) -> scipy.sparse.csr_matrix:
    """Binary [texts, ids]."""
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return scipy.sparse.csr_matrix(
        (np.ones(ends[-1], np.float32), np.concatenate(rows), ends), shape=(len(rows), width)
    )


def fit_weights(
    features: scipy.sparse.csr_matrix,
    positive: Labels,
    settings: TrainingSettings,
    importance: Floats | None = None,
) -> tuple[npt.NDArray[np.float32], float]:
    """Weights [ids] and bias. The ratios start the search and scale the penalty: rare n-grams of
    one class stay small.

    ``importance``: how much each text counts, [texts]; by default 1.
    """
    counted = features if importance is None else features.multiply(importance[:, None]).tocsr()
    counts = [
        settings.smoothing + np.asarray(counted[rows].sum(0)).ravel()
        for rows in (positive, ~positive)
    ]
    ratios = np.subtract(*(np.log(count / count.sum()) for count in counts)).astype(np.float32)
    scaled = features.multiply(ratios).tocsr().astype(np.float32)
    regression = LogisticRegression(
        C=settings.strength,
        solver="liblinear",
        dual=True,
        tol=1e-3,
        max_iter=5_000,  # 300 were seen; the loss itself hardly falls after 200
        random_state=settings.seed,
    )
    regression.fit(scaled, positive, sample_weight=importance)
    return (regression.coef_[0] * ratios).astype(np.float32), float(regression.intercept_[0])

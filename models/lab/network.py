"""Training one network from a file: vocabulary, training loop, calibration, artifact."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from models import artifact, calibration, networks, storage, tracking, words
from models.artifact import Artifact, Part
from models.augmentation import NONE, Augmentations
from models.batches import Examples
from models.calibration import Floats, Labels
from models.datasets import LabelledReviews, read
from models.encoders import VOCABULARY, WORDS
from models.evaluation import evaluate
from models.fitting import Fitted, Resumption, fit, precision, predict
from models.fitting_settings import Epoch, Progress
from models.folds import folds
from models.lab.card import network_card
from models.lab.plans import NetworkPlan, described
from models.networks import of_words
from models.training import Trained
from schemas.errors import InputError

FOLDS = 10
"""One part in so many of the file is held out: it decides when to stop, and calibrates."""

LIBRARIES = ("keras", "numpy", "tensorflow")
STORAGE: storage.Storage = "float16"


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """A network after its training. ``logits``: of the texts held out, by its weights as they are stored."""

    encoder: words.WordEncoder
    arrays: dict[str, storage.Array] = field(repr=False)
    logits: npt.NDArray[np.float32] = field(repr=False)
    fitted: Fitted


def train(
    path: Path,
    name: str,
    clean: Callable[[str], str],
    plan: NetworkPlan,
    out: Path,
    progress: Progress,
    *,
    augment: Augmentations = NONE,
    tracking_uri: str = "",
) -> Trained:
    """Train on a labelled CSV(.gz), write the artifact to ``out``, and track the run.

    After a kill the same call goes on after the last whole epoch, which is kept beside ``out``. The validation figures are
    of the reviews that calibrated it (two numbers, so they flatter little) and that decided when to stop.
    Raises ``InputError``.
    """
    progress("reading", 0.0)
    data = read(path)
    texts = [clean(text) for text in data.texts]
    rest, held_out = folds(len(texts), FOLDS, plan.fitting.seed)[0]
    if any(len(np.unique(data.positive[part])) < 2 for part in (rest, held_out)):
        raise InputError(f"{path}: too few reviews of one label to hold a tenth of them out")
    setup = hashlib.sha256(repr((data.sha256, described(plan), augment.described())).encode()).hexdigest()[:16]
    checkpoint = out.with_name(f"{out.name}.training") / "checkpoint.npz"
    parameters = described(plan) | {"data": path.name, "data_sha256": data.sha256} | augment.described()
    with tracking.tracked(tracking_uri, name, parameters, setup=setup) as run:
        added, labels = augment([texts[at] for at in rest], data.positive[rest])
        learned = fitted(
            plan,
            [texts[at] for at in rest] + added,
            np.concatenate([data.positive[rest], labels]),
            [texts[at] for at in held_out],
            data.positive[held_out],
            progress,
            observe=run.epoch,
            resumption=Resumption(checkpoint, setup),
        )
        trained = _trained(name, path, data, plan, learned, data.positive[held_out], augment)
        artifact.save(trained.artifact, out, network_card(trained))
        run.parameters({"fingerprint": trained.artifact.version})
        run.figures(asdict(trained.validation))
        run.folder(out)
    shutil.rmtree(checkpoint.parent)
    progress("done", 1.0)
    return trained


def fitted(
    plan: NetworkPlan,
    texts: Sequence[str],
    positive: Labels,
    held_out: Sequence[str],
    truth: Labels,
    progress: Progress,
    *,
    observe: Callable[[Epoch], None] = lambda epoch: None,
    resumption: Resumption | None = None,
) -> FittedNetwork:
    """Train on texts, stop by those held out. The same texts, plan and machine give the same network."""
    encoder = words.learn(texts, plan.words, plan.length)
    training = Examples(encoder(texts), positive.astype(np.float32))
    validation = Examples(encoder(held_out), truth.astype(np.float32))
    keras.utils.set_random_seed(plan.fitting.seed)
    with precision():
        network = of_words.build(plan.kind, vocabulary=encoder.vocabulary, **plan.config)
        fitted = fit(network, training, validation, plan.fitting, progress=progress, observe=observe, resumption=resumption)
    arrays = {key: storage.stored(array, STORAGE) for key, array in networks.arrays(network).items()}
    # What is calibrated must be what is shipped: in whole precision, with weights as they are on disk.
    shipped = of_words.build(plan.kind, vocabulary=encoder.vocabulary, **plan.config)
    networks.assign(shipped, arrays)
    return FittedNetwork(encoder, arrays, predict(shipped, validation), fitted)


def _trained(
    name: str, path: Path, data: LabelledReviews, plan: NetworkPlan, learned: FittedNetwork, truth: Labels, augment: Augmentations
) -> Trained:
    logits: Floats = learned.logits
    calibrated = calibration.fit(logits, truth)
    validation = evaluate(calibration.apply(calibrated, logits), truth)
    training: dict[str, Any] = {
        "data": path.name,
        "data_sha256": data.sha256,
        "reviews": len(data.texts),
        "settings": described(plan),
        "libraries": {library: version(library) for library in LIBRARIES},
        "epochs": len(learned.fitted.history),
        "best_epoch": learned.fitted.best,
        "seconds": round(sum(epoch.seconds for epoch in learned.fitted.history), 1),
        "held_out": asdict(validation),
        **augment.described(),
    }
    return Trained(network_artifact(name, plan, learned, calibrated, training), validation)


def network_artifact(
    name: str, plan: NetworkPlan, learned: FittedNetwork, calibrated: calibration.Calibration, training: dict[str, Any]
) -> Artifact:
    """The artifact of a network that reads words: its weights in 16 bits each, and its vocabulary."""
    arrays: dict[str, tuple[storage.Array, storage.Storage]] = {key: (array, STORAGE) for key, array in learned.arrays.items()}
    return artifact.make(
        name,
        Part(plan.kind, {"vocabulary": learned.encoder.vocabulary, **plan.config}),
        Part(WORDS, {"length": plan.length}),
        arrays | {VOCABULARY: (words.as_array(learned.encoder.words), "exact")},
        calibrated,
        training,
    )

"""Training of one network from a file: vocabulary, training loop, calibration, artifact."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from infra.files import FileOptions
from models import networks
from models.artifact import artifact, calibration
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Floats, Labels
from models.augmentation import NONE, Augmentations
from models.evaluation.classification_metrics import evaluate
from models.inference.encoders import VOCABULARY, WORDS
from models.lab import encoder_training
from models.lab.fitted import FittedNetwork, stored
from models.lab.network_card import network_card
from models.lab.plans import MiniLmPlan, NetworkPlan, described
from models.networks import word_networks
from models.text import vocabulary
from models.training import tracking
from models.training.batches import Examples
from models.training.datasets import LabelledReviews, read
from models.training.folds import folds
from models.training.ngram_training import Trained
from models.training.training_loop import Resumption, fit, precision, predict
from models.training.training_settings import Epoch, Progress
from schemas.errors import InputError

FOLDS = 10
"""One part in so many of the file is held out: it decides when to stop, and calibrates."""

LIBRARIES = ("keras", "numpy", "tensorflow")


def train(
    path: Path,
    name: str,
    clean: Callable[[str], str],
    plan: NetworkPlan | MiniLmPlan,
    out: Path,
    progress: Progress,
    *,
    augment: Augmentations = NONE,
    tracking_uri: str = "",
    options: FileOptions | None = None,
) -> Trained:
    """Train on a labelled table, write the artifact to ``out``, and track the run.

    After a kill the same call goes on after the last whole epoch, which is kept beside ``out``. The
    validation figures are of the reviews that calibrated it (two numbers, so they flatter little)
    and that decided when to stop. Raises ``InputError``.
    """
    progress("reading", 0.0)
    data = read(path, options)
    texts = [clean(text) for text in data.texts]
    rest, held_out = folds(len(texts), FOLDS, plan.fitting.seed)[0]
    if any(len(np.unique(data.positive[part])) < 2 for part in (rest, held_out)):
        raise InputError(f"{path}: too few reviews of one label to hold a tenth of them out")
    setup = hashlib.sha256(
        repr((data.sha256, described(plan), augment.described())).encode()
    ).hexdigest()[:16]
    checkpoint = out.with_name(f"{out.name}.training") / "checkpoint.npz"
    parameters = (
        described(plan) | {"data": path.name, "data_sha256": data.sha256} | augment.described()
    )
    with tracking.tracked(tracking_uri, name, parameters, setup=setup) as run:
        added, labels = augment([texts[at] for at in rest], data.positive[rest])
        given = [texts[at] for at in rest] + added
        targets = np.concatenate([data.positive[rest], labels])
        rated = [texts[at] for at in held_out]
        truth = data.positive[held_out]
        resumption = Resumption(checkpoint, setup)
        sides = (given, targets, rated, truth, progress)
        if isinstance(plan, MiniLmPlan):
            learned = encoder_training.fitted(
                plan, *sides, observe=run.epoch, resumption=resumption
            )
        else:
            learned = fitted(plan, *sides, observe=run.epoch, resumption=resumption)
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
    """Train on texts, stop by those held out. The same texts, plan and machine give the same
    network.
    """
    encoder = vocabulary.learn(texts, plan.words, plan.length)
    config = {"vocabulary": encoder.vocabulary, **plan.config}
    training = Examples(encoder(texts), positive.astype(np.float32))
    validation = Examples(encoder(held_out), truth.astype(np.float32))
    keras.utils.set_random_seed(plan.fitting.seed)
    with precision():
        network = word_networks.build(plan.kind, **config)
        fitted = fit(
            network,
            training,
            validation,
            plan.fitting,
            progress=progress,
            observe=observe,
            resumption=resumption,
        )
    arrays = stored(network)
    # What is calibrated must be what is shipped: in whole precision, with weights as they are on
    # disk.
    shipped = word_networks.build(plan.kind, **config)
    networks.assign(shipped, {name: array for name, (array, _) in arrays.items()})
    return FittedNetwork(
        Part(plan.kind, config),
        Part(WORDS, {"length": plan.length}),
        arrays | {VOCABULARY: (vocabulary.as_array(encoder.words), "exact")},
        predict(shipped, validation),
        fitted,
        sum(epoch.seconds for epoch in fitted.history),
    )


def _trained(
    name: str,
    path: Path,
    data: LabelledReviews,
    plan: NetworkPlan | MiniLmPlan,
    learned: FittedNetwork,
    truth: Labels,
    augment: Augmentations,
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
        "seconds": round(learned.seconds, 1),
        "held_out": asdict(validation),
        **augment.described(),
    }
    return Trained(network_artifact(name, learned, calibrated, training), validation)


def network_artifact(
    name: str, learned: FittedNetwork, calibrated: calibration.Calibration, training: dict[str, Any]
) -> Artifact:
    """The artifact of a network that was trained here."""
    return artifact.make(
        name, learned.network, learned.encoder, learned.arrays, calibrated, training
    )

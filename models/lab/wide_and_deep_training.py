"""Training of the wide and deep network: n-gram weights by convex optimization, the deep side by
gradient descent, then the mixture weights.

The weights of the experts and the calibration are found on reviews that none of the experts had
seen; then the experts learn from those reviews, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from models import networks
from models.artifact import artifact, calibration
from models.artifact.array_storage import Array, Storage, stored
from models.artifact.artifact import Artifact, Part
from models.artifact.calibration import Calibration, Floats, Labels
from models.evaluation.classification_metrics import Evaluation, evaluate
from models.inference import encoders
from models.lab.teacher_output import SoftLabels, load_soft_labels, load_vectors, review_key
from models.networks import wide_and_deep
from models.networks.wide_and_deep import DeepShape
from models.text import vocabulary
from models.text.feature_index import Bitmap, bitmap
from models.text.ngrams import Encoder, EncoderSettings
from models.text.vocabulary import WordEncoder
from models.training.batches import Examples
from models.training.datasets import LabelledReviews, read
from models.training.folds import folds
from models.training.ngram_training import TrainingSettings, fit_weights, matrix
from models.training.training_loop import fit, predict
from models.training.training_settings import FittingSettings, Progress

LIBRARIES = ("keras", "numpy", "scikit-learn", "scipy", "tensorflow")
STORAGE: dict[str, Storage] = {"wide/table": "root8", "embedding/embeddings": "linear8"}
"""Of the large tables; everything else is kept in 16 bits."""


@dataclass(frozen=True, slots=True)
class WideAndDeepSettings:
    """``held_out``: one part in so many of the reviews decides how the experts are weighed.

    ``long``, ``short``, ``taught``: how n-gram weights are found of reviews, of reviews and
    sentences, of what a teacher said. ``sentences``: weight of a review of the second file beside
    one of the first, for the experts on short texts. ``dropped``: share of the n-gram weights, the
    smallest, that are not kept: of the n-gram bag four fifths can go unnoticed. ``middle`` and
    ``step``: the words at which both kinds of expert count alike, and how sharply that changes.
    """

    seed: int = 0
    held_out: int = 5
    bits: int = 23
    ngrams: int = 3
    long: TrainingSettings = field(default_factory=TrainingSettings)
    short: TrainingSettings = field(default_factory=lambda: TrainingSettings(strength=1.0))
    taught: TrainingSettings = field(default_factory=lambda: TrainingSettings(strength=0.1))
    sentences: float = 10.0
    dropped: float = 0.8
    words: int = 30_000
    length: int = 240
    dimensions: int = 64
    filters: int = 96
    middle: float = 50.0
    step: float = 0.3
    fitting: FittingSettings = field(
        default_factory=lambda: FittingSettings(
            epochs=4, batch=32, learning_rate=1.5e-3, patience=4, class_weights=False, decay=True
        )
    )


SETTINGS = {
    "en": WideAndDeepSettings(),
    # Characters are its words, of which there are fewer and whose n-grams are longer; the file is
    # small.
    "zh": WideAndDeepSettings(
        bits=20, ngrams=4, words=6_000, long=TrainingSettings(strength=1.0), dropped=0.5,
        fitting=replace(WideAndDeepSettings().fitting, epochs=3),
    ),
}  # fmt: skip
"""By language, each chosen on folds of its training data."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Cleaned texts, whether each is positive, and whether it is of the second file, that of
    sentences.
    """

    texts: list[str] = field(repr=False)
    positive: Labels = field(repr=False)
    sentence: npt.NDArray[np.bool_] = field(repr=False)

    def part(self, positions: npt.NDArray[np.intp]) -> Texts:
        """Some of them."""
        return Texts(
            [self.texts[at] for at in positions], self.positive[positions], self.sentence[positions]
        )


@dataclass(frozen=True, slots=True)
class Lessons:
    """Output of a teacher: texts with soft labels, and word vectors (word → row, and the rows)."""

    soft: SoftLabels
    vectors: tuple[dict[str, int], Array]

    @classmethod
    def read(cls, teacher: Path) -> Lessons:
        """From its folder. Raises ``InputError``."""
        return cls(load_soft_labels(teacher), load_vectors(teacher))

    def without(self, reviews: Collection[str]) -> Lessons:
        """Those that do not come from any of these reviews, given by key."""
        return Lessons(self.soft.without(reviews), self.vectors)


@dataclass(frozen=True, slots=True)
class Experts:
    """Experts of the network before they are mixed: their arrays, as stored, and their encoders."""

    arrays: dict[str, Array] = field(repr=False)
    words: WordEncoder
    shape: DeepShape


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and how good it was on reviews held out, by file."""

    artifact: Artifact
    validation: dict[str, Evaluation]


def train(
    files: Sequence[Path],
    teacher: Path | None,
    name: str,
    language: str,
    clean: Callable[[str], str],
    settings: WideAndDeepSettings,
    progress: Progress,
) -> Trained:
    """Train on labelled files, one of reviews and perhaps one of sentences, and on what a teacher
    said. Raises ``InputError``.
    """
    progress("reading", 0.0)
    read_files = [read(path) for path in files]
    every = _joined(read_files, clean)
    lessons = (
        Lessons.read(teacher)
        if teacher
        else Lessons(SoftLabels([], np.zeros(0), []), ({}, np.zeros((0, 1), np.float32)))
    )
    rest, held_out = folds(len(every.texts), settings.held_out, settings.seed)[0]
    part = every.part(held_out)
    others = lessons.without({review_key(text) for text in part.texts})
    experts = learn(
        every.part(rest), others, settings, lambda step, share: progress(step, 0.45 * share)
    )
    logits, shortness = judge(experts, part.texts, settings)
    mixture = weigh(logits, shortness, part.positive)
    mixed = mix(mixture, logits, shortness)
    calibrated = calibration.fit(mixed, part.positive)
    scores = calibration.apply(calibrated, mixed)
    validation = {
        path.name: evaluate(scores[part.sentence == second], part.positive[part.sentence == second])
        for path, second in zip(files, (False, True), strict=False)
    }
    experts = learn(
        every, lessons, settings, lambda step, share: progress(step, 0.45 + 0.55 * share)
    )
    training: dict[str, Any] = {
        "data": [path.name for path in files],
        "data_sha256": [file.sha256 for file in read_files],
        "reviews": len(every.texts),
        "soft_labels": len(lessons.soft.texts),
        "settings": asdict(settings),
        "libraries": {library: version(library) for library in LIBRARIES},
        "held_out": {file: asdict(figures) for file, figures in validation.items()},
    }
    progress("done", 1.0)
    return Trained(
        _artifact(name, language, experts, mixture, calibrated, settings, training), validation
    )


def learn(
    texts: Texts, lessons: Lessons, settings: WideAndDeepSettings, progress: Progress
) -> Experts:
    """Every expert, from these texts alone."""
    encoder = vocabulary.learn(texts.texts, settings.words, settings.length)
    progress("n-grams", 0.0)
    arrays = _wide(texts, lessons.soft, settings)
    shape = DeepShape(encoder.vocabulary, settings.dimensions, settings.filters)
    keras.utils.set_random_seed(settings.seed)
    network = wide_and_deep.deep(shape)
    network.get_layer("embedding").set_weights([_initial(encoder, lessons.vectors, settings)])
    rows = encoder([*texts.texts, *lessons.soft.texts])["ids"]
    targets = np.concatenate(
        [texts.positive.astype(np.float32), lessons.soft.scores.astype(np.float32)]
    )
    # What it is validated on only fills the progress in: the number of epochs is a setting.
    shown = folds(len(texts.texts), 50, settings.seed)[0][1]
    validation = Examples({"words": [rows[at] for at in shown]}, targets[shown])
    training = Examples({"words": rows}, targets)
    fit(
        network,
        training,
        validation,
        settings.fitting,
        progress=lambda step, share: progress(step, 0.1 + 0.9 * share),
    )
    arrays |= networks.arrays(network)
    return Experts(
        {key: stored(array, _storage(key)) for key, array in arrays.items()}, encoder, shape
    )


def judge(
    experts: Experts, texts: Sequence[str], settings: WideAndDeepSettings
) -> tuple[Floats, Floats]:
    """The experts' logits [texts, experts] and the shortness [texts] of each text, with weights as
    they are stored.
    """
    network = wide_and_deep.deep(experts.shape)
    networks.assign(network, experts.arrays)
    rows = experts.words(texts)["ids"]
    deep = predict(network, Examples({"words": rows}, np.zeros(len(texts), np.float32)))
    features = matrix(
        Encoder(EncoderSettings(settings.bits, settings.ngrams))(texts), 2**settings.bits
    )
    wide = features @ experts.arrays["wide/table"] + experts.arrays["wide/bias"]
    counts = np.array([len(row) for row in rows])
    shortness = 1 / (1 + np.exp((np.log(counts + 1) - np.log(settings.middle)) / settings.step))
    return np.column_stack([wide, deep]), shortness


def weigh(logits: Floats, shortness: Floats, positive: Labels) -> Array:
    """The weights [2, experts + 1] with which the experts together judge best: of long texts and of
    short ones.
    """
    regression = LogisticRegression(C=100.0, fit_intercept=False, max_iter=1000)
    regression.fit(_interactions(logits, shortness), positive)
    return np.asarray(regression.coef_[0].reshape(2, -1), np.float32)


def mix(mixture: Array, logits: Floats, shortness: Floats) -> Floats:
    """The logits [texts] of all experts together."""
    mixed: Floats = _interactions(logits, shortness) @ mixture.ravel()
    return mixed


def _interactions(logits: Floats, shortness: Floats) -> Floats:
    experts = np.column_stack([logits, np.ones(len(logits))])
    return np.column_stack([(1 - shortness)[:, None] * experts, shortness[:, None] * experts])


def _wide(texts: Texts, soft: SoftLabels, settings: WideAndDeepSettings) -> dict[str, Array]:
    """The weights of n-grams, a column for each expert: on reviews, and where there are any, on
    sentences and on lessons.

    What is learnt of lessons is no good judge of reviews by itself. It tells what in the deep
    side's judgement is no more than a sum over words, which the others know better: its weight in
    the mixture comes out negative.
    """
    encode, width = Encoder(EncoderSettings(settings.bits, settings.ngrams)), 2**settings.bits
    features = matrix(encode(texts.texts), width)
    reviews = np.flatnonzero(~texts.sentence)
    columns = [fit_weights(features[reviews], texts.positive[reviews], settings.long)]
    if texts.sentence.any():
        importance = np.where(texts.sentence, settings.sentences, 1.0)
        columns.append(fit_weights(features, texts.positive, settings.short, importance))
    if soft.texts:
        sure = np.abs(2 * soft.scores - 1)
        columns.append(
            fit_weights(matrix(encode(soft.texts), width), soft.scores > 0.5, settings.taught, sure)
        )
    kept = [_largest(weights, 1 - settings.dropped) for weights, _ in columns]
    return {
        "wide/table": np.column_stack(kept),
        "wide/bias": np.array([bias for _, bias in columns], np.float32),
    }


def compact(table: Array) -> tuple[Bitmap, Array]:
    """Which ids [ids] have any weights, and the weights of those, behind a row of zeros for
    ``PADDING``.
    """
    known = np.asarray(table.any(axis=1))
    return bitmap(known), np.concatenate([np.zeros((1, table.shape[1]), table.dtype), table[known]])


def _largest(weights: Array, share: float) -> Array:
    """The weights, all but that share of those that are not zero set to zero."""
    sizes = np.abs(weights)
    least = np.quantile(sizes[sizes > 0], 1 - share) if sizes.any() else 0.0
    kept: Array = np.where(sizes >= least, weights, 0).astype(np.float32)
    return kept


def _initial(
    encoder: WordEncoder, vectors: tuple[dict[str, int], Array], settings: WideAndDeepSettings
) -> Array:
    """Vectors to begin with [vocabulary, dimensions]: the teacher's where it knows the word, else
    small and by chance.
    """
    rows, known = vectors
    table = (
        np.random.default_rng(settings.seed)
        .normal(0, 0.05, (encoder.vocabulary, settings.dimensions))
        .astype(np.float32)
    )
    scaled = (
        known[:, : settings.dimensions] * (0.2 / known[:, : settings.dimensions].std())
        if rows
        else known
    )
    for word, number in zip(
        encoder.words, range(vocabulary.FIRST, encoder.vocabulary), strict=True
    ):
        if word in rows:
            table[number] = scaled[rows[word]]
    return table


def _joined(files: Sequence[LabelledReviews], clean: Callable[[str], str]) -> Texts:
    return Texts(
        [clean(text) for file in files for text in file.texts],
        np.concatenate([file.positive for file in files]),
        np.repeat([False, True][: len(files)], [len(file.texts) for file in files]),
    )


def _storage(key: str) -> Storage:
    return STORAGE.get(key, "float16")


def _artifact(
    name: str,
    language: str,
    experts: Experts,
    mixture: Array,
    calibrated: Calibration,
    settings: WideAndDeepSettings,
    training: dict[str, Any],
) -> Artifact:
    arrays: dict[str, tuple[Array, Storage]] = {
        key: (array, _storage(key)) for key, array in experts.arrays.items()
    }
    known, table = compact(experts.arrays["wide/table"])
    arrays |= {"wide/table": (table, _storage("wide/table")), encoders.KNOWN: (known, "exact")}
    arrays |= {"mixture/weights": (mixture, "float32")}
    arrays |= {encoders.VOCABULARY: (vocabulary.as_array(experts.words.words), "exact")}
    size, experts_on_n_grams = arrays["wide/table"][0].shape
    network = {
        "size": size,
        "experts": experts_on_n_grams,
        "middle": settings.middle,
        "step": settings.step,
    }
    encoder = {"length": settings.length, **asdict(EncoderSettings(settings.bits, settings.ngrams))}
    parts = (
        Part("wide_and_deep", network | asdict(experts.shape)),
        Part(encoders.NGRAMS_AND_WORDS, encoder),
    )
    return artifact.make(name, *parts, arrays, calibrated, training, (language,))

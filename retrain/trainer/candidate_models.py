"""Candidate models: an adapter over the champion, and a model trained from scratch. Both are
deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
import scipy.sparse

from models import labels
from models.artifact import calibration
from models.artifact.array_storage import stored
from models.artifact.artifact import ENGLISH, Artifact
from models.artifact.calibration import Floats, Labels
from models.labels import Positions
from models.rollout.traffic import ANY_LANGUAGE
from models.text.ngrams import Encoder, EncoderSettings
from models.training import adaptation, ngram_training
from models.training.adaptation import AdaptationSettings, Lessons, adapt
from models.training.folds import folds
from models.training.ngram_training import LIBRARIES, TrainingSettings, fit_weights, matrix
from retrain.shared.core.examples import Dataset, Example
from retrain.trainer.candidate_trial import judgement
from schemas.errors import InputError

Kind = Literal["adapter", "scratch", "given"]
CERTAIN = 1e-7
FOLDS = 3
CROSS_FOLDS = 3
"""Adapters that are made to answer texts which they have not learnt: each learns two thirds."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be better, and how it was made.

    ``unseen``: labels of the texts to cross-fit, each by a model made in the same way without the
    texts of its fold, as positions in ``LABELS``; None where there are no such models.
    """

    kind: Kind
    artifact: Artifact
    unseen: Positions | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What candidates learn besides the data set's base. ``sides``, ``neutral``: examples of the
    data set's; ``logits``: what the champion without adapter says of the former [sides].
    """

    sides: Sequence[Example] = field(repr=False)
    logits: Floats = field(repr=False)
    neutral: Sequence[Example] = field(repr=False)

    @property
    def both_sides(self) -> bool:
        """Whether there are texts of both sides to learn."""
        return len({example.label for example in self.sides}) == 2

    def without(self, keys: Collection[str]) -> Lesson:
        """The same without the texts that have these keys."""
        kept = np.array([example.key not in keys for example in self.sides], np.bool_)
        return Lesson(
            [example for example, keep in zip(self.sides, kept, strict=True) if keep],
            self.logits[kept],
            [example for example in self.neutral if example.key not in keys],
        )


def candidates(
    champion: Artifact,
    dataset: Dataset,
    lesson: Lesson,
    language: str,
    cross_fitted: Sequence[Example] = (),
) -> Iterator[Candidate]:
    """``language``: of the texts. ``cross_fitted``: texts of the lesson that adapters which have
    not seen them answer as well.

    Nothing where all texts are of one side. From scratch only for English: what makes an n-gram bag
    says so of it.
    """
    if not lesson.both_sides:
        return
    made = {
        "data": ["feedback and ratings", "base"],
        "data_sha256": [dataset.sha256],
        "reviews": len(lesson.sides) + len(lesson.neutral) + len(dataset.base),
        "counts": dataset.counts(),
        "parent": champion.version,
        "libraries": {library: version(library) for library in LIBRARIES},
    }
    base = adaptation.base_of(champion)
    old = [example for example in dataset.base if example.sided]
    if adaptation.adaptable(base):
        fit = partial(_adapted, base, old, said(base, old, language), dataset.base, language)
        unseen = _cross_fitted(fit, lesson, cross_fitted, language) if cross_fitted else None
        yield Candidate("adapter", fit(lesson, made), unseen)
    if champion.languages == ENGLISH:
        yield Candidate(
            "scratch",
            scratch(champion, [*lesson.sides, *old], TrainingSettings(folds=FOLDS), made),
        )


def _adapted(
    base: Artifact,
    old: Sequence[Example],
    old_logits: Floats,
    rehearsal: Sequence[Example],
    language: str,
    lesson: Lesson,
    made: Mapping[str, Any],
) -> Artifact:
    """``base`` with an adapter. ``old``: the examples of ``rehearsal`` that take a side."""
    settings = AdaptationSettings()
    return adapt(
        base,
        lessons(lesson.sides),
        lesson.logits,
        lessons(old),
        old_logits,
        settings,
        {**base.training, **made, "settings": asdict(settings)},
        neutral=[each.text for each in (*lesson.neutral, *rehearsal) if not each.sided],
        languages=() if language == ANY_LANGUAGE else (language,),
    )


def _cross_fitted(
    fit: Callable[[Lesson, Mapping[str, Any]], Artifact],
    lesson: Lesson,
    examples: Sequence[Example],
    language: str,
) -> Positions | None:
    """Labels of the examples, each by an adapter that has not learnt it; None where the texts
    without a fold are all of one side.
    """
    found = np.zeros(len(examples), np.int64)
    for _, part in folds(len(examples), CROSS_FOLDS, AdaptationSettings().seed):
        asked = [examples[at] for at in part]
        rest = lesson.without({example.key for example in asked})
        if not rest.both_sides:
            return None
        found[part] = labels.positions(judgement(fit(rest, {}), asked, language))
    return found


def scratch(
    champion: Artifact,
    examples: Sequence[Example],
    settings: TrainingSettings,
    made: dict[str, Any],
) -> Artifact:
    """An n-gram bag, trained on these examples alone. Raises ``InputError`` where they are too few
    of one label.
    """
    found, encoder = lessons(examples), EncoderSettings()
    features = matrix(Encoder(encoder)(found.texts), 2**encoder.bits)
    logits = np.zeros(len(examples))
    for rest, part in folds(len(examples), settings.folds, settings.seed):
        weights, bias = fitted(features[rest], found.positive[rest], found.weights[rest], settings)
        logits[part] = features[part] @ stored(weights, "root8") + bias
    calibrated = calibration.fit(logits, found.positive)
    weights, bias = fitted(features, found.positive, found.weights, settings)
    made_of = {**made, "settings": asdict(settings)}
    return ngram_training.ngram_artifact(champion.name, encoder, weights, bias, calibrated, made_of)


def fitted(
    features: scipy.sparse.csr_matrix, positive: Labels, weights: Floats, settings: TrainingSettings
) -> tuple[Floats, float]:
    """Weights and bias. Raises ``InputError``."""
    if len(np.unique(positive)) < 2:
        raise InputError("too few reviews of one label")
    return fit_weights(features, positive, settings, weights)


def out_of_fold(champion: Artifact, learnt: Sequence[Example], logits: Floats) -> Floats:
    """P(positive) of each example by a corrected champion that has not seen its label; the
    champion's where none can be had.
    """
    found, scores = lessons(learnt), np.array(logits, np.float64)
    base = adaptation.base_of(champion)
    if adaptation.adaptable(base):
        scores += adaptation.out_of_fold(base, found, logits, AdaptationSettings())
    return 1 / (1 + np.exp(-np.clip(scores, -80, 80)))


def said(model: Artifact, examples: Sequence[Example], language: str) -> Floats:
    """The calibrated log-odds of positive to negative by a model, of texts in the languages that
    they name, else in this one [examples].
    """
    if not examples:
        return np.zeros(0)
    judged = judgement(model, examples, language).probabilities
    positive = np.clip(labels.sides(judged).astype(np.float64), CERTAIN, 1 - CERTAIN)
    logits: Floats = np.log(positive / (1 - positive))
    return logits


def lessons(examples: Sequence[Example]) -> Lessons:
    """Examples that take a side, as columns."""
    return Lessons(
        [example.text for example in examples],
        np.array([example.label == "positive" for example in examples], np.bool_),
        np.array([example.weight for example in examples]),
    )

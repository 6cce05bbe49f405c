"""Covariate (input) drift: changes in the texts, by their descriptors and by their vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from models.artifact.calibration import Floats
from retrain.drift.core.drift_statistics import compare
from retrain.drift.core.finding import Detector, DriftReport, threshold
from retrain.drift.core.multiple_testing import holm
from retrain.drift.core.samples import DESCRIPTORS, Sample, Window, Words
from schemas.records import DriftKind


@dataclass(frozen=True, slots=True)
class DescriptorDrift:
    """The descriptor that differs most: Wasserstein distance in standard deviations;
    Kolmogorov-Smirnov, corrected by Holm.
    """

    kind: ClassVar[DriftKind] = "input"
    min_descriptor: float = threshold(
        0.1,
        "Minimum effect for descriptor drift: Wasserstein distance of a text descriptor, in "
        "standard deviations.",
        most=None,
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        if not len(reference.scored) or not len(current.scored):
            return None
        before, after = reference.scored.descriptors, current.scored.descriptors
        columns = [column for column in range(len(DESCRIPTORS)) if np.ptp(before[:, column]) > 0]
        if not columns:
            return None
        p_values = holm([compare("ks", before[:, column], after[:, column]) for column in columns])
        effects = [
            compare("wasserstein", before[:, column], after[:, column]) for column in columns
        ]
        # What is large and sure before what is only one of the two.
        found = list(zip(columns, effects, p_values, strict=True))
        column, effect, p_value = min(
            found, key=lambda each: (each[1] < self.min_descriptor, each[2], -each[1])
        )
        evidence = {
            DESCRIPTORS[each]: {"effect": round(size, 4), "p_value": chance}
            for each, size, chance in found
        }
        return DriftReport(
            f"descriptors/{DESCRIPTORS[column]}",
            self.kind,
            effect,
            self.min_descriptor,
            p_value,
            {"descriptors": evidence},
        )


@dataclass(frozen=True, slots=True)
class VocabularyDrift:
    """Rise of the share of a review's distinct words that one half of the reference lacks, over
    that of the other half.

    Welch's test on the share of each review, against more. Fewer unknown words are no drift that a
    model would suffer from.
    """

    kind: ClassVar[DriftKind] = "input"
    min_unknown: float = threshold(
        0.01,
        "Minimum effect for vocabulary drift: rise of the share of words that the reference "
        "does not contain.",
    )

    def __call__(self, reference: Window, current: Window) -> DriftReport | None:
        """See ``Detect``."""
        known, rest = _halves(reference.scored.distinct)
        words: Words = np.asarray(known.words.sum(axis=0)).ravel() > 0
        before, after = unknown(rest, words), unknown(current.scored.distinct, words)
        if min(len(before), len(after)) < 2 or np.ptp(before) == np.ptp(after) == 0:
            return None
        p_value = float(
            stats.ttest_ind(after, before, equal_var=False, alternative="greater").pvalue
        )
        shares = {
            "reference": round(float(before.mean()), 4),
            "current": round(float(after.mean()), 4),
        }
        effect = float(after.mean() - before.mean())
        return DriftReport(
            "vocabulary", self.kind, effect, self.min_unknown, p_value, {"unknown_words": shares}
        )


def unknown(sample: Sample, known: Words) -> Floats:
    """The share of each review's distinct words that are not known, of those reviews that have
    words.
    """
    counts = np.asarray(sample.words.sum(axis=1)).ravel()
    shares: Floats = 1 - (sample.words @ known.astype(np.float32))[counts > 0] / counts[counts > 0]
    return shares


def _halves(sample: Sample) -> tuple[Sample, Sample]:
    """By text, so that the same reference is always halved alike; neither half knows the texts of
    the other.
    """
    first = sample.digests % np.uint64(2) == 0
    return sample.take(first), sample.take(~first)


DETECTORS: tuple[type[Detector], ...] = (DescriptorDrift, VocabularyDrift)

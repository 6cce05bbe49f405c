"""Input drift of the vocabulary: the share of words that the reference does not contain."""

from __future__ import annotations

import numpy as np
from scipy import stats

from models.artifact.calibration import Floats
from retrain.drift.core.finding import DriftReport, Thresholds
from retrain.drift.core.samples import Sample, Window, Words


def vocabulary(reference: Window, current: Window, thresholds: Thresholds) -> DriftReport | None:
    """Rise of the share of a review's distinct words that one half of the reference lacks, over
    that of the other half.

    Welch's test on the share of each review, against more. Fewer unknown words are no drift that a
    model would suffer from.
    """
    known, rest = _halves(reference.scored.distinct)
    words: Words = np.asarray(known.words.sum(axis=0)).ravel() > 0
    before, after = unknown(rest, words), unknown(current.scored.distinct, words)
    if min(len(before), len(after)) < 2 or np.ptp(before) == np.ptp(after) == 0:
        return None
    p_value = float(stats.ttest_ind(after, before, equal_var=False, alternative="greater").pvalue)
    shares = {"reference": round(float(before.mean()), 4), "current": round(float(after.mean()), 4)}
    effect = float(after.mean() - before.mean())
    return DriftReport(
        "vocabulary", "input", effect, thresholds.min_unknown, p_value, {"unknown_words": shares}
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

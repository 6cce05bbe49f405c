"""Figures of a model on held-out texts by set and language, with the error of its confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.lab.judgement import encoder_figures as figures
from models.lab.judgement.encoder_figures import FEWEST
from models.lab.judgement.sources import SOURCES
from models.lab.judgement.student.prepared import Chosen, Floats, Places, Prepared

BINS = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """``ece``: the expected calibration error of the label's confidence, in ten bins; see
    ``figures.Figures`` for the others.
    """

    texts: int
    macro_f1: float
    balanced: float
    accuracy: float
    ece: float


def judged(rows: Prepared) -> Chosen:
    """Held-out texts, and those of the sets that only test."""
    tests = np.array([name in SOURCES and SOURCES[name].test for name in rows.names["sets"]])
    chosen: Chosen = rows.held_out | (
        tests[rows.sets] & (rows.original == np.arange(len(rows.original)))
    )
    return chosen


def probabilities(logits: Floats) -> Floats:
    """By the softmax."""
    found = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(found / found.sum(1, keepdims=True))


def measured(logits: Floats, label: Places) -> Measured:
    """Of logits, or log probabilities, [texts, 3]."""
    share = probabilities(logits)
    one, right = figures.figures(share, label.astype(np.uint8)), share.argmax(1) == label
    return Measured(
        one.texts,
        one.macro_f1,
        one.balanced,
        float(right.mean()),
        calibration_error(share.max(1), right),
    )


def calibration_error(confidence: Floats, right: Chosen) -> float:
    """The mean distance of confidence and accuracy over bins of equal width, weighted by their
    texts.
    """
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    sums = np.bincount(bins, confidence - right, minlength=BINS)
    return float(np.abs(sums).sum() / max(len(right), 1))


def by_set(rows: Prepared, logits: Floats, chosen: Chosen) -> dict[tuple[str, str], Measured]:
    """Of the chosen texts by set and language, where there are at least ``FEWEST``. ``logits``: of
    all texts.
    """
    table = {}
    for number, name in enumerate(rows.names["sets"]):
        for code, language in enumerate(rows.names["languages"]):
            here = np.flatnonzero(chosen & (rows.sets == number) & (rows.languages == code))
            if len(here) >= FEWEST:
                table[name, language] = measured(logits[here], rows.label[here].astype(np.int64))
    return table

"""Figures of a model on held-out texts by set and language, with the error of its confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluation.classification_metrics import evaluate_classes
from models.lab.judgement.encoder_figures import FEWEST
from models.lab.judgement.sources import SOURCES
from models.lab.judgement.student.prepared import Chosen, Floats, Places, Prepared
from models.labels import Judgement


@dataclass(frozen=True, slots=True)
class Measured:
    """See ``ClassEvaluation``."""

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
    judgement = Judgement(probabilities(logits), np.ones(len(label), np.bool_))
    found = evaluate_classes(judgement, label.tolist())
    return Measured(found.reviews, found.f1, found.balanced, found.accuracy, found.ece)


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

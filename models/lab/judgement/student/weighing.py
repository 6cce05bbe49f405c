"""Training targets of the student and sample weights: hard labels mixed with the teachings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.lab.judgement.student.prepared import WRITTEN, Chosen, Floats, Prepared

TRANSLATED = "mabsa_"


@dataclass(frozen=True, slots=True)
class Weighing:
    """``hard``: the share of a text's label, the rest is what the encoder said; ``power``: of the
    inverse share of a class in its set and language, which its label's weight is raised by;
    ``sets``: of how small a set is; ``weak``, ``translated``, ``written``: weights of three-star
    labels, of the texts of M-ABSA, of written texts."""

    hard: float = 0.4
    power: float = 0.5
    sets: float = 0.25
    weak: float = 0.6
    translated: float = 0.8
    written: float = 1.0


@dataclass(frozen=True, slots=True)
class Targets:
    """Probabilities [texts, 3] and weights [texts]."""

    answers: Floats = field(repr=False)
    weights: Floats = field(repr=False)


def groups(rows: Prepared) -> npt.NDArray[np.int64]:
    """A number for each pair of set and language."""
    return rows.sets.astype(np.int64) * 64 + rows.languages


def class_weights(rows: Prepared, train: Chosen, power: float) -> Floats:
    """Of each text by its label, 1 in the mean of its set and language."""
    weights, group = np.ones(len(rows.label), np.float32), groups(rows)
    for number in np.unique(group[train]):
        members = np.flatnonzero(train & (group == number))
        counts = np.bincount(rows.label[members], minlength=3)
        share = np.zeros(3)
        share[counts > 0] = (counts.sum() / (counts > 0).sum() / counts[counts > 0]) ** power
        mine = share[rows.label[members]]
        weights[members] = mine / mine.mean()
    return np.clip(weights, 0.2, 5)


def set_weights(rows: Prepared, train: Chosen, power: float) -> Floats:
    """Of each text, more in small sets."""
    weights, group = np.ones(len(rows.label), np.float32), groups(rows)
    for number in np.unique(group[train]):
        members = np.flatnonzero(train & (group == number))
        weights[members] = np.clip((5000 / len(members)) ** power, 0.5, 3)
    return weights


def targets(rows: Prepared, train: Chosen, how: Weighing, domain: int | None = None) -> Targets:
    """Of all texts; those of ``train`` have a weight of 1 in the mean. ``domain``: taught by
    encoders that left it out.
    """
    taught, teaching = rows.taught, rows.teaching
    if domain is not None:
        taught, teaching = rows.domain_taught[domain], rows.domain_teaching[domain]
    label = np.eye(3, dtype=np.float32)[rows.label]
    ours = how.hard * class_weights(rows, train, how.power) * np.where(rows.weak, how.weak, 1)
    theirs = np.where(taught, 1 - how.hard, 0)
    weights = ours + theirs
    answers = (ours[:, None] * label + theirs[:, None] * teaching) / weights[:, None]
    kinds = np.array([_kind(name, how) for name in rows.names["sets"]])[rows.sets]
    weights = weights * set_weights(rows, train, how.sets) * kinds
    return Targets(answers.astype(np.float32), (weights / weights[train].mean()).astype(np.float32))


def _kind(name: str, how: Weighing) -> Any:
    if name == WRITTEN:
        return how.written
    return how.translated if name.startswith(TRANSLATED) else 1.0

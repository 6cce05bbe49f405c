"""Weigh the student's sides and calibrate their sum, on development texts of the sets that may
train.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar

from models.lab.judgement.sources import SOURCES
from models.lab.judgement.student.prepared import Chosen, Floats, Places, Prepared
from models.lab.judgement.student.weighing import class_weights, groups
from models.student.mixture import DEEP, Mixture, joined, log_softmax, shares, tilted

TIED = 300.0
"""Development texts that a language's own sharpness counts as many as that of all."""
PULL, PULL_OF_FACTORS = 3.0, 100.0
"""How strongly a language's bias is drawn to none, and the factors of its classes to one, in texts.
"""
HEAVIEST = 5.0
"""Of the weights of the polarity."""
MOST_OF_A_SET = 600.0
"""A set and language counts like so many texts at most, as its size raised to the power of one
half.
"""


@dataclass(frozen=True, slots=True)
class Sides:
    """Of texts: logits of n-grams of characters, of words, and of the deep side, [texts, 3]; the
    polarity of words, [texts]; how many pieces; the number of the language; the label; weights that
    raise rare classes, for decisions, and that do not, for confidence.
    """

    characters: Floats = field(repr=False)
    words: Floats = field(repr=False)
    deep: Floats = field(repr=False)
    polarity: Floats = field(repr=False)
    pieces: Places = field(repr=False)
    language: Places = field(repr=False)
    label: Places = field(repr=False)
    weight: Floats = field(repr=False)
    plain: Floats = field(repr=False)

    @property
    def logits(self) -> tuple[Floats, Floats, Floats]:
        """In the order of a mixture's sides."""
        return self.characters, self.words, self.deep


def usable(rows: Prepared) -> Chosen:
    """Development texts of sets that may train."""
    trains = np.array([name not in SOURCES or SOURCES[name].trains for name in rows.names["sets"]])
    chosen: Chosen = rows.development & trains[rows.sets]
    return chosen


def weights(rows: Prepared, chosen: Chosen, power: float) -> Floats:
    """By class, where ``power`` is above 0, and less for each text of a large set."""
    found, group = class_weights(rows, chosen, power), groups(rows)
    for number in np.unique(group[chosen]):
        members = chosen & (group == number)
        found[members] *= np.sqrt(MOST_OF_A_SET / max(members.sum(), 60))
    return np.asarray(found / found[chosen].mean(), np.float32)


def fit(sides: Sides, languages: int) -> Mixture:
    """The mixture for ``languages``, and one more for texts of all others, which the deep side
    judges alone.
    """
    weighed, shift = _shared(sides, sides.logits)
    alone, alone_shift = _shared(sides, [sides.logits[DEEP]])
    short = shares(sides.pieces)
    found = joined(weighed, shift, sides.logits, short)
    polarity = np.zeros(languages + 1, np.float32)
    for number in range(languages):
        here = sides.language == number
        if sides.polarity[here].any():
            polarity[number] = _tilt(found, sides, short, here)
    found += tilted(polarity[sides.language], sides.polarity, short)
    factor, bias = np.ones((languages + 1, 3), np.float32), np.zeros((languages + 1, 3), np.float32)
    for number in range(languages):
        here = sides.language == number
        if here.any():
            factor[number], bias[number] = _vector(
                found[here], sides.label[here], sides.weight[here]
            )
    fitted = (weighed, shift, alone, alone_shift, polarity, factor, bias)
    blunt = Mixture(*fitted, np.ones((languages + 1, 2), np.float32))
    return Mixture(*fitted, _scales(blunt, sides, languages))


def _scales(blunt: Mixture, sides: Sides, languages: int) -> Floats:
    """Of long and short texts alike in all languages, times one of each language's own."""
    short = shares(sides.pieces)

    def sharp(logits: Floats, here: Any) -> float:
        return _sharpness(logits[here], sides.label[here], sides.plain[here])

    def by_length(logits: Floats) -> Floats:
        halves = [_sharpness(logits, sides.label, sides.plain * short[:, at]) for at in (0, 1)]
        return np.asarray(halves, np.float32)

    logits = blunt.logits(sides.logits, sides.polarity, sides.pieces, sides.language)
    scale = np.tile(by_length(logits), (languages + 1, 1))
    scaled = logits * (short @ scale[0])[:, None]
    for number in range(languages):
        here = sides.language == number
        if here.any():
            share = here.sum() / (here.sum() + TIED)
            scale[number] *= sharp(scaled, here) ** share
    scale[languages] = by_length(
        blunt.logits(
            sides.logits, sides.polarity, sides.pieces, np.full(len(sides.label), languages)
        )
    )
    return scale


def _shared(sides: Sides, logits: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Weights of sides and a bias by class, for long and for short texts, by the weighted
    likelihood.
    """
    share, count = shares(sides.pieces), len(logits)
    truth = np.eye(3)[sides.label]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, Any]:
        mine, shift = flat[: 2 * count].reshape(2, count), flat[2 * count :].reshape(2, 3)
        logs = log_softmax(joined(mine.astype(np.float32), shift.astype(np.float32), logits, share))
        delta = sides.weight[:, None] * (np.exp(logs) - truth)
        slopes = np.column_stack([share.T @ (delta * side).sum(1) for side in logits])
        gradient = np.concatenate([np.ravel(slopes), np.ravel(share.T @ delta)])
        return -float((sides.weight * (truth * logs).sum(1)).sum()), gradient

    start = np.concatenate([np.full(2 * count, 0.5), np.zeros(6)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x.astype(np.float32)
    return found[: 2 * count].reshape(2, count), found[2 * count :].reshape(2, 3)


def _tilt(logits: Floats, sides: Sides, short: Floats, here: Any) -> float:
    """The weight of the polarity beside a language's other sides. How sharp their sum is to be is
    found at the same time, and is left to the scales.
    """
    mine, share, truth = logits[here], short[here], np.eye(3)[sides.label[here]]
    polarity, weight = sides.polarity[here], sides.weight[here]

    def loss(flat: npt.NDArray[np.float64]) -> float:
        found = mine + tilted(flat[:1].astype(np.float32), polarity, share)
        logs = log_softmax(found * (share @ flat[1:])[:, None])
        return -float((weight * (truth * logs).sum(1)).sum())

    bounds = [(0.0, HEAVIEST), (0.1, 2.0), (0.1, 2.0)]
    return float(minimize(loss, [0.1, 1.0, 1.0], method="Powell", bounds=bounds).x[0])


def _vector(logits: Floats, label: Places, weight: Floats) -> tuple[Floats, Floats]:
    """Factors and what to add to a language's logits, drawn to one and to nothing."""
    truth = np.eye(3)[label]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, Any]:
        factor, bias = flat[:3], flat[3:]
        logs = log_softmax((logits * factor + bias).astype(np.float32))
        delta = weight[:, None] * (np.exp(logs) - truth)
        penalty = PULL / 2 * bias @ bias + PULL_OF_FACTORS / 2 * ((factor - 1) ** 2).sum()
        gradient = np.concatenate(
            [(delta * logits).sum(0) + PULL_OF_FACTORS * (factor - 1), delta.sum(0) + PULL * bias]
        )
        return float(penalty - (weight * (truth * logs).sum(1)).sum()), gradient

    found = minimize(loss, np.array([1.0, 1, 1, 0, 0, 0]), jac=True, method="L-BFGS-B").x.astype(
        np.float32
    )
    return found[:3], found[3:]


def _sharpness(logits: Floats, label: Places, weight: Floats) -> float:
    """The factor of the logits with which the confidence in the likeliest label is nearest to how
    often it is right.
    """
    right = logits.argmax(1) == label

    def loss(log_factor: float) -> float:
        top = np.clip(np.exp(log_softmax(logits * np.exp(log_factor))).max(1), 1e-6, 1 - 1e-6)
        return -float((weight * np.where(right, np.log(top), np.log(1 - top))).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 1.5), method="bounded").x))

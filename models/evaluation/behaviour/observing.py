"""Observation of a model on the behaviour suite: right cases, effects of exchanged words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from models.evaluation.behaviour.suite import Case, Change, Suite
from models.labels import CLASSES, NEUTRAL, Flags, Floats, Judgement, Positions, positions

Judge = Callable[[Sequence[str], Sequence[str]], Judgement]
TOLERANCE: Final = 0.02
"""How far a score may move in the wrong direction: where it is near its end already, it can hardly
move in the right one.
"""


@dataclass(frozen=True, slots=True)
class Movement:
    """How far the score moves when a word is exchanged, from the median of its frame: at the median
    and at the 95th percentile of all texts. ``flips``: share of texts with another label than most
    of their frame.
    """

    texts: int
    median: float
    most: float
    flips: float


@dataclass(frozen=True, slots=True)
class Observed:
    """Of a model: ``right``, of each case and then of each change of the suite, and whether it
    ``counts``: neutral cases do only for models that have this answer. ``movements``: by kind of
    words.
    """

    suite: Suite = field(repr=False)
    right: Flags = field(repr=False)
    counts: Flags = field(repr=False)
    movements: Mapping[str, Movement]

    def members(self) -> tuple[list[str], list[str], list[str]]:
        """Of each of ``right``: its capability, its language, its text."""
        tested: list[Case | Change] = [*self.suite.cases, *self.suite.changes]
        return (
            [each.capability for each in tested],
            [each.language for each in tested],
            [each.text if isinstance(each, Case) else each.after for each in tested],
        )


def observe(judge: Judge, suite: Suite) -> Observed:
    """Ask a model for every text of the suite, at once."""
    judgement = judge(*suite.texts)
    labels, scores = positions(judgement), judgement.scores
    three = judgement.probabilities.shape[1] == CLASSES
    wanted = np.array([case.label for case in suite.cases], np.int64)
    cases, changes = len(suite.cases), len(suite.changes)
    before, after = np.split(scores[cases : cases + 2 * changes], 2)
    upwards = np.array([change.upwards for change in suite.changes], np.bool_)
    wrongly = np.where(upwards, before - after, after - before)
    return Observed(
        suite,
        np.concatenate([labels[:cases] == wanted, wrongly <= TOLERANCE]),
        np.concatenate([three | (wanted != NEUTRAL), np.ones(changes, np.bool_)]),
        _movements(suite, scores[cases + 2 * changes :], labels[cases + 2 * changes :]),
    )


def _movements(suite: Suite, scores: Floats, labels: Positions) -> dict[str, Movement]:
    moved: dict[str, list[Floats]] = {}
    flipped: dict[str, list[npt.NDArray[np.bool_]]] = {}
    start = 0
    for frame in suite.frames:
        part = slice(start, start := start + len(frame.texts))
        usual = np.bincount(labels[part], minlength=CLASSES).argmax()
        moved.setdefault(frame.words, []).append(np.abs(scores[part] - np.median(scores[part])))
        flipped.setdefault(frame.words, []).append(labels[part] != usual)
    return {words: _movement(parts, flipped[words]) for words, parts in moved.items()}


def _movement(moved: Sequence[Floats], flipped: Sequence[Flags]) -> Movement:
    every = np.concatenate(moved)
    return Movement(
        len(every),
        float(np.median(every)),
        float(np.quantile(every, 0.95)),
        float(np.mean(np.concatenate(flipped))),
    )

"""Comparison of several models on the same files, with a significance test of every pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any, Final

import numpy as np

from models.artifact.calibration import Floats, Labels
from models.evaluation import slices
from models.evaluation.classification_metrics import Evaluation, evaluate
from models.evaluation.cost import Cost
from models.evaluation.significance import (
    CONFIDENCE,
    RESAMPLES,
    Intervals,
    McNemar,
    bootstrap,
    mcnemar,
)
from models.evaluation.slices import Slice

ENOUGH: Final = 20
"""Short texts that a file of longer ones must hold to have a row of their own."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """Cleaned texts; of each its label, its words, its language (ISO 639-1 or ``und``). ``sha256``
    is of the file.
    """

    name: str
    sha256: str
    texts: Sequence[str] = field(repr=False)
    positive: Labels = field(repr=False)
    words: Sequence[int] = field(repr=False)
    languages: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures and how far they can be trusted."""

    evaluation: Evaluation
    intervals: Intervals


@dataclass(frozen=True, slots=True)
class Result:
    """One model on one file. ``short``: its short texts alone, where there are longer ones too.

    ``trained_on``: the model was made from this very file, so the figures say nothing.
    """

    model: str
    file: str
    scores: Floats = field(repr=False)
    figures: Figures
    short: Figures | None
    by_length: tuple[Slice, ...]
    by_language: tuple[Slice, ...]
    cost: Cost
    trained_on: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two models on one file."""

    file: str
    first: str
    second: str
    test: McNemar


@dataclass(frozen=True, slots=True)
class Comparison:
    """Results by file, in the order given, then by model."""

    files: tuple[LabelledFile, ...]
    results: tuple[Result, ...]
    pairs: tuple[Pair, ...]
    seed: int

    @property
    def models(self) -> tuple[str, ...]:
        """Each model once, in the order given."""
        return tuple(dict.fromkeys(result.model for result in self.results))


def judge(
    model: str,
    file: LabelledFile,
    scores: Floats,
    cost: Cost,
    *,
    trained_on: bool = False,
    seed: int = 0,
) -> Result:
    """Evaluate ``scores`` [n] (see ``Scorer``) of the file's n texts."""
    right = (scores >= 0.5) == file.positive
    short = np.array(file.words) <= slices.SHORT
    own_row = ENOUGH <= np.sum(short) < len(short)
    return Result(
        model=model,
        file=file.name,
        scores=scores,
        figures=_figures(scores, file.positive, seed),
        short=_figures(scores[short], file.positive[short], seed) if own_row else None,
        by_length=slices.by_length(file.words, right),
        by_language=slices.by_language(file.languages, right),
        cost=cost,
        trained_on=trained_on,
    )


def compare(
    files: Sequence[LabelledFile], results: Sequence[Result], *, seed: int = 0
) -> Comparison:
    """Put results side by side. Every file must have been judged by the same models."""
    ordered = tuple(result for file in files for result in results if result.file == file.name)
    return Comparison(
        tuple(files), ordered, tuple(pair for file in files for pair in _pairs(file, ordered)), seed
    )


def as_document(comparison: Comparison) -> dict[str, Any]:
    """For JSON: every figure, no text and no single score."""
    return {
        "seed": comparison.seed,
        "resamples": RESAMPLES,
        "confidence": CONFIDENCE,
        "files": [
            {
                "file": file.name,
                "sha256": file.sha256,
                "reviews": len(file.texts),
                "positive": int(np.sum(file.positive)),
            }
            for file in comparison.files
        ],
        "results": [
            {
                "model": result.model,
                "file": result.file,
                "trained_on": result.trained_on,
                **_flat(result.figures),
                "short": _flat(result.short) if result.short else None,
                "by_length": [asdict(part) for part in result.by_length],
                "by_language": [asdict(part) for part in result.by_language],
                "cost": asdict(result.cost),
            }
            for result in comparison.results
        ],
        "mcnemar": [
            {"file": pair.file, "first": pair.first, "second": pair.second, **asdict(pair.test)}
            for pair in comparison.pairs
        ],
    }


def _figures(scores: Floats, positive: Labels, seed: int) -> Figures:
    return Figures(evaluate(scores, positive), bootstrap(scores, positive, seed=seed))


def _pairs(file: LabelledFile, results: Sequence[Result]) -> list[Pair]:
    mine = [result for result in results if result.file == file.name]
    right = {result.model: (result.scores >= 0.5) == file.positive for result in mine}
    return [
        Pair(file.name, first, second, mcnemar(right[first], right[second]))
        for first, second in combinations(right, 2)
    ]


def _flat(figures: Figures) -> dict[str, Any]:
    return asdict(figures.evaluation) | {"intervals": asdict(figures.intervals)}

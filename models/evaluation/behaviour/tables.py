"""Tables of what models do of the behaviour suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from models.evaluation.behaviour.observing import Observed
from models.evaluation.report.tables import NOTHING, Table

FIRST: Final = "en"
"""The language whose capabilities have rows of their own; those of the others share one."""


def behaviour_tables(observed: Mapping[str, Observed]) -> list[Table]:
    """Right cases, and effects of exchanged words, by model. ``observed``: by name of the model."""
    return [_cases(observed), _exchanged(observed)]


def mistakes(observed: Observed) -> Table:
    """Every case that a model has wrong."""
    capabilities, languages, texts = observed.members()
    wrong = np.flatnonzero(observed.counts & ~observed.right).tolist()
    rows = tuple((capabilities[at], languages[at], texts[at]) for at in wrong)
    return Table("Cases that are wrong", ("capability", "language", "text"), rows, names=3)


def _cases(observed: Mapping[str, Observed]) -> Table:
    counts: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    totals: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for model, found in observed.items():
        capabilities, languages, _ = found.members()
        for at in np.flatnonzero(found.counts).tolist():
            language, right = languages[at], int(found.right[at])
            shared = language if language == FIRST else "others"
            for table, row in (
                (counts, (capabilities[at], shared)),
                (totals, ("all cases", language)),
            ):
                cell = table.setdefault(row, {})
                known, of = cell.get(model, (0, 0))
                cell[model] = known + right, of + 1
    ordered = sorted(counts.items(), key=lambda item: item[0][1] != FIRST)
    rows = tuple(
        (*row, *(_share(cells.get(model)) for model in observed))
        for row, cells in (*ordered, *totals.items())
    )
    return Table("Behaviour: cases that are right", ("capability", "language", *observed), rows)


def _share(cell: tuple[int, int] | None) -> str:
    return f"{cell[0]} of {cell[1]}" if cell else NOTHING


def _exchanged(observed: Mapping[str, Observed]) -> Table:
    kinds = dict.fromkeys(words for found in observed.values() for words in found.movements)
    rows = []
    for words in kinds:
        for model, found in observed.items():
            one = found.movements.get(words)
            if one:
                figures = (f"{one.median:.3f}", f"{one.most:.3f}", f"{one.flips:.1%}")
                rows.append((words, model, f"{one.texts}", *figures))
    header = ("exchanged words", "model", "texts", "median", "95th percentile", "other label")
    title = "Invariance: how far the score moves from the median of its sentence"
    return Table(title, header, tuple(rows))

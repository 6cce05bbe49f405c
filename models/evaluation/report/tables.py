"""Tables of a comparison as strings, for Markdown reports and terminals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.evaluation.comparison import Comparison, Figures, Result
from models.evaluation.significance import Interval
from models.evaluation.slices import LONGER, SHORT, Slice

NOTHING: Final = "-"
FEWEST_OF_A_LANGUAGE: Final = 20
"""Rarer languages are in the JSON only: most are errors of the language detector."""


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` have as many cells as ``header``; the first ``names`` columns are words, the others
    figures.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 2


def tables(comparison: Comparison) -> list[Table]:
    """All of them, in reading order."""
    found = [quality(comparison), cost(comparison), by_length(comparison), by_language(comparison)]
    return [*found, significance(comparison)] if comparison.pairs else found


def quality(comparison: Comparison) -> Table:
    """The main table. A file's short texts have a row of their own."""
    header = (
        "model",
        "file",
        "reviews",
        "accuracy [95%]",
        "macro F1",
        "AUC",
        "ECE",
        "Brier",
        "µs/review",
        "MB",
        "one review, ms",
    )
    rows = []
    for result in comparison.results:
        cost = (
            _time(result.cost.microseconds),
            f"{result.cost.megabytes:.1f}",
            f"{result.cost.single_p50:.2f}",
        )
        file = f"{result.file} (trained on it)" if result.trained_on else result.file
        rows.append((result.model, file, *_figures(result.figures), *cost))
        if result.short:
            rows.append(
                (
                    result.model,
                    f"{result.file}, ≤ {SHORT} words",
                    *_figures(result.short),
                    *[NOTHING] * 3,
                )
            )
    return Table("Quality and cost", header, tuple(rows))


def cost(comparison: Comparison) -> Table:
    """Table of scoring costs; the ratio is to the first model, on the same file."""
    header = (
        "model",
        "file",
        "µs/review",
        "times the first",
        "processor µs",
        "MB",
        "one review p50, ms",
        "p99, ms",
    )
    rows = []
    for result in comparison.results:
        first = next(other for other in comparison.results if other.file == result.file)
        found = result.cost
        ratio = found.microseconds / max(first.cost.microseconds, 1e-9)
        times = (_time(found.microseconds), f"{ratio:.2f}", _time(found.processor_microseconds))
        figures = (found.megabytes, found.single_p50, found.single_p99)
        rows.append((result.model, result.file, *times, *(f"{figure:.2f}" for figure in figures)))
    return Table("Cost", header, tuple(rows))


def by_length(comparison: Comparison) -> Table:
    """Accuracy by words: bands down, a column for each model."""
    return _sliced(
        "Accuracy by length", "words", comparison, [(r, r.by_length) for r in comparison.results]
    )


def by_language(comparison: Comparison) -> Table:
    """Accuracy by language: languages down, a column for each model."""
    found = []
    for result in comparison.results:
        most = result.by_language[0]
        kept = [
            part
            for part in result.by_language
            if part is most or part.reviews >= FEWEST_OF_A_LANGUAGE
        ]
        found.append((result, kept))
    return _sliced("Accuracy by language", "language", comparison, found)


def significance(comparison: Comparison) -> Table:
    """McNemar's test of each pair."""
    header = ("first", "second", "file", "right only first", "right only second", "p", "test")
    rows = []
    for pair in comparison.pairs:
        counts = (str(pair.test.only_first), str(pair.test.only_second))
        rows.append(
            (
                pair.first,
                pair.second,
                pair.file,
                *counts,
                p_value(pair.test.p_value),
                pair.test.method,
            )
        )
    return Table("McNemar's test", header, tuple(rows), names=3)


def markdown(table: Table) -> str:
    """The table, without its title."""
    ruler = ["---"] * table.names + ["---:"] * (len(table.header) - table.names)
    lines = [
        table.header,
        ruler,
        *(tuple(cell.replace("|", "\\|") for cell in row) for row in table.rows),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def p_value(value: float) -> str:
    """Three digits, and no pretence of more where it is tiny."""
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _sliced(
    title: str, what: str, comparison: Comparison, found: Sequence[tuple[Result, Iterable[Slice]]]
) -> Table:
    cells: dict[tuple[str, str], dict[str, Slice]] = {}
    for result, parts in found:
        for part in parts:
            cells.setdefault((result.file, part.name), {})[result.model] = part
    rows = []
    for (file, name), row in cells.items():
        reviews = str(next(iter(row.values())).reviews)
        rows.append(
            (
                file,
                _words(name),
                reviews,
                *(_share(row[m].accuracy, row[m].interval) for m in comparison.models),
            )
        )
    return Table(title, ("file", what, "reviews", *comparison.models), tuple(rows))


def _words(name: str) -> str:
    return f"over {int(LONGER[:-1]) - 1}" if name == LONGER else name


def _figures(figures: Figures) -> tuple[str, ...]:
    found = figures.evaluation
    auc = NOTHING if found.auc is None else f"{found.auc:.4f}"
    accuracy = _share(found.accuracy, figures.intervals.accuracy)
    return (
        str(found.reviews),
        accuracy,
        f"{found.f1:.4f}",
        auc,
        f"{found.ece:.4f}",
        f"{found.brier:.4f}",
    )


def _share(value: float, interval: Interval) -> str:
    return f"{100 * value:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _time(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if microseconds >= 10 else f"{microseconds:.1f}"

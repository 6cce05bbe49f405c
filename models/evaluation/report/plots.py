"""Plots of a comparison. The same scores and costs give the same bytes.

Colours are Okabe & Ito's, which the colour-blind tell apart; a model keeps its colour, line and
mark from plot to plot. There are as many of each as have no common divisor, so that two models are
never drawn alike.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from sklearn.metrics import roc_curve

from models.evaluation.comparison import Comparison, LabelledFile, Result
from models.evaluation.slices import NAMES

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES: Final = ("-", "--", "-.")
MARKS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
COLUMNS: Final = 3
PANEL: Final = (5.2, 4.6)
DPI: Final = 110
BINS: Final = 10
EDGES: Final = (-0.02, 1.02)
FEWEST_IN_A_BIN: Final = 10
"""A share of fewer reviews says nothing, and would draw the eye."""

Draw = Callable[[Axes, LabelledFile, list[Result], "dict[str, Look]"], None]


class Look(NamedTuple):
    """Colour, line style and marker of a model."""

    color: str
    linestyle: str
    marker: str


def draw(comparison: Comparison, folder: Path) -> dict[str, str]:
    """Write the plots; file name → what it shows, in one sentence."""
    looks = {
        model: Look(COLOURS[n % len(COLOURS)], LINES[n % len(LINES)], MARKS[n % len(MARKS)])
        for n, model in enumerate(comparison.models)
    }
    for name, (_, panel) in PLOTS.items():
        _save(_figure(comparison, looks, panel), folder / name)
    return {name: caption for name, (caption, _) in PLOTS.items()}


def _figure(comparison: Comparison, looks: dict[str, Look], panel: Draw) -> Figure:
    """A panel for each file, and one legend below, unless the panels have their own."""
    columns = min(COLUMNS, len(comparison.files))
    rows = -(-len(comparison.files) // columns)
    figure = Figure((PANEL[0] * columns, PANEL[1] * rows + 0.5), layout="constrained")
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(w_pad=0.15, h_pad=0.1)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes[len(comparison.files) :]:
        axis.set_axis_off()
    for axis, file in zip(axes, comparison.files, strict=False):
        axis.set_title(f"{file.name} ({len(file.texts):,} reviews)", fontsize=11)
        axis.grid(color="#dddddd", linewidth=0.7)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
        panel(
            axis, file, [result for result in comparison.results if result.file == file.name], looks
        )
    if axes[0].get_legend() is None:
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=4,
            fontsize=9,
            frameon=False,
        )
    return figure


def _reliability(
    axis: Axes, file: LabelledFile, results: list[Result], looks: dict[str, Look]
) -> None:
    axis.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="as it should be")
    for result in results:
        bins = np.minimum((result.scores * BINS).astype(int), BINS - 1)
        kept = [number for number in range(BINS) if np.sum(bins == number) >= FEWEST_IN_A_BIN]
        said = [float(np.mean(result.scores[bins == number])) for number in kept]
        seen = [float(np.mean(file.positive[bins == number])) for number in kept]
        axis.plot(said, seen, label=result.model, markersize=5, **looks[result.model]._asdict())
    axis.set(
        xlabel="P(positive) as scored", ylabel="share that is positive", xlim=EDGES, ylim=EDGES
    )


def _roc(axis: Axes, file: LabelledFile, results: list[Result], looks: dict[str, Look]) -> None:
    axis.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="by chance")
    for result in results:
        auc = result.figures.evaluation.auc
        if auc is not None:
            false, true, _ = roc_curve(file.positive, result.scores)
            look = looks[result.model]
            axis.plot(
                false,
                true,
                label=f"{result.model}, AUC {auc:.3f}",
                color=look.color,
                linestyle=look.linestyle,
            )
    axis.set(
        xlabel="share of negative reviews taken for positive",
        ylabel="share of positive reviews found",
        xlim=EDGES,
        ylim=EDGES,
    )
    axis.legend(fontsize=8, loc="lower right")


def _lengths(
    axis: Axes, _file: LabelledFile, results: list[Result], looks: dict[str, Look]
) -> None:
    counts = {
        part.name: part.reviews for part in results[0].by_length if part.reviews >= FEWEST_IN_A_BIN
    }
    present = [name for name in NAMES if name in counts]
    if not present:
        axis.text(0.5, 0.5, "too few reviews", ha="center", transform=axis.transAxes)
    # Side by side, so that the bars of one model do not hide another's.
    shifts = np.linspace(-0.2, 0.2, len(results)) if len(results) > 1 else np.zeros(1)
    for result, shift in zip(results, shifts, strict=True):
        parts = [part for part in result.by_length if part.name in counts]
        accuracy = np.array([part.accuracy for part in parts])
        ends = np.array([(part.interval.low, part.interval.high) for part in parts]).reshape(-1, 2)
        bars = np.abs(ends.T - accuracy)
        at = np.arange(len(parts)) + shift
        look = looks[result.model]
        axis.errorbar(
            at, 100 * accuracy, 100 * bars,
            **look._asdict(), markersize=5, capsize=2, elinewidth=1, label=result.model,
        )  # fmt: skip
    axis.set_xticks(
        range(len(present)), [f"{name}\n{counts[name]:,}" for name in present], fontsize=8
    )
    axis.set(
        xlabel="words in the review / reviews of that length",
        ylabel="accuracy (%)",
        xlim=(-0.5, max(len(present), 1) - 0.5),
    )


def _frontier(
    axis: Axes, _file: LabelledFile, results: list[Result], looks: dict[str, Look]
) -> None:
    best: list[tuple[float, float]] = []
    for cost, accuracy in sorted(
        (r.cost.microseconds, 100 * r.figures.evaluation.accuracy) for r in results
    ):
        if not best or accuracy > best[-1][1]:
            best.append((cost, accuracy))
    axis.step(*zip(*best, strict=True), where="post", color="#999999", linewidth=1)
    for result in results:
        evaluation, interval = result.figures.evaluation, result.figures.intervals.accuracy
        bars = [
            [100 * (evaluation.accuracy - interval.low)],
            [100 * (interval.high - evaluation.accuracy)],
        ]
        look = looks[result.model]
        axis.errorbar(
            result.cost.microseconds, 100 * evaluation.accuracy, np.abs(bars),
            color=look.color, marker=look.marker, markersize=7, capsize=3, linestyle="none",
            label=result.model,
        )  # fmt: skip
    axis.set_xscale("log")
    costs = [result.cost.microseconds for result in results]
    axis.set(
        xlabel="µs per review (logarithmic)",
        ylabel="accuracy (%)",
        xlim=(min(costs) / 2, max(costs) * 2),
    )
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    )
    axis.xaxis.set_minor_formatter(NullFormatter())


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})


PLOTS: Final[dict[str, tuple[str, Draw]]] = {
    "frontier.png": (
        (
            "Quality against cost: better is up and to the left; the line joins the models that "
            "none beats in both."
        ),
        _frontier,
    ),
    "length.png": (
        (
            "Accuracy by length, with 95% intervals; below each band, its reviews "
            f"({FEWEST_IN_A_BIN} at least)."
        ),
        _lengths,
    ),
    "reliability.png": (
        (
            "Of the reviews given a probability, the share that is positive; a bin has "
            f"{FEWEST_IN_A_BIN} reviews at least."
        ),
        _reliability,
    ),
    "roc.png": ("Receiver operating characteristic.", _roc),
}
"""File name → caption, panel."""

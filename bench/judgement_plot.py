"""Plot of the page about the student: macro-F1 by language, beside the baseline's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

STUDENT, BASELINE = "#0072B2", "#E69F00"
"""Of Okabe & Ito, which the colour-blind tell apart."""


def draw(by_language: Mapping[str, tuple[float, float]], path: Path) -> None:
    """Write an SVG. ``by_language``: macro-F1 of student and baseline. The same figures give the
    same bytes.
    """
    ordered = sorted(by_language, key=lambda language: by_language[language][0])
    figure = Figure(figsize=(7, 0.24 * len(ordered) + 1), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    rows = range(len(ordered))
    student, baseline = ([by_language[language][place] for language in ordered] for place in (0, 1))
    axes.hlines(rows, student, baseline, color="#bbbbbb", linewidth=1.5, zorder=1)
    axes.scatter(baseline, rows, color=BASELINE, marker="s", label="baseline", zorder=2)
    axes.scatter(student, rows, color=STUDENT, marker="o", label="student", zorder=3)
    axes.set_yticks(rows, ordered)
    axes.set_xlabel("macro-F1, mean over the sets of the language")
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    with matplotlib.rc_context({"svg.hashsalt": "undertone"}):
        figure.savefig(path, metadata={"Date": None})

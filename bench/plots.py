"""Plots of the benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Document = dict[str, Any]
DPI = 120


def draw(document: Document, path: Path) -> None:
    """Rates, latencies, stages, and rates by length; what was not measured stays empty."""
    figure = Figure(figsize=(13, 9), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (title, key, panel) in zip(figure.subplots(2, 2).flat, PANELS, strict=True):
        axes.set_title(title)
        if document[key]:
            panel(axes, document)
    figure.savefig(path, dpi=DPI)


def _bars(axes: Axes, spreads: dict[str, Document]) -> None:
    names = list(spreads)[::-1]
    medians = [spreads[name]["median"] for name in names]
    below = [spreads[name]["median"] - spreads[name]["lowest"] for name in names]
    above = [spreads[name]["highest"] - spreads[name]["median"] for name in names]
    bars = axes.barh(names, medians, xerr=[below, above], color="tab:blue", ecolor="0.3", capsize=3)
    axes.bar_label(bars, [f" {median:,.0f}" for median in medians])
    axes.set_xscale("log")
    axes.set_xlabel("reviews/s")
    axes.margins(x=0.15)


def _rates(axes: Axes, document: Document) -> None:
    _bars(axes, {name: figures["rate"] for name, figures in document["contenders"].items()})


def _latencies(axes: Axes, document: Document) -> None:
    for number, (name, figures) in enumerate(document["contenders"].items()):
        loads = [100 * float(share) for share in figures["latency"]]
        for key, style in (("p50", "-"), ("p99", "--")):
            times = [1000 * latency["percentiles"][key] for latency in figures["latency"].values()]
            axes.plot(
                loads,
                times,
                style,
                marker="o",
                color=f"C{number}",
                label=name if key == "p50" and loads else None,
            )
    axes.set_yscale("log")
    axes.set_xlabel("% of capacity")
    axes.set_ylabel("ms")
    if axes.get_legend_handles_labels()[1]:
        axes.legend()


def _stages(axes: Axes, document: Document) -> None:
    _bars(axes, document["stages"])


def _lengths(axes: Axes, document: Document) -> None:
    lengths = [int(length) for length in document["lengths"]]
    axes.plot(lengths, [figures["median"] for figures in document["lengths"].values()], marker="o")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("characters")
    axes.set_ylabel("reviews/s")


PANELS = (
    ("Kafka to Kafka; everybody but the two workers on one core", "contenders", _rates),
    ("Latency by load: p50, and p99 dashed", "contenders", _latencies),
    ("Each stage alone", "stages", _stages),
    ("Undertone by length of the texts", "lengths", _lengths),
)
"""Title, what of the document must be there, and who draws it."""

"""Chart of the capacity model: throughput by workers and cost by rate, measured and modelled."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from bench.capacity_costs import Workers
from bench.capacity_model import HOURS, Model, Plan
from bench.figures import MILLION, cost_per_million

BLACK, VERMILION, BLUE, GREEN, PURPLE = "#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7"
"""Of Okabe & Ito, which the colour-blind tell apart."""
LARGEST = 6
"""Power of ten of the largest rate."""
HOLLOW: dict[str, Any] = {"marker": "D", "markersize": 5, "markerfacecolor": "white"}
"""What is modelled; what was measured is filled."""


Pair = tuple[float, float]


def draw(model: Model, path: Path) -> None:
    """Write an SVG. The same figures give the same bytes."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    FigureCanvasSVG(figure)
    left, right = figure.subplots(1, 2)
    plans = [model.plan(rate) for rate in _rates(model)]
    _throughput(left, model, plans)
    _costs(right, model, plans)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.grid(color="#dddddd", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(
            frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.12)
        )
    with matplotlib.rc_context({"svg.hashsalt": "undertone"}):
        figure.savefig(path, metadata={"Date": None})


def _rates(model: Model) -> list[float]:
    """From what one worker is planned to do to a million, four in each power of ten."""
    one = model.inputs.busy / model.seconds("worker")
    steps = np.arange(np.ceil(4 * np.log10(one)), 4 * LARGEST + 1)
    return [one, *(10 ** (steps / 4)).tolist()]


def _measured(axes: Axes, both: Sequence[Workers], points: list[tuple[Pair, Pair]]) -> None:
    for workers, (x, y), (color, marker) in zip(
        both, points, ((BLACK, "o"), (VERMILION, "s")), strict=False
    ):
        label = f"measured: {workers.source.replace('`', '').split(',')[0]}, {workers.measured}"
        axes.scatter(x, y, color=color, marker=marker, s=45, zorder=3, label=label)


def _throughput(axes: Axes, model: Model, plans: list[Plan]) -> None:
    busy = model.inputs.busy
    workers = [plan.rate * model.seconds("worker") / busy for plan in plans]
    about = f"machines of {model.inputs.machine_cores} cores"
    for share, style in ((busy, "-"), (1.0, ":")):
        axes.plot(
            workers,
            [plan.rate / busy * share for plan in plans],
            style,
            color=BLUE,
            label=f"modelled: {about}, {share:.0%} busy",
            **HOLLOW,
        )
    both = [each for each in (model.costs.workers, model.bench) if each.quiet]
    _measured(axes, both, [((1, 2), (each.one, each.two)) for each in both])
    axes.scatter(
        [1, 2],
        model.pair(),
        s=130,
        marker="^",
        facecolors="none",
        edgecolors=GREEN,
        zorder=4,
        label="modelled: these two cores, broker and load beside",
    )
    axes.set_xlabel("workers")
    axes.set_ylabel("reviews/s")
    axes.set_title("Throughput")


def _costs(axes: Axes, model: Model, plans: list[Plan]) -> None:
    rates = [plan.rate for plan in plans]
    colors = {
        "everything": BLUE,
        "disks": GREEN,
        "processors": VERMILION,
        "traffic between zones": PURPLE,
        "workers' cores alone": BLACK,
    }
    for name, color in colors.items():
        millions = [_million(plan, name) for plan in plans]
        axes.plot(rates, millions, color=color, label=f"modelled: {name}", **HOLLOW)
    price = model.inputs.core_hour
    both = [each for each in (model.costs.workers, model.bench) if each.quiet]
    points = [
        (
            (each.one, each.two),
            (cost_per_million(each.one, price), 2 * cost_per_million(each.two, price)),
        )
        for each in both
    ]
    _measured(axes, both, points)
    axes.set_xlabel("reviews/s")
    axes.set_ylabel("US dollars a million reviews")
    axes.set_title("Cost; what was measured is of the workers' cores alone")


def _million(plan: Plan, name: str) -> float:
    disks = sum(each for part, each in plan.money.items() if part.startswith("disks"))
    traffic = plan.money["traffic between zones"]
    month = {
        "everything": plan.month,
        "disks": disks,
        "traffic between zones": traffic,
        "processors": plan.month - disks - traffic,
        "workers' cores alone": plan.money["workers"],
    }[name]
    return month / (plan.rate * HOURS * 3600) * MILLION

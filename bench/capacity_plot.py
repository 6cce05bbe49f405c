"""Chart of the capacity model: throughput by workers and cost by rate, measured and modelled."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from bench.capacity_costs import Workers
from bench.capacity_model import HOURS, Model, Plan
from bench.figures import MILLION, cost_per_million

MEASURED, BENCH, MODELLED, STORAGE, TRAFFIC = "#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7"
"""Of Okabe & Ito, which the colour-blind tell apart."""
LARGEST = 6
"""Power of ten of the largest rate."""


def draw(model: Model, bench: Workers, path: Path) -> None:
    """Write an SVG. The same figures give the same bytes."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    FigureCanvasSVG(figure)
    left, right = figure.subplots(1, 2)
    plans = [model.plan(rate) for rate in _rates(model)]
    _throughput(left, model, bench, plans)
    _costs(right, model, bench, plans)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.grid(color="#dddddd", linewidth=0.7)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize="small")
    with matplotlib.rc_context({"svg.hashsalt": "undertone"}):
        figure.savefig(path, metadata={"Date": None})


def _rates(model: Model) -> list[float]:
    """From what one worker is planned to do to a million, four in each power of ten."""
    one = model.inputs.busy / model.seconds("worker")
    steps = np.arange(np.ceil(4 * np.log10(one)), 4 * LARGEST + 1)
    return [one, *(10 ** (steps / 4)).tolist()]


def _measured(axes: Axes, both: tuple[Workers, Workers], values: list[list[float]]) -> None:
    styles = ((MEASURED, "o"), (BENCH, "s"))
    for workers, (color, marker), points in zip(both, styles, values, strict=True):
        label = f"measured, {workers.source.replace('`', '')}, {workers.measured}"
        places = [1, 2] if axes.get_label() == "workers" else [workers.one, workers.two]
        axes.scatter(places, points, color=color, marker=marker, s=45, zorder=3, label=label)


def _throughput(axes: Axes, model: Model, bench: Workers, plans: list[Plan]) -> None:
    axes.set_label("workers")
    count = [plan.rate * model.seconds("worker") / model.inputs.busy for plan in plans]
    axes.plot(
        count,
        [plan.rate for plan in plans],
        color=MODELLED,
        marker="D",
        markerfacecolor="white",
        label=f"modelled, {model.inputs.busy:.0%} busy, machines of {model.inputs.machine_cores}",
    )
    axes.plot(
        [1, 2],
        [check.modelled for check in model.checks(bench)[:2]],
        color=MODELLED,
        linestyle="",
        marker="^",
        markerfacecolor="white",
        label="modelled, two cores with broker and load",
    )
    both = (model.costs.workers, bench)
    _measured(axes, both, [[workers.one, workers.two] for workers in both])
    axes.set_xlabel("workers")
    axes.set_ylabel("reviews/s")
    axes.set_title("Throughput")


def _costs(axes: Axes, model: Model, bench: Workers, plans: list[Plan]) -> None:
    axes.set_label("rates")
    rates = [plan.rate for plan in plans]
    lines = (
        ("all", MODELLED, ""),
        ("processors", MEASURED, ""),
        ("disks", STORAGE, "disks"),
        ("traffic between zones", TRAFFIC, "traffic"),
    )
    for name, color, _ in lines:
        axes.plot(
            rates,
            [_million(plan, name) for plan in plans],
            color=color,
            marker="D",
            markersize=4,
            markerfacecolor="white",
            label=f"modelled, {name}",
        )
    price = model.inputs.core_hour
    both = (model.costs.workers, bench)
    values = [
        [cost_per_million(workers.one, price), 2 * cost_per_million(workers.two, price)]
        for workers in both
    ]
    _measured(axes, both, values)
    axes.set_xlabel("reviews/s")
    axes.set_ylabel("US dollars a million reviews")
    axes.set_title("Cost (measured: of the workers' cores alone)")


def _million(plan: Plan, name: str) -> float:
    disks = sum(each for part, each in plan.money.items() if part.startswith("disks"))
    traffic = plan.money["traffic between zones"]
    month = {
        "all": plan.month,
        "disks": disks,
        "traffic between zones": traffic,
        "processors": plan.month - disks - traffic,
    }[name]
    return month / (plan.rate * HOURS * 3600) * MILLION

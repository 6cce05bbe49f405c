"""Benchmark results: measurements → the figures of ``latest.json``, from which table, plots and
verdicts are made.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from bench.figures import MILLION, Spread, cost_per_million, ratios
from bench.measured import Measured
from bench.pipelines.stages import IN_ORDER
from bench.plan import PAIR, Plan
from bench.processes import processor, split_cores

Document = dict[str, Any]
UNDERTONE = "undertone"
LIBRARIES = (
    "faust-streaming",
    "keras",
    "langdetect",
    "presidio-analyzer",
    "spacy",
    "tensorflow",
    "vadersentiment",
)


def document(measured: Measured, plan: Plan, texts: list[str], now: datetime) -> Document:
    """Rates in reviews a second, latencies and starts in seconds, memory in bytes, costs in US
    dollars; each thing that was measured more than once with its median, lowest, highest, and
    ``each`` by round."""
    rates = {name: [turn.rate for turn in measured.turns[name]] for name in measured.about}
    limits = {name: each for name, each in measured.stages.items() if name in IN_ORDER}
    slowest = min(limits, key=lambda name: Spread.of(limits[name]).median) if limits else None
    return {
        "measured": now.astimezone(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "plan": asdict(plan),
        "reviews": {"texts": len(texts), "mean_characters": sum(map(len, texts)) / len(texts)},
        "contenders": {name: _contender(name, measured, plan.price) for name in rates},
        "stages": {name: asdict(Spread.of(each)) for name, each in measured.stages.items()},
        "slowest_stage": slowest,
        "ratios": {
            name: asdict(spread) for name, spread in _ratios(rates, limits.get(slowest or "", []))
        },
        "second_core": asdict(Spread.of(measured.spins)) if measured.spins else None,
        "stages_in_turn": 1 / sum(1 / Spread.of(each).median for each in limits.values())
        if limits
        else None,
        "lengths": {
            str(length): asdict(Spread.of(each)) for length, each in measured.lengths.items()
        },
        "pair_lengths": {
            str(length): asdict(ratios(each, measured.lengths[length]))
            for length, each in measured.pair_lengths.items()
        },
        "start": asdict(Spread.of(measured.starts)) if measured.starts else None,
    }


def _contender(name: str, measured: Measured, price: float) -> Document:
    turns = measured.turns[name]
    rate, cpu_s = (
        Spread.of([turn.rate for turn in turns]),
        Spread.of([turn.cpu_s for turn in turns]),
    )
    cores = 2 if name == PAIR else 1
    return {
        "about": measured.about[name],
        "rate": asdict(rate),
        "cpu_seconds_per_million": asdict(cpu_s),
        "per_cpu_second": MILLION / cpu_s.median,
        "cost_per_million": cost_per_million(rate.median / cores, price),
        "peak_memory": measured.peaks[name],
        "latency": {
            str(share): asdict(latency)
            for share, latency in measured.latencies.get(name, {}).items()
        },
    }


def _ratios(rates: dict[str, list[float]], slowest: list[float]) -> Iterator[tuple[str, Spread]]:
    """Of Undertone to each other contender, to its own slowest stage, and of two workers to one."""
    ours = rates.get(UNDERTONE, [])
    if not ours:
        return
    for name, theirs in rates.items():
        if name == PAIR:
            yield name, ratios(theirs, ours)
        elif name != UNDERTONE:
            yield name, ratios(ours, theirs)
    if slowest:
        yield "slowest_stage", ratios(ours, slowest)


def machine() -> Document:
    """What it was measured on and with."""
    first, others = split_cores()
    return {
        "processor": processor(),
        "measured_on_cores": list(first),
        "other_cores": list(others),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }

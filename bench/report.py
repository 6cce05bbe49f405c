"""Benchmark report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bench.verdicts import Verdict

Document = dict[str, Any]
GIGABYTE = 1e9
MET = {True: "yes", False: "**no**", None: "-"}
HOW = """\
Each contender is one process bound to one core ({cores}), all read the same reviews
({characters:,.0f} characters on average) as JSON from the same broker, {rounds} rounds in turns.
Broker, load generator and whatever reads the outputs have the other cores. Rate: from the first
output to the last (but for the first 2% of that time). Processor time: user and system, of the
whole process. Cost: of a core at ${price} an hour, busy all the time. Medians; in brackets the
lowest and highest.
"""
LATENCY = """\
From the moment a review was due, by a schedule that waits for nobody, until its output could be
read. Faust lets the broker keep a fetch for 1.5 s, and the local broker uses all of it where there
is nothing yet: that is in the figures of plain Faust.
"""


def markdown(document: Document, verdicts: Iterable[Verdict]) -> str:
    """All tables."""
    plan = document["plan"]
    how = HOW.format(
        cores=(
            f"{document['machine']['processor']}, core "
            f"{document['machine']['measured_on_cores'][0]}"
        ),
        characters=document["reviews"]["mean_characters"],
        rounds=plan["rounds"],
        price=plan["price"],
    )
    sections = (
        ("What it must show", "", _verdicts(verdicts)),
        ("Side by side", how + _about(document), _contenders(document)),
        ("Latency, ms", LATENCY, _latencies(document)),
        ("Each stage alone, in process", "", _stages(document)),
        ("Length of the texts, and a second worker", "", _lengths(document)),
    )
    parts = [f"# Benchmark, {document['measured'][:10]}\n"]
    for title, words, rows in sections:
        lines = list(rows)
        if len(lines) > 1:
            parts.append(
                "\n\n".join(part for part in (f"## {title}", words.strip(), table(lines)) if part)
            )
    return "\n".join(parts)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, the header first."""
    header, *others = rows
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, ["---"] * len(header), *others))


def number(value: float) -> str:
    """At least three digits that mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(figures: Document) -> str:
    """Median and range."""
    median, lowest, highest = (number(figures[key]) for key in ("median", "lowest", "highest"))
    return f"{median} [{lowest} … {highest}]"


def _verdicts(verdicts: Iterable[Verdict]) -> Iterator[Sequence[str]]:
    yield "", "required", "measured", "met", ""
    for verdict in verdicts:
        yield verdict.what, verdict.required, verdict.measured, MET[verdict.met], verdict.note


def _about(document: Document) -> str:
    return "".join(
        f"\n- {name}: {figures['about']}" for name, figures in document["contenders"].items()
    )


def _contenders(document: Document) -> Iterator[Sequence[str]]:
    yield (
        "",
        "reviews/s",
        "Undertone: times as fast",
        "CPU-s a million",
        "reviews a CPU-s",
        "GB at peak",
        "$ a million",
    )
    for name, figures in document["contenders"].items():
        ratio = document["ratios"].get(name)
        times = spread(ratio) if ratio else "-"
        if name == "two-workers" and ratio:  # of which the ratio is the other way round
            times = f"they: {times} times one"
        yield (
            name,
            spread(figures["rate"]),
            times,
            f"{figures['cpu_seconds_per_million']['median']:,.0f}",
            f"{figures['per_cpu_second']:,.0f}",
            f"{figures['peak_memory'] / GIGABYTE:.2f}",
            f"{figures['cost_per_million']:.3f}",
        )


def _latencies(document: Document) -> Iterator[Sequence[str]]:
    yield "", "load", "reviews/s", "sent", "p50", "p95", "p99"
    for name, figures in document["contenders"].items():
        for share, latency in figures["latency"].items():
            times = (f"{1000 * latency['percentiles'][key]:,.0f}" for key in ("p50", "p95", "p99"))
            yield (
                name,
                f"{float(share):.0%}",
                number(latency["rate"]),
                f"{latency['sent']:,}",
                *times,
            )


def _stages(document: Document) -> Iterator[Sequence[str]]:
    yield "stage", "reviews/s"
    for name, figures in document["stages"].items():
        yield name, spread(figures)


def _lengths(document: Document) -> Iterator[Sequence[str]]:
    yield "characters", "reviews/s", "characters/s", "two workers, times one"
    for length, figures in document["lengths"].items():
        two = document["pair_lengths"].get(length)
        yield (
            f"{int(length):,}",
            spread(figures),
            f"{int(length) * figures['median']:,.0f}",
            spread(two) if two else "-",
        )

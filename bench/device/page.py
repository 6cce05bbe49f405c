"""Figures of a device as Markdown, from the document that ``bench.gpu`` writes as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.report import number, table

Document = dict[str, Any]
NONE = "-"
NO_GPU = """\
**These are figures of a CPU** ({note}), by the path that the command falls back to: no figure of a
GPU was measured in this run, and none can be derived from it.
"""
QUICK = "A quick run: it shows that everything works, its figures are not to be relied on."
HOW = """\
Made by `{command}` on {name} ({cores} cores, load average {load:.1f} at the end) in {took:.0f} s,
{day}. {quick}Weights of the encoder: {weights}. Prices: ${gpu:g} an hour for a GPU with the machine
around it, ${core:g} for a core.

Roofline: products of large matrices reach {products} here.
The student, `judge`, has no implementation for a GPU: compiled loops run it, on one core. What runs
on the CPU has one thread, and its rates are by processor time, so those of one core that nobody
shares; but not where it says "by the clock". Latencies are by the clock, whatever else the machine
does.
"""
RATES = """\
Medians; in brackets the share of the roofline, counted from the layers of the network. Networks
alone: ids in, probabilities out. From text: tokenisation included, in the groups in which a worker
calls the engine, whatever the batch.
"""
LATENCIES = """\
At the batch size of the highest rate. Loads: shares of that rate, open loop, all reviews that wait
being judged in one batch of at most that size; milliseconds from when a review was due, p50 / p95 /
p99.
"""


def markdown(document: Document) -> str:
    """The whole page."""
    device, subjects = document["device"], document["subjects"]
    gpu = device["kind"] == "GPU"
    how = HOW.format(
        name=device["name"],
        cores=device["cores"],
        took=document["took_s"],
        load=document["load_average"],
        command="python -m bench.gpu" + " --quick" * document["quick"],
        day=document["measured"][:10],
        quick=f"{QUICK} " if document["quick"] else "",
        weights=document["encoder_weights"],
        **document["prices"],
        products=", ".join(
            f"{rate / 1e12:.3g} TFLOP/s in {precision}"
            for precision, rate in document["products"].items()
        ),
    )
    parts = [
        f"# Models on a {device['kind']}",
        *([] if gpu else [NO_GPU.format(note=device["note"]).strip()]),
        how.strip(),
        "## Reviews a second by batch size",
        RATES.strip(),
        table(list(_rates(subjects))),
        "## Latency and cost",
        LATENCIES.strip(),
        table(list(_latencies(subjects, document["loads"]))),
    ]
    missing = list(_missing(document))
    if missing:
        parts += ["## Left out", "\n".join(f"- {line}" for line in missing)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _rates(subjects: Sequence[Document]) -> Iterator[Sequence[str]]:
    batches = sorted({point["batch"] for subject in subjects for point in subject["points"]})
    yield "model", "engine", "on", "length", *(f"batch {batch:,}" for batch in batches)
    for subject in subjects:
        for length in dict.fromkeys(point["length"] for point in subject["points"]):
            cells = {
                point["batch"]: _rate(point)
                for point in subject["points"]
                if point["length"] == length
            }
            yield *_named(subject, length), *(cells.get(batch, NONE) for batch in batches)


def _rate(point: Document) -> str:
    if point["rate"] is None:
        return NONE
    rate = number(point["rate"]["median"])
    return rate if point["roofline"] is None else f"{rate} ({_share(point['roofline'])})"


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "<1%"


def _latencies(subjects: Sequence[Document], loads: Sequence[float]) -> Iterator[Sequence[str]]:
    at = (f"at {share:.0%}" for share in loads)
    yield "model", "engine", "on", "length", "batch", "reviews/s", "$ a million", *at
    for subject in subjects:
        for best in subject["bests"]:
            found = {
                load["share"]: load for load in subject["loads"] if load["length"] == best["length"]
            }
            yield (
                *_named(subject, best["length"]),
                f"{best['batch']:,}",
                number(best["rate"]),
                number(best["cost_per_million"]),
                *(_latency(found[share]) for share in loads),
            )


def _latency(load: Document) -> str:
    if load["percentiles"] is None:
        return NONE
    return " / ".join(number(1000 * seconds) for seconds in load["percentiles"].values())


def _named(subject: Document, length: int) -> tuple[str, ...]:
    name, engine, unit = (subject[key] for key in ("name", "engine", "unit"))
    return name, engine, subject["place"]["name"], f"{length:,} {unit}"


def _missing(document: Document) -> Iterator[str]:
    """By reason, for each subject."""
    for name, reason in document["not_measured"].items():
        yield f"{name}: {reason}"
    for subject in document["subjects"]:
        reasons: dict[str, list[str]] = {}
        for point in subject["points"]:
            if point["left_out"]:
                place = f"batch {point['batch']:,} of {point['length']:,}"
                reasons.setdefault(point["left_out"], []).append(place)
        for load in subject["loads"]:
            if load["left_out"]:
                place = f"load {load['share']:.0%} of {load['length']:,}"
                reasons.setdefault(load["left_out"], []).append(place)
        for reason, places in reasons.items():
            yield f"{subject['name']}, {subject['engine']}: {reason} ({', '.join(places)})"

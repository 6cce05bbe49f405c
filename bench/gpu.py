"""Rates, shares of the roofline, latencies and costs of the shipped models and of the multilingual
encoder on a GPU: bench/gpu.json and bench/gpu.md.

    python -m bench.gpu

Takes at most ten minutes. It needs a checkout, the environment of ``make install`` and, for a GPU,
the wheels of the extra ``gpu``: those of ``tensorflow[and-cuda]`` in the version of
infra/constraints.txt, with NVIDIA's CUDA libraries; a machine without a network gets them carried.
PyTorch is not needed, nor ONNX Runtime for a GPU: the engine that runs on one is TensorFlow. The
encoder's table of word pieces and its tokenizer are in the two packages of docs/encoder.md; without
these the shipped layers run on a random table of the same size, which takes as long, and the page
says so. Nothing is downloaded but Triton's wheel, where there is a network.

Without a GPU that TensorFlow can use it measures the CPU, and the page says so at its head. The
roofline is measured too: a product of large matrices on the same device, in the same precision.
Triton: ``--triton`` is the gRPC address of a server that serves what ``undertone models export
encoder --triton`` wrote; without it the server of the tests is started, which runs models on the
CPU alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from bench import reviews
from bench.device import machine
from bench.device.measuring import OUT_OF_TIME, Timer, measure
from bench.device.page import markdown
from bench.device.plan import GPU_PRICE, QUICK, DevicePlan
from bench.device.serving import on_triton
from bench.device.subjects import Prices, Subjects, find_encoder
from bench.plan import PRICE
from bench.progress import steps
from infra.whole_files import replaced_file
from schemas.errors import EngineUnavailable, UndertoneError

FOLDER = Path(__file__).parent
SERVER_S = 90.0
"""With less time left than this no server is started: it needs most of a minute."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and report. 1 if there is no such model, 130 after Ctrl-C."""
    given = _arguments().parse_args(argv)
    console = Console(stderr=True)
    plan = QUICK if given.quick else DevicePlan()
    timer = Timer(time.perf_counter() + plan.limit_s)
    try:
        subjects = prepared(plan, given.encoder, Prices(given.gpu_price, given.core_price), timer)
        console.print(_greeting(subjects), highlight=False, markup=False)
        with steps(subjects.steps + 2 * len(plan.server_pieces), console) as say:
            found = document(subjects, given.triton, timer, say)
    except UndertoneError as error:
        console.print(f"bench.gpu: {error}", style="red", markup=False, highlight=False)
        return 1
    except KeyboardInterrupt:
        return 130
    found |= {"quick": given.quick, "measured": datetime.now(UTC).isoformat(timespec="seconds")}
    page = markdown(found)
    for name, text in (("gpu.json", json.dumps(found, indent=1) + "\n"), ("gpu.md", page)):
        with replaced_file(given.out / name) as file:
            file.write(text.encode())
    Console().print(Markdown(page))
    return 0


def prepared(plan: DevicePlan, encoder: Path | None, prices: Prices, timer: Timer) -> Subjects:
    """Find the device, its roofline, the encoder and the texts. Raises ``UndertoneError``."""
    found = find_encoder(encoder)
    device = machine.find()
    size = plan.product[device.kind == "CPU"]
    peaks = {
        precision: machine.product_rate(device, precision, size, plan.product_s, timer)
        for precision in device.precisions
    }
    return Subjects(found, plan, device, peaks, prices, reviews.load(None))


def document(
    subjects: Subjects, triton: str | None, timer: Timer, say: Callable[[str], None]
) -> dict[str, Any]:
    """All figures: rates a second, latencies in seconds, costs in US dollars, operations a
    second.
    """
    plan = subjects.plan
    not_measured: dict[str, str] = {}
    found = [measure(subject, plan, timer, say) for subject in subjects.all()]
    try:
        if timer.left < SERVER_S:
            raise EngineUnavailable(OUT_OF_TIME)
        with on_triton(subjects, triton) as served:
            found += [measure(subject, plan, timer, say) for subject in served]
    except EngineUnavailable as error:
        not_measured["Triton"] = str(error)
    found.append(measure(subjects.film_network(), plan, timer, say))
    if not subjects.encoder.reads:
        not_measured["encoder, from text"] = "there is no tokenizer"
    return {
        "device": asdict(subjects.device),
        "took_s": plan.limit_s - timer.left,
        "load_average": os.getloadavg()[0],
        "encoder_weights": subjects.encoder.weights,
        "prices": asdict(subjects.prices),
        "products": dict(subjects.peaks),
        "loads": list(plan.loads),
        "plan": asdict(plan),
        "subjects": [asdict(each) for each in found],
        "not_measured": not_measured,
    }


def _greeting(subjects: Subjects) -> str:
    device = subjects.device
    if device.kind == "GPU":
        return f"measuring {device.name}"
    return f"no GPU is measured ({device.note}): the CPU in its place, {device.name}"


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.gpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="some minutes; shows that it works, no figures to rely on",
    )
    parser.add_argument(
        "--encoder", type=Path, metavar="FOLDER", help="what `undertone models encoder` wrote"
    )
    parser.add_argument("--triton", metavar="HOST:PORT", help="gRPC of a Triton that runs")
    parser.add_argument(
        "--gpu-price", type=float, default=GPU_PRICE, help="US dollars an hour (%(default)s)"
    )
    parser.add_argument(
        "--core-price", type=float, default=PRICE, help="the same of one core (%(default)s)"
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())

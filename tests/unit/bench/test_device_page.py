"""The page of figures of a device."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.device.machine import Device
from bench.device.measuring import Best, Found, Load, Place, Point
from bench.device.page import markdown
from bench.figures import Spread

GPU, CPU = Device("GPU", "a card", 8), Device("CPU", "a chip", 2, "TensorFlow found no GPU")


def page(device: Device, **changes: Any) -> str:
    found = Found("encoder", "tensorflow, bfloat16", Place(device.kind, 3.0), "pieces")
    found.points.extend(
        [
            Point(32, 1, Spread.of([90.0, 100.0]), 0.004),
            Point(32, 1024, Spread.of([12_345.0]), 0.33),
            Point(128, 1, left_out="does not fit"),
            Point(128, 1024, left_out="does not fit"),
        ]
    )
    found.bests.append(Best(32, 1024, 12_345.0, 0.0675))
    half = Load(32, 0.5, 6172.0, 30_000, {"p50": 0.012, "p95": 0.02, "p99": 0.1})
    found.loads.extend([half, Load(32, 0.8, 9876.0, 9, left_out="answered 9% in time")])
    return markdown(
        {
            "device": asdict(device),
            "took_s": 300.0,
            "load_average": 1.5,
            "measured": "2026-11-28T12:00:00+00:00",
            "quick": False,
            "encoder_weights": "the shipped ones",
            "prices": {"gpu": 3.0, "core": 0.05},
            "products": {"bfloat16": 7.97e14},
            "loads": [0.5, 0.8],
            "subjects": [asdict(found)],
            "not_measured": {"Triton": "no uv to install Triton with"},
        }
        | changes
    )


def test_rates_stand_with_their_share_of_the_roofline() -> None:
    row = "| encoder | tensorflow, bfloat16 | GPU | 32 pieces | 95 (<1%) | 12,345 (33%) |"
    assert row in page(GPU)
    assert "797 TFLOP/s in bfloat16" in page(GPU)


def test_latencies_are_in_milliseconds_beside_the_cost() -> None:
    assert "| 1,024 | 12,345 | 0.0675 | 12 / 20 / 100 | - |" in page(GPU)


def test_what_is_missing_is_listed_with_its_reason() -> None:
    found = page(GPU)
    assert "- Triton: no uv to install Triton with" in found
    assert "does not fit (batch 1 of 128, batch 1,024 of 128)" in found
    assert "answered 9% in time (load 80% of 32)" in found


def test_figures_of_a_cpu_are_called_so_before_anything_else() -> None:
    assert page(CPU).startswith(
        "# Models on a CPU\n\n**These are figures of a CPU** (TensorFlow found no GPU)"
    )
    assert "figures of a CPU" not in page(GPU)


def test_a_quick_run_says_that_its_figures_are_not_to_be_relied_on() -> None:
    assert "`python -m bench.gpu --quick`" in page(GPU, quick=True)
    assert "not to be relied on" in page(GPU, quick=True)
    assert "not to be relied on" not in page(GPU)

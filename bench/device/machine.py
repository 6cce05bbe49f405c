"""The device that is measured, and the rate of large matrix products on it, which is the roofline.

TensorFlow is imported by ``find``: it settles what the process may use of the device.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from bench.device.measuring import Timer, durations
from bench.processes import processor
from infra import native
from infra.settings import ScoringSettings

CHAIN: Final = 8
"""Products in a row, so that the start of a kernel and the way back of the result do not count."""
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class Device:
    """``note``: why it is no GPU."""

    kind: Literal["GPU", "CPU"]
    name: str
    cores: int
    note: str = ""

    @property
    def precisions(self) -> tuple[Precision, ...]:
        """Those in which networks are measured on it."""
        return ("bfloat16", "float32") if self.kind == "GPU" else ("float32",)


def find() -> Device:
    """The first GPU that TensorFlow can use, else the CPU, on which it has one thread, as in a
    worker. GPU memory is taken as it is needed, so that a server can share it.
    """
    native.prepare(ScoringSettings().threads)
    import tensorflow as tf

    cores = len(os.sched_getaffinity(0))
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return Device("CPU", processor(), cores, _why_not())
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    details = tf.config.experimental.get_device_details(gpus[0])
    return Device("GPU", details.get("device_name", "unnamed"), cores)


def _why_not() -> str:
    if shutil.which("nvidia-smi") or Path("/dev/nvidia0").exists():
        return "TensorFlow cannot use the GPU that is here: pip install 'undertone[gpu]'"
    return "TensorFlow found no GPU"


def product_rate(
    device: Device, precision: Precision, size: int, seconds: float, timer: Timer
) -> float:
    """Operations a second in products of matrices [size, size], the fastest of several; on a CPU
    those of one core, by TensorFlow or NumPy, whichever is faster.
    """
    runs = [_by_tensorflow(precision, size)]
    if device.kind == "CPU":
        runs.append(_by_numpy(size))
    with threadpool_limits(1):
        fastest = min(
            min(durations(run, 1, seconds, timer, by_cpu=device.kind == "CPU")) for run in runs
        )
    return CHAIN * 2 * size**3 / fastest


def _matrix(size: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Such that products neither vanish nor overflow."""
    values = np.random.default_rng(0).standard_normal((size, size), np.float32)
    return values * np.float32(size**-0.5)


def _by_tensorflow(precision: Precision, size: int) -> Callable[[int], object]:
    import tensorflow as tf

    matrix = tf.cast(_matrix(size), precision)

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def chain(left: tf.Tensor) -> tf.Tensor:
        for _ in range(CHAIN):
            left = tf.matmul(left, matrix)
        return left[:1, :1]

    return lambda _: chain(matrix).numpy()


def _by_numpy(size: int) -> Callable[[int], object]:
    matrix = _matrix(size)

    def chain(_: int) -> object:
        left = matrix
        for _ in range(CHAIN):
            left = left @ matrix
        return left

    return chain

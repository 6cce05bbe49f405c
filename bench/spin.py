"""Scaling limit of the machine: a loop of pure computation, by one process and by two at once.

Two hyperthreads of one core are two processors by name only; no pair of workers can scale better
than this does. ``python -m bench.spin BEGIN SECONDS`` counts from ``time.monotonic() == BEGIN`` on
and prints the rounds a second.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from bench.processes import python

HEAD_START_S = 0.5
CHUNK = 10_000
FACTOR, SHIFT, MASK = 6364136223846793005, 1442695040888963407, 2**64 - 1


def rounds(seconds: float) -> float:
    """A second, of multiplying and adding."""
    number, done, begin = 1, 0, time.monotonic()
    while (passed := time.monotonic() - begin) < seconds:
        for _ in range(CHUNK):
            number = (number * FACTOR + SHIFT) & MASK
        done += CHUNK
    return done / passed


def scaling(cores: Sequence[int], seconds: float) -> float:
    """How many times as much all of ``cores`` do together as the first of them alone."""
    return sum(_at_once(cores, seconds)) / sum(_at_once(cores[:1], seconds))


def _at_once(cores: Sequence[int], seconds: float) -> list[float]:
    arguments = (str(time.monotonic() + HEAD_START_S), str(seconds))
    running = [
        subprocess.Popen(
            ("taskset", "--cpu-list", str(core), *python("bench.spin", *arguments)),
            stdout=subprocess.PIPE,
        )
        for core in cores
    ]
    return [float(process.communicate()[0]) for process in running]


if __name__ == "__main__":
    time.sleep(max(0.0, float(sys.argv[1]) - time.monotonic()))
    sys.stdout.write(f"{rounds(float(sys.argv[2]))}\n")

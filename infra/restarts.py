"""Restart pauses: exponential back-off with jitter for whatever is started again when it fails, a
thread or a process.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

STEADY_S: Final = 30.0
"""What ran for so long has recovered: its next failure counts as the first again."""


@dataclass(slots=True)
class Restarts:
    """Count the failures in a row of one thing, and say how long to pause before its next start.

    ``first_s``: longest pause after the first failure; it doubles with each further one, up to
    ``max_s``. Each pause is drawn from the upper half, so that things that failed together do not
    start together.
    """

    first_s: float
    max_s: float
    steady_s: float = STEADY_S
    failures: int = 0
    draw: Callable[[float, float], float] = random.uniform  # not for secrets

    def pause_after(self, lasted_s: float) -> float:
        """Record a failure after ``lasted_s`` seconds; the seconds to pause."""
        self.failures = 1 if lasted_s > self.steady_s else self.failures + 1
        longest = min(self.max_s, self.first_s * 2.0 ** min(self.failures - 1, 30))
        return longest * self.draw(0.5, 1)

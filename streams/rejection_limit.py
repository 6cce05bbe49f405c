"""Circuit breaker for rejections: stops a worker when nearly all records are rejected, instead of
draining the topic.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from schemas.errors import TooManyRejections


class RejectionLimit:
    """Raises once more than ``max_ratio`` of the last ``window`` records were rejected; not before
    it has seen that many.
    """

    def __init__(self, max_ratio: float, window: int) -> None:
        self._max_ratio = max_ratio
        self._recent: deque[bool] = deque(maxlen=window)
        self._window = window

    @property
    def ratio(self) -> float:
        """Share of rejected records among the last ones, 0 if there are none."""
        return sum(self._recent) / len(self._recent) if self._recent else 0.0

    def observe(self, rejected: Iterable[bool]) -> None:
        """Count the records of a batch. Raises ``TooManyRejections``."""
        self._recent.extend(rejected)
        if len(self._recent) == self._window and self.ratio > self._max_ratio:
            raise TooManyRejections(
                f"{self.ratio:.0%} of the last {self._window} records were rejected, more than "
                f"UNDERTONE_DEAD_LETTERS__MAX_RATIO={self._max_ratio:g} allows: look at the view "
                "dead_letter_reasons"
            )

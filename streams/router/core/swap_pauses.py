"""Measurement of the pauses that model swaps cause."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta


class Pauses:
    """Takes the ends of slices; times the longest step from one to the next around each swap.

    A step is counted from when the loading of the new model begins, which takes its share of the
    processor, to the end of the first slice that the new model scored. Time in which no review was
    waiting does not count. It includes a slice's own work: compare it with the steps of a worker
    that swaps nothing.
    """

    def __init__(self, report: Callable[[timedelta], None]) -> None:
        """``report`` is given the longest step of each swap."""
        self._report = report
        self._lock = threading.Lock()  # loading is told from one thread, slices from another
        self._loading = False
        self._longest = timedelta()
        self._last: datetime | None = None
        self._live: object = None

    def loading(self, begun: bool) -> None:
        """A model is being loaded from here on, or no longer."""
        with self._lock:
            self._loading = begun
            if begun:
                self._longest = timedelta()

    def slice_ended(self, live: object, waiting_since: datetime, now: datetime) -> None:
        """A slice was scored by the models of ``live``; its oldest review has been there since
        ``waiting_since``.
        """
        with self._lock:
            step = now - max(waiting_since, self._last or waiting_since)
            self._longest = max(self._longest, step)
            if live is not self._live and self._live is not None:
                self._report(self._longest)
            if live is not self._live or not self._loading:
                self._longest = timedelta()
            self._last, self._live = now, live

"""Supervision of components in threads: one that fails is restarted after a pause while the others
go on.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra import metrics
from infra.settings import RetrySettings, Settings
from retrain.alerts.alert_publisher import Announcer
from retrain.runner.loop_parts import Run
from retrain.runner.repeated_failures import Failures, described
from schemas.records import Alert

STEADY_S = 30.0
"""A part that went on for so long is well: when it fails next, it is started again as soon as at
first.
"""
log = logging.getLogger("undertone.loop")


@dataclass
class Supervised:
    """A part, and how it has fared: ``failures`` in a row, ``up`` while it runs and has not failed
    within ``STEADY_S``.
    """

    name: str
    run: Run
    tell: Callable[[Sequence[Alert]], None] = lambda alerts: None
    failures: int = 0
    _began: float | None = field(default=None, repr=False)
    _repeated: Failures = field(default_factory=Failures, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def up(self) -> bool:
        """Whether the component runs without failing."""
        began = self._began
        return began is not None and (not self.failures or time.monotonic() - began > STEADY_S)

    def keep_running(self, settings: Settings, stop: threading.Event) -> None:
        """Until ``stop`` is set."""
        while not stop.is_set():
            self._began = time.monotonic()
            steady = threading.Timer(STEADY_S, self._tell_of, (None,))
            steady.daemon = True
            steady.start()
            try:
                self.run(settings, stop)
                problem = "it ended"
            except Exception as error:  # whatever it is: a part that is gone helps nobody
                problem = described(error)
            finally:
                steady.cancel()
            lasted, self._began = time.monotonic() - self._began, None
            if stop.is_set():
                return
            self.failures = 1 if lasted > STEADY_S else self.failures + 1
            metrics.LOOP_RESTARTS.labels(self.name).inc()
            pause = back_off(settings.retry, self.failures)
            log.error("%s failed and starts again in %.1f s: %s", self.name, pause, problem)
            self._tell_of(problem)
            stop.wait(pause)

    def _tell_of(self, problem: str | None) -> None:
        """Tell people of failures that repeat, and (``problem`` is None) of their end."""
        labels, now = {"part": self.name}, datetime.now(UTC)
        with self._lock:
            repeated = self._repeated
            alerts = (
                repeated.succeeded(labels, now)
                if problem is None
                else repeated.failed(labels, problem, now)
            )
            try:
                if alerts:
                    self.tell(alerts)
            except Exception as error:  # the part matters more than what is told of it
                log.warning("%s: the alert was not sent: %s", self.name, described(error))
                self._repeated = Failures()  # told after some more failures


def teller(settings: Settings) -> Callable[[Sequence[Alert]], None]:
    """Publisher of alerts that connects anew each time, because there are few."""

    def tell(alerts: Sequence[Alert]) -> None:
        with closing(Announcer(settings)) as announcer:
            announcer.tell(alerts)

    return tell


def back_off(settings: RetrySettings, failures: int) -> float:
    """Seconds before the next start, after so many failures in a row: exponential, half of it by
    chance.
    """
    longest: float = min(settings.max_s, settings.first_s * 2.0 ** min(failures - 1, 30))
    return longest * random.uniform(0.5, 1)  # not for secrets


def start(
    parts: Mapping[str, Run],
    settings: Settings,
    stop: threading.Event,
    tell: Callable[[Sequence[Alert]], None],
) -> tuple[list[Supervised], list[threading.Thread]]:
    """Start all; their threads end some time after ``stop`` is set, and keep no process from
    ending.

    ``tell`` publishes alerts about parts that fail again and again.
    """
    supervised = [Supervised(name, run, tell) for name, run in parts.items()]
    threads = [
        threading.Thread(
            target=part.keep_running, args=(settings, stop), name=part.name, daemon=True
        )
        for part in supervised
    ]
    for thread in threads:
        thread.start()
    return supervised, threads

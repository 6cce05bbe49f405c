"""Supervision of components in threads: one that fails is restarted after a pause while the others
go on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra import metrics
from infra.restarts import STEADY_S, Restarts
from infra.settings import Settings
from retrain.alerts.alert_publisher import Announcer
from retrain.runner.component import Component, Running
from retrain.runner.repeated_failures import Failures, described
from schemas.records import Alert

log = logging.getLogger("undertone.loop")
Tell = Callable[[Sequence[Alert]], None]


@dataclass
class Supervised:
    """A component, and how it fares. ``up``: it runs and has not failed within ``steady_s``;
    ``waiting``: for a server that is away.
    """

    component: Component
    running: Running
    tell: Tell = lambda alerts: None
    steady_s: float = STEADY_S
    _restarts: Restarts = field(init=False, repr=False)
    _began: float | None = field(default=None, repr=False)
    _repeated: Failures = field(default_factory=Failures, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        waits = self.running.settings.retry
        self._restarts = Restarts(waits.first_s, waits.max_s)

    @property
    def name(self) -> str:
        """The component's name."""
        return self.component.name

    @property
    def failures(self) -> int:
        """Failures in a row."""
        return self._restarts.failures

    @property
    def up(self) -> bool:
        """Whether the component runs without failing."""
        began = self._began
        return began is not None and (not self.failures or time.monotonic() - began > self.steady_s)

    @property
    def waiting(self) -> bool:
        """Whether the component waits for a server, and is otherwise well."""
        return self.running.retry.waiting

    def keep_running(self) -> None:
        """Run the component, again after each failure, until the run is stopped."""
        stop = self.running.stop
        while not stop.is_set():
            self._began = time.monotonic()
            problem = self._run_once()
            lasted, self._began = time.monotonic() - self._began, None
            if stop.is_set():
                return
            pause = self._restarts.pause_after(lasted)
            metrics.LOOP_RESTARTS.labels(self.name).inc()
            log.error("%s failed and starts again in %.1f s: %s", self.name, pause, problem)
            self._tell_of(problem)
            stop.wait(pause)

    def _run_once(self) -> str:
        """Run the component to its end; why it ended."""
        steady = threading.Timer(self.steady_s, self._tell_of, (None,))
        steady.daemon = True
        steady.start()
        try:
            self.component.run(self.running)
        except Exception as error:  # whatever it is: a part that is gone helps nobody
            return described(error)
        finally:
            steady.cancel()
        return "it ended"

    def _tell_of(self, problem: str | None) -> None:
        """Publish an alert about failures that repeat, or (``problem`` is None) its resolution."""
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
            except Exception as error:  # the part matters more than the alert about it
                log.warning("%s: the alert was not sent: %s", self.name, described(error))
                self._repeated = Failures()  # sent after some more failures


def teller(settings: Settings) -> Tell:
    """Publisher of alerts that connects anew each time, because there are few."""

    def tell(alerts: Sequence[Alert]) -> None:
        with closing(Announcer(settings)) as announcer:
            announcer.tell(alerts)

    return tell


def start(
    components: Iterable[Component],
    settings: Settings,
    stop: threading.Event,
    tell: Tell,
) -> tuple[list[Supervised], list[threading.Thread]]:
    """Start each in a thread, which ends some time after ``stop`` is set and keeps no process from
    ending.

    ``tell`` publishes alerts about parts that fail again and again.
    """
    supervised = [
        Supervised(component, Running.of(settings, stop), tell) for component in components
    ]
    threads = [
        threading.Thread(target=part.keep_running, name=part.name, daemon=True)
        for part in supervised
    ]
    for thread in threads:
        thread.start()
    return supervised, threads

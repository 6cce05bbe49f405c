"""Component: a part of the loop, as data. One function runs them all.

Its life: what it needs is prepared (migrations, topics), its resources are opened, its step is
repeated every ``interval_s`` seconds, and its resources are closed. Whatever is transient is waited
for; any other error ends the run, and the supervisor starts the component again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.migrations import migrate
from infra.process import create_topics
from infra.retry import Retry, until_stopped
from infra.settings import Settings
from infra.warehouse import connect
from schemas.topics import Topic

Step = Callable[[datetime], object]
"""One look at the world at the given time. It may be repeated at any point, since a kill may
interrupt it at any point.
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A run of a component: its settings, the signal to stop, and the retry that ends with it."""

    settings: Settings
    stop: threading.Event
    retry: Retry

    @classmethod
    def of(cls, settings: Settings, stop: threading.Event) -> Running:
        """A run until ``stop`` is set."""
        return cls(settings, stop, Retry(settings.retry, stop))


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the loop.

    ``opened`` holds the resources of a run, and gives its step. ``reads`` and ``publishes`` name
    its topics, and ``warehouse`` says whether it works with ClickHouse.
    """

    name: str
    opened: Callable[[Running], AbstractContextManager[Step]]
    interval_s: Callable[[Settings], float]
    reads: tuple[Topic[Any], ...] = ()
    publishes: tuple[Topic[Any], ...] = ()
    warehouse: bool = False

    def run(self, running: Running) -> None:
        """Repeat the step until the run is stopped. Raises what is not transient."""
        settings, stop, retry = running.settings, running.stop, running.retry
        with until_stopped(stop, logging.getLogger(f"undertone.{self.name}")):
            prepare(settings, retry, warehouse=self.warehouse)
            interval_s = self.interval_s(settings)
            with self.opened(running) as step:
                while not stop.is_set():
                    retry(step, datetime.now(UTC))
                    stop.wait(interval_s)


def prepare(settings: Settings, retry: Retry, *, warehouse: bool) -> None:
    """Create the topics, and if ``warehouse`` bring the schema of ClickHouse up to date."""
    if warehouse:
        with connect(settings.clickhouse) as connection:
            retry(migrate, connection, settings.clickhouse.database)
    create_topics(settings.kafka, retry)

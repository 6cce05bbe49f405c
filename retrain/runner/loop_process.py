"""Composition root of the loop: its components as threads of one process."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Collection

from infra import metrics
from infra.grace import GRACE_S
from infra.health import Health, serve
from infra.kafka.admin import Admin
from infra.migrations import migrate
from infra.retry import Retry
from infra.settings import Settings
from infra.warehouse import connect
from retrain.runner import loop_parts, supervision
from schemas.errors import TransientError
from schemas.topics import CATALOGUE

LOOK_S = 0.5
log = logging.getLogger("undertone.loop")


def run_loop(settings: Settings, only: Collection[str]) -> None:
    """Run the parts named in ``only``, all if it is empty, until SIGTERM or SIGINT; ends the
    process.

    Raises ``InputError`` where there is no such part, ``PortInUse``.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    health = Health()
    log.info("metrics on %s/metrics", serve(settings.metrics, health))
    chosen = loop_parts.chosen(
        only
    )  # takes long on a busy machine, where a probe is answered meanwhile
    retry = Retry(
        settings.retry, stop, lambda error: metrics.RETRIES.labels(type(error).__name__).inc()
    )
    try:
        with connect(settings.clickhouse) as warehouse:
            retry(migrate, warehouse, settings.clickhouse.database)
        retry(Admin(settings.kafka).create_topics, CATALOGUE)
    except TransientError as error:
        if not stop.is_set():
            raise
        log.warning("stopped while waiting: %s", error)
        return
    supervised, threads = supervision.start(chosen, settings, stop, supervision.teller(settings))
    log.info("running %s", ", ".join(chosen))
    while not stop.wait(LOOK_S):
        report(supervised, health)
    log.info("stopping: finishing what is being done")
    deadline = time.monotonic() + GRACE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if late := [thread.name for thread in threads if thread.is_alive()]:
        log.warning(
            "%s did not finish within %g s; its work will be repeated", ", ".join(late), GRACE_S
        )
    sys.stdout.flush()
    os._exit(0)  # a thread that is still in native code would be torn down under it


def report(supervised: Collection[supervision.Supervised], health: Health) -> None:
    """Show which parts are up: as a metric, and in the readiness, which names those that are not.

    Alive is the process that supervises them: a restart would interrupt the parts that are well,
    and one that fails is started again anyway.
    """
    for part in supervised:
        metrics.LOOP_PART_UP.labels(part.name).set(part.up)
    down = [part.name for part in supervised if not part.up]
    health.set_ready(not down, down)
    health.beat()

"""Composition root of the loop: its components as threads of one process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Sequence

from infra import metrics
from infra.grace import GRACE_S
from infra.health import Health
from infra.process import Process, end
from infra.retry import until_stopped
from infra.settings import Settings
from retrain.runner import loop_parts, supervision
from retrain.runner.component import prepare

LOOK_S = 0.5
log = logging.getLogger("undertone.loop")


def run_loop(settings: Settings, only: Collection[str]) -> None:
    """Run the parts named in ``only``, all if it is empty, until SIGTERM or SIGINT; ends the
    process.

    Raises ``InputError`` where there is no such part, ``PortInUse``.
    """
    process = Process("loop", settings)
    process.handle_signals()
    process.serve_health()
    # Takes long on a busy machine, where a probe is answered meanwhile.
    chosen = loop_parts.chosen(only)
    with until_stopped(process.stop, log):
        prepare(settings, process.retry(), warehouse=True)
        supervised, threads = supervision.start(
            chosen, settings, process.stop, supervision.teller(settings)
        )
        log.info("running %s", ", ".join(component.name for component in chosen))
        while not process.stop.wait(LOOK_S):
            report(supervised, process.health)
        log.info("stopping: finishing what is being done")
        join(threads, GRACE_S)
    end(0)


def join(threads: Sequence[threading.Thread], most_s: float) -> None:
    """Wait for the threads, for ``most_s`` seconds altogether, and log which are still busy."""
    deadline = time.monotonic() + most_s
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if late := [thread.name for thread in threads if thread.is_alive()]:
        log.warning(
            "%s did not finish within %g s; its work will be repeated", ", ".join(late), most_s
        )


def report(supervised: Collection[supervision.Supervised], health: Health) -> None:
    """Show which parts are up: as a metric, and in the readiness, which names those that are not,
    and those that wait for a server.

    Alive is the process that supervises them: a restart would interrupt the parts that are well,
    and one that fails is started again anyway. One that waits is ready: it goes on by itself.
    """
    for part in supervised:
        metrics.LOOP_PART_UP.labels(part.name).set(part.up)
    down = [part.name for part in supervised if not part.up]
    health.set_ready(not down, down, [part.name for part in supervised if part.waiting])
    health.beat()

"""Readiness, lag and watchdog of a worker.

Faust agents have been seen to stop silently on a stalled broker (faust-streaming/faust#175, #523).
So the lag is asked of the broker through another client, and a lag that does not move fails the
liveness check.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import faust

from infra import metrics
from infra.health import Health
from infra.kafka.admin import Admin
from schemas.errors import UndertoneError
from schemas.topics import REVIEWS_RAW

INTERVAL_S = 10.0
log = logging.getLogger("undertone.worker")


def watch(app: faust.App, admin: Admin, health: Health) -> None:
    """Attach to ``app``: ready once it has a place in its group, alive while its partitions' lag
    gets worked off.
    """

    async def on_assigned(_: faust.App, assigned: set[Any], **__: Any) -> None:
        log.info(
            "has %d partitions of %s",
            sum(tp.topic == REVIEWS_RAW.name for tp in assigned),
            REVIEWS_RAW.name,
        )
        health.set_ready()

    # Any handler of these arguments is one
    app.on_partitions_assigned.connect(on_assigned, weak=False)  # type: ignore[arg-type]

    def partitions() -> set[int]:
        return {tp.partition for tp in app.consumer.assignment() if tp.topic == REVIEWS_RAW.name}

    @app.timer(interval=INTERVAL_S)  # type: ignore[untyped-decorator]
    async def watch_lag() -> None:
        await look(partial(admin.lag, "worker", REVIEWS_RAW.name), partitions, health)


async def look(
    lag_of_group: Callable[[], Mapping[int, int]], assigned: Callable[[], set[int]], health: Health
) -> None:
    """Show the lag of this worker's partitions, and expect progress where there is any.

    Raises nothing: Faust would end the app, which works well without being watched.
    """
    try:
        lag = await asyncio.to_thread(lag_of_group)
        mine = {partition: lag.get(partition, 0) for partition in assigned()}
    except UndertoneError as error:
        # Nothing is known to be waiting, and a restart brings no broker back.
        health.progress()
        log.warning("lag is unknown: %s", error)
    except Exception as error:  # its message may be anything
        log.warning("lag is unknown: %s", type(error).__name__)
    else:
        metrics.LAG.clear()
        for partition, records in mine.items():
            metrics.LAG.labels(REVIEWS_RAW.name, partition).set(records)
        (health.expect if any(mine.values()) else health.progress)()

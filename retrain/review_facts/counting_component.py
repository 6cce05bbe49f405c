"""Counting component: adds what arrived in ClickHouse to the table ``review_facts``.

Views are exact without it; they take longer, as they compare more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from infra.warehouse import connect
from retrain.review_facts.counting import count
from retrain.runner.component import Component, Running, Step

EVERY_S = 1.0


@contextmanager
def opened(running: Running) -> Iterator[Step]:
    """All steps that there are to take."""
    with connect(running.settings.clickhouse) as warehouse:

        def step(_now: datetime) -> None:
            while count(warehouse) and not running.stop.is_set():
                pass

        yield step


COMPONENT = Component("review_facts", opened, interval_s=lambda _: EVERY_S, warehouse=True)

"""Retraining hold: whether bad data blocks retraining, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from infra.warehouse import Warehouse

_FAILED = """
SELECT name, argMax(q.value, q.created_at), argMax(q.expected, q.created_at),
    max(q.created_at) AS last
FROM data_quality AS q
WHERE failed = 1 AND created_at > %(since)s
GROUP BY name
ORDER BY name
"""


def held(warehouse: Warehouse, now: datetime, hold_s: float) -> list[str]:
    """A reason for each check that failed in the last ``hold_s`` seconds; empty where the data is
    sound.
    """
    rows: list[tuple[Any, ...]] = warehouse.query(
        _FAILED, {"since": now - timedelta(seconds=hold_s)}
    )
    return [
        f"{name} was {value:.3g} (limit {limit:.3g}) at {last:%Y-%m-%d %H:%M:%S}"
        for name, value, limit, last in rows
    ]

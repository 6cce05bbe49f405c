"""Delivery queue in ClickHouse: planned messages, delivery attempts and disabled targets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from infra.warehouse import Warehouse
from infra.warehouse.parameters import portions
from retrain.alerts.core.message_planning import Delivery, Notified
from schemas.records import Alert

AT_ONCE: Final = 200
"""Deliveries of a target in memory; the others wait in ClickHouse."""
FIELDS: Final = tuple(field.name for field in fields(Delivery))
COLUMNS: Final = (*FIELDS, "revision")


@dataclass(frozen=True, slots=True)
class Store:
    """Every method raises ``WarehouseUnavailable``. One thread each."""

    warehouse: Warehouse

    def save(self, deliveries: Sequence[Delivery]) -> None:
        """As they are now. Saving the same again changes nothing."""
        rows = [[_cell(getattr(delivery, column)) for column in COLUMNS] for delivery in deliveries]
        self.warehouse.insert("alert_deliveries", COLUMNS, rows, _token(rows))

    def pending(self, target: str, not_before: datetime) -> list[Delivery]:
        """The oldest that wait, at most ``AT_ONCE``, of those planned since then; that bounds what
        is read.
        """
        rows = self.warehouse.query(
            f"SELECT {', '.join(FIELDS)} FROM alert_deliveries FINAL WHERE target = %(target)s AND "
            f"planned_at >= %(since)s AND state = 'pending' ORDER BY planned_at LIMIT {AT_ONCE}",
            {"target": target, "since": not_before},
        )
        return [_delivery(row) for row in rows]

    def notified(self, target: str, alerts: Sequence[Alert]) -> Notified:
        """Messages to ``target``, sent or planned, about these alerts and their conditions."""
        rows: list[tuple[object, ...]] = []
        for portion in portions(sorted({alert.fingerprint for alert in alerts})):
            rows += self.warehouse.query(
                "SELECT alert_ids, fingerprints, statuses, created_ms FROM alert_deliveries FINAL "
                "WHERE target = %(target)s AND hasAny(fingerprints, %(fingerprints)s)",
                {"target": target, "fingerprints": list(portion)},
            )
        ids: set[str] = set()
        last: dict[str, tuple[int, str]] = {}
        for row in rows:
            alert_ids, *parts = map(_sequence, row)
            ids.update(alert_ids)
            for fingerprint, status, created in zip(*parts, strict=True):
                last[fingerprint] = max(last.get(fingerprint, (0, "")), (created, status))
        return Notified(
            ids, {fingerprint: (status, created) for fingerprint, (created, status) in last.items()}
        )

    def attempts_since(self, target: str, since: datetime) -> list[datetime]:
        """Times of delivery attempts to the target."""
        rows = self.warehouse.query(
            "SELECT DISTINCT webhook_id, attempts, updated_at FROM alert_deliveries WHERE target = "
            "%(target)s AND attempts > 0 AND updated_at >= %(since)s AND planned_at >= %(oldest)s",
            {"target": target, "since": since, "oldest": since - timedelta(days=31)},
        )
        return [moment for *_, moment in rows if isinstance(moment, datetime)]

    def enabled(self, target: str, endpoint: str) -> bool:
        """Whether that address of the target is sent anything."""
        rows = self.warehouse.query(
            "SELECT argMax(enabled, changed_at) FROM alert_targets WHERE target = %(target)s AND "
            "endpoint = %(endpoint)s GROUP BY target",
            {"target": target, "endpoint": endpoint},
        )
        return not rows or bool(rows[0][0])

    def switch(self, target: str, endpoint: str, enabled: bool, reason: str, now: datetime) -> None:
        """Enable or disable it."""
        row = [target, endpoint, int(enabled), reason, now]
        self.warehouse.insert(
            "alert_targets",
            ("target", "endpoint", "enabled", "reason", "changed_at"),
            [row],
            _token([row]),
        )


def endpoint(url: str) -> str:
    """A digest of an address: some hold a secret, which belongs in no table."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _cell(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _sequence(value: object) -> Sequence[Any]:
    assert isinstance(value, list | tuple)
    return value


def _delivery(row: Sequence[object]) -> Delivery:
    values: list[Any] = [
        tuple(value) if isinstance(value, list | tuple) else value for value in row
    ]
    return Delivery(**dict(zip(FIELDS, values, strict=True)))


def _token(rows: Sequence[Sequence[object]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()

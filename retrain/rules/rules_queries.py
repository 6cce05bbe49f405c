"""ClickHouse queries about the alerts of rules."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from infra.warehouse import Warehouse
from infra.warehouse.parameters import portions
from schemas.records import Alert

COLUMNS: Final = tuple(field.name for field in fields(Alert))


@dataclass(frozen=True, slots=True)
class Store:
    """Every method raises ``WarehouseUnavailable``, or ``QueryError`` for a statement that
    ClickHouse refuses.
    """

    warehouse: Warehouse

    def status(self, names: Sequence[str]) -> list[Alert]:
        """The last message about each condition of these rules."""
        sql = f"SELECT {', '.join(COLUMNS)} FROM alert_status WHERE name IN %(names)s"
        return [
            _alert(row)
            for portion in portions(names)
            for row in self.warehouse.query(sql, {"names": portion})
        ]

    def record(self, alerts: Sequence[Alert]) -> None:
        """As the sink will, too: the table holds one row for each id."""
        rows = [[getattr(alert, column) for column in COLUMNS] for alert in alerts]
        self.warehouse.insert("alerts", COLUMNS, rows, token(rows))


def _alert(row: Sequence[object]) -> Alert:
    values: list[Any] = list(row)
    return Alert(**dict(zip(COLUMNS, values, strict=True)))


def token(rows: Sequence[Sequence[object]]) -> str:
    """Deduplication token of an insert of these rows."""
    return hashlib.sha256(repr(rows).encode()).hexdigest()

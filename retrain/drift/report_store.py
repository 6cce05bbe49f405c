"""Store of drift reports, the table ``drift_reports``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from infra.warehouse import Warehouse
from retrain.drift.core.drift_windows import Span
from retrain.drift.core.report_rows import COLUMNS, History, Row, cells
from schemas.records import Variant

_JUDGED = """
SELECT DISTINCT window_start
FROM drift_reports
WHERE language = %(language)s AND model_name = %(name)s AND model_version = %(version)s
  AND window_start >= %(since)s
"""
_BEFORE = """
SELECT segment, kind, window_start, max(r.drifted)
FROM drift_reports AS r
WHERE language = %(language)s AND reference = %(reference)s AND window_start < %(start)s
  AND modulo(%(number)s - toUnixTimestamp64Milli(window_start), %(length)s) = 0
GROUP BY segment, kind, window_start
ORDER BY window_start DESC
LIMIT %(most)s BY segment, kind
"""

_TOLD = f"""
SELECT {", ".join(COLUMNS)}
FROM drift_reports FINAL
WHERE fires = 1 AND created_at >= %(since)s
ORDER BY window_start, report_id
"""


def judged(warehouse: Warehouse, model: Variant, language: str, since: datetime) -> set[datetime]:
    """Starts of the windows that have reports."""
    parameters = {
        "language": language,
        "name": model.model_name,
        "version": model.model_version,
        "since": since,
    }
    rows: list[tuple[Any, ...]] = warehouse.query(_JUDGED, parameters)
    return {start for (start,) in rows}


def history(
    warehouse: Warehouse, language: str, reference: str, span: Span, windows: int
) -> History:
    """Whether each kind in each segment drifted in the last windows before one that were compared
    with the same reference.

    Of windows that slide only those count that share no review: the same reviews seen twice confirm
    nothing.
    """
    milliseconds = {
        "number": round(span.start.timestamp() * 1000),
        "length": (span.end - span.start) // timedelta(milliseconds=1),
    }
    parameters = {
        "language": language,
        "reference": reference,
        "start": span.start,
        "most": max(1, windows),
    } | milliseconds
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    rows: list[tuple[Any, ...]] = warehouse.query(_BEFORE, parameters)
    for segment, kind, _, drifted in reversed(rows):
        found[segment, kind].append(bool(drifted))
    return found


def store(warehouse: Warehouse, rows: Sequence[Row]) -> None:
    """Those of one window and language, all or none of them."""
    if rows:
        first = rows[0]
        token = (
            f"{first.language} {first.reference} {first.window_start.isoformat()} "
            f"{first.window_end.isoformat()}"
        )
        warehouse.insert("drift_reports", COLUMNS, [cells(row) for row in rows], token)


def fired(warehouse: Warehouse, since: datetime) -> list[Row]:
    """The reports that fire, found since then."""
    rows: list[tuple[Any, ...]] = warehouse.query(_TOLD, {"since": since})
    return [Row(*row) for row in rows]

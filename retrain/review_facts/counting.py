"""One step of counting reviews; see the migration 0019 and the view ``pending_review_facts``.

The view says how what is counted differs from what should be, and a step adds that. So a step that
was killed, wherever, is repeated without harm. Two steps at the same moment could add the same
twice: that is taken back when what had arrived is compared once more, before it is dropped.
"""

from __future__ import annotations

import logging
from dataclasses import astuple, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from infra.warehouse.port import Warehouse

log = logging.getLogger("undertone.review_facts")

SLICES = 64
"""Of the history: as the view has it."""
AT_ONCE = 500_000
"""Reviews that are compared by one statement; bounds its memory."""
COMMITTED = timedelta(seconds=5)
"""Rows are in the table so long after the time they are stamped with, nearly always."""
KEPT = timedelta(minutes=20)
"""By then every insert has ended or failed, and what arrived is dropped."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = (
    "review, precedence, product_id, language, source, model_name, model_version, variant, "
    "sentiment, created_at, scored_at, hour, minute, latency_bucket, score_e9, rated, rating_e6, "
    "starred, stars_e6"
)
PROGRESS = """
SELECT counted_to, arrivals, recount_from, recount_to, history
FROM review_facts_progress
ORDER BY at DESC
LIMIT 1
"""
ARRIVED = """
SELECT countIf(arrived_at < %(counted_to)s), countIf(arrived_at >= %(counted_to)s)
FROM review_arrivals
"""
OLDEST = """
SELECT toString(_partition_id), min(arrived_at), max(arrived_at) AS latest
FROM review_arrivals
GROUP BY 1
HAVING latest < %(old)s
ORDER BY latest
LIMIT 1
"""
PENDING = """
SELECT count() FROM review_arrivals
WHERE arrived_at >= %(counted_to)s
    OR (arrived_at >= %(recount_from)s AND arrived_at < %(recount_to)s)
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A row of ``review_facts_progress``."""

    counted_to: datetime = NEVER
    arrivals: int = 0
    recount_from: datetime = NEVER
    recount_to: datetime = NEVER
    history: int = 0


def count(warehouse: Warehouse) -> bool:
    """Take the next step. Returns whether there may be more to do at once."""
    progress = progress_of(warehouse)
    if progress.history < SLICES:
        progress = _let_history_arrive(warehouse, progress)
    before, since = _arrived(warehouse, progress.counted_to)
    if before != progress.arrivals:  # by inserts that took longer than COMMITTED
        progress = replace(progress, counted_to=max(NEVER, progress.counted_to - KEPT), arrivals=0)
        _save(warehouse, progress)
    if since or before != progress.arrivals:
        progress = _advance(warehouse, progress)
    return progress.history < SLICES or _drop(warehouse, progress)


def _advance(warehouse: Warehouse, progress: Progress) -> Progress:
    """Add what is not counted."""
    [(now,)] = warehouse.query("SELECT now64(3, 'UTC')")
    assert isinstance(now, datetime)
    counted_to = max(progress.counted_to, now - COMMITTED)
    before, _ = _arrived(warehouse, counted_to)
    add_pending(warehouse, progress)
    progress = replace(progress, counted_to=counted_to, arrivals=before)
    _save(warehouse, progress)
    return progress


def _let_history_arrive(warehouse: Warehouse, progress: Progress) -> Progress:
    """The next slice of what was in ``predictions`` before its rows arrived by themselves; all of
    it where it is little.
    """
    [(rows,)] = warehouse.query("SELECT count() FROM predictions")
    until = SLICES if int(str(rows)) <= AT_ONCE else progress.history + 1
    if rows:
        log.info("reviews of before are counted: %s of %s parts", until, SLICES)
    warehouse.execute(
        f"INSERT INTO review_arrivals ({COLUMNS}) SELECT {COLUMNS} FROM predictions "
        f"WHERE review % {SLICES} >= {progress.history} AND review % {SLICES} < {until}"
    )
    progress = replace(progress, history=until)
    _save(warehouse, progress)
    return progress


def _drop(warehouse: Warehouse, progress: Progress) -> bool:
    """Compare the oldest arrivals once more and drop them, if they are old enough. Returns whether
    there were any.
    """
    rows = warehouse.query(OLDEST, {"old": progress.counted_to - KEPT})
    if not rows:
        return False
    [(partition, first, last)] = rows
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    recount = replace(progress, recount_from=first, recount_to=last + timedelta(milliseconds=1))
    _save(warehouse, recount)
    add_pending(warehouse, recount)
    warehouse.execute(f"ALTER TABLE review_arrivals DROP PARTITION ID '{partition}'")
    before, _ = _arrived(warehouse, progress.counted_to)
    _save(warehouse, replace(progress, recount_from=NEVER, recount_to=NEVER, arrivals=before))
    return True


def add_pending(warehouse: Warehouse, progress: Progress) -> None:
    """Add what has arrived and is not counted, some of the reviews at a time."""
    asked = {name: getattr(progress, name) for name in ("counted_to", "recount_from", "recount_to")}
    [(rows,)] = warehouse.query(PENDING, asked)
    parts = int(str(rows)) // AT_ONCE + 1
    for part in range(parts):
        warehouse.execute(
            f"INSERT INTO review_facts ({COLUMNS}, sign) "
            f"SELECT {COLUMNS}, sign FROM pending_review_facts "
            f"WHERE review % {parts} = {part} AND review % {SLICES} < {progress.history}"
        )


def _arrived(warehouse: Warehouse, counted_to: datetime) -> tuple[int, int]:
    """Rows in ``review_arrivals`` from before ``counted_to``, and since."""
    [(before, since)] = warehouse.query(ARRIVED, {"counted_to": counted_to})
    return int(str(before)), int(str(since))


def progress_of(warehouse: Warehouse) -> Progress:
    """How far counting has come."""
    rows = warehouse.query(PROGRESS)
    return Progress(*rows[0]) if rows else Progress()  # type: ignore[arg-type]


def _save(warehouse: Warehouse, progress: Progress) -> None:
    names = [field.name for field in fields(Progress)]
    warehouse.insert("review_facts_progress", names, [astuple(progress)], uuid4().hex)

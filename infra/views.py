"""ClickHouse views: ``views/NAME.sql``, each re-created where its file, or that of a view it reads,
has changed.
"""

from __future__ import annotations

import graphlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.warehouse.port import Warehouse
from infra.warehouse.refusals import UNKNOWN_DATABASE, UNKNOWN_TABLE
from infra.warehouse.statements import split
from schemas.errors import MigrationError, QueryError

# The checksum is in a table rather than in the view, as ClickHouse keeps a view's statement in a
# form of its own.
_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_views
(
    name String,
    checksum String,
    created_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(created_at)
ORDER BY name
"""
_CREATED: Final = """
SELECT name, argMax(v.checksum, v.created_at)
FROM schema_views AS v
WHERE name IN (SELECT concat(name, '.sql') FROM system.tables WHERE database = currentDatabase()
  AND engine = 'View')
GROUP BY name
"""
READ: Final = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")
"""What a statement reads: a name elsewhere in it may also be that of a column."""


@dataclass(frozen=True, slots=True)
class View:
    """The file ``name``. ``checksum``: SHA-256 of its statement and of those of all the views that
    it reads.
    """

    name: str
    checksum: str
    statements: tuple[str, ...] = field(repr=False)


def read(folder: Path) -> list[View]:
    """The files in ``folder``/views, each after the views that it reads. Raises ``MigrationError``
    for what is not one view.
    """
    statements = {path.stem: _statement(path) for path in sorted((folder / "views").glob("*.sql"))}
    reads = {
        name: set(READ.findall(sql)) & statements.keys() - {name}
        for name, sql in statements.items()
    }
    try:
        order = list(graphlib.TopologicalSorter(reads).static_order())
    except graphlib.CycleError as error:
        raise MigrationError(f"views read one another: {', '.join(error.args[1])}") from None
    found: dict[str, View] = {}
    for name in order:
        whole = [statements[name], *sorted(found[other].checksum for other in reads[name])]
        found[name] = View(
            f"{name}.sql",
            hashlib.sha256("\0".join(whole).encode()).hexdigest(),
            (statements[name],),
        )
    return list(found.values())


def create(warehouse: Warehouse, views: Sequence[View]) -> list[View]:
    """Make anew those that changed. Returns them. Raises ``MigrationError`` naming the file that
    fails.
    """
    warehouse.execute(_LEDGER)
    changed = pending(warehouse, views)
    for view in changed:
        try:
            warehouse.execute(view.statements[0])
        except QueryError as error:
            raise MigrationError(f"views/{view.name}: {error}") from error
    warehouse.insert(
        "schema_views",
        ("name", "checksum"),
        [(view.name, view.checksum) for view in changed],
        "views",
    )
    return changed


def pending(warehouse: Warehouse, views: Sequence[View]) -> list[View]:
    """Those that are missing, or that were made from another file."""
    created = _created(warehouse)
    return [view for view in views if created.get(view.name) != view.checksum]


def _created(warehouse: Warehouse) -> Mapping[str, str]:
    try:
        return {str(name): str(checksum) for name, checksum in warehouse.query(_CREATED)}
    except QueryError as error:
        if error.code not in {UNKNOWN_DATABASE, UNKNOWN_TABLE}:
            raise
        return {}


def _statement(path: Path) -> str:
    statements = split(path.read_text(encoding="utf8"))
    if len(statements) != 1 or not statements[0].startswith(
        f"CREATE OR REPLACE VIEW {path.stem} AS"
    ):
        raise MigrationError(
            f"views/{path.name}: must be one statement, CREATE OR REPLACE VIEW {path.stem} AS …"
        )
    return statements[0]

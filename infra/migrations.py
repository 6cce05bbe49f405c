"""ClickHouse schema: tables by numbered SQL files, each applied once and never changed; views by
one file each.

Every statement is ``IF NOT EXISTS`` or ``OR REPLACE``, or a ``RENAME`` to a name that is free until
it has run, so that several processes may migrate at once, and a migration that stopped half way is
applied again as a whole. ClickHouse has no transactions over DDL. Views (see ``infra.views``) are
made anew after the tables, wherever their file has changed.

A table keeps the engine and the key it was made with. A migration that needs others makes
``T_NNNN``, and renames ``T`` to ``T_before_NNNN`` and ``T_NNNN`` to ``T``. Whatever is in
``T_before_NNNN`` is moved to ``T`` after that, by partition, without copying: at each start, since
an insert that had begun before the renaming may end after it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import schemas
from infra import views
from infra.views import View
from infra.warehouse.port import Warehouse
from infra.warehouse.refusals import TABLE_ALREADY_EXISTS, UNKNOWN_DATABASE, UNKNOWN_TABLE
from infra.warehouse.statements import split
from schemas.errors import MigrationError, QueryError

FOLDER: Final = Path(schemas.__file__).parent / "clickhouse"

MINIMUM_VERSION: Final = (23, 8)
"""The oldest long-term release with all that the migrations use; the tests run them on a current
engine only.
"""

# Two processes that apply the same migration leave the same row twice, which is harmless; two that
# hold different files under one number leave two rows, and the next start notices.
_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (number, checksum)
"""
_REPLACED: Final = {
    "predictions_before_0013": "predictions",
    "shadow_predictions_before_0013": "shadow_predictions",
}
"""Table that was renamed → the one that has its name now."""
_PARTITIONS: Final = """
SELECT DISTINCT table, partition_id
FROM system.parts
WHERE database = currentDatabase() AND table IN %(tables)s AND active AND rows > 0
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, SHA-256 and statements."""

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...] = field(repr=False)


Step = Migration | View


def migrate(warehouse: Warehouse, database: str, folder: Path = FOLDER) -> list[Step]:
    """Create the database and apply what is missing: tables, then views, in order. Returns what was
    applied.

    ``warehouse`` must work in ``database``. Raises ``MigrationError`` for a gap, a number used
    twice, a file changed after it was applied, or a statement that fails, naming the file, and for
    a server that is too old; errors of the warehouse pass.
    """
    migrations, wanted = read(folder), views.read(folder)
    warehouse.create_database()
    _require_version(warehouse)
    warehouse.execute(_LEDGER)
    applied = _applied(warehouse)
    pending = _pending(migrations, applied, database)
    for migration in pending:
        _apply(warehouse, migration)
        row = (migration.number, migration.name, migration.checksum)
        token = f"{migration.number}-{migration.checksum}"
        warehouse.insert("schema_migrations", ("number", "name", "checksum"), [row], token)
    _move_rows(warehouse)
    if _ahead(migrations, applied):
        return [*pending]
    return [*pending, *views.create(warehouse, wanted)]


def plan(warehouse: Warehouse, database: str, folder: Path = FOLDER) -> list[Step]:
    """Migrations that ``migrate`` would apply; changes nothing and needs no database. Raises as
    ``migrate`` does.
    """
    migrations, wanted = read(folder), views.read(folder)
    try:
        applied = _applied(warehouse)
    except QueryError as error:
        if error.code not in {UNKNOWN_DATABASE, UNKNOWN_TABLE}:
            raise
        applied = {}
    pending = _pending(migrations, applied, database)
    return (
        [*pending] if _ahead(migrations, applied) else [*pending, *views.pending(warehouse, wanted)]
    )


def read(folder: Path = FOLDER) -> list[Migration]:
    """The files ``NNNN_name.sql`` in order. Raises ``MigrationError`` unless they are numbered 1,
    2, 3 …
    """
    migrations = [_read(path) for path in sorted(folder.glob("*.sql"))]
    for expected, migration in enumerate(migrations, 1):
        if migration.number != expected:
            raise MigrationError(
                f"{migration.name}: expected number {expected:04}; numbers must be consecutive and "
                "used once"
            )
    return migrations


def _read(path: Path) -> Migration:
    match = re.fullmatch(r"(\d{4})_\w+\.sql", path.name)
    if match is None:
        raise MigrationError(f"{path.name}: a migration is named NNNN_name.sql")
    content = path.read_bytes()
    return Migration(
        int(match[1]),
        path.name,
        hashlib.sha256(content).hexdigest(),
        split(content.decode("utf-8")),
    )


def _apply(warehouse: Warehouse, migration: Migration) -> None:
    for number, statement in enumerate(migration.statements, 1):
        try:
            warehouse.execute(statement)
        except QueryError as error:
            if statement.startswith("RENAME TABLE ") and error.code == TABLE_ALREADY_EXISTS:
                continue  # another process has done it, or this one before it was killed
            raise MigrationError(f"{migration.name}, statement {number}: {error}") from error


def _move_rows(warehouse: Warehouse) -> None:
    """Move what is in tables that were replaced to those that replaced them."""
    for table, partition in warehouse.query(_PARTITIONS, {"tables": list(_REPLACED)}):
        warehouse.execute(
            f"ALTER TABLE {table} MOVE PARTITION ID '{partition}' TO TABLE {_REPLACED[str(table)]}"
        )


def _require_version(warehouse: Warehouse) -> None:
    [(version,)] = warehouse.query("SELECT version()")
    if tuple(int(part) for part in str(version).split(".")[:2]) < MINIMUM_VERSION:
        required = ".".join(str(part) for part in MINIMUM_VERSION)
        raise MigrationError(
            f"ClickHouse {version} is too old: Undertone needs {required} or later"
        )


def _applied(warehouse: Warehouse) -> dict[int, set[str]]:
    applied: dict[int, set[str]] = {}
    for number, checksum in warehouse.query("SELECT number, checksum FROM schema_migrations"):
        assert isinstance(number, int)
        applied.setdefault(number, set()).add(str(checksum))
    return applied


def _ahead(migrations: Sequence[Migration], applied: Mapping[int, set[str]]) -> bool:
    """Whether a newer Undertone uses the database: its views are left as they are."""
    return bool(applied) and max(applied) > len(migrations)


def _pending(
    migrations: Sequence[Migration], applied: Mapping[int, set[str]], database: str
) -> list[Migration]:
    """Those not applied. A database that is ahead of the files (a newer Undertone uses it) is left
    alone.
    """
    for migration in migrations:
        if applied.get(migration.number, set()) - {migration.checksum}:
            raise MigrationError(
                f"{migration.name} changed after it was applied to database {database}; add a new "
                "file instead"
            )
    return [migration for migration in migrations if migration.number not in applied]

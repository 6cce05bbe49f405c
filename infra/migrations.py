"""ClickHouse migrations: numbered SQL files, each applied once and never changed afterwards.

Every statement is ``IF NOT EXISTS`` or ``OR REPLACE``, so that several processes may migrate at once, and a migration that
stopped half way is applied again as a whole. ClickHouse has no transactions over DDL.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import schemas
from infra.warehouse.port import Warehouse
from infra.warehouse.refusals import UNKNOWN_DATABASE, UNKNOWN_TABLE
from infra.warehouse.statements import split
from schemas.errors import MigrationError, QueryError

FOLDER: Final = Path(schemas.__file__).parent / "clickhouse"

MINIMUM_VERSION: Final = (23, 8)
"""The oldest long-term release with all that the migrations use; the tests run them on a current engine only."""

# Two processes that apply the same migration leave the same row twice, which is harmless; two that hold different files
# under one number leave two rows, and the next start notices.
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


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, SHA-256 and statements."""

    number: int
    name: str
    checksum: str
    statements: tuple[str, ...] = field(repr=False)


def migrate(warehouse: Warehouse, database: str, folder: Path = FOLDER) -> list[Migration]:
    """Create the database and apply what is missing, in order. Returns what was applied.

    ``warehouse`` must work in ``database``. Raises ``MigrationError`` for a gap, a number used twice, a file changed after it
    was applied, or a statement that fails, naming the file, and for a server that is too old; errors of the warehouse pass.
    """
    migrations = read(folder)
    warehouse.create_database()
    _require_version(warehouse)
    warehouse.execute(_LEDGER)
    pending = _pending(migrations, _applied(warehouse), database)
    for migration in pending:
        for number, statement in enumerate(migration.statements, 1):
            try:
                warehouse.execute(statement)
            except QueryError as error:
                raise MigrationError(f"{migration.name}, statement {number}: {error}") from error
        row = (migration.number, migration.name, migration.checksum)
        token = f"{migration.number}-{migration.checksum}"
        warehouse.insert("schema_migrations", ("number", "name", "checksum"), [row], token)
    return pending


def plan(warehouse: Warehouse, database: str, folder: Path = FOLDER) -> list[Migration]:
    """Migrations that ``migrate`` would apply; changes nothing and needs no database. Raises as ``migrate`` does."""
    migrations = read(folder)
    try:
        applied = _applied(warehouse)
    except QueryError as error:
        if error.code not in {UNKNOWN_DATABASE, UNKNOWN_TABLE}:
            raise
        applied = {}
    return _pending(migrations, applied, database)


def read(folder: Path = FOLDER) -> list[Migration]:
    """The files ``NNNN_name.sql`` in order. Raises ``MigrationError`` unless they are numbered 1, 2, 3 …"""
    migrations = [_read(path) for path in sorted(folder.glob("*.sql"))]
    for expected, migration in enumerate(migrations, 1):
        if migration.number != expected:
            raise MigrationError(f"{migration.name}: expected number {expected:04}; numbers must be consecutive and used once")
    return migrations


def _read(path: Path) -> Migration:
    match = re.fullmatch(r"(\d{4})_\w+\.sql", path.name)
    if match is None:
        raise MigrationError(f"{path.name}: a migration is named NNNN_name.sql")
    content = path.read_bytes()
    return Migration(int(match[1]), path.name, hashlib.sha256(content).hexdigest(), split(content.decode("utf-8")))


def _require_version(warehouse: Warehouse) -> None:
    [(version,)] = warehouse.query("SELECT version()")
    if tuple(int(part) for part in str(version).split(".")[:2]) < MINIMUM_VERSION:
        required = ".".join(str(part) for part in MINIMUM_VERSION)
        raise MigrationError(f"ClickHouse {version} is too old: Undertone needs {required} or later")


def _applied(warehouse: Warehouse) -> dict[int, set[str]]:
    applied: dict[int, set[str]] = {}
    for number, checksum in warehouse.query("SELECT number, checksum FROM schema_migrations"):
        assert isinstance(number, int)
        applied.setdefault(number, set()).add(str(checksum))
    return applied


def _pending(migrations: Sequence[Migration], applied: Mapping[int, set[str]], database: str) -> list[Migration]:
    """Those not applied. A database that is ahead of the files (a newer Undertone uses it) is left alone."""
    for migration in migrations:
        if applied.get(migration.number, set()) - {migration.checksum}:
            raise MigrationError(f"{migration.name} changed after it was applied to database {database}; add a new file instead")
    return [migration for migration in migrations if migration.number not in applied]

"""How migrations are planned and applied, on a current ClickHouse engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra import data_reference, migrations
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from schemas.errors import MigrationError

CONTRACTS = Path(__file__).parents[2] / "docs/data-contracts.md"


@pytest.fixture
def database() -> str:
    return f"migrations_{uuid4().hex}"


@pytest.fixture
def empty(local_clickhouse: str, database: str) -> Iterator[Warehouse]:
    with connect(ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)) as warehouse:
        yield warehouse
        warehouse.create_database()
        warehouse.execute(f"DROP DATABASE {database}")


@pytest.fixture
def warehouse(empty: Warehouse, database: str) -> Warehouse:
    migrations.migrate(empty, database)
    return empty


def test_plans_everything_on_a_server_without_the_database_and_creates_nothing(empty: Warehouse, database: str) -> None:
    planned = migrations.plan(empty, database)

    assert [step.number for step in planned] == list(range(1, len(planned) + 1))
    assert all(step.statements for step in planned)
    empty.create_database()
    assert empty.query("SELECT name FROM system.tables WHERE database = %(name)s", {"name": database}) == []


def test_applies_all_in_order_and_then_nothing(empty: Warehouse, database: str) -> None:
    planned = migrations.plan(empty, database)

    assert migrations.migrate(empty, database) == planned
    assert migrations.migrate(empty, database) == []
    assert migrations.plan(empty, database) == []
    assert empty.query("SELECT number, name, checksum FROM schema_migrations ORDER BY number") == [
        (step.number, step.name, step.checksum) for step in planned
    ]


def test_several_processes_may_migrate_at_once(empty: Warehouse, database: str, local_clickhouse: str) -> None:
    def migrate(_: int) -> int:
        with connect(ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)) as warehouse:
            return len(migrations.migrate(warehouse, database))

    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, range(4)))

    assert max(applied) > 0
    assert migrations.plan(empty, database) == []


def test_a_file_changed_after_it_was_applied_is_refused_by_name(warehouse: Warehouse, database: str, copy: Path) -> None:
    changed = copy / "0002_feedback.sql"
    changed.write_text(changed.read_text() + "\n-- one more comment\n")

    for command in (migrations.migrate, migrations.plan):
        with pytest.raises(MigrationError, match=r"0002_feedback\.sql changed"):
            command(warehouse, database, copy)


def test_a_new_file_is_applied_to_an_older_database(warehouse: Warehouse, database: str, copy: Path) -> None:
    number = len(migrations.read(copy)) + 1
    (copy / f"{number:04}_more.sql").write_text("CREATE TABLE IF NOT EXISTS more (id Int8) ENGINE = MergeTree ORDER BY id;")

    assert [step.number for step in migrations.migrate(warehouse, database, copy)] == [number]
    assert warehouse.query("SELECT count() FROM more") == [(0,)]
    assert migrations.migrate(warehouse, database) == [], "an older Undertone leaves a newer database alone"


def test_a_statement_that_fails_is_named_and_tried_again_next_time(empty: Warehouse, database: str, tmp_path: Path) -> None:
    step = tmp_path / "0001_first.sql"
    step.write_text("CREATE TABLE IF NOT EXISTS a (id Int8) ENGINE = Memory; CREATE TABLE b (id Nonsense) ENGINE = Memory;")
    with pytest.raises(MigrationError, match=r"0001_first\.sql, statement 2"):
        migrations.migrate(empty, database, tmp_path)

    step.write_text(step.read_text().replace("Nonsense", "Int8"))
    assert len(migrations.migrate(empty, database, tmp_path)) == 1


@pytest.mark.parametrize(
    "names",
    [["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"], ["0002_a.sql"], ["0001_a.sql", "2_b.sql"]],
    ids=["gap", "twice", "starts late", "name"],
)
def test_numbers_must_be_consecutive(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(MigrationError, match=names[-1]):
        migrations.read(tmp_path)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(migrations.FOLDER, tmp_path / "migrations"))


def test_the_data_contracts_name_every_column_of_every_table_and_view(warehouse: Warehouse, database: str) -> None:
    assert CONTRACTS.read_text(encoding="utf8") == data_reference.reference(warehouse, database)

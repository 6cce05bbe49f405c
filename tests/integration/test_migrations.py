"""How migrations are planned and applied, on a current ClickHouse engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra import migrations
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from schemas.errors import MigrationError


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


def test_steps_of_trials_that_were_stored_as_json_are_found_by_their_columns(
    empty: Warehouse, database: str, tmp_path: Path
) -> None:
    for path in (path for path in migrations.FOLDER.glob("*.sql") if path.name < "0013"):
        shutil.copy(path, tmp_path)
    migrations.migrate(empty, database, tmp_path)
    at = datetime(2026, 1, 1, tzinfo=UTC)

    def insert(number: int, action: str, evidence: object, **more: object) -> None:
        row = {"event_id": f"e{number}", "language": "en", "action": action, "model_name": "m", "model_version": "2",
               "created_at": at + timedelta(hours=number), "reason": f"because {number}", "evidence": json.dumps(evidence),
               **more}  # fmt: skip
        empty.insert("model_events", list(row), [list(row.values())], uuid4().hex)

    for request in ("old", "new"):
        row = {"request_id": request, "language": "en", "reason": "manual", "created_at": at,
               "evidence": '{"candidate": "models:/m/2"}'}  # fmt: skip
        empty.insert("retraining_requests", list(row), [list(row.values())], uuid4().hex)
    insert(1, "registered", {"request_id": "old", "uri": "models:/m/2"})
    insert(2, "traffic", {"request_id": "old", "stage": "shadow"})
    insert(3, "promoted", {})
    before = empty.query("SELECT * FROM retraining_runs ORDER BY request_id")
    migrations.migrate(empty, database)
    assert empty.query("SELECT * FROM retraining_runs ORDER BY request_id") == before
    insert(4, "registered", {}, request_id="new", stage="registered", candidate='{"name": "m"}')
    insert(5, "traffic", {}, request_id="new", stage="canary", candidate=None)
    assert empty.query("SELECT event_id, request_id, stage FROM model_events ORDER BY event_id") == [
        ("e1", "old", "registered"), ("e2", "old", "shadow"), ("e3", "", "none"), ("e4", "new", "registered"),
        ("e5", "new", "canary"),
    ]  # fmt: skip
    assert empty.query("SELECT request_id, outcome, outcome_reason, stage FROM retraining_runs ORDER BY request_id") == [
        ("new", "registered", "because 4", "canary"), ("old", "registered", "because 1", "shadow"),
    ]  # fmt: skip
    assert empty.query("SELECT DISTINCT candidate FROM retraining_requests") == [("models:/m/2",)]


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

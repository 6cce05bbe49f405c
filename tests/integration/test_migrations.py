"""How migrations are planned and applied, on a current ClickHouse engine."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra import data_reference, migrations, views
from infra.migrations import Migration, Step
from infra.settings import ClickHouseSettings
from infra.warehouse import Warehouse, connect
from schemas.errors import MigrationError
from tests.integration.empty_databases import copy, database, empty

__all__ = ["copy", "database", "empty"]
CONTRACTS = Path(__file__).parents[2] / "docs/data-contracts.md"


@pytest.fixture
def warehouse(empty: Warehouse, database: str) -> Warehouse:
    migrations.migrate(empty, database)
    return empty


def test_plans_everything_on_a_server_without_the_database_and_creates_nothing(
    empty: Warehouse, database: str
) -> None:
    planned = migrations.plan(empty, database)

    tables, views = of_tables(planned), planned[len(of_tables(planned)) :]
    assert [step.number for step in tables] == list(range(1, len(tables) + 1))
    assert {step.name for step in views} == {
        path.name for path in (migrations.FOLDER / "views").glob("*.sql")
    }
    assert all(step.statements for step in planned)
    empty.create_database()
    assert (
        empty.query("SELECT name FROM system.tables WHERE database = %(name)s", {"name": database})
        == []
    )


def test_applies_all_in_order_and_then_nothing(empty: Warehouse, database: str) -> None:
    planned = migrations.plan(empty, database)

    assert migrations.migrate(empty, database) == planned
    assert migrations.migrate(empty, database) == []
    assert migrations.plan(empty, database) == []
    assert empty.query("SELECT number, name, checksum FROM schema_migrations ORDER BY number") == [
        (step.number, step.name, step.checksum) for step in of_tables(planned)
    ]


def test_several_processes_may_migrate_at_once(
    empty: Warehouse, database: str, local_clickhouse: str
) -> None:
    def migrate(_: int) -> int:
        with connect(
            ClickHouseSettings(url=SecretStr(local_clickhouse), database=database)
        ) as warehouse:
            return len(migrations.migrate(warehouse, database))

    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(migrate, range(4)))

    assert max(applied) > 0
    assert migrations.plan(empty, database) == []


def test_a_file_changed_after_it_was_applied_is_refused_by_name(
    warehouse: Warehouse, database: str, copy: Path
) -> None:
    changed = copy / "0002_feedback.sql"
    changed.write_text(changed.read_text() + "\n-- one more comment\n")

    for command in (migrations.migrate, migrations.plan):
        with pytest.raises(MigrationError, match=r"0002_feedback\.sql changed"):
            command(warehouse, database, copy)


def test_a_new_file_is_applied_to_an_older_database(
    warehouse: Warehouse, database: str, copy: Path
) -> None:
    number = len(migrations.read(copy)) + 1
    (copy / f"{number:04}_more.sql").write_text(
        "CREATE TABLE IF NOT EXISTS more (id Int8) ENGINE = MergeTree ORDER BY id;"
    )

    view = copy / "views" / "false_positives.sql"
    view.write_text(view.read_text().replace("SELECT *", "SELECT review_id"))

    assert [step.name for step in migrations.migrate(warehouse, database, copy)] == [
        f"{number:04}_more.sql",
        view.name,
    ]
    assert warehouse.query("SELECT count() FROM more") == [(0,)]
    for command in (migrations.plan, migrations.migrate):
        assert command(warehouse, database) == [], (
            "an older Undertone leaves a newer database alone, its views too"
        )


def test_steps_of_trials_that_were_stored_as_json_are_found_by_their_columns(
    empty: Warehouse, database: str, tmp_path: Path
) -> None:
    for path in (path for path in migrations.FOLDER.glob("*.sql") if path.name < "0013"):
        shutil.copy(path, tmp_path)
    migrations.migrate(empty, database, tmp_path)
    at = datetime(2026, 1, 1, tzinfo=UTC)

    def insert(number: int, action: str, evidence: object, **more: object) -> None:
        row = {"event_id": f"e{number}", "language": "en", "action": action, "model_name": "m",
        "model_version": "2",
               "created_at": at + timedelta(hours=number), "reason": f"because {number}",
               "evidence": json.dumps(evidence),
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
    stages = "SELECT event_id, request_id, stage FROM model_events ORDER BY event_id"
    assert empty.query(stages) == [
        ("e1", "old", "registered"), ("e2", "old", "shadow"), ("e3", "", "none"),
        ("e4", "new", "registered"),
        ("e5", "new", "canary"),
    ]  # fmt: skip
    assert empty.query("SELECT request_id, outcome, outcome_reason, stage FROM retraining_runs "
                       "ORDER BY request_id") == [
        ("new", "registered", "because 4", "canary"), ("old", "registered", "because 1", "shadow"),
    ]  # fmt: skip
    assert empty.query("SELECT DISTINCT candidate FROM retraining_requests") == [("models:/m/2",)]


def test_a_statement_that_fails_is_named_and_tried_again_next_time(
    empty: Warehouse, database: str, tmp_path: Path
) -> None:
    step = tmp_path / "0001_first.sql"
    step.write_text(
        "CREATE TABLE IF NOT EXISTS a (id Int8) ENGINE = Memory; CREATE TABLE b (id Nonsense) "
        "ENGINE = Memory;"
    )
    with pytest.raises(MigrationError, match=r"0001_first\.sql, statement 2"):
        migrations.migrate(empty, database, tmp_path)

    step.write_text(step.read_text().replace("Nonsense", "Int8"))
    assert len(migrations.migrate(empty, database, tmp_path)) == 1

    views = tmp_path / "views"
    views.mkdir()
    (views / "b.sql").write_text("CREATE OR REPLACE VIEW b AS SELECT nothing FROM a")
    with pytest.raises(MigrationError, match=r"views/b\.sql"):
        migrations.migrate(empty, database, tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ["0001_a.sql", "0003_b.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["0002_a.sql"],
        ["0001_a.sql", "2_b.sql"],
    ],
    ids=["gap", "twice", "starts late", "name"],
)
def test_numbers_must_be_consecutive(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(MigrationError, match=names[-1]):
        migrations.read(tmp_path)


def of_tables(steps: list[Step]) -> list[Migration]:
    return [step for step in steps if isinstance(step, Migration)]


class TestViews:
    def test_a_view_is_made_anew_with_those_that_read_it_after_its_file_changed(
        self, warehouse: Warehouse, database: str, copy: Path
    ) -> None:
        changed = copy / "views" / "misjudged.sql"
        changed.write_text(
            changed.read_text().replace("\n    judged_at\n", "\n    judged_at,\n    1 AS one\n")
        )
        planned = migrations.plan(warehouse, database, copy)

        assert [step.name for step in planned] == [
            "misjudged.sql",
            "false_negatives.sql",
            "false_positives.sql",
        ]
        assert migrations.migrate(warehouse, database, copy) == planned
        assert warehouse.query("SELECT one FROM false_positives") == []
        assert migrations.plan(warehouse, database, copy) == []

    def test_a_comment_makes_no_view_anew(
        self, warehouse: Warehouse, database: str, copy: Path
    ) -> None:
        view = copy / "views" / "latency.sql"
        view.write_text("-- More words.\n" + view.read_text())
        assert migrations.plan(warehouse, database, copy) == []

    def test_a_view_that_somebody_dropped_is_made_again(
        self, warehouse: Warehouse, database: str
    ) -> None:
        warehouse.execute("DROP VIEW latency")
        assert [step.name for step in migrations.migrate(warehouse, database)] == ["latency.sql"]

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "CREATE VIEW a AS SELECT 1",
            "CREATE OR REPLACE VIEW b AS SELECT 1",
            "SELECT 1; SELECT 2",
        ],
    )
    def test_a_file_that_is_not_one_view_of_its_name_is_refused(
        self, tmp_path: Path, content: str
    ) -> None:
        (tmp_path / "views").mkdir()
        (tmp_path / "views" / "a.sql").write_text(content)
        with pytest.raises(MigrationError, match=r"views/a\.sql"):
            views.read(tmp_path)

    def test_a_column_may_have_the_name_of_a_view_that_reads_it(self, tmp_path: Path) -> None:
        (tmp_path / "views").mkdir()
        for name, sql in (("parts", "SELECT parts FROM whole"), ("whole", "SELECT 1 AS parts")):
            (tmp_path / "views" / f"{name}.sql").write_text(
                f"CREATE OR REPLACE VIEW {name} AS {sql}"
            )
        assert [view.name for view in views.read(tmp_path)] == ["whole.sql", "parts.sql"]

    def test_views_that_read_one_another_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "views").mkdir()
        for name, other in (("a", "b"), ("b", "a")):
            (tmp_path / "views" / f"{name}.sql").write_text(
                f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {other}"
            )
        with pytest.raises(MigrationError, match="read one another"):
            views.read(tmp_path)


def test_the_data_contracts_name_every_column_of_every_table_and_view(
    warehouse: Warehouse, database: str
) -> None:
    assert CONTRACTS.read_text(encoding="utf8") == data_reference.reference(warehouse, database)

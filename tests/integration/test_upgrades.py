"""Databases of earlier versions are migrated with every row that they hold."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from infra import migrations
from infra.warehouse import Warehouse
from schemas.errors import QueryError
from tests.integration.empty_databases import copy, database, empty
from tests.integration.views import FEEDBACK, PREDICTION, THREE, days, insert

__all__ = ["copy", "database", "empty"]
OLDER = {name: value for name, value in PREDICTION.items() if name not in THREE}
"""As before there were probabilities."""


class TestExistingInstallations:
    """Databases made by the migrations up to 0012, which kept the row that was scored last."""

    @pytest.fixture
    def old(self, empty: Warehouse, database: str, copy: Path) -> Warehouse:
        shutil.rmtree(copy / "views")
        for migration in migrations.read(copy)[12:]:
            (copy / migration.name).unlink()
        migrations.migrate(empty, database, copy)
        return empty

    def test_keep_every_row_and_choose_by_the_new_rule(self, old: Warehouse, database: str) -> None:
        first = {"text_masked": "first", "created_at": days(-9), "scored_at": days(-1)}
        later = {
            "text_masked": "later",
            "created_at": days(-8),
            "scored_at": days(-2),
            "model_version": "2",
        }
        for table in ("predictions", "shadow_predictions"):
            insert(
                old,
                table,
                OLDER,
                first,
                later,
                {"review_id": "months ago", "scored_at": days(-90)},
            )
        insert(old, "feedback", FEEDBACK, {"created_at": days(20_000), "label": "negative"})
        assert old.query("SELECT text_masked FROM reviews WHERE review_id = 'r1'") == [("first",)]

        migrations.migrate(old, database)

        assert old.query("SELECT text_masked, stars FROM reviews WHERE review_id = 'r1'") == [
            ("later", 4.5)
        ]
        assert (
            old.query("SELECT count() FROM predictions")
            == old.query("SELECT count() FROM shadow_predictions")
            == [(3,)]
        )
        assert old.query("SELECT created_at <= now64(3) FROM latest_feedback") == [(1,)]
        insert(
            old,
            "predictions",
            PREDICTION,
            first | {"scored_at": days(-0.5)},
            later | {"scored_at": days(-3)},
        )
        old.execute("OPTIMIZE TABLE predictions FINAL")
        assert old.query("SELECT text_masked FROM reviews WHERE review_id = 'r1'") == [("later",)]
        assert migrations.migrate(old, database) == []

    def test_rows_of_an_insert_that_ended_after_the_change_are_moved_at_the_next_start(
        self, old: Warehouse, database: str
    ) -> None:
        migrations.migrate(old, database)
        insert(old, "predictions_before_0013", PREDICTION, {"review_id": "late"})
        migrations.migrate(old, database)
        assert old.query("SELECT review_id FROM reviews") == [("late",)]

    def test_a_change_that_was_killed_at_any_statement_is_completed(
        self, old: Warehouse, database: str
    ) -> None:
        insert(old, "predictions", OLDER)
        [step] = [each for each in migrations.read() if each.number == 13]
        for number in range(len(step.statements)):
            for statement in step.statements[: number + 1]:
                with suppress(QueryError):  # what was done before
                    old.execute(statement)
        migrations.migrate(old, database)
        insert(old, "predictions", PREDICTION, {"review_id": "r2"})
        assert old.query("SELECT review_id FROM reviews ORDER BY review_id") == [("r1",), ("r2",)]
        leftover = (
            "SELECT count() FROM system.tables WHERE database = currentDatabase() AND "
            "endsWith(name, 'predictions_0013')"
        )
        assert old.query(leftover) == [(0,)]

"""From damaged reviews in ClickHouse to an alert and a hold, on the local stack."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import SecretStr

from infra.kafka.admin import Admin
from infra.kafka.topic_reader import TopicReader
from infra.migrations import migrate
from infra.settings import (
    ClickHouseSettings,
    KafkaSettings,
    QualitySettings,
    SchemaRegistrySettings,
    Settings,
)
from infra.warehouse import connect
from retrain.quality.quality_component import COMPONENT
from retrain.quality.retraining_hold import held
from retrain.runner.component import Running
from schemas.topics import ALERTS, CATALOGUE, DRIFT_DETECTED
from tests.harness import wait_for
from tests.integration.views import DEAD_LETTER, PREDICTION
from tests.servers import local_stack

MINUTE = timedelta(minutes=1)


def check(settings: Settings, windows: int) -> None:
    """Run the process until so many windows have been checked and told of."""
    stop = threading.Event()
    thread = threading.Thread(target=COMPONENT.run, args=(Running.of(settings, stop),))
    thread.start()

    def done() -> bool:
        with connect(settings.clickhouse) as warehouse:
            [(count,)] = warehouse.query("SELECT uniqExact(window_start) FROM data_quality")
            return isinstance(count, int) and count >= windows

    try:
        wait_for("windows to be checked", done)
    finally:
        stop.set()
        thread.join()


def test_damaged_data_alerts_once_holds_retraining_and_is_resolved(tmp_path: Path) -> None:
    with local_stack.running(tmp_path) as stack:
        settings = Settings(
            kafka=KafkaSettings(
                bootstrap_servers=stack.bootstrap, session_timeout_s=2.0, partitions=1
            ),
            schema_registry=SchemaRegistrySettings(url=stack.registry),
            clickhouse=ClickHouseSettings(url=SecretStr(stack.clickhouse)),
            quality=QualitySettings(window_s=60, lateness_s=1, every_s=0.1),
        )
        Admin(settings.kafka).create_topics(CATALOGUE)
        first = datetime.now(UTC).replace(second=0, microsecond=0) - 10 * MINUTE
        damaged = [
            "caf\u00c3\u00a9 was fine",
            "it\u00e2\u20ac\u2122s fine",
            "so \ufffd fine",
            "\u00ef\u00bf\u00bd",
        ]
        with connect(settings.clickhouse) as warehouse:
            migrate(warehouse, settings.clickhouse.database)
            for minute, texts in enumerate(
                (["caf\u00e9 wasn\u2019t bad \u00c2"], damaged, damaged, ["fine all day long"])
            ):
                rows = [
                    PREDICTION
                    | {
                        "review_id": f"{minute}-{number}",
                        "text_masked": f"{texts[number % len(texts)]} {number}",
                        "created_at": first + minute * MINUTE + timedelta(milliseconds=number),
                        "scored_at": first + minute * MINUTE,
                    }
                    for number in range(100)
                ]
                for _ in range(2):  # a replay
                    warehouse.insert(
                        "predictions",
                        list(rows[0]),
                        [list(row.values()) for row in rows],
                        uuid4().hex,
                    )
            empty = DEAD_LETTER | {"reason": "empty_text", "failed_at": first + MINUTE}
            letters = [[*(empty | {"offset": number}).values()] for number in range(50)]
            warehouse.insert("dead_letters", list(empty), letters, "letters")

        check(settings, 9)
        check(settings, 9)

        with connect(settings.clickhouse) as warehouse:
            found = warehouse.query(
                "SELECT name, window_start, value FROM data_quality WHERE failed = 1 ORDER BY "
                "name, window_start"
            )
            assert [(name, start) for name, start, _ in found] == [
                ("empty", first + MINUTE), ("encoding", first + MINUTE),
                ("encoding", first + 2 * MINUTE)
            ]  # fmt: skip
            assert [value for _, _, value in found] == [50 / 150, 1.0, 1.0]
            reasons = held(warehouse, datetime.now(UTC), 3600)
            assert [reason.partition(" at ")[0] for reason in reasons] == [
                "empty was 0.333 (limit 0.05)",
                "encoding was 1 (limit 0.25)",
            ]
            assert held(warehouse, datetime.now(UTC) + timedelta(hours=2), 3600) == []
            assert warehouse.query("SELECT name FROM data_quality_now WHERE failed = 1") == []
        alerts = list(TopicReader(settings, ALERTS))
        assert sorted((each.labels["check"], each.status) for each in alerts) == [
            ("empty", "firing"), ("empty", "resolved"), ("encoding", "firing"),
            ("encoding", "resolved")
        ]  # fmt: skip
        events = list(TopicReader(settings, DRIFT_DETECTED))
        assert sorted((event.kind, event.detector) for event in events) == [
            ("quality", "data_quality/empty"), ("quality", "data_quality/encoding"),
            ("quality", "data_quality/encoding")
        ]  # fmt: skip

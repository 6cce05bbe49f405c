"""The alert sender on real servers: topic → signed request → record of the delivery."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from infra.kafka.admin import Admin
from infra.migrations import migrate
from infra.settings import (
    AlertSettings,
    ClickHouseSettings,
    KafkaSettings,
    RetrySettings,
    SchemaRegistrySettings,
    Settings,
    WebhookSettings,
)
from infra.warehouse import connect
from retrain.alerts.alert_publisher import Announcer
from retrain.alerts.alert_sender import COMPONENT
from retrain.runner.component import Running
from schemas.records import Alert, AlertStatus
from schemas.topics import CATALOGUE
from tests.harness import Stack, wait_for
from tests.servers import local_stack
from tests.webhook_receiver import Receiver, Reply, receiving

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
OTHER = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3A="


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with local_stack.running(tmp_path_factory.mktemp("alerts")) as stack:
        prepare(stack)
        yield stack


def prepare(stack: Stack) -> None:
    """Topics and tables."""
    settings = settings_for(stack, AlertSettings())
    Admin(settings.kafka).create_topics(CATALOGUE)
    with connect(settings.clickhouse) as warehouse:
        migrate(warehouse, settings.clickhouse.database)


def settings_for(stack: Stack, alerts: AlertSettings) -> Settings:
    return Settings(
        kafka=KafkaSettings(
            bootstrap_servers=stack.bootstrap,
            partitions=4,
            session_timeout_s=2,
            group_prefix="test",
        ),
        schema_registry=SchemaRegistrySettings(url=stack.registry),
        clickhouse=ClickHouseSettings(url=SecretStr(stack.clickhouse)),
        retry=RetrySettings(first_s=0.05, max_s=0.2),
        alerts=alerts,
    )


def quick(*webhooks: WebhookSettings, **values: Any) -> AlertSettings:
    defaults: dict[str, Any] = {
        "first_retry_s": 0.1,
        "max_retry_s": 0.4,
        "group_wait_s": 0.3,
        "timeout_s": 1.0,
    }
    return AlertSettings(webhooks=webhooks, **(defaults | values))


def webhook(receiver: Receiver, **values: Any) -> WebhookSettings:
    """A target that no other test has: what was told to one is remembered."""
    defaults: dict[str, Any] = {
        "name": f"target-{uuid4().hex[:8]}",
        "secrets": (SecretStr(SECRET),),
    }
    return WebhookSettings(url=SecretStr(receiver.url), **(defaults | values))


def alert(
    condition: str, status: AlertStatus = "firing", *, name: str = "rule", seconds: float = 0
) -> Alert:
    now = datetime.now(UTC) + timedelta(seconds=seconds)
    ended = now if status == "resolved" else None
    return Alert(
        uuid4().hex,
        condition,
        status,
        name,
        "warning",
        "something fell",
        {"product_id": condition},
        now,
        now,
        ended_at=ended,
    )


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    failures: list[BaseException] = []

    def target() -> None:
        try:
            COMPONENT.run(Running.of(settings, stop))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert not failures


def tell(settings: Settings, alerts: Sequence[Alert]) -> None:
    Announcer(settings).tell(alerts)


def deliveries(
    stack: Stack, target: str, columns: str = "state, attempts"
) -> list[tuple[Any, ...]]:
    return stack.sql(
        f"SELECT {columns} FROM alert_deliveries FINAL WHERE target = '{target}' ORDER BY "
        "planned_at, created_ms"
    )


def test_an_alert_reaches_the_receiver_signed_and_once_and_its_delivery_is_recorded(
    stack: Stack,
) -> None:
    told = alert(uuid4().hex)
    with receiving(SECRET) as receiver:
        target = webhook(receiver)
        settings = settings_for(stack, quick(target))
        tell(settings, [told, told])
        with running(settings):
            wait_for("the delivery", lambda: deliveries(stack, target.name) == [("delivered", 1)])
        tell(settings, [told])
        with running(settings):
            time.sleep(4)
    [request] = receiver.received
    assert request.verified
    assert request.webhook_id == told.alert_id
    assert request.json["labels"] == {"product_id": told.fingerprint}


@pytest.mark.parametrize(
    "replies",
    [
        [Reply(500), Reply(302, {"location": "/elsewhere"}), Reply(404)],
        [Reply(200, delay_s=3.0)],
        [Reply(200, drip=True)],
    ],
    ids=["failures", "time-out", "drip"],
)
def test_what_fails_is_sent_again_under_the_same_id_and_signed_anew(
    stack: Stack, replies: list[Reply]
) -> None:
    told = alert(uuid4().hex)
    with receiving(SECRET, *replies) as receiver:
        target = webhook(receiver)
        settings = settings_for(stack, quick(target))
        tell(settings, [told])
        with running(settings):
            wait_for(
                "the delivery",
                lambda: ("delivered", len(replies) + 1) in deliveries(stack, target.name),
            )
    requests = receiver.received
    assert len(requests) == len(replies) + 1
    assert {request.webhook_id for request in requests} == {told.alert_id}
    assert all(request.verified for request in requests)


def test_a_receiver_that_asks_for_silence_gets_it_even_from_the_next_process(stack: Stack) -> None:
    first, second = alert(uuid4().hex), alert(uuid4().hex)
    with receiving(SECRET, Reply(429, {"retry-after": "5"})) as receiver:
        target = webhook(receiver)
        settings = settings_for(stack, quick(target))
        tell(settings, [first])
        with running(settings):
            wait_for("the refusal", lambda: receiver.received)
            wait_for("its record", lambda: deliveries(stack, target.name) == [("pending", 1)])
        tell(settings, [second])
        with running(settings):
            wait_for(
                "both",
                lambda: deliveries(stack, target.name) == [("delivered", 2), ("delivered", 1)],
            )
    refusal, *later = receiver.received
    assert min(request.at for request in later) - refusal.at >= 5


def test_a_target_that_is_gone_is_sent_nothing_any_more_not_even_by_the_next_process(
    stack: Stack,
) -> None:
    with receiving(SECRET, Reply(410)) as gone, receiving(SECRET) as well:
        leaving, staying = webhook(gone), webhook(well)
        settings = settings_for(stack, quick(leaving, staying))
        tell(settings, [alert(uuid4().hex)])
        with running(settings):
            wait_for("the refusal", lambda: deliveries(stack, leaving.name)[:1] == [("refused", 1)])
        later = alert(uuid4().hex)
        tell(settings, [later])
        with running(settings):
            wait_for(
                "the other target",
                lambda: any(later.alert_id in request.body for request in well.accepted()),
            )
        assert len(gone.received) == 1
    assert stack.sql(f"SELECT enabled FROM alert_targets WHERE target = '{leaving.name}'") == [(0,)]


def test_a_slow_target_holds_no_other_up(stack: Stack) -> None:
    told = [alert(uuid4().hex) for _ in range(5)]
    with receiving(SECRET, *[Reply(200, delay_s=30)] * 50) as slow, receiving(SECRET) as quick_one:
        settings = settings_for(stack, quick(webhook(slow), webhook(quick_one), timeout_s=2.0))
        tell(settings, told)
        ids = {one.alert_id for one in told}
        with running(settings):
            wait_for(
                "all at the other",
                lambda: ids <= {request.webhook_id for request in quick_one.accepted()},
            )
            assert not {request.webhook_id for request in slow.accepted()} >= ids


def test_secrets_are_changed_without_a_message_that_the_receiver_refuses(stack: Stack) -> None:
    told = alert(uuid4().hex)
    with receiving(OTHER) as receiver:
        target = webhook(receiver, secrets=(SecretStr(SECRET), SecretStr(OTHER)))
        settings = settings_for(stack, quick(target))
        tell(settings, [told])
        with running(settings):
            wait_for(
                "the delivery",
                lambda: any(told.alert_id == request.webhook_id for request in receiver.received),
            )
    assert all(request.verified and request.signatures == 2 for request in receiver.received)


def test_repeats_are_told_once_ends_are_told_and_conditions_of_a_rule_go_together(
    stack: Stack,
) -> None:
    name = uuid4().hex
    begin = [alert(f"{name}-{n}", name=name) for n in range(3)]
    again = [alert(f"{name}-{n}", name=name, seconds=1) for n in range(3)]
    ends = [alert(f"{name}-{n}", "resolved", name=name, seconds=2) for n in range(3)]
    with receiving(SECRET) as receiver:
        target = webhook(receiver, body="alertmanager", min_severity="warning")
        settings = settings_for(stack, quick(target, group_wait_s=1.0))
        tell(settings, [*begin, *again, *ends])
        with running(settings):
            wait_for("the ends", lambda: deliveries(stack, target.name) == [("delivered", 1)] * 2)
    first, second = [request.json for request in receiver.accepted()]
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    conditions = {f"{name}-{n}" for n in range(3)}
    assert {one["labels"]["product_id"]: one["endsAt"] > later for one in first} == dict.fromkeys(
        conditions, True
    )
    assert {one["labels"]["product_id"]: one["endsAt"] > later for one in second} == dict.fromkeys(
        conditions, False
    )

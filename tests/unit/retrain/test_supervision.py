"""Parts of the loop: one that fails is started again, the others go on, and no message says what a
review said.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

import pytest

from infra.health import Health
from infra.settings import RetrySettings, Settings
from retrain.runner import loop_parts, supervision
from retrain.runner.loop_process import report
from retrain.runner.repeated_failures import NAME, REPEATED, described
from retrain.runner.supervision import back_off
from schemas.errors import BrokerUnavailable, InputError, QueryError
from schemas.records import Alert
from tests.harness import wait_for

SETTINGS = Settings(retry=RetrySettings(first_s=0.001, max_s=0.01))


def test_a_part_that_fails_is_started_again_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop, starts, waits = threading.Event(), list[int](), list[int]()

    def fails(_: Settings, __: threading.Event) -> None:
        starts.append(1)
        raise KeyError("a review that nobody may read")

    def ends(_: Settings, __: threading.Event) -> None:
        starts.append(2)

    def waiting(_: Settings, until: threading.Event) -> None:
        waits.append(1)
        until.wait()

    with caplog.at_level(logging.ERROR):
        parts_of_three = {"fails": fails, "ends": ends, "waits": waiting}
        supervised, threads = supervision.start(parts_of_three, SETTINGS, stop, lambda _: None)
        wait_for("some failures", lambda: starts.count(1) > 3 and starts.count(2) > 3)
        assert [part.up for part in supervised if part.name == "waits"] == [True]
        assert not any(part.up for part in supervised if part.name != "waits")
        stop.set()
        for thread in threads:
            thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert waits == [1]
    assert "fails failed" in caplog.text
    assert "nobody may read" not in caplog.text


def test_a_part_that_is_down_is_shown_and_does_not_fail_the_others() -> None:
    now = [0.0]
    health = Health(patience_s=120, clock=lambda: now[0])
    supervised = [supervision.Supervised(name, lambda _, __: None) for name in loop_parts.PARTS]
    for part in supervised:
        part._began = time.monotonic()
    supervised[3]._began = None
    for _ in range(1000):
        report(supervised, health)
        now[0] += 0.5
    assert (health.alive, health.ready, health.down) == (True, False, (supervised[3].name,))
    supervised[3]._began = time.monotonic()
    report(supervised, health)
    assert (health.ready, health.down) == (True, ())
    now[0] += 121  # whatever supervises them has stopped
    assert (health.alive, health.ready) == (False, False)


def test_a_part_that_fails_again_and_again_is_an_alert_once_and_its_end_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, mended, told = threading.Event(), threading.Event(), list[Alert]()

    def fails(_: Settings, until: threading.Event) -> None:
        if not mended.is_set():
            raise QueryError("ClickHouse error 62")
        until.wait()

    monkeypatch.setattr(supervision, "STEADY_S", 0.05)
    [part], [thread] = supervision.start({"fails": fails}, SETTINGS, stop, told.extend)
    wait_for("more failures than are told", lambda: part.failures > 2 * REPEATED)
    assert [(alert.name, alert.status, alert.labels) for alert in told] == [
        (NAME, "firing", {"part": "fails"})
    ]
    assert "ClickHouse error 62" in told[0].description
    mended.set()
    wait_for("the end", lambda: len(told) == 2)
    assert (told[1].status, told[1].fingerprint) == ("resolved", told[0].fingerprint)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_an_alert_that_cannot_be_sent_keeps_no_part_from_starting_again() -> None:
    stop, attempts = threading.Event(), list[Sequence[Alert]]()

    def fails(_: Settings, __: threading.Event) -> None:
        raise KeyError

    def away(alerts: Sequence[Alert]) -> None:
        attempts.append(alerts)
        raise BrokerUnavailable("Kafka: away")

    _, [thread] = supervision.start({"fails": fails}, SETTINGS, stop, away)
    wait_for("it to be told again", lambda: len(attempts) > 2)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_waits_grow_to_a_limit() -> None:
    waits = [back_off(RetrySettings(first_s=1, max_s=8), failures) for failures in range(1, 100)]
    assert all(
        min(8, 2 ** (n - 1)) / 2 <= wait <= min(8, 2 ** (n - 1)) for n, wait in enumerate(waits, 1)
    )


def test_our_own_errors_speak_for_themselves() -> None:
    assert described(QueryError("ClickHouse error 60")) == "ClickHouse error 60"
    with pytest.raises(ValueError, match="words") as caught:
        int("words")
    assert "words" not in described(caught.value)
    assert "test_our_own_errors" in described(caught.value)


def test_every_part_can_be_imported_and_run_alone() -> None:
    assert list(loop_parts.chosen(())) == list(loop_parts.PARTS)
    assert list(loop_parts.chosen(["trainer"])) == ["trainer"]
    with pytest.raises(InputError, match="no part x, only"):
        loop_parts.chosen(["x"])

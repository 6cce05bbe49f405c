"""Runner of the loop: steps are retried, components that fail are started again while the others go
on, all of it shows in the health of the process, and no message quotes a review.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import pytest

from infra import metrics
from infra.health import Health
from infra.restarts import Restarts
from infra.settings import RetrySettings, Settings
from retrain.runner import component, loop_parts, supervision
from retrain.runner.component import Component, Running, Step
from retrain.runner.loop_process import join, report
from retrain.runner.repeated_failures import NAME, REPEATED, described
from schemas.errors import BrokerUnavailable, InputError, QueryError, WarehouseUnavailable
from schemas.records import Alert
from schemas.topics import CATALOGUE
from tests.harness import wait_for

LOOP = Path(__file__).parents[3] / "docs/closed-loop.md"
SETTINGS = Settings(retry=RetrySettings(first_s=0.001, max_s=0.01))


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Instead of servers: whether each run asked for ClickHouse."""
    runs: list[bool] = []
    monkeypatch.setattr(
        component, "prepare", lambda settings, retry, *, warehouse: runs.append(warehouse)
    )
    return runs


def part(name: str, step: Callable[[], object], interval_s: float = 0.001) -> Component:
    return Component(name, lambda _: nullcontext(lambda _: step()), lambda _: interval_s)


def run(*parts: Component, tell: supervision.Tell = lambda _: None) -> Loop:
    stop = threading.Event()
    return Loop(stop, *supervision.start(parts, SETTINGS, stop, tell))


class Loop:
    """Components that run until the block ends."""

    def __init__(
        self,
        stop: threading.Event,
        supervised: list[supervision.Supervised],
        threads: list[threading.Thread],
    ) -> None:
        self.stop, self.supervised, self.threads = stop, supervised, threads

    def __enter__(self) -> Loop:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        join(self.threads, 5)
        assert not any(thread.is_alive() for thread in self.threads)

    def __getitem__(self, name: str) -> supervision.Supervised:
        return next(each for each in self.supervised if each.name == name)

    def health(self) -> Health:
        health = Health()
        report(self.supervised, health)
        return health


def test_a_step_that_waits_for_a_server_is_retried_and_shown_and_the_process_stays_ready() -> None:
    mended, attempts, rounds = threading.Event(), list[datetime](), list[datetime]()
    before = metrics.RETRIES.labels("WarehouseUnavailable")._value.get()

    def step(now: datetime) -> None:
        attempts.append(now)
        if not mended.is_set():
            raise WarehouseUnavailable("ClickHouse: away")
        rounds.append(now)

    waits = Component("waits", lambda _: nullcontext(step), lambda _: 0.001)
    with run(waits, part("goes on", lambda: None)) as loop:
        wait_for("some attempts", lambda: len(attempts) > 3 and loop["waits"].waiting)
        health = loop.health()
        assert (health.ready, health.down, health.waiting) == (True, (), ("waits",))
        assert loop["waits"].failures == 0, "waiting is no failure"
        assert len(set(attempts)) == 1, "every attempt of a step is about the same moment"
        mended.set()
        wait_for("the next rounds", lambda: len(rounds) > 1 and not loop["waits"].waiting)
        assert loop.health().waiting == ()
    assert metrics.RETRIES.labels("WarehouseUnavailable")._value.get() - before >= 3


def test_a_component_that_fails_is_started_again_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture, prepared: list[bool]
) -> None:
    opened, closed, rounds = list[str](), list[str](), list[int]()

    @contextmanager
    def resources(_: Running) -> Iterator[Step]:
        opened.append("fails")
        try:
            yield lambda _: fail()
        finally:
            closed.append("fails")

    def fail() -> None:
        raise KeyError("a review that nobody may read")

    def cannot_open(_: Running) -> nullcontext[Step]:
        opened.append("cannot open")
        raise InputError("a bad file of rules")

    broken = (
        Component("fails", resources, lambda _: 0.001, warehouse=True),
        Component("cannot open", cannot_open, lambda _: 0.001),
    )
    with (
        caplog.at_level(logging.ERROR),
        run(*broken, part("goes on", lambda: rounds.append(1))) as loop,
    ):
        for each in broken:
            wait_for("some starts", lambda each=each: opened.count(each.name) > 3)  # type: ignore[misc]
        reached = len(rounds)
        wait_for("more rounds of the one that is well", lambda: len(rounds) > reached)
        assert [each.up for each in loop.supervised] == [False, False, True]
        health = loop.health()
        assert (health.alive, health.ready) == (True, False)
        assert health.down == ("fails", "cannot open")
    assert len(closed) == opened.count("fails")
    assert "fails failed" in caplog.text
    assert "a bad file of rules" in caplog.text
    assert "nobody may read" not in caplog.text
    assert any(prepared), "one that works with ClickHouse has its schema brought up to date"
    assert not all(prepared)


def test_a_stop_ends_a_wait_for_a_server_and_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed = threading.Event()

    def away() -> None:
        raise BrokerUnavailable("Kafka: away")

    @contextmanager
    def resources(_: Running) -> Iterator[Step]:
        try:
            yield lambda _: away()
        finally:
            closed.set()

    slow = Settings(retry=RetrySettings(first_s=600, max_s=600))
    stop = threading.Event()
    waits = Component("waits", resources, lambda _: 600)
    supervised, threads = supervision.start([waits], slow, stop, lambda _: None)
    wait_for("the wait", lambda: supervised[0].waiting)
    stop.set()
    join(threads, 5)
    assert not threads[0].is_alive()
    assert closed.is_set()
    assert supervised[0].failures == 0
    assert "stopped while waiting: Kafka: away" in caplog.text


def test_a_component_that_does_not_end_is_named_and_not_waited_for_beyond_the_limit(
    caplog: pytest.LogCaptureFixture,
) -> None:
    began, released = threading.Event(), threading.Event()

    def step() -> None:
        began.set()
        released.wait()

    loop = run(part("busy", step), part("idle", lambda: None, interval_s=600))
    assert began.wait(60)
    loop.stop.set()
    loop.threads[1].join(60)
    join(loop.threads, 0.05)
    assert "busy did not finish within 0.05 s" in caplog.text
    released.set()
    join(loop.threads, 60)
    assert not loop.threads[0].is_alive()


def test_the_process_is_alive_while_its_components_are_looked_at_whatever_they_do() -> None:
    now = [0.0]
    health = Health(patience_s=120, clock=lambda: now[0])
    supervised = [
        supervision.Supervised(part(name, lambda: None), Running.of(SETTINGS, threading.Event()))
        for name in loop_parts.PARTS
    ]
    for each in supervised:
        each._began = time.monotonic()
    supervised[3]._began = None
    for _ in range(1000):
        report(supervised, health)
        now[0] += 0.5
    assert (health.alive, health.ready, health.down) == (True, False, (supervised[3].name,))
    supervised[3]._began = time.monotonic()
    report(supervised, health)
    assert (health.ready, health.down) == (True, ())
    now[0] += 121  # nobody looks any more
    assert (health.alive, health.ready) == (False, False)


def test_a_component_that_fails_again_and_again_is_an_alert_once_and_its_end_another() -> None:
    mended, told = threading.Event(), list[Alert]()

    def step() -> None:
        if not mended.is_set():
            raise QueryError("ClickHouse error 62")

    with run(part("fails", step), tell=told.extend) as loop:
        wait_for("more failures than are told", lambda: loop["fails"].failures > 2 * REPEATED)
        assert [(alert.name, alert.status, alert.labels) for alert in told] == [
            (NAME, "firing", {"part": "fails"})
        ]
        assert "ClickHouse error 62" in told[0].description
        loop["fails"].steady_s = 0.01
        failures = loop["fails"].failures
        wait_for("a start after that", lambda: loop["fails"].failures > failures)
        mended.set()
        wait_for("the end", lambda: len(told) > 1)
        assert (told[1].status, told[1].fingerprint) == ("resolved", told[0].fingerprint)


def test_an_alert_that_cannot_be_sent_keeps_no_component_from_starting_again() -> None:
    attempts = list[Sequence[Alert]]()

    def fail() -> None:
        raise KeyError

    def away(alerts: Sequence[Alert]) -> None:
        attempts.append(alerts)
        raise BrokerUnavailable("Kafka: away")

    with run(part("fails", fail), tell=away):
        wait_for("it to be told again", lambda: len(attempts) > 2)


def test_pauses_grow_to_a_limit_and_begin_anew_after_a_recovery() -> None:
    for draw, share in ((max, 1.0), (min, 0.5)):
        restarts = Restarts(first_s=1, max_s=8, steady_s=30, draw=draw)
        pauses = [restarts.pause_after(0) for _ in range(99)]
        assert pauses == [share * min(8, 2**n) for n in range(99)]
        assert restarts.pause_after(30) == share * 8
        assert restarts.pause_after(31) == share
    drawn = [Restarts(first_s=1, max_s=8).pause_after(0) for _ in range(20)]
    assert len(set(drawn)) > 1, "what failed together does not start together"


def test_our_own_errors_speak_for_themselves() -> None:
    assert described(QueryError("ClickHouse error 60")) == "ClickHouse error 60"
    with pytest.raises(ValueError, match="words") as caught:
        int("words")
    assert "words" not in described(caught.value)
    assert "test_our_own_errors" in described(caught.value)


def test_every_component_can_be_imported_and_run_alone() -> None:
    assert [each.name for each in loop_parts.chosen(())] == list(loop_parts.PARTS)
    assert [each.name for each in loop_parts.chosen(["trainer"])] == ["trainer"]
    with pytest.raises(InputError, match="no part x, only"):
        loop_parts.chosen(["x"])


@pytest.mark.parametrize("name", loop_parts.PARTS)
def test_every_component_is_due_again_and_has_the_topics_that_the_documentation_names(
    name: str,
) -> None:
    [each] = loop_parts.chosen([name])
    assert each.interval_s(Settings()) >= 0
    [row] = re.findall(rf"^\| `{name}` \| (.*) \| (.*) \|$", LOOP.read_text("utf8"), re.M)
    for topics, cell in zip((each.reads, each.publishes), row, strict=True):
        named = {topic.name for topic in CATALOGUE if f"`{topic.name}`" in cell}
        assert {topic.name for topic in topics} == named

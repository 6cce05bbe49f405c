"""Events that wait: in growing steps, until done or overtaken."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.records import ModelEvent
from streams.router.core.pending_events import Pending


def event(name: str) -> ModelEvent:
    return ModelEvent(name, "en", "promoted", "m", "1", (), datetime(2026, 1, 1, tzinfo=UTC))


def test_what_fails_waits_longer_each_time_up_to_a_limit() -> None:
    pending = Pending[ModelEvent | None](first_s=1, max_s=5)
    pending.put("en", event("a"))
    now, waits = 100.0, []
    for _ in range(5):
        assert list(pending.due(now)) == [("en", event("a"))]
        pending.failed("en", now)
        wait = next(seconds for seconds in range(100) if list(pending.due(now + seconds)))
        waits.append(wait)
        now += wait
    assert waits == [1, 2, 4, 5, 5]


def test_a_later_event_overtakes_the_one_that_waits_and_is_tried_at_once() -> None:
    pending = Pending[ModelEvent | None](first_s=1, max_s=5)
    pending.put("en", event("a"))
    pending.failed("en", 0.0)
    pending.put("en", event("b"))
    assert list(pending.due(0.0)) == [("en", event("b"))]
    assert len(pending) == 1


def test_languages_do_not_wait_for_each_other_and_what_is_done_is_gone() -> None:
    pending = Pending[ModelEvent | None](first_s=1, max_s=5)
    pending.put("en", event("a"))
    pending.put("zh", None)
    assert pending.failed("en", 0.0) == 1
    assert list(pending.due(0.5)) == [("zh", None)]
    pending.done("zh")
    assert list(pending.due(2.0)) == [("en", event("a"))]

"""Checks of data, by tables of counts; and what people and the policy are told of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import QualitySettings
from retrain.drift.core.drift_windows import Span
from retrain.quality.core.checks import Check, check
from retrain.quality.core.quality_rows import Row, State, after, alert, rows
from retrain.quality.core.window_counts import Facts, Usual
from retrain.quality.quality_component import limits
from schemas.records import Alert, DriftDetected

LIMITS = limits(QualitySettings())
SOUND = Facts(
    reviews=1000, empty=5, worded=1000, wordless=10, long=2, damaged=130, repeatable=950,
    repeats=30, uncertain=40,
    missing={"product_id": 0, "rating": 1000, "source": 500}, languages={"en": 950, "und": 50},
)  # fmt: skip
USUAL = Usual(
    reviews=5000, volumes=[[900, 1100], [1000], [950, 5]],
    missing={"product_id": 0.0, "rating": 1.0, "source": 0.45},
    languages={"en": 4800, "und": 200},
)  # fmt: skip
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def failed(facts: Facts, usual: Usual = USUAL) -> list[str]:
    return [each.name for each in check(facts, usual, LIMITS) if each.failed]


def test_sound_data_passes_every_check() -> None:
    checks = check(SOUND, USUAL, LIMITS)
    assert [each.name for each in checks] == [
        "empty", "wordless", "long", "encoding", "duplicates", "language", "language_mix",
        "missing/product_id", "missing/rating", "missing/source", "volume",
    ]  # fmt: skip
    assert not any(each.failed for each in checks)


def test_a_check_tells_what_was_measured_and_what_it_may_be() -> None:
    found = {each.name: each for each in check(SOUND, USUAL, LIMITS)}
    assert {name: (each.records, each.value, each.limit) for name, each in found.items()} == {
        "empty": (1005, 5 / 1005, LIMITS.max_empty),
        "wordless": (1000, 0.01, LIMITS.max_wordless),
        "long": (1000, 0.002, LIMITS.max_long),
        "encoding": (1000, 0.13, LIMITS.max_damaged),
        "duplicates": (950, 30 / 950, LIMITS.max_duplicates),
        "language": (1000, 0.04, LIMITS.max_uncertain),
        "language_mix": (1000, pytest.approx(0.01), LIMITS.max_mix_change),
        "missing/product_id": (1000, 0.0, LIMITS.max_missing_rise),
        "missing/rating": (1000, 1.0, 1.0),
        "missing/source": (1000, 0.5, 0.45 + LIMITS.max_missing_rise),
        "volume": (1005, 1005.0, 1000 * LIMITS.max_volume),
    }
    assert [found[name].evidence for name in ("empty", "language_mix", "missing/source")] == [
        {"count": 5},
        {"languages": {"en": 950, "und": 50}},
        {"count": 500},
    ]
    assert found["volume"].evidence == {"usual": 1000}


def test_from_how_many_records_and_days_on_a_check_says_something() -> None:
    few = Facts(
        49, worded=50, repeatable=50, missing={"rating": 49}, languages={"en": 49}
    )  # one less than the settings ask for, but for the words and repeats
    assert [each.name for each in check(few, USUAL, LIMITS)] == ["wordless", "duplicates", "volume"]
    enough = replace(few, reviews=50)
    assert len(check(enough, USUAL, LIMITS)) == 9
    moved = replace(SOUND, languages={"de": 1000}, missing={"product_id": 1000})
    changed = ["language_mix", "missing/product_id"]
    assert failed(moved, replace(USUAL, reviews=200)) == changed
    assert failed(moved, replace(USUAL, reviews=199)) == []
    nothing = Facts(0)
    assert failed(nothing, replace(USUAL, volumes=[[50]] * 3)) == ["volume"]
    assert failed(nothing, replace(USUAL, volumes=[[49]] * 3)) == []
    assert failed(nothing, replace(USUAL, volumes=[[1000], [1000], []])) == []


def test_a_limit_holds_for_what_is_certain_of_a_share_and_the_bounds_of_a_volume() -> None:
    assert failed(replace(SOUND, missing={"other": 1000})) == []
    low, high = round(1000 * LIMITS.min_volume), round(1000 * LIMITS.max_volume)
    for reviews, expected in ((low - 1, True), (low, False), (high, False), (high + 1, True)):
        facts = Facts(reviews, languages={"en": reviews})
        assert failed(facts) == (["volume"] if expected else [])
    below = next(e for e in check(Facts(999), USUAL, LIMITS) if e.name == "volume")
    assert below.limit == low


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("empty", {"empty": 200}),
        ("wordless", {"wordless": 400}),
        ("long", {"long": 100}),
        ("encoding", {"damaged": 350}),
        ("duplicates", {"repeats": 400}),
        ("language", {"uncertain": 500}),
        ("language_mix", {"languages": {"en": 300, "de": 700}}),
        ("missing/product_id", {"missing": {"product_id": 400}}),
    ],
)
def test_each_check_fails_for_what_it_is_for_and_no_other_does(
    name: str, change: dict[str, object]
) -> None:
    assert failed(replace(SOUND, **change)) == [name]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reviews", "expected"), [(0, True), (150, True), (300, False), (4000, False), (6000, True)]
)
def test_volume_is_compared_with_the_same_hour_of_other_days(reviews: int, expected: bool) -> None:
    assert failed(Facts(reviews=reviews, languages={"en": reviews})) == (
        ["volume"] if expected else []
    )


@pytest.mark.parametrize(
    "volumes", [[], [[1000]] * 2, [[3]] * 10], ids=["never seen", "two days", "few at that hour"]
)
def test_no_volume_is_wrong_where_none_is_usual(volumes: list[list[int]]) -> None:
    assert failed(Facts(reviews=0), replace(USUAL, volumes=volumes)) == []


def test_what_has_no_usual_yet_is_let_pass() -> None:
    change = replace(SOUND, languages={"de": 1000}, missing={"product_id": 1000})
    assert failed(change, Usual()) == []


@given(st.integers(0, 49), st.integers(0, 49))
def test_a_handful_of_records_says_nothing_but_how_many_they_are(reviews: int, bad: int) -> None:
    facts = Facts(
        reviews,
        0,
        reviews,
        min(bad, reviews),
        min(bad, reviews),
        min(bad, reviews),
        reviews,
        0,
        reviews,
    )
    assert [each.name for each in check(facts, Usual(), LIMITS)] == ["volume"]


@given(st.integers(50, 5000), st.floats(0, 1))
def test_a_share_fails_only_when_it_is_surely_above_its_limit(reviews: int, share: float) -> None:
    [encoding] = [
        each
        for each in check(Facts(reviews, damaged=round(share * reviews)), Usual(), LIMITS)
        if each.name == "encoding"
    ]
    assert encoding.failed <= (encoding.value > encoding.limit)
    assert encoding.failed >= (encoding.value > encoding.limit + 0.2)


def bad(failed: bool) -> Check:
    return Check("encoding", 500, 0.4 if failed else 0.1, 0.25, failed)


def told(states: str) -> list[Row]:
    """The rows of one check over windows of an hour; 1 where it fails."""
    state: State = {}
    found: list[Row] = []
    for number, each in enumerate(states):
        new = rows(
            [bad(each == "1")],
            Span(NOON + number * HOUR, NOON + (number + 1) * HOUR),
            state,
            NOON + (number + 2) * HOUR,
        )
        state, found = after(state, new), [*found, *new]
    return found


def test_people_are_told_when_a_check_begins_to_fail_and_when_it_ceases() -> None:
    alerts = [message for row in told("0110100") if (message := alert(row))]
    assert [(each.status, each.started_at, each.ended_at) for each in alerts] == [
        ("firing", NOON + HOUR, None),
        ("resolved", NOON + HOUR, NOON + 3 * HOUR),
        ("firing", NOON + 4 * HOUR, None),
        ("resolved", NOON + 4 * HOUR, NOON + 5 * HOUR),
    ]
    assert len({each.alert_id for each in alerts}) == 4
    assert len({each.fingerprint for each in alerts}) == 1
    assert alerts[0].labels == {"check": "encoding"}
    assert (
        alerts[0].summary
        == "data quality: encoding is 0.4 (limit 0.25) in the window from 2026-05-04 13:00:00"
    )


def test_every_failed_window_holds_retraining() -> None:
    events = [row.event() for row in told("0110") if row.failed]
    assert [
        (event.kind, event.window_start, event.effect, event.threshold) for event in events
    ] == [("quality", NOON + hour * HOUR, 0.4, 0.25) for hour in (1, 2)]
    assert [json.loads(event.evidence) for event in events] == [{}, {}]


def test_a_row_its_event_and_its_alert_tell_which_window_failed_and_how() -> None:
    found = Check("encoding", 500, 0.4, 0.25, True, {"count": 200})
    [row] = rows([found], Span(NOON, NOON + HOUR), {}, NOON + 2 * HOUR)
    assert row == Row(
        row.check_id, "encoding", NOON, NOON + HOUR, 500, 0.4, 0.25, True, "firing", NOON,
        '{"count": 200}', NOON + 2 * HOUR,
    )  # fmt: skip
    assert row.event() == DriftDetected(
        row.check_id, "data_quality/encoding", "quality", "", NOON, NOON + HOUR, 500, "settings",
        "", "", 0.4, 0.25, NOON + 2 * HOUR, evidence=row.evidence,
    )  # fmt: skip
    message = alert(row)
    assert message is not None
    assert message == Alert(
        message.alert_id, message.fingerprint, "firing", "data_quality", "warning", row.summary,
        {"check": "encoding"}, NOON, NOON + 2 * HOUR,
        "Nothing is retrained while the data is not sound.", row.evidence,
    )  # fmt: skip


def test_windows_and_checks_have_ids_of_their_own() -> None:
    ids = [
        (row.check_id, message.alert_id, message.fingerprint)
        for name in ("encoding", "long")
        for hour in range(3)
        for row in rows(
            [replace(bad(True), name=name)],
            Span(NOON + hour * HOUR, NOON + (hour + 1) * HOUR),
            {},
            NOON,
        )
        if (message := alert(row))
    ]
    assert [len(set(each)) for each in zip(*ids, strict=True)] == [6, 6, 2]
    assert {len(each) for each in ids[0]} == {32}


def test_a_check_that_passes_as_before_tells_nobody() -> None:
    [row] = told("0")
    assert (row.alert, row.failing_since, alert(row)) == ("", None, None)
    again = told("11")[1]
    assert (again.alert, again.failing_since) == ("", NOON)


def test_the_same_windows_give_the_same_ids() -> None:
    assert [row.check_id for row in told("0110")] == [row.check_id for row in told("0110")]
    assert [alert(row) for row in told("0110")] == [alert(row) for row in told("0110")]


def test_what_was_not_checked_stays_as_it_was() -> None:
    assert after({"volume": NOON, "long": None}, []) == {"volume": NOON, "long": None}

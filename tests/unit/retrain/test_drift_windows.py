"""Windows of event time, and when drift in them is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import LABELS
from retrain.drift.core.debounce import fires
from retrain.drift.core.drift_windows import Cut, Span
from retrain.drift.core.multiple_testing import holm
from retrain.drift.drift_queries import of_rows

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def spans(*starts: float, length: float = 10) -> list[Span]:
    return [Span(NOON + start * MINUTE, NOON + (start + length) * MINUTE) for start in starts]


@pytest.mark.parametrize(
    ("step", "lateness", "since", "now", "expected"),
    [
        (10, 0, 0, 30, spans(0, 10, 20)),
        (10, 0, 0, 29.9, spans(0, 10)),
        (10, 2, 0, 30, spans(0, 10)),
        (10, 2, 0, 32, spans(0, 10, 20)),
        (10, 0, 0.1, 30, spans(10, 20)),
        (5, 0, 0, 20, spans(0, 5, 10)),
        (5, 1, 3, 20, spans(5)),
        (10, 0, 0, 9, []),
        (10, 0, 40, 30, []),
    ],
    ids=[
        "tumbling", "the last is not over", "waits for late reviews", "their time is over",
        "begins in the middle", "sliding",
        "sliding and late", "none yet", "all before",
    ],
)  # fmt: skip
def test_windows_that_have_finished(
    step: float, lateness: float, since: float, now: float, expected: list[Span]
) -> None:
    cut = Cut(10 * MINUTE, step * MINUTE, lateness * MINUTE)
    assert cut.finished(NOON + since * MINUTE, NOON + now * MINUTE) == expected


@given(st.integers(0, 10**6), st.integers(1, 500), st.integers(1, 5))
def test_windows_are_the_same_whenever_they_are_looked_for(
    start: int, later: int, overlap: int
) -> None:
    cut = Cut(overlap * 10 * MINUTE, 10 * MINUTE, MINUTE)
    since, now = (
        NOON + start * timedelta(seconds=7),
        NOON + start * timedelta(seconds=7) + later * MINUTE,
    )
    at_once = cut.finished(since, now)
    piecewise = {
        span for part in range(later + 1) for span in cut.finished(since, since + part * MINUTE)
    }
    assert sorted(piecewise) == at_once


@pytest.mark.parametrize(
    ("drifted", "expected"),
    [
        ("", False),
        ("1", False),
        ("11", True),
        ("101", True),
        ("1001", False),
        ("110", False),
        ("0111", True),
        ("1100", False),
    ],
)
def test_two_of_three_windows_fire_and_only_at_one_that_drifted(
    drifted: str, expected: bool
) -> None:
    assert fires([each == "1" for each in drifted], needed=2, of=3) is expected


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([], []),
        ([0.01], [0.01]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.02, 0.02], [0.04, 0.04]),
    ],
)
def test_holm(p_values: list[float], adjusted: list[float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrected_p_values_keep_their_order_and_are_between_bonferroni_and_none(
    p_values: list[float],
) -> None:
    adjusted = holm(p_values)
    assert all(
        p <= q <= min(1.0, len(p_values) * p) + 1e-12
        for p, q in zip(p_values, adjusted, strict=True)
    )
    assert sorted(adjusted) == [q for _, q in sorted(zip(p_values, adjusted, strict=True))]


def test_a_review_that_a_binary_model_abstained_from_is_neutral_as_it_went_out() -> None:
    scored = [(0.5, {}), (0.6, {}), (0.5, {"negative": 0.5, "neutral": 0.0, "positive": 0.5})]
    rows = [(str(at), "", "", "a text", *said) for at, said in enumerate(scored)]
    sample = of_rows(rows).sample
    assert [LABELS[at] for at in sample.labels] == ["neutral", "positive", "positive"]
    assert sample.scores.tolist() == pytest.approx([0.5, 0.6, 0.5])
    assert sample.confidence.tolist() == pytest.approx([0.4, 0.6, 0.5])

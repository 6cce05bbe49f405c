"""The spans that the console shows: whole windows, the current one last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from streams.console.core.time_spans import SPANS, Span, Wanted

NOW = datetime(2026, 3, 4, 10, 20, 37, tzinfo=UTC)


@pytest.mark.parametrize("span", SPANS)
def test_a_span_ends_with_the_window_of_now_and_is_as_long_as_it_is_called(span: Span) -> None:
    frame = Wanted(span).windows(NOW)
    assert frame.end - frame.step <= NOW < frame.end
    assert (frame.start - datetime(1970, 1, 1, tzinfo=UTC)) % frame.step == timedelta(0)
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[span[-1]]
    assert frame.end - frame.start == int(span[:-1]) * unit
    assert frame.count <= 60


def test_windows_stay_where_they_are_while_one_lasts() -> None:
    frames = {Wanted("15m").windows(NOW + timedelta(seconds=second)).start for second in range(8)}
    assert len(frames) == 1
    assert Wanted("15m").windows(NOW + timedelta(seconds=8)).start == frames.pop() + timedelta(
        seconds=15
    )

"""Windows of time: which ones cover what was asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from streams.gateway.core.analytics_windows import MOST, BadWindows, windows

NOW = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 4, hour, minute, tzinfo=UTC)


def test_by_default_the_latest_day_by_the_hour_the_current_one_included() -> None:
    wanted = windows(None, None, "1h", NOW)
    assert (wanted.start, wanted.end, wanted.count) == (at(10) - timedelta(days=1), at(11), 25)


def test_windows_begin_at_whole_steps_and_cover_what_was_asked() -> None:
    wanted = windows(at(1, 59), at(3, 1), "1h", NOW)
    assert wanted.starts() == [at(1), at(2), at(3)]
    assert windows(at(1), at(3), "1h", NOW).starts() == [at(1), at(2)]


def test_times_in_other_zones_and_without_one_are_the_same_moments() -> None:
    east = timezone(timedelta(hours=5))
    there = datetime(2026, 3, 4, 6, tzinfo=east), datetime(2026, 3, 4, 8, tzinfo=east)
    assert windows(*there, "1h", NOW) == windows(at(1), at(3), "1h", NOW)
    assert windows(datetime(2026, 3, 4, 1), datetime(2026, 3, 4, 3), "1h", NOW) == windows(
        at(1), at(3), "1h", NOW
    )


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (at(3), at(3)),
        (at(3), at(2)),
        (NOW + timedelta(hours=1), None),
        (datetime(1969, 12, 31, tzinfo=UTC), at(1)),
        (at(1), datetime(2200, 1, 1, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), at(1)),
        (at(1), datetime(9999, 12, 31, tzinfo=timezone(-timedelta(hours=14)))),
    ],
)
def test_times_that_make_no_sense_are_refused(begin: datetime, end: datetime | None) -> None:
    with pytest.raises(BadWindows):
        windows(begin, end, "1h", NOW)


def test_more_windows_than_anybody_can_look_at_are_refused() -> None:
    assert windows(NOW - timedelta(minutes=MOST - 1), NOW, "1m", NOW).count <= MOST
    with pytest.raises(BadWindows, match="longer step"):
        windows(NOW - timedelta(minutes=MOST + 1), NOW, "1m", NOW)


def test_the_beginning_of_time_is_a_time() -> None:
    assert windows(None, datetime(1970, 1, 1, 1, tzinfo=UTC), "1w", NOW).start == datetime(
        1970, 1, 1, tzinfo=UTC
    )

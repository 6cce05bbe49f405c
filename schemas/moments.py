"""Parser of timestamps from producers: aware datetimes in UTC; implausible values become the time of arrival."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Exclusive. ClickHouse's ``DateTime64(3)`` holds what lies between."""

FIRST_MS: Final = 100_000_000_000
"""March 1973 in milliseconds, the year 5138 in seconds: a smaller number of a clock of our days counts seconds."""
LAST_MS: Final = int(LATEST.timestamp() * 1000)
"""Exclusive. What is not smaller counts microseconds or nanoseconds."""


def of_number(number: float) -> datetime:
    """The time of a number since 1970 in seconds, ms, µs or ns, distinguished by magnitude.

    Times before March 1973 in milliseconds read as seconds of a later time; a clock of our days gives no such number. Raises
    ``ValueError``, ``OverflowError`` or ``OSError`` for what is none of these.
    """
    if abs(number) < FIRST_MS:
        return datetime.fromtimestamp(number, UTC)
    for _ in ("microseconds", "nanoseconds"):
        if abs(number) >= LAST_MS:
            number /= 1000
    return datetime.fromtimestamp(number / 1000, UTC)


def moment(timestamp: object, arrival: datetime) -> datetime:
    """The time of a Kafka record: ``timestamp`` in milliseconds since 1970 where it can be that, else ``arrival``.

    Kafka hands on whatever a producer wrote: -1 for none, seconds, microseconds, nanoseconds, any 64 bits. Never raises.
    """
    if type(timestamp) is int and FIRST_MS <= timestamp < LAST_MS:
        return datetime.fromtimestamp(timestamp / 1000, UTC)
    return arrival

"""Parser of timestamps from producers: aware datetimes in UTC; implausible values become the time
of arrival.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Exclusive. ClickHouse's ``DateTime64(3)`` holds what lies between."""

FIRST_MS: Final = 100_000_000_000
"""March 1973 in milliseconds. A smaller timestamp of a Kafka record is none in milliseconds."""
LAST_S: Final = int(LATEST.timestamp())
LAST_MS: Final = LAST_S * 1000
UNITS: Final = (1, 1_000, 1_000_000, 1_000_000_000)
"""Seconds, milliseconds, microseconds and nanoseconds, per second."""


def of_number(number: float) -> datetime:
    """The time of a number since 1970 in seconds, ms, µs or ns, distinguished by magnitude.

    The unit is the coarsest in which the time lies before ``LATEST``: only times of the first 84
    days of 1970 in a finer one are misread. Raises ``ValueError`` where there is none such unit,
    ``OverflowError`` or ``OSError`` for what is no time.
    """
    for unit in UNITS:
        if abs(number) < LAST_S * unit:
            return datetime.fromtimestamp(number / unit, UTC)
    raise ValueError("no time before 2200 in any unit")


def moment(timestamp: object, arrival: datetime) -> datetime:
    """The time of a Kafka record: ``timestamp`` in milliseconds since 1970 where it can be that,
    else ``arrival``.

    Kafka hands on whatever a producer wrote: -1 for none, seconds, microseconds, nanoseconds, any
    64 bits. Never raises.
    """
    if type(timestamp) is int and FIRST_MS <= timestamp < LAST_MS:
        return datetime.fromtimestamp(timestamp / 1000, UTC)
    return arrival

"""Query parameters that mean the same through both drivers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime


def portable(parameters: Mapping[str, object] | None) -> dict[str, object] | None:
    """The parameters with each aware datetime as text in UTC.

    The drivers would write it in the server's time zone, without milliseconds; ClickHouse reads the text in the time zone of
    the column it is compared with, which is UTC in every table of ours. Raises ``ValueError`` for a naive datetime.
    """
    return {name: _portable(value) for name, value in parameters.items()} if parameters else None


def _portable(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a naive datetime as query parameter: say its time zone")
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(sep=" ", timespec="milliseconds" if moment.microsecond else "seconds")
    if isinstance(value, list):
        return [_portable(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_portable(item) for item in value)
    return value

"""Query parameters that both drivers treat alike, whatever their number and length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from schemas.errors import QueryError

PORTION: Final = 65_536
"""Bytes of literals in one list: a quarter of the SQL that a server takes."""
USUAL: Final = 200_000
"""Bytes of SQL that every server takes; by default it is 262,144 (``max_query_size``)."""
LARGEST: Final = 16 * 1024 * 1024
ESCAPED: Final = 4
"""Bytes that a byte of a string may become in a literal, such as ``\\x00``."""
OVERHEAD: Final = 40
"""Bytes of any other value, and of what stands around a string."""


def portions(values: Iterable[str], most: int = PORTION) -> Iterator[tuple[str, ...]]:
    """The values in tuples that each fit into one statement, as ``IN %(name)s``; a value that is
    longer is one of its own.
    """
    portion: list[str] = []
    size = 0
    for value in values:
        literal = _size(value)
        if portion and size + literal > most:
            yield tuple(portion)
            portion, size = [], 0
        portion.append(value)
        size += literal
    if portion:
        yield tuple(portion)


def room(sql: str, parameters: Mapping[str, object] | None) -> dict[str, int]:
    """The settings that let the server parse a statement with these parameters: none for one of
    usual size.

    Raises ``QueryError`` for one that no statement of ours should be.
    """
    uses = ((sql.count(f"%({name})s"), value) for name, value in (parameters or {}).items())
    size = _size(sql) + sum(count * _size(value) for count, value in uses)
    if size > LARGEST:
        raise QueryError(f"a statement of up to {size} bytes; the limit is {LARGEST}")
    return {"max_query_size": size} if size > USUAL else {}


def _size(value: object) -> int:
    """At most so many bytes as a literal."""
    if isinstance(value, str):
        return OVERHEAD + ESCAPED * len(value.encode("utf8", "surrogatepass"))
    return OVERHEAD + sum(map(_size, value)) if isinstance(value, list | tuple) else OVERHEAD


def portable(parameters: Mapping[str, object] | None) -> dict[str, object] | None:
    """The parameters with each aware datetime as text in UTC.

    The drivers would write it in the server's time zone, without milliseconds; ClickHouse reads the
    text in the time zone of the column it is compared with, which is UTC in every table of ours.
    Raises ``ValueError`` for a naive datetime.
    """
    return {name: _portable(value) for name, value in parameters.items()} if parameters else None


def _portable(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a naive datetime as query parameter: say its time zone")
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(
            sep=" ", timespec="milliseconds" if moment.microsecond else "seconds"
        )
    if isinstance(value, list):
        return [_portable(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_portable(item) for item in value)
    return value

"""``Warehouse``: the interface of the analytical store, implemented by ``native`` and ``http``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self


class Reader(Protocol):
    """What reads a ClickHouse database. Its errors are those of ``Warehouse``."""

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """The rows of a SELECT; times of columns that name a time zone are aware.

        ``parameters`` fill ``%(name)s`` as literals, never as SQL: str, int, float, bool, None,
        aware datetimes, and lists or tuples of these. One value may be longer than the SQL that a
        server takes by default; many values go in ``parameters.portions``. With parameters, a
        literal per cent sign in ``sql`` is written ``%%``.
        """

    def stream_text(self, sql: str, output_format: str) -> Iterator[str]:
        """The answer as text in a ClickHouse output format, piece by piece.

        Raises ``InputError`` where the adapter cannot render that format. ``FORMAT`` in ``sql``
        itself is left to the server.
        """


class Warehouse(Reader, Protocol):
    """A ClickHouse database. It is a ``Sink`` (``infra.sinks.port``), too.

    Nothing connects before the first call, and the call after a lost connection connects again. One
    object serves one thread. Names in statements are resolved in the database of the settings.

    Every method raises ``WarehouseUnavailable`` where ClickHouse cannot be reached or refuses for
    now, and ``QueryError`` where it refuses for good. No message quotes a stored or inserted value.
    """

    def ping(self) -> None:
        """Return if the server answers. The database need not exist."""

    def create_database(self) -> None:
        """Create the database of the settings if it is missing: the one statement that can run
        before it exists.
        """

    def execute(self, sql: str) -> None:
        """Run one statement that returns nothing."""

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str
    ) -> None:
        """Store ``rows``, all of them or (by the next attempt) all of them.

        ``token`` names the batch: where the server knows ``insert_deduplication_token`` and the
        table keeps a deduplication window, the same rows under the same token are stored once. No
        rows, no request.
        """

    def close(self) -> None:
        """Give the connection back. Safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

"""ClickHouse adapter for the native protocol, on clickhouse-driver: the fastest for self-hosted
servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

from clickhouse_driver import Client, errors

from infra.settings import ClickHouseSettings
from infra.warehouse.parameters import portable, room
from infra.warehouse.refusals import (
    MISFITS,
    UNKNOWN_DATABASE,
    does_not_fit,
    mute,
    refusal,
    unreachable,
)
from infra.warehouse.rendering import Render, renderer
from schemas.errors import QueryError

LOST = (
    EOFError,
    OSError,
    errors.NetworkError,
    errors.SocketTimeoutError,
    errors.UnexpectedPacketFromServerError,
    errors.UnknownPacketFromServerError,
)


class NativeWarehouse:
    """A ``Warehouse`` behind ``clickhouse(s)://``. Further options in the URL's query go to
    clickhouse-driver (``?verify=0``).

    The driver reconnects by itself when a connection was lost.
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        mute("clickhouse_driver.connection")
        self._url = settings.url.get_secret_value()
        self._where = urlsplit(self._url).netloc.rpartition("@")[2]
        self._database = settings.database
        self._timeout_s = settings.timeout_s
        self._client: Any = self._new_client(self._database)
        self._known_settings: frozenset[str] | None = None

    def ping(self) -> None:
        """See ``Warehouse``."""
        try:
            self.execute("SELECT 1")
        except QueryError as error:
            if error.code != UNKNOWN_DATABASE:  # it answered; migrations will create the database
                raise

    def create_database(self) -> None:
        """See ``Warehouse``. Takes a connection of its own: one to a database that does not exist
        is refused.
        """
        client = self._new_client("")
        try:
            with self._translated():
                client.execute(f"CREATE DATABASE IF NOT EXISTS {self._database}")
        finally:
            client.disconnect()

    def execute(self, sql: str) -> None:
        """See ``Warehouse``."""
        with self._translated():
            self._client.execute(sql)

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str
    ) -> None:
        """See ``Warehouse``."""
        if not rows:
            return
        # Asynchronous inserts would merge batches on the server, and with them their tokens.
        wanted = {"insert_deduplication_token": token, "async_insert": 0}
        known = {
            name: value for name, value in wanted.items() if name in self._settings_of_the_server()
        }
        try:
            with self._translated(quote=False):
                self._client.execute(
                    f"INSERT INTO {table} ({', '.join(columns)}) VALUES", list(rows), settings=known
                )
        except MISFITS as error:
            raise does_not_fit(table, error) from None

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """See ``Warehouse``."""
        with self._translated(quote=not parameters):
            rows: list[tuple[object, ...]] = self._client.execute(
                sql, portable(parameters), settings=room(sql, parameters)
            )
            return rows

    def stream_text(self, sql: str, output_format: str) -> Iterator[str]:
        """See ``Warehouse``. The native protocol carries no text: a few formats are rendered
        here."""
        return self._rendered(sql, renderer(output_format))

    def _rendered(self, sql: str, render: Render) -> Iterator[str]:
        with self._translated():
            answer = iter(
                self._client.execute_iter(sql.rstrip().removesuffix(";"), with_column_types=True)
            )
            names = [name for name, _ in next(answer, ())]
            yield from render(names, answer)

    def close(self) -> None:
        """See ``Warehouse``."""
        self._client.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _new_client(self, database: str) -> Any:
        """A client that connects with its first statement. Options that the URL gives win over
        ours.
        """
        parts = urlsplit(self._url)
        ours = urlencode(
            {"connect_timeout": self._timeout_s, "send_receive_timeout": self._timeout_s}
        )
        query = f"{parts.query}&{ours}" if parts.query else ours
        return Client.from_url(urlunsplit(parts._replace(path=f"/{database}", query=query)))

    def _settings_of_the_server(self) -> frozenset[str]:
        """Old servers refuse settings they do not know, or, older still, lose the protocol's thread
        over them.
        """
        if self._known_settings is None:
            rows = self.query(
                "SELECT name FROM system.settings WHERE name IN ('insert_deduplication_token', "
                "'async_insert')"
            )
            self._known_settings = frozenset(str(name) for (name,) in rows)
        return self._known_settings

    @contextmanager
    def _translated(self, *, quote: bool = True) -> Iterator[None]:
        try:
            yield
        except LOST as error:
            self._known_settings = None  # another server may answer next time
            raise unreachable(self._where, error) from error
        except errors.Error as error:
            raise refusal(error.code, str(error.message), quote=quote) from None

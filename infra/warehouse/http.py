"""ClickHouse adapter for HTTP, on clickhouse-connect: ClickHouse Cloud, proxies, and the local
stack.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import clickhouse_connect
import urllib3.exceptions
from clickhouse_connect.driver import Client
from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    Error,
    OperationalError,
    ProgrammingError,
)
from clickhouse_connect.driver.httpclient import HttpClient

from infra.settings import ClickHouseSettings
from infra.warehouse.parameters import portable, room
from infra.warehouse.refusals import MISFITS, does_not_fit, mute, refusal, unreachable
from schemas.errors import QueryError, TargetRefused, WarehouseUnavailable

CHUNK = 2**16
_STATUS = re.compile(r"^HTTP driver received HTTP status (\d+)")


class HttpWarehouse:
    """A ``Warehouse`` behind ``http(s)://``. Further options in the URL's query go to
    clickhouse-connect (``?verify=false``).
    """

    def __init__(self, settings: ClickHouseSettings) -> None:
        mute("clickhouse_connect.driver.transform", "clickhouse_connect.driver._backend.http_sync")
        self._settings = settings
        self._where = urlsplit(settings.url.get_secret_value()).netloc.rpartition("@")[2]
        self._client: Client | None = None

    def ping(self) -> None:
        """See ``Warehouse``."""
        with self._translated():
            self._connected().command("SELECT 1", use_database=False)

    def create_database(self) -> None:
        """See ``Warehouse``."""
        with self._translated():
            self._connected().command(
                f"CREATE DATABASE IF NOT EXISTS {self._settings.database}", use_database=False
            )

    def execute(self, sql: str) -> None:
        """See ``Warehouse``."""
        with self._translated():
            self._connected().command(sql)

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str
    ) -> None:
        """See ``Warehouse``."""
        if not rows:
            return
        try:
            with self._translated(quote=False):
                client = self._connected()
                # Asynchronous inserts would merge batches on the server, and with them their
                # tokens.
                wanted = {"insert_deduplication_token": token, "async_insert": 0}
                known = {
                    name: value for name, value in wanted.items() if name in client.server_settings
                }
                client.insert(table, rows, column_names=columns, settings=known)
        except MISFITS as error:
            raise does_not_fit(table, error) from None

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """See ``Warehouse``."""
        with self._translated(quote=not parameters):
            answer = self._connected().query(
                sql, portable(parameters), settings=room(sql, parameters)
            )
            return [tuple(row) for row in answer.result_rows]

    def stream_text(self, sql: str, output_format: str) -> Iterator[str]:
        """See ``Warehouse``. Any format of the server; bytes that are not UTF-8 are replaced."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with self._translated():
            # A header, because a FORMAT clause would break statements that already have one, or
            # return nothing. The server sends nothing before it has finished, so that an error half
            # way still has its status.
            answer = self._connected().raw_stream(
                sql,
                transport_settings={"X-ClickHouse-Format": output_format},
                settings={"wait_end_of_query": 1},
            )
            assert isinstance(answer, urllib3.HTTPResponse)
            try:
                for chunk in answer.stream(CHUNK):
                    yield decoder.decode(chunk)
            finally:
                answer.release_conn()

    def close(self) -> None:
        """See ``Warehouse``."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connected(self) -> Client:
        if self._client is None:
            url = urlsplit(self._settings.url.get_secret_value())._replace(path="")
            timeout, remote = math.ceil(self._settings.timeout_s), url.scheme == "https"
            client = clickhouse_connect.get_client(
                dsn=url.geturl(),
                secure=remote,
                connect_timeout=timeout,
                send_receive_timeout=timeout,
                compress="lz4" if remote else False,
                # sessions forbid concurrent queries and are of no use here
                autogenerate_session_id=False,
                query_retries=0,  # whoever calls decides about that
                tz_mode="aware",
                show_clickhouse_errors=True,  # their text is needed to choose what to repeat
                dedicated_pool=True,
            )
            assert isinstance(client, HttpClient)
            client.http_retries = 0
            client.database = (
                self._settings.database
            )  # not earlier: the first questions would fail until it exists
            self._client = client
        return self._client

    @contextmanager
    def _translated(self, *, quote: bool = True) -> Iterator[None]:
        try:
            yield
        except Error as error:
            text = str(error)
            if error.code is not None:
                raise refusal(error.code, text, quote=quote) from None
            status = _STATUS.match(text)
            if status is None and isinstance(error, OperationalError):
                raise unreachable(self._where, error) from error
            # Without ClickHouse's code the answer is a proxy's, or another service's at that
            # address.
            answered = f"{self._where} answered with " + (
                f"HTTP status {status[1]}" if status else type(error).__name__
            )
            if status and (int(status[1]) >= 500 or status[1] == "429"):
                raise WarehouseUnavailable(answered) from None
            # The driver itself looks up the columns of an insert, and refuses what is none.
            raise (TargetRefused if isinstance(error, ProgrammingError) else QueryError)(
                answered
            ) from None
        except ClickHouseError as error:
            raise QueryError(f"clickhouse-connect: {type(error).__name__}") from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise unreachable(self._where, error) from error

"""chDB, the in-process ClickHouse engine, for concurrent clients.

A chDB connection runs one statement at a time, and has a database and settings of its own;
connections of one process run side by side. So each request opens one, which takes under a
millisecond, and closes it: nothing that a request sets can reach another (a connection that was
made read-only could not even be set back).
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from infra.local.clickhouse_access import objection, refused_table_functions, write_configuration
from infra.local.clickhouse_requests import Query

CODE = re.compile(r"Code: (\d+)\.")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
CANCEL_PAUSE_S = 0.05
ACCESS_DENIED = 497
FORMATTER = re.compile(r": In scope SELECT formatQuerySingleLine.*", re.DOTALL)
connect: Any = chdb.connect
"""Of two distributions that share the package ``chdb``, the one installed last decides whether it
is typed.
"""


class EngineError(Exception):
    """ClickHouse refused; ``code`` is its error number."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        match = CODE.search(message)
        self.code = int(match[1]) if match else 1000


@dataclass(frozen=True, slots=True)
class Result:
    """The answer in the query's output format."""

    body: bytes
    rows_read: int
    bytes_read: int


class Engine:
    """The only user of its folder: chDB locks it, and keeps it open as long as one connection
    is."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._where = f"{folder}?config-file={write_configuration(folder / 'access')}"
        self._control = connect(self._where)
        self._control_lock = threading.Lock()
        functions = _call(self._control, "SELECT name FROM system.table_functions").bytes() or b""
        self._refused_functions = refused_table_functions(bytes(functions).decode().split())
        self._running: set[str] = set()

    def run(self, query: Query, identifier: str) -> Result:
        """Run one statement; blocks. ``identifier`` is what ``cancel`` takes. Raises
        ``EngineError``.
        """
        self._running.add(identifier)
        try:
            with self._session(query, identifier) as connection:
                if query.data is None:
                    return _result(
                        _call(connection, query.statement, query.output_format, query.parameters)
                    )
                return _insert(connection, query, query.data)
        finally:
            self._running.discard(identifier)

    def cancel(self, identifier: str) -> None:
        """End a statement, as soon as it has begun. Returns when it runs no more."""
        while identifier in self._running:
            with self._control_lock:
                _call(
                    self._control,
                    f"KILL QUERY WHERE Settings['log_comment'] = {_literal(identifier)} ASYNC",
                )
            time.sleep(CANCEL_PAUSE_S)

    def close(self) -> None:
        """End what still runs, and let go of the folder."""
        for identifier in tuple(self._running):
            self.cancel(identifier)
        self._control.close()

    def _check(self, connection: Any, query: Query) -> None:
        """Raises ``EngineError`` where the statement is not one that ClickHouse can read, or does
        what is not for HTTP.
        """
        if "max_query_size" in query.settings:
            _call(connection, f"SET max_query_size = {_literal(query.settings['max_query_size'])}")
        try:
            formatted = _formatted(connection, query.whole)
        except EngineError as error:
            raise EngineError(FORMATTER.sub("", str(error))) from None
        reason = objection(formatted, self._refused_functions)
        if reason is not None:
            raise EngineError(f"Code: {ACCESS_DENIED}. DB::Exception: {reason}. (ACCESS_DENIED)")

    @contextmanager
    def _session(self, query: Query, identifier: str) -> Iterator[Any]:
        if not IDENTIFIER.fullmatch(query.database):
            raise EngineError(
                f"Code: 81. DB::Exception: Database {query.database!r} does not exist. "
                "(UNKNOWN_DATABASE)"
            )
        connection = connect(self._where)
        try:
            self._check(connection, query)
            _call(connection, f"USE {query.database}")
            # The only thing of ours that system.processes shows. readonly comes last: after it
            # nothing can be set.
            settings = query.settings | {"log_comment": identifier}
            for name in sorted(settings, key=lambda name: name == "readonly"):
                _call(connection, f"SET {name} = {_literal(settings[name])}")
            yield connection
        finally:
            connection.close()


def _formatted(connection: Any, statement: str) -> str:
    """The statement as ClickHouse's parser understands it. It goes as a parameter: it may be as
    long as a query may be.
    """
    escaped = statement.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    result = _call(
        connection,
        "SELECT formatQuerySingleLine({statement:String})",
        "RawBLOB",
        {"statement": escaped},
    )
    return bytes(result.bytes()).decode()


def _insert(connection: Any, query: Query, data: bytes) -> Result:
    """The data through a file that has no name: chDB's own way to send data swallows errors."""
    descriptor = os.memfd_create("insert")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(data)
        path = f"/proc/self/fd/{descriptor}"
        source = (
            f"FROM INFILE '{path}' COMPRESSION 'none' {query.insert_settings} FORMAT "
            f"{query.data_format}"
        )
        return _result(
            _call(connection, f"{query.statement} {source}", query.output_format, query.parameters)
        )
    finally:
        os.close(descriptor)


def _call(
    connection: Any,
    statement: str,
    output_format: str = "TabSeparated",
    parameters: dict[str, str] | None = None,
) -> Any:
    try:
        return connection.query(statement, output_format, parameters or None)
    except RuntimeError as error:  # chdb.ChdbError is one
        raise EngineError(str(error)) from None


def _result(result: Any) -> Result:
    return Result(bytes(result.bytes() or b""), int(result.rows_read()), int(result.bytes_read()))


def _literal(value: str) -> str:
    """Always quoted: ClickHouse converts to the setting's type, and a bare 007 would no longer be
    the token that was sent.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

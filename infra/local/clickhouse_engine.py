"""chDB, the ClickHouse engine in process, for several clients at once.

A chDB connection runs one statement at a time, and has a database and settings of its own; connections of one process run side
by side. So each request borrows one, sets it up, and leaves it as it found it.
"""

from __future__ import annotations

import os
import queue
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from infra.local.clickhouse_requests import Query

CODE = re.compile(r"Code: (\d+)\.")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
    """The only user of its folder: chDB locks it."""

    def __init__(self, folder: Path, connections: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._idle: queue.Queue[Any] = queue.Queue()
        self._all = [chdb.connect(str(folder)) for _ in range(connections)]  # type: ignore[no-untyped-call]
        for connection in self._all:
            self._idle.put(connection)

    def run(self, query: Query) -> Result:
        """Run one statement; blocks. Raises ``EngineError``."""
        connection = self._idle.get()
        try:
            with _session(connection, query):
                if query.data is None:
                    return _result(_call(connection, query.statement, query.output_format, query.parameters))
                return _insert(connection, query)
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Let go of the folder."""
        for connection in self._all:
            connection.close()


@contextmanager
def _session(connection: Any, query: Query) -> Iterator[None]:
    if not IDENTIFIER.fullmatch(query.database):
        raise EngineError(f"Code: 81. DB::Exception: Database {query.database!r} does not exist. (UNKNOWN_DATABASE)")
    _call(connection, f"USE {query.database}")
    applied: list[str] = []
    try:
        for name, value in query.settings.items():
            _call(connection, f"SET {name} = {_literal(value)}")
            applied.append(name)
        yield
    finally:
        for name in applied:
            _call(connection, f"SET {name} = DEFAULT")


def _insert(connection: Any, query: Query) -> Result:
    """The data through a file that has no name: chDB's own way to send data swallows errors."""
    if not query.data:
        return Result(b"", 0, 0)
    descriptor = os.memfd_create("insert")
    try:
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(query.data)
        path = f"/proc/self/fd/{descriptor}"
        statement = f"{query.statement} FROM INFILE '{path}' COMPRESSION 'none' FORMAT {query.data_format}"
        return _result(_call(connection, statement, query.output_format, query.parameters))
    finally:
        os.close(descriptor)


def _call(connection: Any, statement: str, output_format: str = "TabSeparated", parameters: dict[str, str] | None = None) -> Any:
    try:
        return connection.query(statement, output_format, parameters or None)
    except RuntimeError as error:  # chdb.ChdbError is one
        raise EngineError(str(error)) from None


def _result(result: Any) -> Result:
    return Result(bytes(result.bytes() or b""), int(result.rows_read()), int(result.bytes_read()))


def _literal(value: str) -> str:
    """Numbers bare, anything else quoted: ClickHouse takes a quoted number for some settings only."""
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

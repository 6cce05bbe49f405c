"""Parquet reader: batches of rows, whatever the size of the file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from infra.files.compression import DAMAGE, Opened, opened
from infra.files.rows import Row, ended, flat
from schemas.errors import InputError

BATCH = 1000


@dataclass
class ParquetTable:
    """Rows of a Parquet file."""

    path: Path
    columns: tuple[str, ...]
    _total: int
    text_only: bool = False
    sparse: bool = False
    _read: int = 0

    def share(self) -> float:
        """Progress of the latest ``rows``: share of the rows returned, 0 to 1."""
        return self._read / self._total if self._total else 1.0

    def rows(self) -> Generator[Row, None, None]:
        """All rows; times as ISO 8601, decimal numbers as numbers."""
        self._read = 0
        with (
            opened(self.path) as file,
            _seekable(self.path, file) as source,
            _file(self.path, source) as table,
        ):
            try:
                for batch in table.iter_batches(batch_size=BATCH):
                    for record in _without_nanoseconds(batch).to_pylist():
                        self._read += 1
                        yield Row(
                            self._read,
                            flat({name: _plain(value) for name, value in record.items()}),
                        )
            except (*DAMAGE, pyarrow.ArrowException, UnicodeDecodeError) as error:
                yield Row(self._read + 1, problem=ended(error))


def parquet_table(path: Path) -> ParquetTable:
    """The table in ``path``. Raises ``InputError`` where the file is damaged."""
    with opened(path) as file, _seekable(path, file) as source, _file(path, source) as table:
        columns = tuple(name for field in table.schema_arrow for name in _names(field))
        return ParquetTable(path, columns, table.metadata.num_rows)


def _names(field: Any) -> list[str]:
    if not pyarrow.types.is_struct(field.type):
        return [field.name]
    return [f"{field.name}.{name}" for inner in field.type for name in _names(inner)]


@contextmanager
def _seekable(path: Path, file: Opened) -> Iterator[Any]:
    """The file itself; what was compressed as a whole is unpacked into a file without a name."""
    if not file.compressed:
        yield file.stream
        return
    with tempfile.TemporaryFile() as unpacked:
        try:
            shutil.copyfileobj(file.stream, unpacked)
        except DAMAGE as error:
            raise InputError(f"{path}: damaged or cut off ({type(error).__name__})") from error
        unpacked.seek(0)
        yield unpacked


@contextmanager
def _file(path: Path, source: Any) -> Iterator[Any]:
    try:
        table = parquet.ParquetFile(source)
    except (*DAMAGE, pyarrow.ArrowException) as error:
        raise InputError(f"{path}: no Parquet file, or damaged or cut off") from error
    with table:
        yield table


def _without_nanoseconds(batch: Any) -> Any:
    """Times to the microsecond: Python's have no more."""
    for place, field in enumerate(batch.schema):
        if pyarrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            exact = pyarrow.timestamp("us", field.type.tz)
            batch = batch.set_column(
                place, field.with_type(exact), batch.column(place).cast(exact, safe=False)
            )
    return batch


def _plain(value: Any) -> Any:
    """As JSON would have it."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value

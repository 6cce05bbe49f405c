"""Files as a target of the sink: ``<folder>/<table>/day=YYYY-MM-DD/<token>.jsonl`` or ``.parquet``.

DuckDB, Spark, pandas and Polars read the layout as a table partitioned by ``day`` (Hive style). A
file appears whole or not at all, and is never changed. The day is the UTC day of the table's time
column.

Each insert writes one file for each day in it, named by a digest of the token: a file that is there
already is not written again. After a crash the sink reads records again and may cut them into other
batches; the journal says which records the files hold (see ``infra.sinks.file_journal``), so that
no row is written twice.

While they are written, rows are held in memory once more, and one file is open at a time. The sizes
of files are those of the sink's batches: set ``UNDERTONE_SINK__MAX_WAIT_MS`` for fewer and larger
ones.
"""

from __future__ import annotations

import errno
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow
from pyarrow import parquet

from infra.retry import Retry
from infra.settings import Settings, SinkSettings
from infra.sinks.file_journal import Entry, Journal
from infra.sinks.port import BatchToken, Sink, Tables
from infra.warehouse.refusals import MISFITS, does_not_fit
from infra.whole_files import remove_abandoned, whole_file
from schemas.errors import TargetRefused, WarehouseUnavailable
from schemas.table_shapes import TableShape

PERMANENT: Final = frozenset(
    {
        *(errno.EACCES, errno.EPERM, errno.EROFS),
        *(errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL),
    }
)
"""No permission, or a path that cannot be a folder: somebody must change the settings or the
system. All else is waited for: a full disk or quota, a lost network file system, too many open
files."""
HIDDEN: Final = ".undertone"
"""Folder of the journal and of unfinished files. Readers skip names that begin with a dot."""
TYPES: Final = {
    "text": pyarrow.string(),
    "number": pyarrow.float64(),
    "integer": pyarrow.int64(),
    "boolean": pyarrow.bool_(),
    "time": pyarrow.timestamp("ms", "UTC"),
    "counts": pyarrow.map_(pyarrow.string(), pyarrow.int64()),
    "texts": pyarrow.map_(pyarrow.string(), pyarrow.string()),
}
"""Kind of column → Arrow type."""
Row = Sequence[object]


@contextmanager
def opened(settings: Settings, tables: Tables, retry: Retry) -> Iterator[Sink]:
    """Create the folder if it is missing. Raises ``TargetRefused`` where it cannot be written
    to."""
    sink = FileSink(settings.sink, tables)
    retry(sink.prepare)
    yield sink


class FileSink:
    """A ``Sink`` that writes files. Several processes may share a folder, as long as each Kafka
    partition has one owner.
    """

    def __init__(self, settings: SinkSettings, tables: Tables) -> None:
        self._folder = settings.folder.absolute()
        self._format = settings.format
        self._tables = tables
        self._journal = Journal(self._folder / HIDDEN / "journal", self._unfinished)

    def prepare(self) -> None:
        """Create the folder if it is missing, try to write there, and remove what a killed process
        left unfinished.
        """
        with self._translated():
            remove_abandoned(self._unfinished)
            with whole_file(self._folder / HIDDEN / "writable", self._unfinished):
                pass

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row], token: str) -> None:
        """See ``Sink``. With a plain string only the token recognises rows, not the coordinates of
        their records.
        """
        if not rows:
            return
        shape = self._tables.get(table)
        if shape is None or not set(columns) <= set(shape.columns) or shape.day not in columns:
            raise TargetRefused(f"no table {table} with these columns")
        try:
            content = _arrow(shape, columns, rows)
            days = [_day(row[columns.index(shape.day)]) for row in rows]
        except MISFITS as error:
            raise does_not_fit(table, error) from None
        name = hashlib.blake2b(token.encode(), digest_size=16).hexdigest()
        with self._translated():
            for day, places in self._missing(table, days, name, token).items():
                with whole_file(self._path(table, day, name), self._unfinished) as file:
                    if self._format == "parquet":
                        parquet.write_table(content.take(places), file, compression="zstd")
                    else:
                        file.writelines(_line(columns, rows[place]) for place in places)

    def _missing(
        self, table: str, days: Sequence[date], name: str, token: str
    ) -> dict[date, list[int]]:
        """Day → places of the rows that no file holds, once the journal says that a file of this
        name will hold them.
        """
        stored = (
            self._stored(table, days, token)
            if isinstance(token, BatchToken)
            else [False] * len(days)
        )
        if isinstance(token, BatchToken):
            self._journal.add(table, name, token)
        missing: dict[date, list[int]] = defaultdict(list)
        for place, (day, there) in enumerate(zip(days, stored, strict=True)):
            if not there:
                missing[day].append(place)
        return {
            day: places
            for day, places in missing.items()
            if not self._path(table, day, name).exists()
        }

    def _stored(self, table: str, days: Sequence[date], token: BatchToken) -> list[bool]:
        """Whether each row is in a file of an earlier insert."""
        entries: dict[int, list[Entry]] = {}
        files: dict[tuple[date, str], bool] = {}
        stored = []
        for day, origin in zip(days, token.origins, strict=True):
            if origin.partition not in entries:
                entries[origin.partition] = self._journal.read(table, origin.partition)
            names = [
                entry.name
                for entry in entries[origin.partition]
                if entry.first <= origin.offset <= entry.last
            ]
            for each in names:
                if (day, each) not in files:
                    files[day, each] = self._path(table, day, each).exists()
            stored.append(any(files[day, each] for each in names))
        return stored

    def _path(self, table: str, day: date, name: str) -> Path:
        return self._folder / table / f"day={day.isoformat()}" / f"{name}.{self._format}"

    @property
    def _unfinished(self) -> Path:
        return self._folder / HIDDEN / "unfinished"

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise failure(self._folder, error) from error


def failure(folder: Path, error: OSError) -> WarehouseUnavailable | TargetRefused:
    """The error for a call that the operating system refused, ready to raise: worth another try
    unless ``PERMANENT``.
    """
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if error.errno in PERMANENT:
        return TargetRefused(f"{folder} cannot be written to ({name})")
    return WarehouseUnavailable(f"{folder} cannot be written to for now ({name})")


def _arrow(shape: TableShape, columns: Sequence[str], rows: Sequence[Row]) -> Any:
    """The rows as an Arrow table. Raises one of ``MISFITS``, whose text quotes values, where one
    does not fit.
    """
    cells = list(zip(*rows, strict=True))
    arrays = [
        pyarrow.array(
            [_pairs(cell) for cell in column] if pyarrow.types.is_map(kind) else column, kind
        )
        for column, kind in zip(
            cells, (TYPES[shape.columns[name]] for name in columns), strict=True
        )
    ]
    return pyarrow.Table.from_arrays(arrays, names=list(columns))


def _pairs(cell: Any) -> list[tuple[object, object]] | None:
    return None if cell is None else list(cell.items())


def _day(cell: object) -> date:
    if not isinstance(cell, datetime) or cell.tzinfo is None:
        raise TypeError("not an aware datetime")
    return cell.astimezone(UTC).date()


def _line(columns: Sequence[str], row: Row) -> bytes:
    """A row as JSON; times in UTC as RFC 3339 says, numbers that are none (NaN) as null."""
    cells = {
        name: cell.astimezone(UTC) if isinstance(cell, datetime) else cell
        for name, cell in zip(columns, row, strict=True)
    }
    return orjson.dumps(cells, default=dict, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)

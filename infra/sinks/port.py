"""Protocol of a sink target, `Sink`, and the token that describes its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol

from infra.extras import needs
from infra.retry import Retry
from infra.settings import Settings
from infra.sinks import TARGETS
from schemas.errors import Origin
from schemas.inputs import RawRecord
from schemas.table_shapes import TableShape

Tables = Mapping[str, TableShape]
"""Table name → its shape."""


class BatchToken(str):
    """The deduplication token of an insert, and the Kafka records behind it.

    A target that deduplicates by token alone takes it for the string that it is. One that must
    recognise rows although the batch was cut elsewhere, as after a crash, asks for the records'
    coordinates.
    """

    rows: Sequence[RawRecord]
    batch: Sequence[RawRecord]

    def __new__(
        cls, token: str, rows: Sequence[RawRecord], batch: Sequence[RawRecord]
    ) -> BatchToken:
        made = super().__new__(cls, token)
        made.rows, made.batch = rows, batch
        return made

    @property
    def origins(self) -> Sequence[Origin]:
        """The coordinates of each row."""
        return [record.origin for record in self.rows]

    @property
    def first_offsets(self) -> Mapping[int, int]:
        """Partition → first offset of the batch in it. Everything before has been stored or
        dead-lettered.
        """
        first: dict[int, int] = {}
        for record in self.batch:
            partition, offset = record.origin.partition, record.origin.offset
            first[partition] = min(offset, first.get(partition, offset))
        return first


class Sink(Protocol):
    """A store that rows are appended to, exactly once. One object serves one thread.

    ``infra.warehouse.Warehouse`` is one. Reading is another protocol: ``infra.warehouse.Reader``.
    """

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        token: BatchToken,
    ) -> None:
        """Store ``rows`` durably before returning: the offsets of their records are committed next.

        ``token`` is the same whenever the same rows are inserted again, and rows that are stored
        already under it are not stored twice. An insert that raised may have stored some of its
        rows; repeating it completes it. No rows: nothing happens.

        Errors decide what the writer does next. No message may quote a value.

        - ``TransientError`` (``WarehouseUnavailable``): the target is away, overloaded or full. The
          same insert is repeated with back-off for as long as it takes; nothing is dropped and
          nothing is committed meanwhile.
        - ``TargetRefused``: the target refuses the table, its columns or the access, whatever the
          rows. The process ends with the error, and nothing is committed.
        - ``RowMisfit``: a row cannot be stored. The batch is halved until the row is alone; it
          becomes a dead letter, and the others are stored. Raise it before anything of the batch is
          stored.
        - any other ``QueryError``: for good, of unknown cause. As ``RowMisfit``, but where no row
          at all can be stored, the error is taken for the target's and the process ends.
        """


class OpenSink(Protocol):
    """How a target is opened: the function ``opened`` of its module."""

    def __call__(
        self, settings: Settings, tables: Tables, retry: Retry
    ) -> AbstractContextManager[Sink]: ...


def open_sink(settings: Settings, tables: Tables, retry: Retry) -> AbstractContextManager[Sink]:
    """Prepare the target of the settings, waiting with ``retry`` while it is away."""
    target = settings.sink.target
    with needs("files" if target == "files" else "sink"):
        module: Any = import_module(TARGETS[target])
    opened: OpenSink = module.opened
    return opened(settings, tables, retry)

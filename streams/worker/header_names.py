"""aiokafka patches: header names that are not UTF-8, and batches that expand to more than memory
holds.

Kafka lets a producer name a header with any bytes. aiokafka decodes the names strictly while it
goes through what it fetched, raises ``UnicodeDecodeError``, and fetches the same again: one such
record would stop its partition for good. A batch that is too large to unpack
(``streams.worker.decompression``) would do the same: one record without a value stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

from schemas.inputs import Unread
from streams.worker import decompression


def tolerate_header_names() -> None:
    """From now on every aiokafka consumer of this process reads such records, the odd bytes of
    names as ``\\xNN``.
    """
    fetcher.MemoryRecords = TolerantRecords
    decompression.bound()


class TolerantRecords:
    """``aiokafka.record.MemoryRecords``: the batches of one fetch of one partition."""

    def __init__(self, data: bytes) -> None:
        self._data, self._records, self._batches = data, MemoryRecords(data), 0

    def size_in_bytes(self) -> int:
        """As in aiokafka."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """As in aiokafka."""
        return bool(self._records.has_next())

    def next_batch(self) -> TolerantBatch:
        """As in aiokafka."""
        self._batches += 1
        return TolerantBatch(self._records.next_batch(), self._data, self._batches)


class TolerantBatch:
    """A batch, the ``number``-th of ``data``. Everything but its records is aiokafka's."""

    def __init__(self, batch: Any, data: bytes, number: int) -> None:
        self._batch, self._data, self._number = batch, data, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        given = 0
        try:
            for record in self._batch:
                yield record
                given += 1
        except UnicodeDecodeError:
            yield from islice(self._again(), given, None)
        except decompression.TooLarge:
            yield TooLargeBatch(
                self._batch.next_offset - 1, self._batch.max_timestamp, self._batch.timestamp_type
            )

    def __next__(self) -> Any:
        """Of a control batch aiokafka takes the only record so."""
        return next(self._batch)

    def _again(self) -> Any:
        """The batch read by aiokafka's slower reader in Python, whose buffer can be given another
        way to decode.
        """
        records = _MemoryRecordsPy(self._data)
        for _ in range(self._number - 1):
            records.next_batch()
        batch = _DefaultRecordBatchPy(records._next_slice)
        batch._maybe_uncompress()
        batch._buffer = _Buffer(batch._buffer)
        return batch


@dataclass(frozen=True, slots=True)
class TooLargeBatch:
    """The one record, as aiokafka's, that stands for all of a batch which is not unpacked; its
    offset is that of the last.
    """

    offset: int
    timestamp: int
    timestamp_type: int
    key: ClassVar[None] = None
    value: ClassVar[Unread] = Unread(
        f"its batch expands to more than {decompression.LARGEST} bytes"
    )
    headers: ClassVar[list[tuple[str, bytes | None]]] = []
    checksum: ClassVar[None] = None


class _Buffer(bytes):
    """Bytes that decode whatever they are."""

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return _Buffer(found) if isinstance(found, bytes) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, "backslashreplace")

"""Bounded buffer of records to be stored, by number, bytes and age."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.inputs import RawRecord

MAX_BYTES = 64 * 2**20


@dataclass(slots=True)
class Buffer:
    """Collects records until a batch is due. Time is an argument: seconds on any monotonic
    clock."""

    max_rows: int
    max_age_s: float
    max_bytes: int = MAX_BYTES
    records: list[RawRecord] = field(default_factory=list)
    _bytes: int = 0
    _since: float | None = None

    def add(self, record: RawRecord, now: float) -> None:
        """Take one more record."""
        self.records.append(record)
        self._bytes += len(record.value or b"")
        if self._since is None:
            self._since = now

    def due(self, now: float) -> bool:
        """Whether it is time to store what is here."""
        if self._since is None:
            return False
        full = len(self.records) >= self.max_rows or self._bytes >= self.max_bytes
        return full or now - self._since >= self.max_age_s

    def take(self) -> list[RawRecord]:
        """Hand over everything and start anew."""
        records, self.records, self._bytes, self._since = self.records, [], 0, None
        return records


def next_offsets(records: list[RawRecord]) -> dict[tuple[str, int], int]:
    """(topic, partition) → the offset to commit once these records are stored."""
    offsets: dict[tuple[str, int], int] = {}
    for record in records:
        key = (record.origin.topic, record.origin.partition)
        offsets[key] = max(offsets.get(key, 0), record.origin.offset + 1)
    return offsets


def deduplication_token(records: Sequence[RawRecord]) -> str:
    """Names a batch by its offsets and bytes: inserting the same batch again, after a time-out say,
    is recognised.

    The bytes count because offsets begin again when a topic is made anew.
    """
    digest = hashlib.blake2b(digest_size=16)
    for record in records:
        digest.update(f"{record.origin}:{len(record.value or b'')}:".encode())
        digest.update(record.value or b"")
    return digest.hexdigest()

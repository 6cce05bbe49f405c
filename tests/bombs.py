"""Batches that expand to more than librdkafka unpacks, a few kilobytes on the wire."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.record.default_records import DefaultRecordBatchBuilder

ZSTD = 4
LARGE = bytes(18_000_000)
"""Six of them are more than the 100,000,000 bytes of ``receive.message.max.bytes``, librdkafka's
bound.
"""


def bomb(
    before: int = 3, after: int = 4, value: bytes = LARGE, timestamp: int = 1_700_000_000_000
) -> bytes:
    """One batch: six records of ``value`` between smaller ones."""
    values: Sequence[bytes] = [b"small"] * before + [value] * 6 + [b"small"] * after
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=ZSTD,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10**9,
    )
    for number, each in enumerate(values):
        assert builder.append(number, timestamp, None, each, headers=[]) is not None
    return bytes(builder.build())

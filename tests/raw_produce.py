"""Records that no Kafka client lets one send, as librdkafka's C interface does: a header's name in
bytes that are not UTF-8.
"""

from __future__ import annotations

import socket
import struct

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

CRC_OFFSET = 17
CHECKED_FROM = 21
PRODUCE, VERSION = 0, 7
PLACEHOLDER = b"~~name~~"


def odd_batch(records: list[tuple[bytes, bytes, bytes | None]], timestamp: int) -> bytes:
    """A record batch of (key, value, the name of its only header or None); names are eight
    bytes."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=2**20,
    )
    for number, (key, value, name) in enumerate(records):
        headers = [(PLACEHOLDER.decode(), b"x")] if name is not None else []
        builder.append(number, timestamp, key, value, headers=headers)
    batch = bytearray(builder.build())
    for _, _, name in records:
        if name is not None:
            assert len(name) == len(PLACEHOLDER)
            at = batch.find(PLACEHOLDER)
            batch[at : at + len(name)] = name
    struct.pack_into(">I", batch, CRC_OFFSET, calc_crc32c(bytes(batch[CHECKED_FROM:])))
    return bytes(batch)


def produce(bootstrap: str, topic: str, partition: int, batch: bytes) -> int:
    """Send one batch; the broker's error code.
    https://kafka.apache.org/protocol#The_Messages_Produce
    """
    name = topic.encode()
    body = (
        struct.pack(">h", -1)
        + struct.pack(">hi", -1, 10_000)
        + struct.pack(">i", 1)
        + struct.pack(">h", len(name))
        + name
    )
    body += struct.pack(">ii", 1, partition) + struct.pack(">i", len(batch)) + batch
    request = struct.pack(">hhih", PRODUCE, VERSION, 1, -1) + body
    host, _, port = bootstrap.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 10) as connection,
        connection.makefile("rb") as answer,
    ):
        connection.sendall(struct.pack(">i", len(request)) + request)
        (length,) = struct.unpack(">i", answer.read(4))
        reply = answer.read(length)
    # correlation id, one topic with its name, one partition with its number, the error
    (code,) = struct.unpack_from(">h", reply, 4 + 4 + 2 + len(name) + 4 + 4)
    return int(code)

"""What aiokafka unpacks: as ever up to a bound, and beyond it nothing; what is odd in a batch costs
no other record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.record import default_records as in_python
from aiokafka.record._crecords import default_records as compiled
from hypothesis import given
from hypothesis import strategies as st

from infra.kafka.topic_publisher import Encoder
from schemas import avro_files, reasons, wire
from schemas.errors import Rejection
from schemas.inputs import decode_review
from schemas.records import DeadLetter
from streams.output_messages import dead_letter_message, is_without_value
from streams.worker import decompression
from streams.worker.decompression import TooLarge
from streams.worker.header_names import TolerantRecords, tolerate_header_names
from streams.worker.worker_app import raw_record

SMALL = 100_000
CODECS = {"gzip": 1, "lz4": 3, "zstd": 4}


@pytest.fixture(autouse=True)
def bounded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A small bound, and aiokafka as it was afterwards."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(decompression, "LARGEST", SMALL)
        patched.setattr(fetcher, "MemoryRecords", fetcher.MemoryRecords)
        for module in (in_python, compiled):
            for name in CODECS:
                patched.setattr(module, f"{name}_decode", getattr(codec, f"{name}_decode"))
        tolerate_header_names()
        yield


def batch(values: list[bytes], base: int, kind: str | None, header: str = "h") -> bytes:
    """As a producer makes it, at an offset of the broker's."""
    builder = in_python.DefaultRecordBatchBuilder(
        2, CODECS.get(kind or "", 0), 0, -1, -1, -1, 10**9
    )
    for offset, value in enumerate(values):
        assert (
            builder.append(
                offset, 1_700_000_000_000, b"k", value, [(header, b"x")] if offset == 1 else []
            )
            is not None
        )
    return struct.pack(">q", base) + bytes(builder.build())[8:]


def read(data: bytes) -> list[Any]:
    records, found = TolerantRecords(data), []
    while records.has_next():
        found += list(records.next_batch())
    return found


texts = st.builds(
    lambda piece, times: piece * times, st.binary(min_size=1, max_size=2000), st.integers(0, 100)
)


@pytest.mark.parametrize("kind", CODECS)
@given(data=texts | st.sampled_from([bytes(SMALL), bytes(SMALL + 1)]))
def test_what_is_within_the_bound_is_unpacked_as_aiokafka_does_and_what_is_beyond_it_is_not(
    kind: str, data: bytes
) -> None:
    packed = getattr(codec, f"{kind}_encode")(data)
    unpack = getattr(compiled, f"{kind}_decode")
    if len(data) <= SMALL:
        assert unpack(packed) == getattr(codec, f"{kind}_decode")(packed) == data
    else:
        with pytest.raises(TooLarge):
            unpack(packed)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_members_that_follow_one_another_are_bounded_together(kind: str) -> None:
    packed = getattr(codec, f"{kind}_encode")(bytes(SMALL // 2))
    assert getattr(compiled, f"{kind}_decode")(packed * 2) == bytes(SMALL)
    with pytest.raises(TooLarge):
        getattr(compiled, f"{kind}_decode")(packed * 3)


@pytest.mark.parametrize("kind", CODECS)
def test_one_dead_letter_stands_for_a_batch_that_expands_too_far_and_the_batches_beside_it_are_read(
    kind: str,
) -> None:
    data = (
        batch([b"a", b"b"], 10, kind)
        + batch([bytes(SMALL), b"c", b"d"], 12, kind)
        + batch([b"e"], 15, None)
    )
    found = read(data)
    assert [record.offset for record in found] == [10, 11, 14, 15]
    assert [record.value for record in found] == [b"a", b"b", b"", b"e"]
    made = fetcher.ConsumerRecord(
        "reviews.raw", 0, found[2].offset, found[2].timestamp, found[2].timestamp_type,
        found[2].key, found[2].value,
        found[2].checksum, -1, 0, tuple(found[2].headers),
    )  # fmt: skip
    with pytest.raises(Rejection) as rejected:
        decode_review(raw_record(made), lambda *_: None)
    assert rejected.value.reason == reasons.TOO_LARGE
    assert "expands" in rejected.value.detail
    record = raw_record(made)
    assert record.origin.offset == 14
    outcome = rejected.value.at("decode", record.origin)
    message = dead_letter_message(record, outcome, Encoder(lambda _: 1), datetime.now(UTC))
    letter = wire.decode(DeadLetter, wire.split(message.value)[1], avro_files.current("DeadLetter"))
    assert is_without_value(letter), "there is nothing to send back"


def test_records_around_a_header_name_that_is_not_utf_8_are_read_once() -> None:
    odd = batch([b"a", b"b", b"c"], 5, None, header="odd-name").replace(
        b"odd-name", b"odd-\xff\xfeme"
    )
    found = read(batch([b"z"], 4, None) + odd)
    assert [(record.offset, record.value) for record in found] == [
        (4, b"z"),
        (5, b"a"),
        (6, b"b"),
        (7, b"c"),
    ]
    assert found[2].headers == [("odd-\\xff\\xfeme", b"x")]

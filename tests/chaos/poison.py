"""Records that have stopped, or could stop, a consumer: each must be scored or dead-lettered, and
harm no other.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MICROSECONDS = 1_755_933_141_855_875
GOOD = "A fine film, well told and well played."
GARBAGE = b"garbage"
"""The key of what stands on output topics and is no output."""
PRIVATE = b"poison@example.org"
REVIEWS, FEEDBACK = "reviews.raw", "feedback"


@dataclass(frozen=True, slots=True)
class Poison:
    """A record and its name.

    ``review_id``: under what it appears if it is scored, None where its coordinates serve;
    ``feedback_id`` likewise in SQL.
    """

    name: str
    value: bytes | None = field(repr=False)
    topic: str = REVIEWS
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = field(default=(), repr=False)
    timestamp: int = 0
    review_id: str | None = None
    feedback_id: str | None = None
    must_be_scored: bool = False


def corpus(
    round_: str, schema_id: int, foreign_schema_id: int, size: int = 20_000
) -> Iterator[Poison]:
    """Every kind once. ``schema_id``: of ``reviews.raw-value``; ``foreign_schema_id``: of an array
    of nulls, another subject's.

    ``size``: characters of the pathological texts.
    """
    yield from _times(round_)
    yield from _sizes(round_)
    yield from _shapes(round_)
    yield from _headers(round_)
    yield from _texts(round_, size)
    yield from _avro(round_, schema_id, foreign_schema_id)
    yield from _elsewhere(round_)


def _review(name: str, round_: str, *, must_be_scored: bool = False, **changes: Any) -> Poison:
    """A review that differs from a good one in some fields, or in how it is sent."""
    review_id = f"poison-{round_}-{name}"
    sent = {key: changes.pop(key) for key in ("key", "headers", "timestamp") if key in changes}
    document = {"review_id": review_id, "text": GOOD} | changes
    return Poison(
        name,
        json.dumps(document).encode(),
        review_id=review_id,
        must_be_scored=must_be_scored,
        **sent,
    )


def _opinion(
    name: str, feedback_id: str, review_id: str, timestamp: int = 0, **fields: str
) -> Poison:
    document = {"feedback_id": feedback_id, "review_id": review_id, "label": "positive"} | fields
    return Poison(
        name, json.dumps(document).encode(), FEEDBACK, timestamp=timestamp, feedback_id=feedback_id
    )


def _times(round_: str) -> Iterator[Poison]:
    stamps = {
        "microseconds": MICROSECONDS,
        "nanoseconds": MICROSECONDS * 1000,
        "half-of-64-bits": 2**62,
        "one": 1,
        "all-bits": 2**63 - 1,
    }
    for name, stamp in stamps.items():
        yield _review(f"timestamp-{name}", round_, timestamp=stamp, must_be_scored=True)
        yield _opinion(
            f"feedback-timestamp-{name}",
            f"poison-{round_}-{name}",
            f"poison-{round_}-timestamp-{name}",
            timestamp=stamp,
        )
    for name, created in {
        "year-one": "0001-01-01T00:00:00Z", "year-9999": "9999-12-31T23:59:59Z",
        "year-1600": "1600-01-01T00:00:00Z",
        "microseconds": MICROSECONDS, "negative": -(2**62), "float": 1e308, "boolean": True,
        "text": "soon",
    }.items():  # fmt: skip
        yield _review(f"created-{name}", round_, created_at=created)


def _sizes(round_: str) -> Iterator[Poison]:
    yield Poison("three-megabytes-of-x", b"x" * 3_000_000)
    yield _review("three-megabytes-of-text", round_, text="fine " * 600_000)
    yield Poison(
        "id-of-600-kB",
        json.dumps({"review_id": "i" * 600_000, "text": GOOD}).encode(),
        review_id="i" * 600_000,
    )
    yield _review("product-of-600-kB", round_, product_id="p" * 600_000)
    yield _review("source-of-600-kB", round_, source="s" * 600_000)
    yield _review("hint-of-600-kB", round_, language_hint="h" * 600_000)
    yield _review("author-of-600-kB", round_, author_id="a" * 600_000)
    yield _review("key-of-600-kB", round_, key=b"k" * 600_000)
    yield Poison("many-reviews-in-one", json.dumps([{"text": GOOD}] * 10_000).encode())


def _shapes(round_: str) -> Iterator[Poison]:
    yield Poison("tombstone", None, key=f"poison-{round_}-tombstone".encode())
    yield Poison("tombstone-without-key", None)
    yield Poison("empty", b"")
    yield Poison("zero-bytes", bytes(4096))
    yield Poison("not-utf-8", b'{"text": "\xff\xfe\xfd"}')
    yield Poison("lone-surrogate", b'{"text": "\\ud800 a fine film"}')
    yield Poison("nested", b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")
    yield Poison("nested-objects", b'{"a": ' * 20_000 + b"1" + b"}" * 20_000)
    yield Poison("huge-integer", b'{"text": "A fine film.", "rating": ' + b"9" * 5000 + b"}")
    yield Poison("not-a-number", b'{"text": "A fine film.", "rating": NaN}')
    yield Poison("binary-key", json.dumps({"text": GOOD}).encode(), key=b"\xff\xfe\x00\x80")
    yield _review("rating-of-infinity", round_, rating="1e999")
    yield _review("text-is-a-list", round_, text=[GOOD])
    yield _review("text-is-nothing", round_, text="<br/>\u200b")
    yield _review("control-characters", round_, product_id="a\x00b\nc\r\x1b[31m", source="\u202e")
    yield Poison(
        "id-with-line-ends",
        json.dumps({"review_id": f"{round_}\n\r\0", "text": GOOD}).encode(),
        review_id=f"{round_}\n\r\0",
    )


def _headers(round_: str) -> Iterator[Poison]:
    shapes: dict[str, Sequence[tuple[str, bytes | None]]] = {
        "null": [("x", None)],
        "nameless": [("", b"x")],
        "many": [(f"h{number}", b"v") for number in range(5000)],
        "large": [("x", b"v" * 500_000)],
        "twice": [("traceparent", b"a"), ("traceparent", b"b")],
        "binary": [("traceparent", b"\xff\x00\xfe"), ("ce_id", b"\xff"), ("ce_specversion", b"9")],
        "private": [("traceparent", PRIVATE), ("tracestate", PRIVATE)],
    }
    for name, headers in shapes.items():
        yield _review(f"headers-{name}", round_, headers=headers)


def _texts(round_: str, size: int) -> Iterator[Poison]:
    units = {
        "mails": "a.co ", "chained-mails": "x@x.com.", "numbers": "1.", "cards": "4111-",
        "iban": "DE89 3704 0044 ",
        "flags": "\U0001f1e9\U0001f1ea", "names": "Mr. Smith ", "entities": "&#x26;amp;",
        "ats": "@", "spaces": " \u200b",
        "tags": "<b>", "open-tags": "<", "combining": "e\u0301\u0323", "one-word": "a",
        "quotes": "\"'(",
        "spelled-mails": "jane at x dot org ",
    }  # fmt: skip
    for name, unit in units.items():
        yield _review(f"text-{name}", round_, text=(unit * (size // len(unit) + 1))[:size])


def _avro(round_: str, schema_id: int, foreign_schema_id: int) -> Iterator[Poison]:
    own, foreign = struct.pack(">bI", 0, schema_id), struct.pack(">bI", 0, foreign_schema_id)
    yield Poison("avro-unknown-schema", struct.pack(">bI", 0, 2**31 - 1) + b"body")
    yield Poison("avro-id-without-body", own)
    yield Poison("avro-cut-short", own[:3])
    yield Poison("avro-wrong-magic", b"\x01" + own[1:] + b"body")
    yield Poison("avro-string-of-an-exabyte", own + _long(2**60) + b"x")
    yield Poison("avro-negative-length", own + _long(-5) + b"xxxxx")
    yield Poison("avro-random-body", own + bytes(range(256)))
    # So many that decoding them is noticed, and so few that whoever does it does not run out of
    # memory.
    yield Poison("avro-fifty-million-nulls", foreign + _long(50_000_000) + _long(0))
    yield Poison("avro-block-larger-than-its-bytes", foreign + _long(2**62))


def _elsewhere(round_: str) -> Iterator[Poison]:
    """What others may write to the topics that the sink stores."""
    yield Poison("feedback-not-json", b"no feedback", FEEDBACK)
    yield Poison("feedback-tombstone", None, FEEDBACK, key=b"k")
    yield _opinion("feedback-id-of-600-kB", f"poison-{'f' * 600_000}", "r")
    for year in ("0001", "9999"):
        yield _opinion(
            f"feedback-of-year-{year}",
            f"poison-{round_}-{year}",
            "r",
            created_at=f"{year}-06-01T00:00:00Z",
        )
    for topic in (
        "reviews.scored",
        "alerts",
        "retraining.requested",
        "labelling.requested",
        "models.lifecycle",
    ):
        yield Poison(f"garbage-on-{topic}", b"\x00\x00garbage", topic, key=GARBAGE)
        yield Poison(
            f"timestamp-on-{topic}", b"garbage", topic, key=GARBAGE, timestamp=MICROSECONDS
        )


def _long(value: int) -> bytes:
    """Avro's zigzag variable-length integer.

    https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
    """
    zigzag, written = (value << 1) ^ (value >> 63), bytearray()
    while zigzag > 0x7F:
        written.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes([*written, zigzag])

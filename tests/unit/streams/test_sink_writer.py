"""What the sink stores and dead-letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from infra.kafka.publisher import Failure, Outgoing
from infra.kafka.topic_publisher import Encoder
from schemas import avro_files, reasons, wire
from schemas.errors import Origin, QueryError, RowMisfit, TargetRefused
from schemas.inputs import RawRecord
from schemas.records import DeadLetter, ScoredReview
from schemas.text import MaskedText
from schemas.topics import DEAD_LETTERS, FEEDBACK, MODELS_LIFECYCLE, REVIEWS_SCORED
from streams.sink.core.sink_buffer import deduplication_token
from streams.sink.core.sink_rows import TABLES
from streams.sink.sink_writer import Writer

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONSTRAINT, UNKNOWN, NO_TABLE = 469, 49, 60


def feedback(offset: int, review_id: str = "r") -> RawRecord:
    value = orjson.dumps({"review_id": review_id, "label": "positive"})
    return RawRecord(Origin(FEEDBACK.name, 0, offset), b"r", value, NOW)


@dataclass
class Table:
    """A target that refuses, with ``error``, every insert in which one of ``bad`` review ids
    stands.
    """

    bad: frozenset[str] = frozenset()
    error: Callable[[], QueryError] = lambda: RowMisfit("ClickHouse error 469", CONSTRAINT)
    stored: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]], token: str
    ) -> None:
        ids = [str(row[list(columns).index("review_id")]) for row in rows]
        self.tokens.append(token)
        if self.bad & set(ids):
            raise self.error()
        self.stored += ids


@dataclass
class Letters:
    """A publisher of dead letters."""

    values: list[Outgoing] = field(default_factory=list)
    most: int = 1_000_000

    def send(self, messages: Sequence[Outgoing]) -> list[Failure]:
        fits = [len(message.value) <= self.most for message in messages]
        self.values += [message for message, fitting in zip(messages, fits, strict=True) if fitting]
        return [
            Failure(at, DEAD_LETTERS.name, "X", True, True, False)
            for at, fitting in enumerate(fits)
            if not fitting
        ]

    def decoded(self) -> list[DeadLetter]:
        bodies = [wire.split(message.value)[1] for message in self.values]
        return [wire.decode(DeadLetter, body, avro_files.current("DeadLetter")) for body in bodies]


def writer(table: Table, letters: Letters) -> Writer:
    def once(function: Any, *arguments: Any) -> Any:
        return function(*arguments)

    publisher: Any = letters
    retry: Any = once
    return Writer(
        sink=table,
        publisher=publisher,
        find_schema=lambda *_: avro_files.current("ScoredReview"),
        encode=Encoder(lambda _: 1),
        retry=retry,
    )


@given(st.integers(1, 60), st.data())
def test_of_a_batch_everything_is_stored_but_the_rows_that_are_refused_for_themselves(
    count: int, data: st.DataObject
) -> None:
    bad = frozenset(f"r{n}" for n in data.draw(st.frozensets(st.integers(0, count - 1))))
    table, letters = Table(bad), Letters()
    records = [feedback(n, f"r{n}") for n in range(count)]
    writer(table, letters).write(records)
    assert table.stored == [f"r{n}" for n in range(count) if f"r{n}" not in bad]
    assert [(letter.reason, letter.detail) for letter in letters.decoded()] == [
        (reasons.NOT_STORED, "ClickHouse error 469")
    ] * len(bad)
    assert {f"r{letter.offset}" for letter in letters.decoded()} == bad


def test_a_batch_that_is_read_again_is_cut_in_the_same_places_under_the_same_tokens() -> None:
    records = [feedback(n, f"r{n}") for n in range(20)]
    first, second = Table(frozenset({"r7"})), Table(frozenset({"r7"}))
    for table in (first, second):
        writer(table, Letters()).write(records)
    assert first.tokens == second.tokens
    assert first.tokens[0] == deduplication_token(records)
    assert len(set(first.tokens)) == len(first.tokens)


def test_a_row_that_the_driver_cannot_write_is_a_dead_letter_even_where_it_is_alone() -> None:
    table, letters = Table(frozenset({"r"}), lambda: RowMisfit("a row does not fit")), Letters()
    writer(table, letters).write([feedback(0)])
    assert [(letter.reason, letter.detail) for letter in letters.decoded()] == [
        (reasons.NOT_STORED, "RowMisfit")
    ]


@pytest.mark.parametrize(
    "error",
    [TargetRefused("refused", NO_TABLE), QueryError("refused", UNKNOWN), QueryError("refused")],
)
@pytest.mark.parametrize("rows", [1, 3, 300])
def test_a_refusal_that_is_not_about_rows_dead_letters_nothing(
    error: QueryError, rows: int
) -> None:
    everything = frozenset(f"r{n}" for n in range(rows))
    table, letters = Table(everything, lambda: error), Letters()
    with pytest.raises(QueryError):
        writer(table, letters).write([feedback(n, f"r{n}") for n in range(rows)])
    assert (table.stored, letters.values) == ([], [])
    assert len(table.tokens) < 40
    if isinstance(error, TargetRefused):
        assert len(table.tokens) == 1


def test_a_refusal_of_the_statement_is_never_taken_for_one_of_a_row() -> None:
    table, letters = Table(frozenset({"r3"}), lambda: TargetRefused("refused", NO_TABLE)), Letters()
    with pytest.raises(QueryError):
        writer(table, letters).write([feedback(n, f"r{n}") for n in range(8)])
    assert letters.values == []


@pytest.mark.parametrize("bad", [{0}, {3}, {7}, {0, 1, 2, 3, 4, 5, 6}])
def test_a_row_that_is_refused_for_an_unknown_reason_is_set_aside_where_others_are_stored(
    bad: set[int],
) -> None:
    table, letters = (
        Table(frozenset(f"r{n}" for n in bad), lambda: QueryError("refused", UNKNOWN)),
        Letters(),
    )
    writer(table, letters).write([feedback(n, f"r{n}") for n in range(8)])
    assert len(table.stored) == 8 - len(bad)
    assert {letter.offset for letter in letters.decoded()} == bad


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_what_cannot_be_decoded_is_a_dead_letter_and_counts_and_nothing_is_inserted_for_it() -> (
    None
):
    def counts() -> tuple[float, float]:
        return (
            counted("undertone_dead_letters_total", reason=reasons.NOT_JSON),
            counted("undertone_sink_rows_total", table="feedback"),
        )

    before, table, letters = counts(), Table(), Letters()
    bad = RawRecord(Origin(FEEDBACK.name, 0, 7), b"k", b"{", NOW)
    writer(table, letters).write([bad])
    assert table.tokens == []
    writer(table, letters).write([feedback(6), bad, feedback(8)])
    assert [(letter.offset, letter.reason) for letter in letters.decoded()] == [
        (7, reasons.NOT_JSON)
    ] * 2
    assert tuple(after - then for after, then in zip(counts(), before, strict=True)) == (2, 2)


def test_a_rating_off_its_scale_is_stored_and_counted() -> None:
    def count() -> float:
        return counted("undertone_ratings_off_scale_total", scale="stars")

    before, table, letters = count(), Table(), Letters()
    reviews = [
        ScoredReview(
            f"r{rating}", "p", "positive", 0.9, 0.9, MaskedText("good"), "en", 0.9, {}, rating,
            None, None, "m", "1", "champion", NOW, NOW,
        )
        for rating in (5.0, 6.0, None)
    ]  # fmt: skip
    writer(table, letters).write(
        [
            RawRecord(Origin(REVIEWS_SCORED.name, 0, offset), b"p", wire.encode(review, 1), NOW)
            for offset, review in enumerate(reviews)
        ]
    )
    assert (table.stored, letters.values) == ([review.review_id for review in reviews], [])
    assert count() - before == 1


def test_the_deletion_of_a_key_of_a_compacted_topic_is_neither_a_row_nor_a_dead_letter() -> None:
    table, letters = Table(), Letters()
    writer(table, letters).write([RawRecord(Origin(MODELS_LIFECYCLE.name, 0, 1), b"en", None, NOW)])
    assert (table.tokens, letters.values) == ([], [])


def test_a_dead_letter_of_a_dead_letter_is_not_sent() -> None:
    table, letters = Table(), Letters()
    writer(table, letters).write(
        [RawRecord(Origin(DEAD_LETTERS.name, 0, 1), b"k", b"no letter", NOW)]
    )
    assert (table.tokens, letters.values) == ([], [])


def test_a_record_that_fits_in_no_dead_letter_of_the_sink_leaves_its_size_and_digest() -> None:
    letters = Letters(most=5_000)
    writer(Table(), letters).write(
        [RawRecord(Origin(FEEDBACK.name, 0, 7), b"k", b"{" * 20_000, NOW)]
    )
    [letter] = letters.decoded()
    assert (letter.offset, letter.reason, letter.value) == (7, reasons.TOO_LARGE, b"")
    assert "20000 bytes, SHA-256" in letter.detail


def test_two_batches_of_the_same_bytes_at_other_offsets_have_other_tokens() -> None:
    table = Table()
    for start in (0, 10):
        writer(table, Letters()).write([feedback(start + n) for n in range(3)])
    assert len(set(table.tokens)) == 2


@pytest.mark.parametrize("topic", [name for name in TABLES if name != DEAD_LETTERS.name])
def test_what_cannot_be_decoded_is_a_dead_letter_with_the_stage_and_the_origin(topic: str) -> None:
    letters = Letters()
    origin = Origin(topic, 0, 7)
    writer(Table(frozenset()), letters).write([RawRecord(origin, b"k", b"\0", NOW)])
    [letter] = letters.decoded()
    assert Origin(letter.topic, letter.partition, letter.offset) == origin
    assert letter.stage == ("decode" if topic == FEEDBACK.name else "store")

"""Writer of one batch of records to the target of the sink."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from infra import metrics
from infra.kafka.publisher import Failure, Outgoing, Publisher
from infra.kafka.topic_publisher import Encoder
from infra.retry import Retry
from infra.sinks.port import Sink
from schemas import reasons
from schemas.errors import QueryError, Rejected
from schemas.inputs import FindSchema, RawRecord
from schemas.rating_scale import FIVE_STARS, Scales
from schemas.topics import DEAD_LETTERS
from streams.batch import Batch
from streams.delivery import Delivery
from streams.output_messages import dead_letter_message, oversized
from streams.sink.core.sink_rows import TABLES, StoredTopic
from streams.sink.row_isolation import Isolation, Row

log = logging.getLogger("undertone.sink")


@dataclass(frozen=True, slots=True)
class Writer:
    """Stores batches. A record that fits no table becomes a dead letter, unless it is one
    already."""

    sink: Sink
    publisher: Publisher
    find_schema: FindSchema
    encode: Encoder
    retry: Retry
    scales: Scales = FIVE_STARS

    def write(self, records: Sequence[RawRecord]) -> None:
        """Returns when every record is stored or dead-lettered; waits for as long as the target is
        away.
        """
        by_topic: dict[str, list[RawRecord]] = defaultdict(list)
        for record in records:
            by_topic[record.origin.topic].append(record)
        for topic, batch in by_topic.items():
            self._write_table(topic, batch)

    def _write_table(self, topic: str, records: list[RawRecord]) -> None:
        table = TABLES[topic]
        batch = Batch.of(records, [record.origin for record in records], lambda _: nullcontext())
        decoded = batch.each(
            table.stage, lambda record: self.retry(table.decode, record, self.find_schema)
        )
        converted = decoded.each("store", lambda record: table.row(record, self.scales))
        rows = [(records[i], row) for i, row in converted.items.items() if row is not None]
        rejected = [(records[i], rejected) for i, rejected in sorted(converted.rejections.items())]
        if rows:
            rejected += self._insert(table, rows, records)
        if rejected:
            self._reject(rejected)

    def _insert(
        self, table: StoredTopic, rows: list[Row], records: list[RawRecord]
    ) -> list[tuple[RawRecord, Rejected]]:
        """Store all rows but those that the target refuses for themselves; these. ``records`` name
        the batch.
        """
        began = time.perf_counter()
        isolation = Isolation(partial(self.retry, self.sink.insert, table.name, table.columns))
        isolation.store(rows, records)
        metrics.SINK_INSERT_SECONDS.labels(table.name).observe(time.perf_counter() - began)
        metrics.SINK_BATCH_ROWS.labels(table.name).observe(len(rows))
        metrics.SINK_ROWS.labels(table.name).inc(isolation.stored)
        for scale in filter(None, (table.off_scale(row, self.scales) for _, row in rows)):
            metrics.RATINGS_OFF_SCALE.labels(scale).inc()
        return [(record, _not_stored(record, error)) for record, error in isolation.refused]

    def _reject(self, rejected: list[tuple[RawRecord, Rejected]]) -> None:
        """Dead letters of what is not stored; what is a dead letter already is only counted and
        logged.
        """
        now = datetime.now(UTC)
        for _, rejection in rejected:
            metrics.DEAD_LETTERS.labels(rejection.reason).inc()
            log.warning("not stored: %s", rejection)
        letters = [each for each in rejected if each[0].origin.topic != DEAD_LETTERS.name]

        def instead(position: int, failure: Failure) -> Outgoing:
            record, rejection = letters[position]
            letters[position] = (record, oversized(record, rejection, failure))
            return dead_letter_message(*letters[position], self.encode, now)

        messages = [
            dead_letter_message(record, rejection, self.encode, now)
            for record, rejection in letters
        ]
        self.retry(Delivery(self.publisher, messages, instead))


def _not_stored(record: RawRecord, error: QueryError) -> Rejected:
    """The detail is a number or a name: the refusal's text may quote the row."""
    detail = f"ClickHouse error {error.code}" if error.code is not None else type(error).__name__
    return Rejected(reasons.NOT_STORED, stage="store", origin=record.origin, detail=detail)

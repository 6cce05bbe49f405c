"""One batch of records into the warehouse."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from infra import metrics
from infra.kafka.publisher import Outgoing, Publisher
from infra.retry import Retry
from infra.warehouse.port import Warehouse
from schemas.errors import Rejection
from schemas.inputs import FindSchema, RawRecord
from schemas.topics import DEAD_LETTERS, Topic
from streams.outputs import dead_letter_message
from streams.sink.buffer import deduplication_token
from streams.sink.rows import TABLES

log = logging.getLogger("undertone.sink")


@dataclass(frozen=True, slots=True)
class Writer:
    """Stores batches. A record that fits no table becomes a dead letter, unless it is one already."""

    warehouse: Warehouse
    publisher: Publisher
    find_schema: FindSchema
    schema_ids: Mapping[Topic, int]
    retry: Retry

    def write(self, records: Sequence[RawRecord]) -> None:
        """Returns when every record is stored or dead-lettered; waits for as long as the warehouse is away."""
        by_topic: dict[str, list[RawRecord]] = defaultdict(list)
        for record in records:
            by_topic[record.origin.topic].append(record)
        for topic, batch in by_topic.items():
            self._write_table(topic, batch)

    def _write_table(self, topic: str, records: list[RawRecord]) -> None:
        table = TABLES[topic]
        rows: list[Sequence[object]] = []
        rejected: list[Outgoing] = []
        for record in records:
            try:
                row = self.retry(table.row, record, self.find_schema)
            except Rejection as rejection:
                metrics.DEAD_LETTERS.labels(rejection.reason).inc()
                log.warning("not stored: %s", rejection)
                if topic != DEAD_LETTERS.name:
                    rejected.append(dead_letter_message(record, rejection, self.schema_ids, datetime.now(UTC)))
            else:
                if row is not None:
                    rows.append(row)
        if rejected:
            self.retry(self.publisher.publish, rejected)
        if rows:
            began = time.perf_counter()
            self.retry(self.warehouse.insert, table.name, table.columns, rows, deduplication_token(records))
            metrics.SINK_INSERT_SECONDS.labels(table.name).observe(time.perf_counter() - began)
            metrics.SINK_BATCH_ROWS.labels(table.name).observe(len(rows))
            metrics.SINK_ROWS.labels(table.name).inc(len(rows))

"""What happens to one batch: stages, encoding, delivery, each tried again while something transient is in the way."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from infra import metrics
from infra.kafka.publisher import Outgoing, Publisher
from infra.retry import Retry
from schemas.errors import Rejection
from schemas.inputs import RawRecord
from schemas.records import ScoredReview
from schemas.topics import Topic
from streams.outputs import dead_letter_message, scored_message, shadow_message
from streams.pipeline import Outcome, Pipeline
from streams.rejection_limit import RejectionLimit
from streams.traffic.pauses import Pauses
from streams.worker.pace import Pace


def utc_now() -> datetime:
    """The clock the worker hands to the pure parts."""
    return datetime.now(UTC)


def stage_timer(stage: str) -> AbstractContextManager[object]:
    """Times a stage into the metrics."""
    return metrics.STAGE_SECONDS.labels(stage).time()


@dataclass(frozen=True, slots=True)
class Processed:
    """A batch's records, their outcomes in the same order, and the messages that tell of them."""

    records: Sequence[RawRecord]
    outcomes: Sequence[Outcome]
    messages: Sequence[Outgoing]
    shadows: Sequence[ScoredReview]


@dataclass(frozen=True, slots=True)
class Processor:
    """The two halves of the work on a batch, and the book-keeping after it."""

    pipeline: Pipeline
    publisher: Publisher
    retry: Retry
    schema_ids: Mapping[Topic, int]
    limit: RejectionLimit
    pauses: Pauses
    pace: Pace
    progress: Callable[[], None]
    stop: threading.Event

    def process(self, records: Sequence[RawRecord]) -> Processed:
        """Run the stages and encode what came out.

        Asked to stop, it ends after the slice it is at: a whole batch may take longer than a shutdown is allowed to.
        """
        now = utc_now()
        metrics.BATCH_RECORDS.observe(len(records))
        waiting_since = min(record.timestamp for record in records)
        metrics.QUEUE_SECONDS.observe((now - waiting_since).total_seconds())
        outcomes: list[Outcome] = []
        shadows: list[tuple[int, ScoredReview]] = []
        while len(outcomes) < len(records) and not self.stop.is_set():
            start, began = len(outcomes), time.perf_counter()
            results = self.retry(self.pipeline, self.pace.slice_of(records, start), utc_now)
            self.progress()
            self.pace.worked(len(results.outcomes), time.perf_counter() - began)
            self.pauses.slice_ended(results.live, waiting_since, utc_now())
            outcomes += results.outcomes
            shadows += ((start + position, review) for position, review in results.shadows)
        records = records[: len(outcomes)]
        with stage_timer("encode"):
            messages = [self._message(*pair) for pair in zip(records, outcomes, strict=True)]
            messages += [shadow_message(records[position], review, self.schema_ids) for position, review in shadows]
        return Processed(records, outcomes, messages, [review for _, review in shadows])

    def deliver(self, batch: Processed) -> None:
        """Publish; returns when the broker has confirmed every message."""
        began = time.perf_counter()
        self.retry(self.publisher.publish, batch.messages)
        metrics.DELIVERY_SECONDS.observe(time.perf_counter() - began)

    def finished(self, batch: Processed) -> None:
        """Count the batch. Raises ``TooManyRejections``, for the batches after this one."""
        now = utc_now()
        scored = [review for review in batch.outcomes if isinstance(review, ScoredReview)]
        for record, outcome in zip(batch.records, batch.outcomes, strict=True):
            if isinstance(outcome, Rejection):
                metrics.DEAD_LETTERS.labels(outcome.reason).inc()
            else:
                metrics.END_TO_END_SECONDS.observe((now - record.timestamp).total_seconds())
        metrics.RECORDS.labels("scored").inc(len(scored))
        metrics.RECORDS.labels("rejected").inc(len(batch.outcomes) - len(scored))
        for variant, reviews in Counter((r.language, r.variant, r.model_version) for r in (*scored, *batch.shadows)).items():
            metrics.VARIANT_REVIEWS.labels(*variant).inc(reviews)
        for entity, count in sum((Counter(review.pii) for review in scored if review.pii), Counter()).items():
            metrics.MASKED.labels(entity).inc(count)
        self.progress()
        self.limit.observe(isinstance(outcome, Rejection) for outcome in batch.outcomes)
        metrics.REJECTION_RATIO.set(self.limit.ratio)

    def _message(self, record: RawRecord, outcome: Outcome) -> Outgoing:
        if isinstance(outcome, Rejection):
            return dead_letter_message(record, outcome, self.schema_ids, utc_now())
        return scored_message(record, outcome, self.schema_ids)

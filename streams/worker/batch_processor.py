"""Processing of one batch: stages, encoding and delivery, each retried while an error is
transient."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from infra import metrics
from infra.kafka.publisher import Failure, Outgoing, Publisher
from infra.kafka.topic_publisher import Encoder
from infra.retry import Retry
from schemas import reasons
from schemas.errors import NOT_OF_ONE_RECORD, Rejected, TransientError
from schemas.inputs import RawRecord
from schemas.records import ScoredReview
from streams.delivery import Delivery
from streams.output_messages import (
    dead_letter_message,
    oversized,
    scored_message,
    shadow_message,
    unpublished,
)
from streams.pipeline import Outcome, Pipeline, Results
from streams.rejection_limit import RejectionLimit
from streams.router.core.swap_pauses import Pauses
from streams.worker.attempts import Attempts, Piece
from streams.worker.chunk_size import ChunkSize

log = logging.getLogger("undertone.worker")


def utc_now() -> datetime:
    """The clock the worker hands to the pure parts."""
    return datetime.now(UTC)


def stage_timer(stage: str) -> AbstractContextManager[object]:
    """Times a stage into the metrics."""
    return metrics.STAGE_SECONDS.labels(stage).time()


@dataclass(slots=True)
class Processed:
    """A batch's records, their outcomes in the same order, and the messages that tell of them: one
    for each record, then one for each shadow's score. ``done``: how many records of the batch need
    no more work, those that were delivered before included.
    """

    records: list[RawRecord]
    outcomes: list[Outcome]
    messages: list[Outgoing]
    shadows: list[ScoredReview]
    done: int


@dataclass(frozen=True, slots=True)
class Processor:
    """The two halves of the work on a batch, and the book-keeping after it."""

    pipeline: Pipeline
    publisher: Publisher
    retry: Retry
    encode: Encoder
    limit: RejectionLimit
    attempts: Attempts
    pauses: Pauses
    chunk_size: ChunkSize
    progress: Callable[[], None]
    stop: threading.Event

    def process(self, records: Sequence[RawRecord]) -> Processed:
        """Run the stages and encode what came out.

        Asked to stop, it ends after the slice it is at: a whole batch may take longer than a
        shutdown is allowed to.
        """
        waiting_since = min(record.timestamp for record in records)
        metrics.BATCH_RECORDS.observe(len(records))
        metrics.QUEUE_SECONDS.observe((utc_now() - waiting_since).total_seconds())
        if self.retry(self.attempts.begin, records):
            return self._process_carefully(records, waiting_since)
        outcomes: list[Outcome] = []
        shadows: list[tuple[int, ScoredReview]] = []
        while len(outcomes) < len(records) and not self.stop.is_set():
            start = len(outcomes)
            results = self._stages(self.chunk_size.slice_of(records, start), waiting_since)
            self.progress()
            outcomes += results.outcomes
            shadows += ((start + position, review) for position, review in results.shadows)
        return self._encoded(records[: len(outcomes)], outcomes, shadows)

    def _stages(self, records: Sequence[RawRecord], waiting_since: datetime) -> Results:
        began = time.perf_counter()
        results: Results = self.retry(self._isolated, records)
        self.chunk_size.worked(len(results.outcomes), time.perf_counter() - began)
        self.pauses.slice_ended(results.live, waiting_since, utc_now())
        return results

    def _isolated(self, records: Sequence[RawRecord]) -> Results:
        """The pipeline's results. Where it fails as a whole, each record by itself, and one that
        fails then is rejected.
        """
        try:
            return self.pipeline(records, utc_now)
        except NOT_OF_ONE_RECORD:
            raise
        except Exception as error:  # beyond the nets of the stages
            if len(records) == 1:
                rejection = Rejected(
                    reasons.PROCESSING_ERROR,
                    stage="process",
                    origin=records[0].origin,
                    detail=type(error).__name__,
                )
                return Results([rejection], [], self.pipeline.live())
        alone = [self._isolated([record]) for record in records]
        shadows = [
            (position, review) for position, each in enumerate(alone) for _, review in each.shadows
        ]
        return Results([each.outcomes[0] for each in alone], shadows, alone[-1].live)

    def _process_carefully(
        self, records: Sequence[RawRecord], waiting_since: datetime
    ) -> Processed:
        """Piece by piece, each delivered before the next: see ``streams.worker.attempts``."""
        whole = Processed([], [], [], [], 0)
        for piece in self.attempts.pieces(records):
            if self.stop.is_set():
                break
            if not piece.delivered:
                part = self._piece(piece, waiting_since)
                self.deliver(part)
                whole.records += part.records
                whole.outcomes += part.outcomes
                whole.shadows += part.shadows
            whole.done += len(piece.records)
        return whole

    def _piece(self, piece: Piece, waiting_since: datetime) -> Processed:
        if piece.condemned:
            [record] = piece.records
            log.critical("%s crashed its worker and becomes a dead letter", record.origin)
            rejection = Rejected(reasons.WORKER_CRASH, stage="process", origin=record.origin)
            return self._encoded(piece.records, [rejection], [])

        def attempt() -> Results:
            self.attempts.working_on(piece)
            try:
                return self._isolated(piece.records)
            except TransientError:
                self.attempts.paused(piece)
                raise

        results: Results = self.retry(attempt)
        self.pauses.slice_ended(results.live, waiting_since, utc_now())
        part = self._encoded(piece.records, results.outcomes, results.shadows)
        self.attempts.paused(piece)
        return part

    def _encoded(
        self,
        records: Sequence[RawRecord],
        outcomes: list[Outcome],
        shadows: Sequence[tuple[int, ScoredReview]],
    ) -> Processed:
        with stage_timer("encode"):
            messages = [
                self._message(record, outcomes, position) for position, record in enumerate(records)
            ]
            # What was not scored, a shadow did not score either.
            shadows = [each for each in shadows if not isinstance(outcomes[each[0]], Rejected)]
            messages += [
                shadow_message(records[position], review, self.encode)
                for position, review in shadows
            ]
        return Processed(
            list(records), outcomes, messages, [review for _, review in shadows], len(records)
        )

    def _message(self, record: RawRecord, outcomes: list[Outcome], position: int) -> Outgoing:
        outcome = outcomes[position]
        if not isinstance(outcome, Rejected):
            try:
                return scored_message(record, outcome, self.encode)
            except NOT_OF_ONE_RECORD:
                raise
            except Exception as error:  # the outcome becomes another
                outcome = Rejected(
                    reasons.PROCESSING_ERROR,
                    stage="encode",
                    origin=record.origin,
                    detail=type(error).__name__,
                )
                outcomes[position] = outcome
        return dead_letter_message(record, outcome, self.encode, utc_now())

    def deliver(self, batch: Processed) -> None:
        """Publish; returns when the broker has confirmed every message, or a dead letter instead of
        what it does not take.
        """
        began = time.perf_counter()
        self.retry(Delivery(self.publisher, batch.messages, partial(self._instead, batch)))
        metrics.DELIVERY_SECONDS.observe(time.perf_counter() - began)

    def _instead(self, batch: Processed, position: int, failure: Failure) -> Outgoing | None:
        if position >= len(batch.records):
            log.warning("shadow scores were not published: %s", failure.reason)
            return None
        record, outcome = batch.records[position], batch.outcomes[position]
        rejection = (
            oversized(record, outcome, failure)
            if isinstance(outcome, Rejected)
            else unpublished(record, failure)
        )
        batch.outcomes[position] = rejection
        return dead_letter_message(record, rejection, self.encode, utc_now())

    def finished(self, batch: Processed) -> None:
        """Count the batch. Raises ``TooManyRejections``, for the batches after this one."""
        now = utc_now()
        scored = [review for review in batch.outcomes if isinstance(review, ScoredReview)]
        for record, outcome in zip(batch.records, batch.outcomes, strict=True):
            if isinstance(outcome, Rejected):
                metrics.DEAD_LETTERS.labels(outcome.reason).inc()
            else:
                metrics.END_TO_END_SECONDS.observe((now - record.timestamp).total_seconds())
        metrics.RECORDS.labels("scored").inc(len(scored))
        metrics.RECORDS.labels("rejected").inc(len(batch.outcomes) - len(scored))
        for variant, reviews in Counter(
            (r.language, r.variant, r.model_version) for r in (*scored, *batch.shadows)
        ).items():
            metrics.VARIANT_REVIEWS.labels(*variant).inc(reviews)
        for entity, count in sum(
            (Counter(review.pii) for review in scored if review.pii), Counter()
        ).items():
            metrics.MASKED.labels(entity).inc(count)
        for sentiment, count in Counter(
            aspect.sentiment for review in scored for aspect in review.aspects or ()
        ).items():
            metrics.ASPECTS.labels(sentiment).inc(count)
        self.progress()
        self.limit.observe(isinstance(outcome, Rejected) for outcome in batch.outcomes)
        metrics.REJECTION_RATIO.set(self.limit.ratio)

"""The worker's ear on ``models.lifecycle``: every worker reads all of it, from its beginning, outside any consumer group."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from infra import metrics
from infra.kafka.config import consumer_config
from infra.kafka.errors import is_fatal
from infra.kafka.reader import partitions_created, to_record
from infra.retry import Retry
from infra.settings import KafkaSettings, RetrySettings
from schemas.errors import Rejection, TrafficRefused, TransientError
from schemas.inputs import FindSchema, RawRecord
from schemas.outputs import decode_output
from schemas.records import ModelEvent
from schemas.topics import MODELS_LIFECYCLE
from streams.traffic.pending import Pending
from streams.traffic.switch import Switch

BAD_EVENT = "bad_event"
POLL_S = 0.2
log = logging.getLogger("undertone.traffic")


class Follower:
    """Keeps ``switch`` at the latest event of each language. What is overtaken before it was followed is passed over.

    What something transient is in the way of is tried again, with a growing wait, until it succeeds, is refused or is overtaken;
    the events of other languages do not wait for it.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        find_schema: FindSchema,
        switch: Switch,
        retry: Retry,
        waits: RetrySettings,
        stop: threading.Event,
    ) -> None:
        # The group is never joined: partitions are assigned here, and nothing is committed.
        self._consumer = Consumer(consumer_config(kafka, "models") | {"enable.partition.eof": True})
        self._find_schema, self._switch, self._retry, self._waits, self._stop = find_schema, switch, retry, waits, stop
        self._pending = Pending(waits.first_s, waits.max_s)
        self._unread: set[int] = set()

    def catch_up(self) -> None:
        """Read what is there and follow it: afterwards no model is live that was replaced before. Called once, and first.

        Waits for as long as something transient is in the way.
        """
        numbers = self._retry(partitions_created, self._consumer, MODELS_LIFECYCLE.name)
        self._unread = set(numbers)
        self._consumer.assign([TopicPartition(MODELS_LIFECYCLE.name, number, OFFSET_BEGINNING) for number in numbers])
        while (self._unread or self._pending) and not self._stop.is_set():
            self._read(POLL_S)
            if not self._unread:
                self._follow()

    def start(self, failed: Callable[[], None]) -> None:
        """Go on in a thread of its own, until told to stop. ``failed``: it ended by an error, and hears of no model any more."""
        threading.Thread(target=self._run, args=(failed,), name="models", daemon=True).start()

    def _run(self, failed: Callable[[], None]) -> None:
        try:
            while not self._stop.is_set():
                self._read(POLL_S)
                self._follow()
            self._consumer.close()
        except TransientError as error:  # only raised once everything stops
            log.warning("stopped while waiting: %s", error)
        except Exception:
            log.critical("stopping: new models are no longer heard of", exc_info=True)
            failed()

    def _read(self, timeout_s: float) -> None:
        """Take every event that is there; waits for the first."""
        while (message := self._consumer.poll(timeout_s)) is not None:
            error = message.error()
            if error is None:
                self._take(to_record(message))
            elif error.code() == KafkaError._PARTITION_EOF:
                self._unread.discard(message.partition() or 0)
            elif is_fatal(error):
                raise KafkaException(error)
            else:
                log.warning("Kafka: %s", error.str())
            timeout_s = 0.0

    def _take(self, record: RawRecord) -> None:
        language = (record.key or b"").decode("utf8", "replace")
        try:
            event = self._retry(decode_output, ModelEvent, record, self._find_schema) if record.value is not None else None
        except Rejection as rejection:
            metrics.SWAPS_REFUSED.labels(BAD_EVENT).inc()
            log.critical("model event refused: %s; what served before goes on", rejection)
        else:
            self._pending.put(language, event)

    def _follow(self) -> None:
        for language, event in self._pending.due(time.monotonic()):
            try:
                self._switch.follow(language, event)
            except TransientError as error:
                metrics.RETRIES.labels(type(error).__name__).inc()
                attempts = self._pending.failed(language, time.monotonic())
                log.warning("models for language %s wait (attempt %d): %s", language, attempts, error)
                continue
            except TrafficRefused:
                pass  # logged and counted where it was refused
            self._pending.done(language)

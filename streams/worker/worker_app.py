"""Faust app of the worker and its agent."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faust
from faust.tables.manager import TableManager
from faust.types.auth import CredentialsT
from mode.utils.times import Seconds
from yarl import URL

from infra import metrics
from infra.kafka.config import METADATA_MS, request_timeout_ms, ssl_context
from infra.settings import KafkaSettings, ScoringSettings
from schemas.errors import ConfigurationError, Origin, TransientError
from schemas.inputs import RawRecord
from schemas.moments import moment
from schemas.topics import REVIEWS_RAW
from streams.in_flight import InFlight
from streams.micro_batching import MicroBatcher
from streams.worker.batch_processor import Processed, Processor
from streams.worker.run_consumer import Run, RunByRun, RunTransport, acknowledge

EVENTS_WAITING = 16
JOIN_MARGIN_S = 2.0
log = logging.getLogger("undertone.worker")


def build_app(kafka: KafkaSettings, scoring: ScoringSettings, processor: Processor) -> faust.App:
    """One agent that reads ``reviews.raw`` in micro-batches and acks what has been delivered.

    No exception leaves the agent: Faust would restart it without re-reading what was not acked.
    What cannot be retried crashes the app, and the group gives the records to another worker.
    """
    app = faust.App(
        f"{kafka.group_prefix}-worker",
        broker=[URL(f"kafka://{server.strip()}") for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=kafka.session_timeout_s,
        broker_heartbeat_interval=kafka.session_timeout_s / 3,
        broker_commit_interval=1.0,
        # As short as for librdkafka's clients, but a join is answered only when members that are
        # gone have lost their session.
        broker_request_timeout=max(
            request_timeout_ms(kafka) / 1000, kafka.session_timeout_s + JOIN_MARGIN_S
        ),
        consumer_metadata_max_age_ms=METADATA_MS,
        consumer_auto_offset_reset="earliest",
        # At most a batch in one fetch, and with it in one event; this many events wait beyond the
        # batches in flight.
        broker_max_poll_records=scoring.max_batch,
        stream_buffer_maxsize=EVENTS_WAITING,
        ConsumerScheduler=RunByRun,
        TableManager=NoTables,
        # A rebalance does not wait for what is in flight: it is delivered, maybe twice, and a
        # shutdown drains it below.
        stream_wait_empty=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
        store="memory://",
        # Faust creates it, and has nothing to keep there without tables.
        datadir=Path(tempfile.gettempdir()) / f"{kafka.group_prefix}-worker",
        loghandlers=[],
    )
    app.transport = RunTransport(
        app.conf.broker_consumer,
        app,
        fetch_wait_ms=kafka.fetch_wait_ms,
        isolation_level=kafka.isolation_level,
    )
    topic = app.topic(REVIEWS_RAW.name, key_serializer="raw", value_serializer="raw")

    crashed = False

    def complete(events: Sequence[faust.EventT[Run]], batch: Processed) -> bool:
        acknowledge(events, batch.done)
        metrics.BATCHES_IN_FLIGHT.dec()
        processor.finished(batch)
        return batch.done == sum(len(event.value) for event in events)

    def failed(error: BaseException) -> None:
        nonlocal crashed
        crashed = True
        # A handler of its own task, because crashing cancels the agent that called us.
        crash_tasks.add(asyncio.get_running_loop().create_task(_crash(app, error)))

    crash_tasks: set[asyncio.Task[None]] = set()
    batcher: MicroBatcher[faust.EventT[Run]] = MicroBatcher(
        size=lambda event: len(event.value),
        limit=scoring.max_batch,
        wait_s=scoring.max_wait_ms / 1000,
    )
    in_flight = InFlight(
        process=lambda events: processor.process(
            [raw_record(record) for event in events for record in event.value]
        ),
        deliver=processor.deliver,
        complete=complete,
        failed=failed,
        limit=scoring.batches_in_flight,
    )

    @app.agent(topic, name="score-reviews")
    async def score_reviews(stream: Any) -> None:
        async for event in stream.noack().events():
            await batcher.add(event)

    @app.task  # type: ignore[untyped-decorator]
    async def work() -> None:
        while True:
            events = await batcher.take()
            metrics.BATCHES_IN_FLIGHT.inc()
            await in_flight.submit(events)

    async def drain(*_: Any, **__: Any) -> None:
        processor.stop.set()
        await in_flight.close()  # the consumer, which stops after this, commits what was acked
        if not crashed:
            await release()

    async def release(partitions: Collection[int] | None = None) -> None:
        try:
            await asyncio.to_thread(processor.attempts.release, partitions)
        except (TransientError, ConfigurationError) as error:
            log.warning("markers of partitions were not removed: %s", error)

    async def on_revoked(_: faust.App, revoked: set[Any], **__: Any) -> None:
        await release([tp.partition for tp in revoked if tp.topic == REVIEWS_RAW.name])

    # Any handler of these arguments is one
    app.on_partitions_revoked.connect(on_revoked, weak=False)  # type: ignore[arg-type]
    app.on_before_shutdown.connect(drain, weak=False)
    return app


class NoTables(TableManager):
    """Faust waits a second for tables to be declared, and none will be."""

    async def sleep(self, n: Seconds) -> None:
        """No time at all."""


async def _crash(app: faust.App, error: BaseException) -> None:
    log.critical("stopping: %s", error)
    await app.crash(error)


def raw_record(record: Any) -> RawRecord:
    """An ``aiokafka.ConsumerRecord`` as the record the rest of Undertone knows. Never raises."""
    now = datetime.now(UTC)
    return RawRecord(
        origin=Origin(record.topic, record.partition, record.offset),
        key=record.key,
        value=record.value,
        timestamp=moment(record.timestamp, now),
        headers=tuple(record.headers),
        arrived=now,
    )


def _credentials(kafka: KafkaSettings) -> CredentialsT | None:
    context = ssl_context(kafka)
    if kafka.security_protocol.startswith("SASL") and kafka.security_password is not None:
        return faust.SASLCredentials(
            username=kafka.security_username or "",
            password=kafka.security_password.get_secret_value(),
            mechanism=kafka.security_sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context is not None else None

"""The Faust app and its agent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import faust
from faust.types.auth import CredentialsT
from yarl import URL

from infra import metrics
from infra.kafka.config import ssl_context
from infra.settings import KafkaSettings, ScoringSettings
from schemas.errors import Origin
from schemas.inputs import RawRecord
from schemas.topics import REVIEWS_RAW
from streams.in_flight import InFlight
from streams.worker.processor import Processed, Processor

log = logging.getLogger("undertone.worker")


def build_app(kafka: KafkaSettings, scoring: ScoringSettings, processor: Processor) -> faust.App:
    """One agent that reads ``reviews.raw`` in micro-batches and acks what has been delivered.

    No exception leaves the agent: Faust would restart it without re-reading what was not acked. What cannot be retried
    crashes the app, and the group gives the records to another worker.
    """
    app = faust.App(
        f"{kafka.group_prefix}-worker",
        broker=[URL(f"kafka://{server.strip()}") for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=kafka.session_timeout_s,
        broker_heartbeat_interval=kafka.session_timeout_s / 3,
        broker_commit_interval=1.0,
        broker_request_timeout=max(30.0, kafka.session_timeout_s * 2),
        consumer_auto_offset_reset="earliest",
        # Bounds what a worker holds in memory beyond the batches in flight.
        stream_buffer_maxsize=2 * scoring.max_batch,
        # A rebalance does not wait for what is in flight: it is delivered, maybe twice, and a shutdown drains it below.
        stream_wait_empty=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        autodiscover=False,
        store="memory://",
        loghandlers=[],
    )
    topic = app.topic(REVIEWS_RAW.name, key_serializer="raw", value_serializer="raw")

    def complete(events: Sequence[faust.EventT[bytes]], batch: Processed) -> bool:
        for event in events[: len(batch.records)]:
            event.ack()
        metrics.BATCHES_IN_FLIGHT.dec()
        processor.finished(batch)
        return len(batch.records) == len(events)

    def failed(error: BaseException) -> None:
        # A handler of its own task, because crashing cancels the agent that called us.
        crash_tasks.add(asyncio.get_running_loop().create_task(_crash(app, error)))

    crash_tasks: set[asyncio.Task[None]] = set()
    in_flight: InFlight[faust.EventT[bytes], Processed] | None = None

    @app.agent(topic, name="score-reviews")
    async def score_reviews(stream: Any) -> None:
        nonlocal in_flight
        in_flight = in_flight or InFlight(
            process=lambda events: processor.process([_raw_record(event) for event in events]),
            deliver=processor.deliver,
            complete=complete,
            failed=failed,
            limit=scoring.batches_in_flight,
        )
        async for events in stream.noack_take(scoring.max_batch, within=scoring.max_wait_ms / 1000):
            await in_flight.submit(events)
            metrics.BATCHES_IN_FLIGHT.inc()

    async def drain(*_: Any, **__: Any) -> None:
        processor.stop.set()
        if in_flight is not None:
            await in_flight.close()  # the consumer, which stops after this, commits what was acked

    app.on_before_shutdown.connect(drain, weak=False)
    return app


async def _crash(app: faust.App, error: BaseException) -> None:
    log.critical("stopping: %s", error)
    await app.crash(error)


def _raw_record(event: faust.EventT[bytes]) -> RawRecord:
    message: Any = event.message
    headers = message.headers or ()
    return RawRecord(
        origin=Origin(message.topic, message.partition, message.offset),
        key=message.key,
        value=message.value,
        timestamp=datetime.fromtimestamp(max(message.timestamp, 0), UTC),
        headers=tuple(headers.items() if isinstance(headers, dict) else headers),
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

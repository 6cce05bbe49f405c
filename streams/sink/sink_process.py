"""Composition root of the sink."""

from __future__ import annotations

import logging
import os
import signal
import threading

from infra import metrics
from infra.grace import GRACE_S
from infra.health import Health, serve
from infra.kafka.admin import Admin
from infra.kafka.publisher import Publisher
from infra.kafka.topic_publisher import Encoder
from infra.retry import Retry
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from infra.sinks.port import open_sink
from schemas.errors import TransientError
from schemas.topics import CATALOGUE, DEAD_LETTERS
from streams.sink.core.sink_rows import SHAPES, TABLES
from streams.sink.sink_consumer import SinkConsumer
from streams.sink.sink_writer import Writer

log = logging.getLogger("undertone.sink")


def run_sink(settings: Settings) -> None:
    """Create what is missing in the target, then store until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(stop))
    health = Health()
    log.info("metrics on %s/metrics", serve(settings.metrics, health))

    def waits(error: TransientError) -> None:
        metrics.RETRIES.labels(type(error).__name__).inc()
        health.beat()  # waiting for a server is what there is to do

    retry = Retry(settings.retry, stop, waits)
    registry = SchemaRegistry(settings.schema_registry)
    try:
        with open_sink(settings, SHAPES, retry) as sink:
            retry(Admin(settings.kafka).create_topics, CATALOGUE)
            encode = Encoder(registry.register)
            retry(encode.prepare, DEAD_LETTERS)
            writer = Writer(
                sink=sink,
                publisher=Publisher(settings.kafka),
                find_schema=registry.find,
                encode=encode,
                retry=retry,
                scales=settings.rating.scales(),
            )
            consumer = SinkConsumer(
                settings.kafka,
                settings.sink,
                list(TABLES),
                writer.write,
                assigned=health.set_ready,
                progress=health.beat,
            )
            consumer.run(stop)
    except TransientError as error:
        if not stop.is_set():
            raise
        log.warning("stopped while waiting: %s; nothing was committed that is not stored", error)


def _stop(stop: threading.Event) -> None:
    stop.set()
    deadline = threading.Timer(GRACE_S, lambda: os._exit(1))
    deadline.daemon = True
    deadline.start()

"""Composition root of the sink."""

from __future__ import annotations

import logging
from functools import partial

from infra.kafka.publisher import Publisher
from infra.kafka.topic_publisher import Encoder
from infra.process import Process, create_topics
from infra.retry import until_stopped
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from infra.sinks.port import open_sink
from schemas.topics import DEAD_LETTERS
from streams.sink.core.sink_rows import SHAPES, TABLES
from streams.sink.sink_consumer import SinkConsumer
from streams.sink.sink_writer import Writer

log = logging.getLogger("undertone.sink")


def run_sink(settings: Settings) -> None:
    """Create what is missing in the target, then store until SIGTERM or SIGINT."""
    process = Process("sink", settings)
    process.handle_signals(partial(process.end_within_grace, "what is not stored is read again"))
    process.serve_health()
    health, retry = process.health, process.retry(process.health.beat)
    registry = SchemaRegistry(settings.schema_registry)
    with (
        until_stopped(process.stop, log, "; nothing was committed that is not stored"),
        open_sink(settings, SHAPES, retry) as sink,
    ):
        create_topics(settings.kafka, retry)
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
        consumer.run(process.stop)

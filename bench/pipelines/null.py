"""Null pipeline on Faust: reads, acks and delivers micro-batches as the worker does, without
stages. The worker's upper bound.
"""

from __future__ import annotations

import asyncio
from typing import Any

from bench.pipelines.contender import Contender, Place, of_module, place
from bench.stack import Stack

NAME = "null"


def contender(stack: Stack) -> Contender:
    """Its process."""
    return of_module(NAME, "Faust in micro-batches with no stage at all", stack)


def main(told: Place) -> None:
    """Run until told to stop."""
    import faust

    from infra.kafka.publisher import Outgoing, Publisher
    from infra.settings import KafkaSettings, ScoringSettings

    kafka, scoring = KafkaSettings(bootstrap_servers=told.bootstrap), ScoringSettings()
    publisher = Publisher(kafka)
    app = faust.App(
        NAME,
        broker=f"kafka://{told.bootstrap}",
        broker_session_timeout=kafka.session_timeout_s,
        broker_heartbeat_interval=kafka.session_timeout_s / 3,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=2 * scoring.max_batch,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        store="memory://",
    )

    @app.agent(app.topic(told.source, key_serializer="raw", value_serializer="raw"))
    async def forward(stream: Any) -> None:
        async for events in stream.noack_take(scoring.max_batch, within=scoring.max_wait_ms / 1000):
            messages = [
                Outgoing(told.target, event.message.key, event.message.value) for event in events
            ]
            await asyncio.to_thread(publisher.publish, messages)
            for event in events:
                event.ack()

    faust.Worker(app, quiet=True, loglevel="WARNING").execute_from_commandline()


if __name__ == "__main__":
    main(place())

"""Undertone's stages on Quix Streams, in micro-batches: a sink's batch is closed by a checkpoint.

https://quix.io/docs/quix-streams/connectors/sinks/custom-sinks.html. It asks for older libraries
than Undertone's, so it has an environment of its own, ``.venv-bench``, that sees the rest of
``.venv``; ``make bench`` makes it.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from bench.load import FETCH_WAIT_MS
from bench.pipelines.contender import Contender, Place, of_module, place
from bench.stack import Stack

NAME = "quix"
INTERPRETER = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"


def contender(stack: Stack) -> Contender:
    """Its process."""
    return of_module(
        NAME,
        "Undertone's stages on Quix Streams, in micro-batches",
        stack,
        interpreter=str(INTERPRETER),
    )


def main(told: Place) -> None:
    """Run until told to stop."""
    from infra.native import prepare
    from infra.settings import KafkaSettings, Settings

    settings = Settings(kafka=KafkaSettings(bootstrap_servers=told.bootstrap))
    prepare(settings.scoring.threads)
    from quixstreams import Application
    from quixstreams.sinks import BatchingSink, SinkBatch

    from infra.kafka.publisher import Outgoing, Publisher
    from schemas import wire
    from schemas.errors import Origin, Rejected
    from schemas.inputs import RawRecord
    from streams.composition import build_offline_pipeline

    pipeline = build_offline_pipeline(settings, lambda _: nullcontext())
    publisher = Publisher(settings.kafka)

    class Score(BatchingSink):  # type: ignore[misc]
        """Scores what has gathered of a partition, and returns when the broker has confirmed all of
        it.
        """

        def write(self, batch: SinkBatch) -> None:
            """Of one partition."""
            for chunk in batch.iter_chunks(settings.scoring.max_batch):
                records = [
                    RawRecord(
                        Origin(batch.topic, batch.partition, item.offset),
                        item.key,
                        item.value,
                        datetime.fromtimestamp(item.timestamp / 1000, UTC),
                    )
                    for item in chunk
                ]
                outcomes = pipeline(records, lambda: datetime.now(UTC)).outcomes
                scored = [outcome for outcome in outcomes if not isinstance(outcome, Rejected)]
                publisher.publish(
                    [
                        Outgoing(told.target, review.review_id.encode(), wire.encode(review, 1))
                        for review in scored
                    ]
                )

    app = Application(
        told.bootstrap,
        consumer_group=NAME,
        auto_offset_reset="earliest",
        commit_every=settings.scoring.max_batch,
        commit_interval=settings.scoring.max_wait_ms / 1000,
        consumer_poll_timeout=settings.scoring.max_wait_ms / 1000,
        consumer_extra_config={
            "session.timeout.ms": int(settings.kafka.session_timeout_s * 1000),
            "fetch.wait.max.ms": FETCH_WAIT_MS,
        },
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
    )
    reviews = app.topic(told.source, key_deserializer="bytes", value_deserializer="bytes")
    app.dataframe(reviews).sink(Score())
    app.run()


if __name__ == "__main__":
    main(place())

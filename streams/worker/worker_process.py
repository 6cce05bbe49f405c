"""Composition root of the worker: builds every part and runs the app until it is asked to stop."""

from __future__ import annotations

import logging
import signal
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from queue import SimpleQueue

import faust

from infra import metrics
from infra.gc_tuning import settled
from infra.kafka.admin import Admin
from infra.kafka.marks import Marks
from infra.kafka.publisher import Publisher
from infra.kafka.topic_publisher import Encoder, TopicPublisher
from infra.process import Process, create_topics, end
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas.records import Alert, Variant
from schemas.topics import (
    ALERTS,
    DEAD_LETTERS,
    REVIEWS_RAW,
    REVIEWS_SCORED,
    REVIEWS_SHADOW,
)
from streams.composition import ModelLoader, build_pipeline, warn_of_shipped_secrets
from streams.rejection_limit import RejectionLimit
from streams.router.core.live_models import LiveModels
from streams.router.core.shadows import REST, Shadows
from streams.router.core.swap_pauses import Pauses
from streams.router.lifecycle_consumer import LifecycleConsumer
from streams.router.model_router import ModelRouter
from streams.router.starting_models import start_models
from streams.router.unloadable_alerts import Unloadable
from streams.worker.attempts import Attempts
from streams.worker.batch_processor import Processor, stage_timer
from streams.worker.chunk_size import ChunkSize
from streams.worker.watchdog import watch
from streams.worker.worker_app import build_app

CARE = 20
"""Batches that may be worked on between two commits, a second apart, and with a margin: how long a
worker goes on carefully.
"""
log = logging.getLogger("undertone.worker")


def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then finish what is in flight. Ends the process."""
    process = Process("worker", settings)  # whose signals Faust handles
    process.serve_health()
    stop, health = process.stop, process.health
    # Waiting for a server is what there is to do; a restart would do the same.
    retry = process.retry(health.progress)
    admin, registry = Admin(settings.kafka), SchemaRegistry(settings.schema_registry)
    pauses = Pauses(lambda longest: metrics.SWAP_PAUSE_SECONDS.observe(longest.total_seconds()))
    loader = ModelLoader(settings)
    late: SimpleQueue[LiveModels] = SimpleQueue()
    configured, at_hand = partial(retry, loader.configured), partial(retry, loader.at_hand)
    unloadable = Unloadable(partial(_tell, settings))
    live = start_models(settings.models, configured, at_hand, late.put, stop)
    router = ModelRouter(live, loader.to_serve, pauses.loading, unloadable)
    pipeline = build_pipeline(settings, registry.find, stage_timer, router, Shadows(_shadow_failed))
    create_topics(settings.kafka, retry)
    lifecycle = LifecycleConsumer(
        settings.kafka, registry.find, router, retry, settings.retry, stop, late, unloadable.tick
    )
    lifecycle.start(failed=partial(end, 1))
    lifecycle.catch_up(settings.models.start_wait_s)
    encode = Encoder(registry.register)
    for topic in (REVIEWS_SCORED, REVIEWS_SHADOW, DEAD_LETTERS):
        retry(encode.prepare, topic)
    processor = Processor(
        pipeline=pipeline,
        publisher=Publisher(settings.kafka),
        retry=retry,
        encode=encode,
        attempts=Attempts(
            Marks(settings.kafka, "worker-attempts", REVIEWS_RAW.name),
            CARE * settings.scoring.max_batch,
        ),
        limit=RejectionLimit(settings.dead_letters.max_ratio, settings.dead_letters.window),
        pauses=pauses,
        chunk_size=ChunkSize(),
        progress=health.progress,
        stop=stop,
    )
    warn_of_shipped_secrets(settings.privacy)
    app = build_app(settings.kafka, settings.scoring, processor)
    watch(app, admin, health)
    worker = _Worker(app, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.process = process
    worker.spinner = None  # writes control sequences even where nobody looks
    settled()
    worker.execute_from_commandline()


class _Worker(faust.Worker):
    """Faust's worker, but it never takes longer than ``GRACE_S`` to stop."""

    process: Process

    def _schedule_shutdown(self, received: signal.Signals) -> None:
        log.info("stopping on %s: finishing what is in flight", received.name)
        self.process.end_within_grace("batches in flight will be redelivered")
        super()._schedule_shutdown(received)


def _tell(settings: Settings, alerts: Sequence[Alert]) -> None:
    """Publish alerts, with a connection of its own for each time: there are few."""
    with closing(TopicPublisher(settings, ALERTS)) as publisher:
        publisher.publish(ALERTS, *alerts)


def _shadow_failed(variant: Variant, error: Exception, reviews: int) -> None:
    metrics.SHADOW_FAILURES.labels(variant.variant, type(error).__name__).inc(reviews)
    log.warning(
        "%s %s failed to score %d reviews and is paused for %g s: %s",
        variant.variant,
        variant.model_version,
        reviews,
        REST.total_seconds(),
        type(error).__name__,
    )

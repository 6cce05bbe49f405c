"""The worker's composition root: builds every part and runs the app until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading

import faust

from infra import metrics
from infra.health import Health, serve
from infra.kafka.admin import Admin
from infra.kafka.publisher import Publisher
from infra.retry import Retry
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas.topics import CATALOGUE, DEAD_LETTERS, REVIEWS_SCORED
from streams.composition import build_pipeline
from streams.rejection_limit import RejectionLimit
from streams.worker.app import build_app
from streams.worker.processor import Processor, stage_timer
from streams.worker.watch import watch

# What is in flight gets this long to finish once asked to stop; what does not is delivered again to another worker.
GRACE_S = 8.0
log = logging.getLogger("undertone.worker")


def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then finish what is in flight. Ends the process."""
    stop = threading.Event()
    health = Health()
    log.info("metrics on %s/metrics", serve(settings.metrics, health))
    retry = Retry(settings.retry, stop, lambda error: metrics.RETRIES.labels(type(error).__name__).inc())
    admin, registry = Admin(settings.kafka), SchemaRegistry(settings.schema_registry)
    pipeline = build_pipeline(settings, registry.find, stage_timer)
    metrics.MODEL.labels(pipeline.scorer.name, pipeline.scorer.version).set(1)
    created = retry(admin.create_topics, CATALOGUE)
    if created:
        log.info("created topics %s", ", ".join(created))
    processor = Processor(
        pipeline=pipeline,
        publisher=Publisher(settings.kafka),
        retry=retry,
        schema_ids={topic: retry(registry.register, topic) for topic in (REVIEWS_SCORED, DEAD_LETTERS)},
        limit=RejectionLimit(settings.dead_letters.max_ratio, settings.dead_letters.window),
        progress=health.progress,
        stop=stop,
    )
    app = build_app(settings.kafka, settings.scoring, processor)
    watch(app, admin, health)
    worker = _Worker(app, quiet=True, redirect_stdouts=False, override_logging=False)
    worker.spinner = None  # writes control sequences even where nobody looks
    worker.execute_from_commandline()


class _Worker(faust.Worker):
    """Faust's worker, but it never takes longer than ``GRACE_S`` to stop."""

    def _schedule_shutdown(self, received: signal.Signals) -> None:
        log.info("stopping on %s: finishing what is in flight", received.name)
        deadline = threading.Timer(GRACE_S, _give_up)
        deadline.daemon = True
        deadline.start()
        super()._schedule_shutdown(received)


def _give_up() -> None:
    log.warning("not finished within %g s; the rest will be delivered again", GRACE_S)
    os._exit(1)

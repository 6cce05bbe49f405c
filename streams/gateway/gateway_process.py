"""Composition root of the gateway."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from queue import SimpleQueue

import httpx

from infra import metrics
from infra.gateway_settings import GatewaySettings
from infra.gc_tuning import settled
from infra.health import Health
from infra.process import Process, end
from infra.retry import until_stopped
from infra.schema_registry import SchemaRegistry
from infra.settings import Settings
from schemas.errors import ConfigurationError, PortInUse
from schemas.records import Variant
from streams.composition import ModelLoader, build_pipeline, warn_of_shipped_secrets
from streams.gateway.access import Gate
from streams.gateway.api_key_file import KeyRing
from streams.gateway.core.idempotency import Answers
from streams.gateway.core.token_buckets import Buckets
from streams.gateway.explanations import explained
from streams.gateway.gateway_app import build_app
from streams.gateway.gateway_models import follow, unwatched
from streams.gateway.gateway_parts import Parts, Scoring
from streams.gateway.gateway_publisher import Publishing
from streams.gateway.http_server import server
from streams.gateway.oidc_tokens import Tokens
from streams.gateway.request_batcher import Batcher, Lanes
from streams.gateway.warehouse_queries import Reader
from streams.pipeline import Outcome, Pipeline
from streams.router.core.live_models import LiveModels
from streams.router.core.shadows import Shadows
from streams.router.model_router import ModelRouter
from streams.router.starting_models import start_models
from streams.worker.batch_processor import stage_timer

Live = Callable[[], LiveModels]
OIDC_TIMEOUT_S = 5.0
PUBLISHED_AT_ONCE = 1024
LONG_BYTES = 6_000
"""Of a record: longer ones are worked on one by one beside the others."""
BATCH_BYTES = 48_000
"""Of the records of one batch: with ``max_batch`` what a request waits for at most."""
EXPLANATIONS_WAITING = 16
log = logging.getLogger("undertone.gateway")


def run_gateway(settings: Settings) -> None:
    """Answer until SIGTERM or SIGINT. Ends the process.

    Raises ``ConfigurationError`` where anybody could reach a gateway that asks for no key,
    ``PortInUse``.
    """
    gate = build_gate(settings.gateway)
    process = Process("gateway", settings)
    process.handle_signals()  # until uvicorn listens for them, and after
    listening = _bound(settings.gateway)
    process.serve_health()
    stop, health, retry = process.stop, process.health, process.retry()
    registry = SchemaRegistry(settings.schema_registry)
    with until_stopped(stop, log):
        loader = ModelLoader(settings)
        late: SimpleQueue[LiveModels] = SimpleQueue()
        configured, at_hand = partial(retry, loader.configured), partial(retry, loader.at_hand)
        live = start_models(settings.models, configured, at_hand, late.put, stop)
        router = ModelRouter(live, loader.to_serve)
        follow(settings, registry.find, router, late, stop)
    if stop.is_set():
        return
    warn_of_shipped_secrets(settings.privacy)
    # One for each thread: its stages are not for two at once.
    pipeline, long = (
        build_pipeline(
            settings,
            lambda *_: None,
            stage_timer,
            lambda: unwatched(router()),
            Shadows(_challenger_failed),
        )
        for _ in range(2)
    )
    app = build_app(build_parts(settings, gate, router, pipeline, registry, health, long))
    settled()
    listening.listen()  # who comes from now on is answered
    health.set_ready()
    host, port = listening.getsockname()[:2]
    log.info(
        "listening on http://%s:%d, %s",
        host,
        port,
        "open to this machine, without keys" if gate.open else "with keys",
    )
    server(app, settings.gateway).run([listening])
    end(0)  # every request is answered and every record confirmed


def build_gate(settings: GatewaySettings) -> Gate:
    """Build the access control. Raises ``ConfigurationError`` where no key is required though
    remote callers could connect.
    """
    client = httpx.AsyncClient(timeout=OIDC_TIMEOUT_S)
    tokens = Tokens(settings, client) if settings.oidc_jwks_url else None
    gate = Gate(
        KeyRing(settings.keys_file),
        tokens,
        Buckets(settings.rate_per_s, settings.burst),
        settings.wrong_keys,
    )
    if gate.open and not settings.loopback:
        raise ConfigurationError(
            f"UNDERTONE_GATEWAY__HOST is {settings.host}, and there are no keys in "
            f"{settings.keys_file}: anybody could call. Make one with `undertone keys new`, set "
            "UNDERTONE_GATEWAY__OIDC_JWKS_URL, or listen on 127.0.0.1"
        )
    return gate


def build_parts(
    settings: Settings,
    gate: Gate,
    live: Live,
    pipeline: Pipeline,
    registry: SchemaRegistry,
    health: Health,
    long: Pipeline | None = None,
) -> Parts:
    """Everything that the paths work with. Threads start with the app. ``long``: for long texts, in
    a thread of its own.
    """
    gateway = settings.gateway
    # An answer is due by a deadline, so what Kafka does not confirm by half of it is not waited
    # for.
    kafka = settings.kafka.model_copy(
        update={
            "delivery_timeout_s": min(settings.kafka.delivery_timeout_s, gateway.deadline_s / 2)
        }
    )

    def watch(waiting: int) -> None:
        metrics.GATEWAY_WAITING.set(waiting)
        (health.expect if waiting else health.progress)()

    score = Batcher(
        "scoring",
        _scoring(pipeline, health),
        max_batch=gateway.max_batch,
        max_wait_s=gateway.max_wait_ms / 1000,
        max_waiting=gateway.max_waiting,
        size=_size,
        max_size=BATCH_BYTES,
        watch=watch,
    )
    return Parts(
        settings=gateway,
        kafka=settings.kafka,
        gate=gate,
        score=Lanes(
            score, _long_texts(gateway, long, health), lambda item: _size(item) > LONG_BYTES
        )
        if long
        else score,
        publish=Batcher(
            "publishing",
            Publishing(kafka, registry),
            max_batch=PUBLISHED_AT_ONCE,
            max_wait_s=0.0,
            max_waiting=gateway.max_waiting,
        ),
        explain=Batcher(
            "explaining", explained, max_batch=1, max_wait_s=0.0, max_waiting=EXPLANATIONS_WAITING
        ),
        reader=Reader(settings.clickhouse),
        live=live,
        answers=Answers(gateway.idempotency_s, gateway.idempotency_keys),
        health=health,
        scales=settings.rating.scales(),
    )


def _long_texts(
    gateway: GatewaySettings, pipeline: Pipeline, health: Health
) -> Batcher[Scoring, Outcome]:
    return Batcher(
        "scoring long texts",
        _scoring(pipeline, health),
        max_batch=1,
        max_wait_s=0.0,
        max_waiting=gateway.max_waiting,
    )


def _size(item: Scoring) -> int:
    return len(item.record.value or b"")


def _scoring(pipeline: Pipeline, health: Health) -> Callable[[Sequence[Scoring]], list[Outcome]]:
    def score(items: Sequence[Scoring]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        # Only the reviews for which it is asked, not all that happen to be in the batch.
        for asked in {item[1:] for item in items}:
            chosen = [i for i, item in enumerate(items) if item[1:] == asked]
            records = [items[i].record for i in chosen]
            sentences, aspects = asked
            found = pipeline(
                records, lambda: datetime.now(UTC), sentences=sentences, aspects=aspects
            )
            outcomes |= zip(chosen, found.outcomes, strict=True)
            health.progress()
        return [outcomes[i] for i in range(len(items))]

    return score


def _challenger_failed(variant: Variant, error: Exception, reviews: int) -> None:
    """Shadows are left out before they are asked; see ``unwatched``."""
    metrics.SHADOW_FAILURES.labels(variant.variant, type(error).__name__).inc(reviews)
    log.warning(
        "%s %s failed to score %d reviews: %s",
        variant.variant,
        variant.model_version,
        reviews,
        type(error).__name__,
    )


def _bound(settings: GatewaySettings) -> socket.socket:
    """A socket that has the port but does not listen yet: a taken port is found before models are
    loaded.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        bound = socket.socket(family)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except socket.gaierror as error:
        raise ConfigurationError(
            f"UNDERTONE_GATEWAY__HOST {settings.host}: {error.strerror}"
        ) from error
    except OSError as error:
        raise PortInUse(
            f"port {settings.port} for the gateway cannot be had ({error.strerror}): stop what "
            "listens there or set UNDERTONE_GATEWAY__PORT"
        ) from error
    return bound

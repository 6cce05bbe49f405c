"""Models of the gateway: those of the settings at first, then those announced on
``models.lifecycle``, if there is Kafka.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from queue import SimpleQueue
from typing import Final

from infra.kafka.reachable import check_reachable
from infra.process import create_topics, end
from infra.retry import Retry
from infra.settings import RetrySettings, Settings
from schemas.errors import BrokerUnavailable, TransientError
from schemas.inputs import FindSchema
from streams.router.core.live_models import LiveModels
from streams.router.lifecycle_consumer import LifecycleConsumer
from streams.router.model_router import ModelRouter

CATCH_UP_S: Final = 20.0
LOOKS: Final = RetrySettings(first_s=5.0, max_s=60.0)
"""For a broker that is not there: a gateway may well be meant to do without."""

log = logging.getLogger("undertone.gateway")


def follow(
    settings: Settings,
    find_schema: FindSchema,
    router: ModelRouter,
    late: SimpleQueue[LiveModels],
    stop: threading.Event,
) -> None:
    """Keep ``router`` at what the stream's workers serve, in threads of its own, until ``stop``.

    Where a broker is there at once, returns when what was said so far is followed, so that no model
    answers that was replaced before; else at once, and the models of the settings answer until a
    broker comes. ``late``: see ``LifecycleConsumer``.
    """
    caught_up = threading.Event()
    threading.Thread(
        target=_follow, args=(settings, find_schema, router, late, stop, caught_up), name="models",
        daemon=True
    ).start()  # fmt: skip
    try:
        check_reachable(settings.kafka)
    except BrokerUnavailable as error:
        log.warning(
            (
                "%s: the models of the settings answer, and nothing can be sent into the stream "
                "until there is one"
            ),
            error,
        )
        return
    if not caught_up.wait(CATCH_UP_S) and not stop.is_set():
        log.warning(
            "models.lifecycle is not read after %g s: the models of the settings serve until it is",
            CATCH_UP_S,
        )


def unwatched(live: LiveModels) -> LiveModels:
    """The same without shadows: what they say of a review that is kept nowhere would be lost."""
    traffic = {
        language: tuple(variant for variant in variants if not variant.shadow)
        for language, variants in live.traffic.items()
    }
    return LiveModels(traffic, live.scorers, live.fallback)


def _follow(
    settings: Settings,
    find_schema: FindSchema,
    router: ModelRouter,
    late: SimpleQueue[LiveModels],
    stop: threading.Event,
    caught_up: threading.Event,
) -> None:
    retry = Retry(settings.retry, stop)
    try:
        Retry(LOOKS, stop)(check_reachable, settings.kafka)
        create_topics(settings.kafka, retry)
        lifecycle = LifecycleConsumer(
            settings.kafka, find_schema, router, retry, settings.retry, stop, late
        )
        lifecycle.start(failed=partial(end, 1))
        lifecycle.catch_up(CATCH_UP_S)
    except TransientError:
        return  # told to stop meanwhile
    except Exception:
        log.critical("stopping: models.lifecycle cannot be followed", exc_info=True)
        end(1)
    caught_up.set()

"""Bootstrap of a long-running process: stop signals, metrics and health, topics, retries, the limit
of its end and its exit status.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final, NoReturn

from infra.grace import GRACE_S
from infra.health import Health, serve
from infra.kafka.admin import Admin
from infra.retry import Retry
from infra.settings import KafkaSettings, Settings
from schemas.topics import CATALOGUE

LAST_WORDS_S: Final = 0.2


class Process:
    """What the worker, the sink, the gateway and the loop have in common.

    ``stop`` is set when the process is asked to end, ``health`` is what probes see.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.settings = settings
        self.stop, self.health = threading.Event(), Health()
        self._log = logging.getLogger(f"undertone.{name}")

    def handle_signals(self, then: Callable[[], None] = lambda: None) -> None:
        """Set ``stop``, then call ``then``, on SIGTERM and SIGINT. Only the main thread may."""

        def handle(*_: object) -> None:
            self.stop.set()
            then()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handle)

    def serve_health(self) -> None:
        """Serve ``/metrics`` and ``/health``. Raises ``PortInUse``."""
        self._log.info("metrics on %s/metrics", serve(self.settings.metrics, self.health))

    def retry(self, waits: Callable[[], None] = lambda: None) -> Retry:
        """Retry of transient errors until ``stop``. ``waits`` is called before every wait."""
        return Retry(self.settings.retry, self.stop, lambda error: waits())

    def end_within_grace(self, consequence: str) -> None:
        """End with status 1 unless the process has ended within ``GRACE_S`` seconds from now."""

        def give_up() -> None:
            # In a thread of its own: a log that nobody reads may be what hangs.
            said = threading.Thread(
                target=self._log.warning,
                args=("not finished within %g s: %s", GRACE_S, consequence),
                daemon=True,
            )
            said.start()
            said.join(LAST_WORDS_S)
            end(1)

        deadline = threading.Timer(GRACE_S, give_up)
        deadline.daemon = True
        deadline.start()


def create_topics(kafka: KafkaSettings, retry: Retry) -> None:
    """Create the topics of the catalogue that do not exist. Waits for Kafka with ``retry``.

    Raises ``ConfigurationError`` where the cluster refuses one.
    """
    if created := retry(Admin(kafka).create_topics, CATALOGUE):
        logging.getLogger("undertone.kafka").info("created topics %s", ", ".join(created))


def end(status: int) -> NoReturn:
    """End the process at once with ``status``, without tearing anything down.

    Threads that are still in native code would otherwise crash the interpreter, and Kafka's clients
    take seconds to leave. Only an orderly end flushes: at a limit the output may be what hangs.
    """
    if status == 0:
        logging.shutdown()
        sys.stdout.flush()
    os._exit(status)

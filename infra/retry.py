"""Retry of transient errors: exponential back-off with full jitter, without a limit, until the
process is asked to stop.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import tenacity

from infra import metrics
from infra.settings import RetrySettings
from schemas.errors import TransientError

T = TypeVar("T")
log = logging.getLogger("undertone.retry")


class Retry:
    """Call functions again while they raise ``TransientError``, and count the retries. Any other
    error is passed on, and so is the last transient one once ``stop`` is set.
    """

    def __init__(
        self,
        settings: RetrySettings,
        stop: threading.Event,
        on_retry: Callable[[TransientError], None] = lambda error: None,
    ) -> None:
        self._on_retry = on_retry
        self._waiting: set[int] = set()
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=tenacity.wait_random_exponential(multiplier=settings.first_s, max=settings.max_s),
            stop=tenacity.stop_when_event_set(stop),
            sleep=tenacity.sleep_using_event(stop),
            before_sleep=self._report,
            reraise=True,
        )

    def __call__(self, function: Callable[..., T], *arguments: object) -> T:
        """``function(*arguments)``, repeated until it succeeds."""
        try:
            return self._retrying(function, *arguments)
        finally:
            self._waiting.discard(threading.get_ident())

    @property
    def waiting(self) -> bool:
        """Whether a call has failed and is being repeated, in any thread."""
        return bool(self._waiting)

    def _report(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TransientError):
            self._waiting.add(threading.get_ident())
            metrics.RETRIES.labels(type(error).__name__).inc()
            self._on_retry(error)
            log.warning("waiting (attempt %d): %s", state.attempt_number, error)


@contextmanager
def until_stopped(
    stop: threading.Event, log: logging.Logger, consequence: str = ""
) -> Iterator[None]:
    """Log a ``TransientError`` that ends the block because ``stop`` is set; raise any other.

    ``consequence``: of the interruption, for whoever reads the log.
    """
    try:
        yield
    except TransientError as error:
        if not stop.is_set():
            raise
        log.warning("stopped while waiting: %s%s", error, consequence)

"""Retry of transient errors: exponential back-off with full jitter, without a limit, until the
process is asked to stop.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

import tenacity

from infra.settings import RetrySettings
from schemas.errors import TransientError

T = TypeVar("T")
log = logging.getLogger("undertone.retry")


class Retry:
    """Calls things again while they raise ``TransientError``. Anything else, or a stop, passes the
    error on.
    """

    def __init__(
        self,
        settings: RetrySettings,
        stop: threading.Event,
        on_retry: Callable[[TransientError], None],
    ) -> None:
        self._on_retry = on_retry
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
        return self._retrying(function, *arguments)

    def _report(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TransientError):
            self._on_retry(error)
            log.warning("waiting (attempt %d): %s", state.attempt_number, error)

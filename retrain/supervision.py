"""Parts that run beside each other, each in a thread: one that fails is started again after a while, and the others go on."""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra import metrics
from infra.settings import RetrySettings, Settings
from retrain.parts import Run
from schemas.errors import UndertoneError

STEADY_S = 30.0
"""A part that went on for so long is well: when it fails next, it is started again as soon as at first."""
log = logging.getLogger("undertone.loop")


@dataclass
class Supervised:
    """A part, and how it has fared: ``failures`` in a row, ``up`` while it runs and has not failed within ``STEADY_S``."""

    name: str
    run: Run
    failures: int = 0
    _began: float | None = field(default=None, repr=False)

    @property
    def up(self) -> bool:
        """Whether it does its work, as far as can be told from outside."""
        began = self._began
        return began is not None and (not self.failures or time.monotonic() - began > STEADY_S)

    def keep_running(self, settings: Settings, stop: threading.Event) -> None:
        """Until ``stop`` is set."""
        while not stop.is_set():
            self._began = time.monotonic()
            try:
                self.run(settings, stop)
                problem = "it ended"
            except Exception as error:  # whatever it is: a part that is gone helps nobody
                problem = described(error)
            lasted, self._began = time.monotonic() - self._began, None
            if stop.is_set():
                return
            self.failures = 1 if lasted > STEADY_S else self.failures + 1
            metrics.LOOP_RESTARTS.labels(self.name).inc()
            pause = back_off(settings.retry, self.failures)
            log.error("%s failed and starts again in %.1f s: %s", self.name, pause, problem)
            stop.wait(pause)


def back_off(settings: RetrySettings, failures: int) -> float:
    """Seconds before the next start, after so many failures in a row: exponential, half of it by chance."""
    longest: float = min(settings.max_s, settings.first_s * 2.0 ** min(failures - 1, 30))
    return longest * random.uniform(0.5, 1)  # not for secrets


def described(error: Exception) -> str:
    """Our own errors by what they say. Of others only where they came from: their messages may quote a review."""
    if isinstance(error, UndertoneError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in " + " ← ".join(
        f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[:-4:-1]
    )


def start(parts: Mapping[str, Run], settings: Settings, stop: threading.Event) -> tuple[list[Supervised], list[threading.Thread]]:
    """Start all; their threads end some time after ``stop`` is set, and keep no process from ending."""
    supervised = [Supervised(name, run) for name, run in parts.items()]
    threads = [
        threading.Thread(target=part.keep_running, args=(settings, stop), name=part.name, daemon=True) for part in supervised
    ]
    for thread in threads:
        thread.start()
    return supervised, threads

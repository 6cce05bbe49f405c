"""Supervised child process: started, monitored, restarted when it dies, stopped within a time
limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.restarts import Restarts
from infra.settings import inherited_environment
from schemas.errors import ConfigurationError

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.2, 10.0
ATTEMPTS_BEFORE_READY = 3
PROBE_S = 0.1
LARGEST_LOG = 20 * 2**20
LAST_WORDS = 600
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Liveness:
    """Liveness limits after which a running process is restarted; a test keeps them equal to
    ``infra/k8s/base/process.yaml``.

    ``url`` answers 200 while the process is alive. It must do so for the first time within
    ``startup_s``; afterwards ``failures`` probes in a row, one every ``period_s``, end the process:
    with SIGTERM, and after ``grace_s`` with SIGKILL.
    """

    url: str
    startup_s: float = 120.0
    period_s: float = 10.0
    timeout_s: float = 5.0
    failures: int = 6
    grace_s: float = 15.0


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """Command of a process. ``ready``: a URL that answers 200, or ``tcp://host:port`` that accepts,
    once it can be used.

    ``address``: where people find it.
    """

    name: str
    role: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready: str
    metrics: str | None = None
    address: str | None = None
    liveness: Liveness | None = None


@dataclass(frozen=True, slots=True)
class StackEvent:
    """Something a person starting a stack wants to know."""

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name:16} {self.what}"


class Child:
    """Keeps one process running until ``stop``."""

    def __init__(
        self, spec: ProcessSpec, logs: Path, changed: Callable[[StackEvent], None]
    ) -> None:
        self.spec = spec
        self.restarts = 0
        self.pid: int | None = None
        self._log = logs / f"{spec.name}.log"
        self._changed = changed
        self._stopping = asyncio.Event()
        self._was_ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start, and return when it is ready. Raises ``ConfigurationError`` with its last words if
        it keeps dying before.
        """
        self._task = asyncio.create_task(self._keep_running())
        ready = asyncio.create_task(self._was_ready.wait())
        await asyncio.wait([self._task, ready], return_when=asyncio.FIRST_COMPLETED)
        if not self._was_ready.is_set():
            ready.cancel()
            await self._task

    def ask_to_stop(self) -> None:
        """SIGTERM, and SIGCONT so that a suspended process hears it; one that waits to be started
        again is not.
        """
        self._stopping.set()
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    async def wait_stopped(self, timeout_s: float) -> None:
        """Wait for the end, and make an end of it after ``timeout_s``."""
        if self._task is None:
            return
        done, _ = await asyncio.wait([self._task], timeout=timeout_s)
        if not done:
            self._end_group()
            await asyncio.wait([self._task], timeout=1.0)
            self._task.cancel()

    def keep_log_small(self) -> None:
        """Start the log anew where it has grown beyond bounds; the child appends, so it just goes
        on.
        """
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG:
            os.truncate(self._log, 0)

    async def _keep_running(self) -> None:
        restarts, failures = Restarts(FIRST_BACKOFF_S, LONGEST_BACKOFF_S), 0
        while not self._stopping.is_set():
            began = time.monotonic()
            status = await self._run_once()
            self.pid = None
            if self._stopping.is_set():
                return
            failures += not self._was_ready.is_set()
            if failures >= ATTEMPTS_BEFORE_READY:
                raise ConfigurationError(
                    f"{self.spec.name} does not start (exit status {status}); {self._log}: "
                    f"{self._last_words()}"
                )
            self.restarts += 1
            pause = restarts.pause_after(time.monotonic() - began)
            self._changed(
                StackEvent(self.spec.name, f"ended with {status}, starting again in {pause:.1f} s")
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self) -> int:
        self.keep_log_small()
        try:
            with self._log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *self.spec.argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=inherited_environment() | dict(self.spec.env),
                    # Ctrl-C in the terminal is for the supervisor, which stops its children in
                    # order.
                    start_new_session=True,
                    preexec_fn=_die_with_parent,
                )
        except OSError as error:
            raise ConfigurationError(
                f"{self.spec.name} cannot be run: {self.spec.argv[0]}: {error.strerror}"
            ) from error
        self.pid = process.pid
        if self._stopping.is_set():  # it was asked to stop while it was being started
            self._signal(signal.SIGTERM)
        self._changed(StackEvent(self.spec.name, "starting"))
        probes = [asyncio.create_task(self._report_ready())]
        if self.spec.liveness is not None:
            probes.append(asyncio.create_task(self._end_when_not_alive(self.spec.liveness)))
        try:
            return await process.wait()
        finally:
            for probe in probes:
                probe.cancel()
            self._end_group()

    async def _report_ready(self) -> None:
        ready = await asyncio.to_thread(_answers, self.spec.ready)
        while not ready:
            await asyncio.sleep(PROBE_S)
            ready = await asyncio.to_thread(_answers, self.spec.ready)
        self._was_ready.set()
        self._changed(StackEvent(self.spec.name, "ready"))

    async def _end_when_not_alive(self, liveness: Liveness) -> None:
        began, alive, failures = time.monotonic(), False, 0
        while failures < liveness.failures:
            await asyncio.sleep(liveness.period_s)
            if await asyncio.to_thread(_answers, liveness.url, liveness.timeout_s):
                alive, failures = True, 0
            elif alive:
                failures += 1
            elif time.monotonic() - began > liveness.startup_s:
                break
        self._changed(StackEvent(self.spec.name, f"not alive, as {liveness.url} says: ending it"))
        self._signal(signal.SIGTERM)
        await asyncio.sleep(liveness.grace_s)
        self._end_group()

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _end_group(self) -> None:
        """Kill the process and whatever it started: it leads a group of its own."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def _last_words(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - LAST_WORDS))
            return " | ".join(log.read().decode(errors="replace").strip().splitlines()[-3:])


def _die_with_parent() -> None:
    """Asks Linux to kill this process when the supervisor is gone, however it went. Elsewhere
    orphans are possible.
    """
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _answers(address: str, timeout_s: float = 1.0) -> bool:
    try:
        if address.startswith("tcp://"):
            host, _, port = address.removeprefix("tcp://").rpartition(":")
            with socket.create_connection((host, int(port)), timeout=timeout_s):
                return True
        with urllib.request.urlopen(address, timeout=timeout_s) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False

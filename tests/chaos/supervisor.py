"""Undertone's processes, restarted as Kubernetes would, with every exit recorded beside its
cause."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.ports import free_port
from tests.harness import answers, wait_for

RESTART_AFTER_S = 1.0
# As the liveness probe of infra/k8s: 503 for a minute.
UNWELL_S = 60.0
SEVERE = re.compile(rb"CRITICAL|ERROR|Error|Exception|assert|Assertion")


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of a process. ``cause``: what the suite did to it, empty where it did nothing;
    ``said``: its last severe line.
    """

    at_s: float
    process: str
    status: str
    cause: str
    said: str

    @property
    def expected(self) -> bool:
        """Whether the suite asked for it, and a graceful stop ended with status 0."""
        return bool(self.cause) and not (self.cause.startswith("stop") and self.status != "0")


@dataclass(slots=True)
class Process:
    """A process that is meant to run. ``cause`` is set before it is ended, so that its exit is
    known to be ours.
    """

    name: str
    role: str
    metrics_port: int
    log: Path
    environment: Mapping[str, str]
    running: subprocess.Popen[bytes]
    cause: str = ""
    paused: bool = False
    served: bool = False
    unwell_since: float | None = None
    ended_at: float | None = None
    killed_unwell: bool = False

    @property
    def ready(self) -> bool:
        """Whether it runs and says that it is ready."""
        return self.running.poll() is None and self.answers("ready")

    def answers(self, probe: str) -> bool:
        """Whether ``ready`` or ``live`` is answered with 200."""
        return answers(f"http://127.0.0.1:{self.metrics_port}/health/{probe}")


@dataclass(slots=True)
class Supervisor:
    """Starts processes, restarts what ends, and records it. ``began``: monotonic seconds from which
    times are counted.
    """

    folder: Path
    environment: Mapping[str, str]
    began: float = field(default_factory=time.monotonic)
    processes: dict[str, Process] = field(default_factory=dict)
    exits: list[Exit] = field(default_factory=list)
    _closing: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def watch(self) -> None:
        """Begin to restart and to probe."""
        for target, every_s in ((self._reap, 0.1), (self._probe, 5.0)):
            thread = threading.Thread(target=self._repeat, args=(target, every_s), daemon=True)
            thread.start()
            self._threads.append(thread)

    def add(self, name: str, role: str, **settings: str) -> Process:
        """Start one more process; return without waiting for it to be ready."""
        port = free_port()
        environment = dict(self.environment) | {"UNDERTONE_METRICS__PORT": str(port)} | settings
        log = self.folder / f"{name}.log"
        process = Process(name, role, port, log, environment, _popen(role, log, environment))
        with self._lock:
            self.processes[name] = process
        return process

    def remove(self, name: str, cause: str) -> None:
        """Kill a process for good."""
        with self._lock:
            self.end(name, signal.SIGKILL, cause)
            process = self.processes.pop(name)
            status = process.running.wait()
            if process.ended_at is None:
                self._record(process, status)

    def end(self, name: str, number: signal.Signals, cause: str) -> None:
        """Send a signal that ends it; the watch restarts it. One that has ended already did so on
        its own.
        """
        with self._lock:
            process = self.processes[name]
            if process.running.poll() is None:
                process.cause = cause
                process.running.send_signal(number)

    def pause(self, name: str) -> None:
        """Let it hang."""
        process = self.processes[name]
        process.paused = True
        process.running.send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on; what becomes of it now is its own doing."""
        process = self.processes[name]
        process.running.send_signal(signal.SIGCONT)
        process.paused = False

    def wait_ready(self, *names: str, patience_s: float = 120.0) -> None:
        """Return once these (none: all) are ready."""
        for name in names or tuple(self.processes):
            wait_for(
                f"{name} to be ready",
                lambda name=name: self.processes[name].ready,  # type: ignore[misc]
                patience_s,
            )

    def unexpected(self, since_s: float = 0.0) -> list[Exit]:
        """Exits that the suite did not cause."""
        return [end for end in self.exits if not end.expected and end.at_s >= since_s]

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    def close(self, cause: str = "stop at the end") -> None:
        """Stop all gracefully, and record how they end."""
        self._closing.set()
        for thread in self._threads:
            thread.join()
        for process in self.processes.values():
            if process.running.poll() is None:
                process.cause = cause
                process.running.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                status = process.running.wait(20)
            except subprocess.TimeoutExpired:
                process.running.kill()
                status = process.running.wait()
            self._record(process, status)
        self.processes.clear()

    def _repeat(self, step: Callable[[], None], every_s: float) -> None:
        while not self._closing.wait(every_s):
            step()

    def _reap(self) -> None:
        with self._lock:
            for process in self.processes.values():
                status = process.running.poll()
                if status is None:
                    continue
                if process.ended_at is None:
                    process.ended_at = time.monotonic()
                    self._record(process, status)
                elif time.monotonic() - process.ended_at > RESTART_AFTER_S:
                    process.running = _popen(process.role, process.log, process.environment)
                    process.killed_unwell = False
                    process.cause, process.ended_at, process.unwell_since, process.served = (
                        "",
                        None,
                        None,
                        False,
                    )

    def _probe(self) -> None:
        for process in list(self.processes.values()):
            alive = process.answers("live")
            process.served = process.served or alive
            if alive or process.paused or not process.served or process.running.poll() is not None:
                process.unwell_since = None
                continue
            process.unwell_since = process.unwell_since or time.monotonic()
            if time.monotonic() - process.unwell_since > UNWELL_S:
                process.killed_unwell = True
                process.running.kill()

    def _record(self, process: Process, status: int) -> None:
        said = _last_severe(process.log)
        if process.killed_unwell:
            said = f"liveness was 503 for a minute; {said}"
        name = signal.Signals(-status).name if status < 0 else str(status)
        self.exits.append(Exit(round(self.now(), 1), process.name, name, process.cause, said))


def _popen(role: str, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    command: Sequence[str] = [sys.executable, "-X", "faulthandler", "-m", "streams", role]
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=os.environ | dict(environment),
        )


def _last_severe(log: Path) -> str:
    lines = [line for line in log.read_bytes()[-20_000:].splitlines() if SEVERE.search(line)]
    return lines[-1][-300:].decode(errors="replace") if lines else ""

"""Benchmark processes pinned to cores, and their resource use."""

from __future__ import annotations

import os
import platform
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from infra.settings import inherited_environment

STOP_S = 15.0
CHECK_S = 1.0
START_S = 240.0
LAST_WORDS = 2000
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
Cores = Sequence[int]
NOTHING: Mapping[str, str] = {}


def split_cores() -> tuple[Cores, Cores]:
    """The core for who is measured, and the others: for broker, load and a second worker. On one
    core they are the same.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    return [first], others or [first]


def processor() -> str:
    """Name of the processor's model."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def python(module: str, *arguments: str, interpreter: str = sys.executable) -> tuple[str, ...]:
    """The command line of a module."""
    return interpreter, "-m", module, *arguments


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds since the start, and bytes resident at most so far."""

    cpu_s: float
    peak: int


class Pinned:
    """A child process bound to ``cores``, which ends with us however we end. Its output goes to
    ``log``; pipes if ``talks``.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        cores: Cores,
        log: Path,
        env: Mapping[str, str] = NOTHING,
        *,
        talks: bool = False,
    ) -> None:
        """Starts it."""
        self.name, self._log = name, log
        bound = (
            "setpriv",
            "--pdeathsig",
            "KILL",
            "taskset",
            "--cpu-list",
            ",".join(map(str, cores)),
            *argv,
        )
        pipe = subprocess.PIPE if talks else None
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                bound,
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or out,
                stderr=out,
                env=inherited_environment() | dict(env),
                start_new_session=True,  # Ctrl-C is for us, who stop them in order
            )

    def send(self, line: str) -> None:
        """A line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def receive(self, others: Sequence[Pinned] = ()) -> bytes:
        """The next line of its standard output. Raises ``RuntimeError`` if it ends instead, or one
        of the ``others`` does.
        """
        assert self.process.stdout is not None
        while not select.select([self.process.stdout], [], [], CHECK_S)[0]:
            for other in others:
                other.check()
        line: bytes = self.process.stdout.readline()
        if not line:
            self.process.wait()
            raise self.gone()
        return line

    def usage(self) -> Usage:
        """Of the process and its children. Raises ``RuntimeError`` with its last words if it is
        gone.
        """
        try:
            process = psutil.Process(self.process.pid)
            family = [process, *process.children(recursive=True)]
            times = [member.cpu_times() for member in family]
            peaks = [
                PEAK.search(Path(f"/proc/{member.pid}/status").read_text()) for member in family
            ]
            return Usage(
                cpu_s=sum(time.user + time.system for time in times),
                peak=sum(int(peak[1]) * 1024 for peak in peaks if peak),
            )
        except (psutil.NoSuchProcess, FileNotFoundError) as error:
            raise self.gone() from error

    def check(self) -> None:
        """Raises ``RuntimeError`` with its last words if it is gone."""
        if self.process.poll() is not None:
            raise self.gone()

    def gone(self) -> RuntimeError:
        """What to raise when it is."""
        words = self._log.read_text(errors="replace")[-LAST_WORDS:]
        return RuntimeError(f"{self.name} ended with {self.process.poll()}:\n{words}")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return when it is ready. Raises ``RuntimeError`` if it ends before, or is not in time."""
        deadline = time.monotonic() + START_S
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} was not ready after {START_S:g} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask, then insist; nothing is left of its group."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

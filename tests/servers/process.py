"""A server as a child process: started, waited for, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache"
"""Where downloads are kept between sessions; ignored by git."""


class Unavailable(Exception):
    """This machine cannot run that server; the message says why, and becomes the reason of skipped
    tests.
    """


@dataclass(slots=True)
class Server:
    """A command that serves until it is told to stop. ``ready`` answers whether it does; the log is
    in ``log``.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = 60.0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it is ready; raises ``RuntimeError`` with the end of its log if it stops or
        takes too long.
        """
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | dict(self.environment),
            )
        deadline = time.monotonic() + self.patience_s
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(
                    f"{self.name} did not start:\n" + self.log.read_text(errors="replace")[-3000:]
                )
            time.sleep(0.1)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to a server that was started."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, patience_s: float = 20.0) -> int:
        """Ask with a signal, insist with SIGKILL; the exit status. Nothing happens if it does not
        run.
        """
        if self._process is None:
            return 0
        self._process.send_signal(number)
        try:
            status = self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._process = None
        return status

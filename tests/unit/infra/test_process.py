"""Bootstrap of a process, seen from outside: how it ends, and with which status."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

HEAD = """
import logging, sys, threading
from infra import process as bootstrap
from infra.process import Process, end
from infra.retry import until_stopped
from infra.settings import MetricsSettings, RetrySettings, Settings
from schemas.errors import BrokerUnavailable, InputError

logging.basicConfig(level="INFO", stream=sys.stderr)
bootstrap.GRACE_S = 0.1
settings = Settings(metrics=MetricsSettings(port=0), retry=RetrySettings(first_s=600, max_s=600))
process = Process("test", settings)
process.serve_health()

def away():
    print("ready", flush=True)
    raise BrokerUnavailable("Kafka: away")

def wrong():
    print("ready", flush=True)
    raise InputError("a bad file")

"""
ORDERLY = """
process.handle_signals()
with until_stopped(process.stop, logging.getLogger("undertone.test"), "; nothing is lost"):
    process.retry()(away)
threading.Thread(target=threading.Event().wait).start()  # one that would never end
end(0)
"""
HANGS = """
process.handle_signals(lambda: process.end_within_grace("it is done again"))
print("ready", flush=True)
threading.Event().wait()
"""
FULL = """
process.handle_signals(lambda: process.end_within_grace("it is done again"))
handler = logging.getLogger().handlers[0]
handler.acquire()  # as a thread that writes to a log nobody reads
print("ready", flush=True)
threading.Event().wait()
"""
FAILS = """
with until_stopped(process.stop, logging.getLogger("undertone.test")):
    process.retry()(wrong)
"""


def outcome(script: str, number: signal.Signals | None = signal.SIGTERM) -> tuple[int, str]:
    """Exit status and log of a process that gets the signal once it is ready."""
    with subprocess.Popen(
        [sys.executable, "-c", HEAD + script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            if number is not None:
                process.send_signal(number)
            _, log = process.communicate(timeout=60)
        finally:
            process.kill()
    return process.returncode, log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_wait_and_the_process_with_status_0_whatever_its_threads_do(
    number: signal.Signals,
) -> None:
    status, log = outcome(ORDERLY, number)
    assert status == 0, log
    assert "stopped while waiting: Kafka: away; nothing is lost" in log


def test_work_that_does_not_end_within_the_grace_period_ends_with_status_1_and_says_so() -> None:
    status, log = outcome(HANGS)
    assert status == 1, log
    assert "not finished within 0.1 s: it is done again" in log


def test_a_log_that_nobody_reads_does_not_keep_the_process_beyond_the_grace_period() -> None:
    assert outcome(FULL)[0] == 1


def test_what_is_not_transient_ends_the_process_at_once_with_status_1() -> None:
    status, log = outcome(FAILS, None)
    assert status == 1
    assert "InputError: a bad file" in log

"""The benchmark on the local broker: a short run with one contender, and one that is cut short."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from bench.processes import Pinned, split_cores
from tests.harness import wait_for

ARGV = (sys.executable, "-m", "bench", "--quick", "--only", "null", "--out")


def test_a_short_run_measures_one_contender_and_says_what_it_did_not_measure(
    tmp_path: Path,
) -> None:
    run = subprocess.run(
        [*ARGV, str(tmp_path)], capture_output=True, text=True, timeout=180, check=False
    )
    assert run.returncode == 0, run.stderr
    found = json.loads((tmp_path / "latest.json").read_text())
    null = found["contenders"]["null"]
    assert len(null["rate"]["each"]) == 2
    assert null["rate"]["lowest"] > 0
    assert null["cpu_seconds_per_million"]["lowest"] > 0
    assert null["peak_memory"] > 10_000_000
    latency = null["latency"]["0.5"]
    assert latency["sent"] >= 16
    assert 0 < latency["percentiles"]["p50"] <= latency["percentiles"]["p99"]
    assert {verdict["met"] for verdict in found["verdicts"]} == {None}
    assert "| null |" in (tmp_path / "latest.md").read_text()
    assert (tmp_path / "latest.png").stat().st_size > 0


def test_control_c_leaves_no_process_and_no_result(tmp_path: Path) -> None:
    with subprocess.Popen([*ARGV, str(tmp_path)], stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        wait_for(
            "the first contender to be started",
            lambda: "starting null" in run.stderr.readline() if run.stderr else None,
        )
        started = wait_for("its process", lambda: _of_contender(run.pid))
        run.send_signal(signal.SIGINT)
        run.stderr.read()
        assert run.wait(60) == 130
    wait_for("all of them to end", lambda: not any(map(_runs, started)))
    assert list(tmp_path.iterdir()) == []


def _runs(process: psutil.Process) -> bool:
    """Whether it has not ended; one that has may wait for its new parent to notice."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _of_contender(pid: int) -> list[psutil.Process] | None:
    children = psutil.Process(pid).children(recursive=True)
    named = [process for process in children if "bench.pipelines.null" in process.cmdline()]
    return children if named else None


def test_a_process_is_bound_to_its_core_and_dies_with_a_word(tmp_path: Path) -> None:
    [core], _ = split_cores()
    code = (
        "import os, sys; sys.stderr.write(f'bound to {sorted(os.sched_getaffinity(0))}'); "
        "sys.exit(3)"
    )
    process = Pinned("victim", (sys.executable, "-c", code), [core], tmp_path / "log")
    process.process.wait(30)
    assert f"victim ended with 3:\nbound to [{core}]" in str(process.gone())
    process.stop()

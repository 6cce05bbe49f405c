"""The Triton server killed under a worker: its reviews wait, and are all there afterwards."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

from tests.faults.test_faults import FAST, exceeds, expect_all, produce
from tests.harness import wait_for
from tests.servers import local_stack
from tests.servers.triton import Triton

AWAY_S = 15.0


def test_triton_killed_in_the_flow(triton_server: Triton, tmp_path: Path) -> None:
    with local_stack.running(tmp_path) as stack:
        stack.env.update(FAST)
        stack.env.update(
            {
                "UNDERTONE_SCORING__ENGINE": "triton",
                "UNDERTONE_SCORING__TRITON_URL": triton_server.address,
            }
        )
        try:
            stack.start("sink")
            stack.start("worker")
            produce(stack, "untold", range(400))
            wait_for("some of them", lambda: exceeds(stack, "untold", 0))
            triton_server.server.stop(signal.SIGKILL)
            produce(stack, "untold", range(400, 800))
            threading.Event().wait(AWAY_S)
            triton_server.server.start()
            expect_all(stack, "untold", 800)
            assert "waiting (attempt" in stack.logs(), "the worker never missed the server"
            assert stack.sql("SELECT count() FROM dead_letters") == [(0,)]
        finally:
            stack.stop()
